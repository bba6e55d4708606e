"""The memory of an export does not grow with its rows: the peak of a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

# As many typed rows as asked for, made one at a time.
SCRIPT = """
import resource, sys
from decimal import Decimal
from pathlib import Path
from analytics.exports.writers import csv_pieces, write_xlsx

rows_wanted, kind, folder = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
rows = ([f"child {n}", Decimal("-2.35"), n, None, True] for n in range(rows_wanted))
header = ["name", "z", "n", "nothing", "yes"]
if kind == "csv":
    with (folder / "x.csv").open("wb") as file:
        file.writelines(csv_pieces(header, rows, bom=True))
else:
    write_xlsx(folder / "x.xlsx", header, rows)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
FEW, MANY = 1_000, 30_000
MOST_GROWTH_MIB = 12  # 30,000 rows held in memory take more than 20 MiB


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_writing_thirty_times_the_rows_takes_no_more_memory(kind, tmp_path):
    def peak_mib(rows: int) -> int:
        command = [sys.executable, "-c", SCRIPT, str(rows), kind, str(tmp_path)]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert peak_mib(MANY) - peak_mib(FEW) < MOST_GROWTH_MIB

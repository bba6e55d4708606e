"""Visits of 100,000 children (1,000,000 rows) to CSV and Excel through the server's cursor: seconds and memory.

Yardstick: the same export of a tenth of the rows in the same process before. Goal: resident memory grows by no more
than 10 % from a tenth to all rows.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import psutil

from benchmarks.population import analyse, fill, make_place
from benchmarks.stage import private_portal

CHILDREN = 100_000
GOAL_GROWTH = 1.10
SAMPLE_EVERY_ROWS = 5_000


class Watched:
    """Rows that pass, with the highest resident memory seen, MiB."""

    def __init__(self, rows: Iterator[Sequence[Any]]) -> None:
        self.rows, self.count, self.peak_mib = rows, 0, 0.0
        self.process = psutil.Process()

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for row in self.rows:
            self.count += 1
            if self.count % SAMPLE_EVERY_ROWS == 0:
                self.peak_mib = max(self.peak_mib, self.process.memory_info().rss / 2**20)
            yield row


def main() -> None:
    """Print rows, seconds and memory of both formats."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=CHILDREN)
    arguments = parser.parse_args()
    with private_portal():
        place = make_place()
        fill(place, children=arguments.children)
        analyse()
        from analytics.exports.layouts import TABLES
        from analytics.exports.scope import Filters, scope_of
        from analytics.exports.writers import csv_pieces, write_xlsx

        table, scope = TABLES["visits"], scope_of(place.worker)
        total = table.query(scope, Filters()).count()
        with tempfile.TemporaryDirectory() as folder:
            for kind in ("csv", "xlsx"):
                path, peaks = Path(folder) / f"x.{kind}", []
                for wanted in (total // 10, total):
                    watched = Watched(islice(table.read(scope, Filters()), wanted))
                    began = time.perf_counter()
                    if kind == "csv":
                        with path.open("wb") as file:
                            file.writelines(csv_pieces(table.header, watched, bom=True))
                    else:
                        write_xlsx(path, table.header, watched)
                    peaks.append(watched.peak_mib)
                    seconds = time.perf_counter() - began
                    size = path.stat().st_size / 2**20
                    print(
                        f"  {kind:5} {watched.count:9,} rows {seconds:7.1f} s {watched.count / seconds:9,.0f} rows/s"
                        f" {size:7.1f} MiB file, peak memory {watched.peak_mib:6.1f} MiB"
                    )
                print(f"  {kind:5} memory grows by {peaks[1] / peaks[0]:.2f} (goal: at most {GOAL_GROWTH})")


if __name__ == "__main__":
    main()

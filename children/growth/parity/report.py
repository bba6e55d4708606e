"""The parity report: one CSV file that lets anybody check this engine against WHO's software without trusting it.

First what was compared (engine, standard, check sums, date, counts), then an empty line, then every row: its inputs,
each of WHO's values with ours beside it, and whether all of them are equal.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date

import numpy as np
import numpy.typing as npt

from children.growth.assessment import ENGINE_VERSION
from children.growth.indices import compute_zscores
from children.growth.parity.comparison import find_differences, our_values, summarise
from children.growth.parity.who_answers import COLUMN_NAMES, FILES, INPUT_NAMES, MADE_WITH, who_answers
from children.growth.tables import DATA_FOLDER, read_manifest
from children.growth.types import Index, Standard

TABLE_PREFIX = {Standard.WHO2006: "who2006_", Standard.WHO2007: "who2007_"}
OURS = "_ours"
YES, NO = "yes", "no"


def table_check_sums(standard: Standard) -> dict[str, str]:
    """Return the sha256 of each table of a standard by its file name, as verified when the tables were loaded."""
    manifest = read_manifest(DATA_FOLDER)
    return {name: sha256 for name, sha256 in sorted(manifest.items()) if name.startswith(TABLE_PREFIX[standard])}


def parity_report(standard: Standard, *, made_on: date) -> str:
    """Return the report as CSV text, computed anew. `made_on`: the date it is to bear."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    answers = who_answers(standard)
    table = compute_zscores(answers.columns, standard=standard)
    differences = find_differences(answers, table)
    parity = summarise(answers, differences)
    writer.writerow(("report", "Check us against WHO"))
    writer.writerow(("made_on", made_on.isoformat()))
    writer.writerow(("engine_version", ENGINE_VERSION))
    writer.writerow(("standard", standard.value))
    writer.writerow(("whos_values_made_with", MADE_WITH[standard]))
    writer.writerow(("whos_values_sha256", FILES[standard], answers.sha256))
    writer.writerows(("table_sha256", name, sha256) for name, sha256 in table_check_sums(standard).items())
    writer.writerow(("rows_compared", parity.rows))
    writer.writerow(("rows_equal", parity.equal_rows))
    writer.writerow(())

    columns: dict[str, tuple[str, ...] | list[str]] = {}
    for name in ("id", "case", *INPUT_NAMES[standard]):
        columns[name] = answers.words[name]
    for output, (name, flag_name) in COLUMN_NAMES[standard].items():
        columns[name] = answers.words[name]
        columns[name + OURS] = list(_words(our_values(table, output)))
        if flag_name is not None and isinstance(output, Index):
            columns[flag_name] = answers.words[flag_name]
            columns[flag_name + OURS] = list(_words(table.flag_column(output)))
    wrong = np.logical_or.reduce([part.any for part in differences])
    columns["equal"] = [NO if row else YES for row in wrong]
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return out.getvalue()


def _words(numbers: npt.NDArray[np.float64]) -> Iterator[str]:
    """Write numbers with every digit they have, whole ones without a point, and missing as nothing."""
    for number in numbers.tolist():
        yield "" if number != number else repr(number + 0.0).removesuffix(".0")

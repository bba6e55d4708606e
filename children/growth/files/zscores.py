"""A file of measurements in, the same file with z-scores out: row by row, in pieces, whatever its length."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from children.growth.files.ages import AgeUnit
from children.growth.files.answers import answer_names, answer_texts, kept_names
from children.growth.files.errors import ErrorLog
from children.growth.files.measurements import read_measurements
from children.growth.files.output import refuse_same_files, written_whole
from children.growth.files.report import FileReport
from children.growth.files.source import PIECE_CHARS, OnBytes
from children.growth.files.table import Rows, Table, open_table
from children.growth.types import Standard

BOTH_STANDARDS = (Standard.WHO2006, Standard.WHO2007)


def write_zscores(
    source: Path,
    target: Path,
    *,
    standards: Sequence[Standard] = BOTH_STANDARDS,
    with_raw: bool = False,
    age_unit: AgeUnit | None = None,
    errors_to: Path | None = None,
    on_bytes: OnBytes | None = None,
    piece_chars: int = PIECE_CHARS,
) -> FileReport:
    """Write `target`: the rows of `source`, in order, each with the columns of WHO's software for `standards`.

    age_unit: of the ages, whatever the file says; None: as the file says, else days. with_raw: add the z-scores before
    rounding. errors_to: a CSV file of the cells that could not be used. on_bytes: hears how many bytes were read.
    piece_chars: read at a time.
    Raises FileRefused and then leaves no new file.
    """
    refuse_same_files({"IN": source, "OUT": target, "the file of errors": errors_to})
    with ExitStack() as files:
        table = files.enter_context(open_table(source, age_unit=age_unit, on_bytes=on_bytes, piece_chars=piece_chars))
        errors = ErrorLog(None if errors_to is None else files.enter_context(written_whole(errors_to)))
        out = files.enter_context(written_whole(target, with_bom=table.has_bom))
        ours = answer_names(standards, with_raw=with_raw)
        kept = kept_names(table.layout.header, ours)
        writer = csv.writer(out, delimiter=table.delimiter, lineterminator=table.line_end)
        writer.writerow([*kept, *ours])
        count = 0
        for rows in table.rows():
            answered = _answered(rows, table, errors, standards=standards, with_raw=with_raw)
            if rows.plain:  # three times faster than the writer, which looks for quotes to set
                out.writelines(table.delimiter.join(row) + table.line_end for row in answered)
            else:
                writer.writerows(answered)
            count += len(answered)
    return FileReport.of(rows=count, notes=table.layout.notes + _notes(table, kept), errors=errors)


def _answered(
    rows: Rows, table: Table, errors: ErrorLog, *, standards: Sequence[Standard], with_raw: bool
) -> list[list[str]]:
    """Return the rows with their answers; a row whose cells are shifted has none."""
    columns, found = read_measurements(rows.readable(), rows.lines, table.layout, decimal_comma=table.decimal_comma)
    errors.add(sorted([*rows.errors, *found], key=lambda error: error.line))
    texts = answer_texts(columns, standards, with_raw=with_raw)
    for column in texts.values():
        for place in rows.shifted:
            column[place] = ""
    for row, answers in zip(rows.cells, zip(*texts.values(), strict=True), strict=True):
        row.extend(answers)
    return rows.cells


def _notes(table: Table, kept: Sequence[str]) -> tuple[str, ...]:
    renamed = [f"{name.strip()} as {new}" for name, new in zip(table.layout.header, kept, strict=True) if name != new]
    notes = [f"These columns of IN have names of the answers and are kept: {', '.join(renamed)}."] if renamed else []
    age = table.layout.age
    if age is not None and age.unit_is_unknown:
        notes.append(f"The column {age.name} has no unit: it is taken in days (--age-unit decides).")
    return tuple(notes)

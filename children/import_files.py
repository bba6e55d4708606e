"""The CSV files of an import: rows in, and the rows that were not stored out again, to be mended.

What a row says is read here, in the words of docs/imports.md; whether it is stored is decided in `imports.py`.
"""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

from django.core.exceptions import ValidationError

from children.growth.files import FileRefused, OnBytes
from children.growth.files.records import find_delimiter, read_records
from children.growth.files.source import open_source
from children.measurement_forms import PROPOSAL_SEPARATOR, MeasuredNumberField
from children.models import Measurement
from children.plausibility import CONFIRMABLE_FIELDS
from children.services import MeasuredValues

NUMBERS = {
    name: MeasuredNumberField(decimal_places=Measurement._meta.get_field(name).decimal_places)
    for name in CONFIRMABLE_FIELDS
}
COLUMNS = (
    "child",
    "measured_on",
    "weight_kg",
    "length_height_cm",
    "position",
    "muac_mm",
    "head_circumference_cm",
    "oedema",
    "measured_by",
    "id",
    "confirmed",
)
NEEDED = ("child", "measured_on")
# What a file of errors has besides: read by people, left out when the file comes back.
ERROR_COLUMNS = ("error_line", "error_column", "error_code", "error", "proposed")

_POSITIONS = {
    **dict.fromkeys(("length", "lying", "l"), Measurement.Position.LENGTH.value),
    **dict.fromkeys(("height", "standing", "h"), Measurement.Position.HEIGHT.value),
}
_YES, _NO = frozenset({"y", "yes", "1", "true"}), frozenset({"n", "no", "0", "2", "false"})
LONGEST_NAME = Measurement._meta.get_field("measured_by").max_length or 0

# Of the ids of rows that bring none: the same row of whatever file has the same id. Never to be changed.
ROW_IDS = uuid.UUID("5b6a3f0e-6a0c-5d0e-9a55-1f2f4e0f7c11")

# A spreadsheet would run such a cell as a formula. Source: OWASP, CSV injection.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class FileRow:
    """One row of a file: its line, from 1, and its cells by column name."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Problem:
    """Why a row was not stored. column: "" for the whole row. proposed: values that a person may take instead."""

    column: str
    code: str
    message: str
    proposed: Mapping[str, Decimal] = field(default_factory=dict)


class RowRefused(Exception):
    """A row that can't be stored as it stands."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class ParsedRow:
    """A row as the record understands it."""

    line: int
    child_code: str
    measured_on: date
    values: MeasuredValues
    measurement_id: uuid.UUID
    confirmed_fields: frozenset[str]


def read_rows(path: Path, on_bytes: OnBytes | None = None) -> list[FileRow]:
    """Return the rows of a CSV file: UTF-8, UTF-16 or Windows-1252; comma, semicolon or tab.

    Raises FileRefused: a file that is missing, no text, empty, or whose header has an unknown, a doubled or no needed
    column. A mistyped column is refused, because its values would be lost silently.
    """
    with open_source(path, on_bytes) as source:
        pieces = list(source.pieces())
    first = next((line for lines in pieces for line in lines if line.strip()), None)
    if first is None:
        raise FileRefused("empty_file", "The file is empty. Its first line must name the columns.")
    delimiter = find_delimiter(first, COLUMNS)
    header: list[str] = []
    rows: list[FileRow] = []
    for records in read_records(pieces, delimiter=delimiter):
        for line, cells in zip(records.lines, records.rows, strict=True):
            if not header:
                header = _checked_header(cells)
            elif any(cell.strip() for cell in cells):
                overflow = {"": "..."} if any(cell.strip() for cell in cells[len(header) :]) else {}
                rows.append(FileRow(line, {**dict(zip(header, cells, strict=False)), **overflow}))
    return rows


def parse_row(row: FileRow) -> ParsedRow:
    """Return what the cells of a row say. Raises RowRefused with everything that can't be read."""
    problems: list[Problem] = []
    cells = {name: cell.strip().replace("\x00", "") for name, cell in row.cells.items()}
    if "" in cells:
        problems.append(Problem("", "too_many_cells", "The row has more cells than the header. Check the delimiter."))
    measured_on = _date(cells.get("measured_on", ""), problems)
    numbers = {name: _number(name, cells.get(name, ""), problems) for name in NUMBERS}
    position = _word("position", cells.get("position", ""), _POSITIONS, problems) or ""
    oedema = _word(
        "oedema", cells.get("oedema", ""), {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}, problems
    )
    measured_by = cells.get("measured_by", "")
    if len(measured_by) > LONGEST_NAME:
        problems.append(Problem("measured_by", "too_long", f"The name is longer than {LONGEST_NAME} characters."))
    confirmed = frozenset(cells.get("confirmed", "").replace(",", " ").replace(PROPOSAL_SEPARATOR, " ").split())
    for name in sorted(confirmed - set(CONFIRMABLE_FIELDS)):
        problems.append(Problem("confirmed", "unknown_field", f"{name!r} is none of {', '.join(CONFIRMABLE_FIELDS)}."))
    code = cells.get("child", "").upper()
    if not code:
        problems.append(Problem("child", "required", "The child's code is missing."))
    given_id = _uuid(cells.get("id", ""), problems)
    if problems or measured_on is None:
        raise RowRefused(problems)
    values = MeasuredValues(
        **numbers,
        position=position if numbers["length_height_cm"] is not None else "",
        oedema=oedema,
        measured_by=measured_by,
    )
    return ParsedRow(row.line, code, measured_on, values, given_id or _id_of(code, measured_on, values), confirmed)


def write_errors(file: TextIO, rows: Sequence[FileRow], problems_of: Mapping[int, Sequence[Problem]]) -> None:
    """Write the rows that have problems, by line, with what is wrong, in the order of the file.

    To be mended there: change the value, or name the field in `confirmed`, and import the file again.
    """
    header = [*COLUMNS, *ERROR_COLUMNS]
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        problems = problems_of.get(row.line)
        if problems:
            cells = [row.cells.get(name, "") for name in COLUMNS]
            writer.writerow([_harmless(cell) for cell in (*cells, *_error_cells(row.line, problems))])


def _checked_header(cells: Sequence[str]) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    while header and not header[-1]:
        header.pop()
    known = {*COLUMNS, *ERROR_COLUMNS}
    for name in header:
        if name not in known:
            raise FileRefused("unknown_column", f"There is no column {name!r}. Known are: {', '.join(COLUMNS)}.")
        if header.count(name) > 1:
            raise FileRefused("doubled_column", f"The column {name} is there twice. Leave one out.")
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise FileRefused("missing_column", f"The column {missing[0]} is missing. Needed are: {', '.join(NEEDED)}.")
    return header


def _date(cell: str, problems: list[Problem]) -> date | None:
    try:
        if len(cell) == len("2026-01-31"):  # not the week dates that Python reads, too
            return date.fromisoformat(cell)
    except ValueError:
        pass
    problems.append(Problem("measured_on", "not_a_date", f"{cell!r} is no date such as 2026-01-31."))
    return None


def _number(name: str, cell: str, problems: list[Problem]) -> Decimal | None:
    try:
        return NUMBERS[name].clean(cell)
    except ValidationError as error:
        code = error.error_list[0].code or "invalid"
        problems.append(Problem(name, code, f"{name} is {cell!r}. {' '.join(error.messages)}"))
        return None


def _word(name: str, cell: str, meanings: Mapping[str, Any], problems: list[Problem]) -> Any:
    if not cell:
        return None
    if cell.lower() not in meanings:
        known = ", ".join(sorted(meanings))
        problems.append(Problem(name, "unknown_word", f"{name} is {cell!r}; known are {known}, or nothing."))
    return meanings.get(cell.lower())


def _uuid(cell: str, problems: list[Problem]) -> uuid.UUID | None:
    if not cell:
        return None
    try:
        return uuid.UUID(cell)
    except ValueError:
        problems.append(Problem("id", "not_a_uuid", f"{cell!r} is no UUID. Leave it empty to have one made."))
        return None


def _id_of(code: str, measured_on: date, values: MeasuredValues) -> uuid.UUID:
    """Return the id of a row without one: of its content, so that the same row of whatever file is stored once."""
    numbers = [getattr(values, name) for name in CONFIRMABLE_FIELDS]
    written = ["" if number is None else f"{number.normalize():f}" for number in numbers]
    content = [code, measured_on.isoformat(), *written, values.position, str(values.oedema), values.measured_by]
    return uuid.uuid5(ROW_IDS, "\x1f".join(content))


def _error_cells(line: int, problems: Iterable[Problem]) -> list[str]:
    listed = list(problems)
    proposed = [f"{name}={value.normalize():f}" for each in listed for name, value in each.proposed.items()]
    return [
        str(line),
        "; ".join(problem.column for problem in listed),
        "; ".join(problem.code for problem in listed),
        " ".join(problem.message for problem in listed),
        PROPOSAL_SEPARATOR.join(proposed),
    ]


def _harmless(cell: str) -> str:
    if not cell.startswith(FORMULA_STARTS):
        return cell
    try:
        Decimal(cell)
    except ArithmeticError:
        return "'" + cell
    return cell

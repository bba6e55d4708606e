"""A file of measurements as a table: its header, then its rows in pieces, each as wide as the header.

Joins `source.py`, `records.py` and `fields.py`. What a row's cells say is read in `measurements.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from children.growth.files.ages import AgeUnit
from children.growth.files.cells import CellError
from children.growth.files.fields import KNOWN_NAMES, Layout, lay_out
from children.growth.files.records import DELIMITERS, Records, find_delimiter, read_records
from children.growth.files.refusal import FileRefused
from children.growth.files.source import PIECE_CHARS, OnBytes, TextSource, open_source

_STRAY_QUOTE = 'A quote (") is not closed, or text follows it. Quotes are read as plain text in this line.'
# A line before the header by which Excel tells itself the delimiter; the header tells it as well.
_DELIMITER_LINES = {f"sep={delimiter}".rstrip() for delimiter in DELIMITERS}
_SHIFTED = (
    "It is not certain what stands where: the row has no answer and its last cells are left out. Is there a delimiter "
    "in a text without quotes?"
)


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a table.

    cells: as wide as the header. shifted: places in `cells` of rows that had too many. plain: no cell needs quotes.
    """

    lines: list[int]
    cells: list[list[str]]
    shifted: list[int]
    errors: list[CellError]
    plain: bool

    def readable(self) -> list[list[str]]:
        """Return the cells, empty in rows where it is not certain what stands where."""
        rows = list(self.cells)
        for place in self.shifted:
            rows[place] = [""] * len(rows[place])
        return rows


class Table:
    """An open file whose header was read; `rows` gives the rest, once."""

    def __init__(self, source: TextSource, *, age_name: str | None, age_unit: AgeUnit | None, piece_chars: int) -> None:
        """Read the header. Raises FileRefused with empty_file, binary_file, or what `lay_out` refuses."""
        lines = source.pieces(piece_chars)
        first_line, first_piece = _skip_empty_lines(lines)
        self.has_bom = source.has_bom
        self.line_end = "\r\n" if first_piece[0].endswith("\r\n") else "\n"
        if first_piece[0].rstrip().lower() in _DELIMITER_LINES:
            skipped, first_piece = _skip_empty_lines(chain([first_piece[1:]], lines))
            first_line += skipped
        self.delimiter = find_delimiter(first_piece[0], KNOWN_NAMES)
        pieces = read_records(chain([first_piece], lines), delimiter=self.delimiter, first_line=first_line)
        self._records = (records for records in pieces if records.rows)
        self._first = next(self._records)
        header = self._first.rows.pop(0)
        self._first.lines.pop(0)
        if any("\0" in name for name in header):
            raise FileRefused("binary_file", "The file is no text. Save the table as CSV (UTF-8) and try again.")
        self.layout: Layout = lay_out(header, age_name=age_name, age_unit=age_unit)

    @property
    def decimal_comma(self) -> bool:
        """Whether "12,5" is a number: only where commas do not separate cells."""
        return self.delimiter != ","

    def rows(self) -> Iterator[Rows]:
        """Yield the rows in order."""
        for records in chain([self._first], self._records):
            if records.rows:
                yield _fit(records, width=len(self.layout.header))


@contextmanager
def open_table(
    path: Path,
    *,
    age_name: str | None = None,
    age_unit: AgeUnit | None = None,
    on_bytes: OnBytes | None = None,
    piece_chars: int = PIECE_CHARS,
) -> Iterator[Table]:
    """Open a file of measurements and read its header; age_name, age_unit: see `lay_out`. Raises FileRefused."""
    with open_source(path, on_bytes) as source:
        yield Table(source, age_name=age_name, age_unit=age_unit, piece_chars=piece_chars)


def _skip_empty_lines(pieces: Iterator[list[str]]) -> tuple[int, list[str]]:
    """Return the number of the first line that is not empty, and the lines from there in its piece."""
    number = 1
    for lines in pieces:
        for place, line in enumerate(lines):
            if line.strip("\r\n"):
                return number + place, lines[place:]
        number += len(lines)
    raise FileRefused("empty_file", "The file is empty. Its first line must name the columns.")


def _fit(records: Records, *, width: int) -> Rows:
    """Return rows of one width: what lacks is empty, what is too much is left out and reported."""
    errors = [CellError(line, "", "stray_quote", _STRAY_QUOTE) for line in records.stray]
    shifted = []
    for place, row in enumerate(records.rows):
        count = len(row)
        if count < width:
            row.extend([""] * (width - count))
            errors.append(_wrong_width(records.lines[place], "too_few_cells", count, width, "The rest is missing."))
        elif count > width:
            # Spreadsheets end rows with empty cells: those say nothing.
            if any(row[width:]):
                shifted.append(place)
                errors.append(_wrong_width(records.lines[place], "too_many_cells", count, width, _SHIFTED))
            del row[width:]
    return Rows(records.lines, records.rows, shifted, errors, records.plain)


def _wrong_width(line: int, code: str, count: int, width: int, advice: str) -> CellError:
    return CellError(line, "", code, f"The row has {count} cells, the header {width}. {advice}")

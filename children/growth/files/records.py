"""From lines to rows of cells: delimiter, quotes, quoted line breaks, and quotes that somebody forgot to close.

A forgotten quote must not swallow the rows below it: a quoted text over several lines counts only if it is well-formed
and gives as many cells as the header has; else its first line is read alone, with quotes as plain characters.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t")

# A quoted text with line breaks may have this many lines, e.g. a long remark.
MOST_LINES_OF_A_ROW = 1000


@dataclass(frozen=True, slots=True)
class Records:
    """Some rows in order.

    lines: number in the file of each row's first line, from 1. stray: of rows with a quote that makes no sense. plain:
    there is no quote at all, so cells joined by the delimiter are the line again.
    """

    lines: list[int]
    rows: list[list[str]]
    stray: list[int]
    plain: bool


def find_delimiter(header_line: str, known_names: Collection[str]) -> str:
    """Return the delimiter that gives most known column names (in lower case), then most cells."""

    def score(delimiter: str) -> tuple[int, int]:
        cells = header_line.split(delimiter)
        return sum(cell.strip().strip('"').strip().lower() in known_names for cell in cells), len(cells)

    return max(DELIMITERS, key=score)


def read_records(pieces: Iterable[list[str]], *, delimiter: str, first_line: int = 1) -> Iterator[Records]:
    """Yield the rows of lines that come in pieces; the first row is the header. Empty lines are no rows."""
    reader = _RecordReader(delimiter=delimiter, next_line=first_line)
    for lines in pieces:
        yield reader.read(lines, is_last=False)
    yield reader.read([], is_last=True)


class _RecordReader:
    """Keeps the lines of a row that goes on in the next piece."""

    def __init__(self, *, delimiter: str, next_line: int) -> None:
        self.next_line = next_line
        self._delimiter = delimiter
        self._width: int | None = None
        self._open: list[str] = []

    def read(self, lines: list[str], *, is_last: bool) -> Records:
        """Return the rows that end within `lines`."""
        lines = self._open + lines
        self._open = []
        records = self._read_line_by_line(lines)
        if records is None:
            records = self._read_carefully(lines, is_last=is_last)
        if self._width is None and records.rows:
            self._width = len(records.rows[0])
        return records

    def _read_line_by_line(self, lines: list[str]) -> Records | None:
        """Return the rows if every line is a well-formed one: the fast way; else None."""
        rows = self._well_formed(lines)
        if rows is None or len(rows) != len(lines):
            return None
        numbers = list(range(self.next_line, self.next_line + len(lines)))
        self.next_line += len(lines)
        if not all(rows):
            numbers = [number for number, row in zip(numbers, rows, strict=True) if row]
            rows = [row for row in rows if row]
        return Records(numbers, rows, [], plain=not any('"' in line for line in lines))

    def _read_carefully(self, lines: list[str], *, is_last: bool) -> Records:
        found = Records([], [], [], plain=False)
        start = 0
        while start < len(lines):
            end = self._end_of_row(lines, start)
            if end is None and not is_last and len(lines) - start < MOST_LINES_OF_A_ROW:
                self._open = lines[start:]
                break
            end = start + 1 if end is None else end
            rows = self._well_formed(lines[start:end])
            if rows is None:
                rows = [self._read_plainly(lines[start])]
                if '"' in lines[start]:
                    found.stray.append(self.next_line)
            if rows[0]:
                found.lines.append(self.next_line)
                found.rows.append(rows[0])
                if self._width is None:
                    self._width = len(rows[0])
            self.next_line += end - start
            start = end
        return found

    def _end_of_row(self, lines: list[str], start: int) -> int | None:
        """Return where the row that begins at `start` ends, or None if `lines` end before it.

        The line after `start` where the quoted text makes no row of the header's width.
        """
        if not self._is_open(lines[start : start + 1]):
            return start + 1
        most = min(len(lines), start + MOST_LINES_OF_A_ROW)
        for end in range(start + 1, most):
            if '"' not in lines[end]:
                continue
            rows = self._well_formed(lines[start : end + 1])
            if rows is not None:
                return end + 1 if self._width in (None, len(rows[0])) else start + 1
            if not self._is_open(lines[start : end + 1]):
                return start + 1
        return None

    def _is_open(self, lines: list[str]) -> bool:
        """Tell if a quote is open at the end of one row's lines: then a line more still belongs to the row."""
        if not any('"' in line for line in lines):
            return False
        try:
            return len(list(csv.reader([*lines, "\n"], delimiter=self._delimiter))) == 1
        except csv.Error:  # longer than a cell may be
            return False

    def _well_formed(self, lines: list[str]) -> list[list[str]] | None:
        try:
            return list(csv.reader(lines, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return None

    def _read_plainly(self, line: str) -> list[str]:
        """Return the cells of one line whose quotes make no sense: as they stand if that gives the header's width."""
        text = line.rstrip("\r\n")
        plain = text.split(self._delimiter)
        if len(plain) == self._width:
            return plain
        try:
            return next(csv.reader([text], delimiter=self._delimiter), [])
        except csv.Error:  # longer than a cell may be
            return plain

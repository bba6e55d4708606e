"""Cells of a research data set: numbers with their ranges, words, and every fault noted with line and column."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ml_models.research.errors import Problem
from ml_models.research.tables import HEADER_LINE, Row, Table


@dataclass(frozen=True)
class Limits:
    """The range of a number, ends included, and its unit: wide enough for any child, narrow enough for a wrong unit."""

    low: float
    high: float
    unit: str

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g} {self.unit}".rstrip()


class Cells:
    """The cells of one row; what is wrong with them is added to `problems`."""

    def __init__(self, table: Table, row: Row, problems: list[Problem]) -> None:
        """Read `row` of `table`."""
        self.line = row.line
        self._file, self._cells, self._problems = table.file, row.cells, problems
        self._before = len(problems)

    @property
    def faulty(self) -> bool:
        """True when a fault was noted since this row was begun."""
        return len(self._problems) > self._before

    def fault(self, column: str | None, code: str, message: str) -> None:
        """Note a fault."""
        self._problems.append(Problem(self._file, self.line, column, code, message))

    def text(self, column: str) -> str | None:
        """Return a text that must be there."""
        text = self._cells.get(column, "")
        if not text:
            self.fault(column, "empty", "nothing stands here.")
            return None
        return text

    def word(self, column: str, words: Mapping[str, object]) -> str | None:
        """Return one of `words` that must be there."""
        text = self.text(column)
        if text is not None and text not in words:
            self.fault(column, "unknown_word", f"{text!r} is not one of {', '.join(words)}.")
            return None
        return text

    def number(self, column: str, limits: Limits) -> float | None:
        """Return a number that must be there."""
        return self.optional_number(column, limits) if self.text(column) is not None else None

    def optional_number(self, column: str, limits: Limits) -> float | None:
        """Return a number, or None where nothing stands."""
        text = self._cells.get(column, "")
        if not text:
            return None
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self.fault(column, "not_a_number", f"{text!r} is not a number such as 81.5.")
            return None
        if not limits.low <= number <= limits.high:
            self.fault(column, "out_of_range", f"{text} is outside {limits}.")
            return None
        return number

    def whole(self, column: str, limits: Limits) -> int | None:
        """Return a whole number that must be there."""
        number = self.number(column, limits)
        if number is None:
            return None
        if number != int(number):
            self.fault(column, "not_whole", f"{number:g} is not a whole number.")
            return None
        return int(number)


def check_columns(table: Table, *, required: Sequence[str], allowed: Sequence[str]) -> list[Problem]:
    """Return what is wrong with the header.

    Columns that nobody knows are faults: a name or a birth date must not slip through.
    """
    missing = [name for name in required if name not in table.columns]
    unknown = [name for name in table.columns if name not in {*required, *allowed}]
    faults = [
        *((name, "column_missing", "this column is missing.") for name in missing),
        *(
            (name, "column_unknown", "this column is not part of the layout. Take it out: it may tell who a child is.")
            for name in unknown
        ),
    ]
    return [Problem(table.file, HEADER_LINE, name, code, message) for name, code, message in faults]

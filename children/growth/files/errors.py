"""The errors of a file's cells: a line each in a CSV file, or counted with the first few kept."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from typing import TextIO

from children.growth.files.cells import CellError

HEADER = ("line", "column", "code", "message")
MOST_KEPT = 5


class ErrorLog:
    """Takes errors in the order of their lines; holds a few, whatever their number."""

    def __init__(self, file: TextIO | None = None) -> None:
        """Write each error as a row of `file`, if one is given."""
        self.counts: Counter[str] = Counter()
        self.first: list[CellError] = []
        self._writer = None if file is None else csv.writer(file, lineterminator="\n")
        if self._writer is not None:
            self._writer.writerow(HEADER)

    def add(self, errors: Sequence[CellError]) -> None:
        """Take the errors of some rows."""
        self.counts.update(error.code for error in errors)
        self.first += errors[: MOST_KEPT - len(self.first)]
        if self._writer is not None:
            self._writer.writerows((error.line, error.column, error.code, error.message) for error in errors)

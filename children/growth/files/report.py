"""What became of a file: how many rows, what a user should hear, how many errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from children.growth.files.cells import CellError
from children.growth.files.errors import ErrorLog


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """rows: read. notes: sentences on columns and ages. error_counts: by code. first_errors: a few, in order."""

    rows: int
    notes: tuple[str, ...]
    error_counts: Mapping[str, int]
    first_errors: tuple[CellError, ...]

    @classmethod
    def of(cls, *, rows: int, notes: tuple[str, ...], errors: ErrorLog) -> FileReport:
        """Return the report of a file whose errors a log took."""
        return cls(rows=rows, notes=notes, error_counts=dict(errors.counts), first_errors=tuple(errors.first))

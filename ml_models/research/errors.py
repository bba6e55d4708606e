"""What can be wrong with research data."""

from __future__ import annotations

from dataclasses import dataclass


class ResearchDataError(Exception):
    """Data that must not be used; `code` for programs, the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Problem:
    """One fault of one cell or row. `line` counts from 1, the header's line; None where a whole file is meant."""

    file: str
    line: int | None
    column: str | None
    code: str
    message: str

    def __str__(self) -> str:
        where = [self.file]
        if self.line is not None:
            where.append(f"line {self.line}")
        if self.column is not None:
            where.append(f"column {self.column}")
        return f"{', '.join(where)}: {self.message} [{self.code}]"

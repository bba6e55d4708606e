"""The error of a file that cannot be answered at all; a bad cell is a `CellError` instead and stops nothing."""

from __future__ import annotations


class FileRefused(ValueError):
    """A whole file, or an option about it, is refused.

    code: stable, for programs. message: what happened and what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

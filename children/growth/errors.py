"""The one error of this package: a stable code for programs and a sentence for people."""

from __future__ import annotations


class MeasurementError(ValueError):
    """A value that no growth record can hold.

    code: stable, for programs. field: name of the field of GrowthInput. message: what happened, the limit, what to do.
    """

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class TablesError(RuntimeError):
    """A WHO table on disk is not the file that this engine was tested with."""

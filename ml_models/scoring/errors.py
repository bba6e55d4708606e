"""Every reason for which the scoring service refuses a request, with its HTTP status. Standard library only."""

from __future__ import annotations

from typing import Any

#: Status of each code. Codes are stable: clients and alert rules name them.
STATUS_OF = {
    "bad_json": 400,
    "bad_value": 400,
    "bad_shape": 400,
    "features_differ": 400,
    "field_missing": 400,
    "no_rows": 400,
    "not_a_number": 400,
    "not_an_object": 400,
    "not_finite": 400,
    "out_of_range": 400,
    "unknown_field": 400,
    "unknown_kind": 400,
    "too_large": 413,
    "too_many_rows": 413,
    "model_not_deployed": 422,
    "not_ready": 503,
}


class RequestError(Exception):
    """A request that is refused as a whole: `code` for programs, the text for people.

    `row`: index of the row at fault, counted from 0; `field`: name of the field; None where the fault has none.
    """

    def __init__(self, code: str, message: str, *, row: int | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.row, self.field = code, message, row, field

    @property
    def status(self) -> int:
        """HTTP status of the refusal."""
        return STATUS_OF[self.code]

    def as_json(self) -> dict[str, Any]:
        """Return the document of `score_schema/error.schema.json`."""
        return {"error": {"code": self.code, "message": self.message, "row": self.row, "field": self.field}}

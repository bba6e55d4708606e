"""A request's bytes as checked rows: one row, or a list of rows; what is too much is refused before it is read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ml_models.scoring.errors import RequestError
from ml_models.scoring.rows import Row, read_row

#: A hundred session rows are about 1 MB; a managed endpoint of Azure Machine Learning takes 1.5 MB.
MAX_ROWS = 100
MAX_BYTES = 1_500_000


@dataclass(frozen=True)
class Request:
    """The rows in their order; `is_list` False for the one row that was not in a list."""

    rows: tuple[Row, ...]
    is_list: bool


def read_request(raw: str | bytes) -> Request:
    """Return the checked request; raises RequestError, with the row's index where there is a list."""
    if len(raw) > MAX_BYTES:
        raise RequestError("too_large", f"A request has at most {MAX_BYTES} bytes. Send fewer rows at once.")
    document = _parse(raw)
    if not isinstance(document, list):
        return Request((read_row(document),), is_list=False)
    if not document:
        raise RequestError("no_rows", "The list has no rows.")
    if len(document) > MAX_ROWS:
        raise RequestError("too_many_rows", f"A request has at most {MAX_ROWS} rows, not {len(document)}.")
    return Request(tuple(_row_of_list(row, index) for index, row in enumerate(document)), is_list=True)


def _row_of_list(document: Any, index: int) -> Row:
    try:
        return read_row(document)
    except RequestError as error:
        raise RequestError(error.code, f"Row {index}: {error.message}", row=index, field=error.field) from None


def _parse(raw: str | bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):  # not UTF-8, too deep and numbers of thousands of digits among them
        raise RequestError("bad_json", "The body is not JSON.") from None

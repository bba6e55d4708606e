"""Numbers out of JSON: finite, in range, of the right count, or refused with a code and the place of the fault."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_models.scoring.errors import RequestError

Range = tuple[float, float]


def number(value: Any, allowed: Range, *, field: str) -> float:
    """Return `value` as a float within `allowed`; raises RequestError."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RequestError("not_a_number", f"{field} must be a number, not {_shown(value)}.", field=field)
    low, high = allowed
    if isinstance(value, float) and not math.isfinite(value):
        raise RequestError("not_finite", f"{field} is not finite. What is missing is null.", field=field)
    if not low <= value <= high:
        raise RequestError("out_of_range", f"{field} must be from {low:g} to {high:g}.", field=field)
    return float(value)


def numbers(values: Any, ranges: Sequence[Range], *, names: Sequence[str], field: str) -> NDArray[np.float32]:
    """Return a list of numbers, shape (len(ranges),), NaN for null; `names` are those of its places.

    Raises RequestError.
    """
    if not isinstance(values, list) or len(values) != len(ranges):
        found = f"{len(values)} of them" if isinstance(values, list) else _shown(values)
        raise RequestError("bad_shape", f"{field} must be a list of {len(ranges)} numbers, not {found}.", field=field)
    return np.array(
        [
            math.nan if value is None else number(value, allowed, field=f"{field}.{name}")
            for value, allowed, name in zip(values, ranges, names, strict=True)
        ],
        dtype=np.float32,
    )


def _shown(value: Any) -> str:
    """What a value is, without its content: bodies of requests describe children."""
    if value is None:
        return "null"
    return {bool: "true or false", str: "a text", list: "a list", dict: "an object"}.get(type(value), "a number")

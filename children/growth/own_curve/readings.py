"""What else a number may have been meant to be: another unit, a slipped decimal point, mixed-up digits.

Only arithmetic on one number: which reading makes sense for a child is decided in `suspect.py`, and nothing is ever
converted without a person saying so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from children.growth.types import Index

SlipField = Literal["weight_kg", "length_height_cm", "muac_mm", "head_circumference_cm"]

SLIP_FIELDS: tuple[SlipField, ...] = ("weight_kg", "length_height_cm", "muac_mm", "head_circumference_cm")

INDEX_OF_FIELD: dict[SlipField, Index] = {
    "weight_kg": Index.WAZ,
    "length_height_cm": Index.HAZ,
    "muac_mm": Index.ACZ,
    "head_circumference_cm": Index.HCZ,
}

# Factors from the suspected unit to the field's own. 1 lb = 0.45359237 kg and 1 in = 2.54 cm, exactly (1959 yard and
# pound agreement).
UNITS: dict[SlipField, dict[str, float]] = {
    "weight_kg": {"g": 0.001, "lb": 0.45359237},
    "length_height_cm": {"in": 2.54, "m": 100.0, "mm": 0.1},
    "muac_mm": {"cm": 10.0, "in": 25.4},
    "head_circumference_cm": {"mm": 0.1, "in": 2.54},
}

# A decimal point one place too far to the left or to the right; where a unit has the same factor, the unit is named.
DECIMAL_POINT: dict[SlipField, tuple[float, ...]] = {
    "weight_kg": (10.0, 0.1),
    "length_height_cm": (10.0,),
    "muac_mm": (0.1,),
    "head_circumference_cm": (10.0,),
}

# Digits that people write of each field: 10 g, mm, mm, mm.
DECIMALS: dict[SlipField, int] = {
    "weight_kg": 2,
    "length_height_cm": 1,
    "muac_mm": 0,
    "head_circumference_cm": 1,
}

# Grams, hundredths of a millimetre: more digits than anybody measures.
WOULD_BE_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """Another reading of an entered number: `value` in the unit of its field. `unit` is the suspected unit, if any."""

    value: float
    unit: str | None = None


def unit_readings(field: SlipField, value: float) -> tuple[Reading, ...]:
    """Return `value` as if it had been read in each other unit."""
    return tuple(Reading(_rounded(value * factor), unit) for unit, factor in UNITS[field].items())


def decimal_readings(field: SlipField, value: float) -> tuple[Reading, ...]:
    """Return `value` with the decimal point one place further."""
    return tuple(Reading(_rounded(value * factor)) for factor in DECIMAL_POINT[field])


def digit_readings(field: SlipField, value: float) -> tuple[float, ...]:
    """Return `value` with two neighbouring digits exchanged, or with a first digit put back that was lost.

    12.4 may be 21.4 or 14.2, and 2.4 may be 12.4. The last decimal is kept as it was written, to `DECIMALS` places.
    """
    decimals = DECIMALS[field]
    digits = str(round(value * 10**decimals))
    places = range(len(digits) - 1)
    exchanged = {digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :] for i in places if digits[i] != digits[i + 1]}
    completed = {first + digits for first in "123456789"}
    return tuple(_rounded(int(text) / 10**decimals) for text in sorted(exchanged | completed))


def _rounded(value: float) -> float:
    return round(value, WOULD_BE_DECIMALS) if math.isfinite(value) else value

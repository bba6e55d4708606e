"""Was the value entered in the wrong unit? Asked before a value is saved; the answer is a question to the person.

A slip is suspected when the value as entered is implausible for the age and a converted one is plausible. Nothing is
ever converted without a person saying so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from children.growth.columns import BOY_CODE, GIRL_CODE, SEX_CODES, Columns
from children.growth.completeness import age_outside_standard
from children.growth.indices import compute_zscores
from children.growth.types import Index, Sex
from children.growth.validation import HARD_LIMITS

SlipField = Literal["weight_kg", "length_height_cm", "muac_mm", "head_circumference_cm"]

# Factors from the suspected unit to the field's own. 1 lb = 0.45359237 kg and 1 in = 2.54 cm, exactly (1959 yard and
# pound agreement).
UNITS: dict[SlipField, dict[str, float]] = {
    "weight_kg": {"g": 0.001, "lb": 0.45359237},
    "length_height_cm": {"in": 2.54, "m": 100.0, "mm": 0.1},
    "muac_mm": {"cm": 10.0},
    "head_circumference_cm": {"mm": 0.1, "in": 2.54},
}

INDEX_OF_FIELD: dict[SlipField, Index] = {
    "weight_kg": Index.WAZ,
    "length_height_cm": Index.HAZ,
    "muac_mm": Index.ACZ,
    "head_circumference_cm": Index.HCZ,
}

# Grams, hundredths of a millimetre: more digits than anybody measures.
WOULD_BE_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class UnitSlip:
    """A value that makes sense in another unit. would_be is in the unit of `field`."""

    field: SlipField
    entered: float
    suspected_unit: str
    would_be: float


def suspect_unit_slip(
    field: SlipField, value: float, *, sex: Sex | None = None, age_days: int | None = None
) -> UnitSlip | None:
    """Return what unit one value was probably entered in, or None when it is plausible or fits no other unit.

    Plausible is: inside the record's hard limits and, under 5 years, not flagged by WHO for the age (for either sex
    when the sex is not known). Of several units the one whose z-score is nearest to 0 is suspected.
    """
    if not math.isfinite(value) or value <= 0.0:
        return None
    units = UNITS[field]
    distances = _distances(
        field, np.array([value, *(value * factor for factor in units.values())]), sex=sex, age_days=age_days
    )
    if math.isfinite(distances[0]):
        return None
    nearest = int(np.argmin(distances[1:]))
    if not math.isfinite(distances[1 + nearest]):
        return None
    unit, factor = list(units.items())[nearest]
    return UnitSlip(field, value, unit, round(value * factor, WOULD_BE_DECIMALS))


def _distances(
    field: SlipField, values: npt.NDArray[np.float64], *, sex: Sex | None, age_days: int | None
) -> npt.NDArray[np.float64]:
    """Return |z| of each value, 0 where no standard judges it, infinity where it is implausible."""
    limits = HARD_LIMITS[field]
    possible = (values >= limits.low) & (values <= limits.high)
    if age_days is None or age_days < 0 or age_outside_standard(age_days):
        return np.where(possible, 0.0, np.inf)
    codes = [BOY_CODE, GIRL_CODE] if sex is None else [SEX_CODES[sex]]
    judged = []
    for code in codes:
        columns = Columns.of(
            sex=code,
            age_days=age_days,
            weight_kg=values if field == "weight_kg" else None,
            length_height_cm=values if field == "length_height_cm" else None,
            muac_mm=values if field == "muac_mm" else None,
            head_circumference_cm=values if field == "head_circumference_cm" else None,
        )
        table = compute_zscores(columns, indices=[INDEX_OF_FIELD[field]])
        judged.append(np.where(table.flagged[0], np.inf, np.nan_to_num(np.abs(table.raw[0]), nan=0.0)))
    return np.where(possible, np.min(judged, axis=0), np.inf)

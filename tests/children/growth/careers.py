"""Makes whole careers of children at a clinic: smooth growth, the error of measuring, visits at usual intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from children.growth import GrowthInput, Index, Position, Sex, Standard, measurement_at_z
from children.growth.age import FIRST_HEIGHT_DAY, months, standard_at
from children.growth.curves import FIRST_ARM_DAY
from children.growth.technical_error import TECHNICAL_ERROR

FloatArray = npt.NDArray[np.float64]

# Days between visits below one year and later, as clinics call children: both ends included.
INFANT_INTERVAL_DAYS = (26, 37)
CHILD_INTERVAL_DAYS = (50, 95)
HEAD_MEASURED_BELOW_DAYS = 1096


@dataclass(frozen=True)
class Wander:
    """A z-score over life: a level of the child's own, drawn once, and slow smooth swings of some size about it."""

    mean: float
    sd_between: float
    swing: float

    def draw(self, days: npt.NDArray[np.int64], rng: np.random.Generator) -> FloatArray:
        """Return the z at each age."""
        level = rng.normal(self.mean, self.sd_between)
        swings = [
            rng.normal(0.0, self.swing) * np.sin(2 * math.pi * (days / period + rng.random())) for period in (300, 700)
        ]
        return level + np.sum(swings, axis=0)


HAZ = Wander(mean=-1.0, sd_between=1.1, swing=0.12)
WAZ = Wander(mean=-0.8, sd_between=1.0, swing=0.3)
ACZ = Wander(mean=-0.6, sd_between=0.9, swing=0.3)
HCZ = Wander(mean=-0.3, sd_between=0.9, swing=0.1)


def career(rng: np.random.Generator, *, first_day: int = 0, last_day: int = 1826) -> list[GrowthInput]:
    """Return the visits of one child, oldest first, written as people write them."""
    sex = Sex.MALE if rng.random() < 0.5 else Sex.FEMALE
    days = _visit_days(rng, first_day=first_day, last_day=last_day)
    haz, waz, acz, hcz = (wander.draw(days, rng) for wander in (HAZ, WAZ, ACZ, HCZ))
    return [
        GrowthInput(
            sex=sex,
            age_days=day,
            weight_kg=_read(Index.WAZ, sex, day, waz[k], TECHNICAL_ERROR.weight_kg, 2, rng),
            length_height_cm=_read(Index.HAZ, sex, day, haz[k], TECHNICAL_ERROR.length_height_cm, 1, rng),
            position=Position.LENGTH if day < FIRST_HEIGHT_DAY else Position.HEIGHT,
            muac_mm=None
            if day < FIRST_ARM_DAY
            else _read(Index.ACZ, sex, day, acz[k], TECHNICAL_ERROR.muac_mm, 0, rng),
            head_circumference_cm=None
            if day >= HEAD_MEASURED_BELOW_DAYS
            else _read(Index.HCZ, sex, day, hcz[k], TECHNICAL_ERROR.head_circumference_cm, 1, rng),
            oedema=False,
        )
        for k, day in enumerate(days.tolist())
    ]


def value_at(index: Index, sex: Sex, day: int, z: float) -> float:
    """Return a measurement by the standard of the age; NaN where it has none."""
    standard = standard_at(day) or Standard.WHO2007
    if standard is Standard.WHO2007 and index not in (Index.HAZ, Index.WAZ):
        return math.nan
    return float(measurement_at_z(index, sex=sex, at=day, z=z, standard=standard)[0])


def _visit_days(rng: np.random.Generator, *, first_day: int, last_day: int) -> npt.NDArray[np.int64]:
    days = [first_day + int(rng.integers(0, 60))]
    while True:
        low, high = INFANT_INTERVAL_DAYS if months(days[-1]) < 12.0 else CHILD_INTERVAL_DAYS
        following = days[-1] + int(rng.integers(low, high + 1))
        if following >= last_day:
            return np.array(days)
        days.append(following)


def _read(
    index: Index, sex: Sex, day: int, z: float, error: float, decimals: int, rng: np.random.Generator
) -> float | None:
    value = value_at(index, sex, day, z) + rng.normal(0.0, error)
    return None if math.isnan(value) else round(value, decimals)

"""How a demo child grows, and what a person with scale and board reads of it.

Growth: a level of the child's own, and slow swings about it with correlation between visits, as z-scores of the WHO
standards; measurements by the growth engine's inverse. Reading: the technical error of measurement on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from children.growth import Index, Position, Sex, measurement_at_z
from children.growth.age import FIRST_HEIGHT_DAY, corrected_age_days
from children.growth.curves import FIRST_ARM_DAY
from children.growth.tables import LAST_DAY, LENGTH_TABLE_CM

FloatArray = npt.NDArray[np.float64]

# SD of one reading about the true value; the usual technical errors of trained measurers, cut at 2.5 SD.
READING_SD_KG, READING_SD_CM, READING_SD_MUAC_MM, READING_SD_HEAD_CM = 0.05, 0.4, 2.5, 0.28
LARGEST_READING_ERROR_SD = 2.5

# Swings of z about the child's own level: SD, and days after which their correlation has fallen to 1/e.
HAZ_SWING, WHZ_SWING, ARM_SWING, HEAD_SWING = (0.15, 240.0), (0.25, 120.0), (0.15, 120.0), (0.1, 240.0)
# Arm and weight go together: ACZ = 0.7 WHZ + a level of the child's own.
ARM_PER_WHZ = 0.7

# Growth after five years, where the 2006 standards end. About 6 cm a year (WHO 2007 reference).
CM_PER_DAY_AFTER_FIVE = 6 / 365.25
HEAD_MEASURED_BELOW_DAYS = 1096  # three years; later the tape is rarely used


@dataclass(frozen=True, kw_only=True)
class Levels:
    """z-scores about which a child grows, each as (mean, SD) over children; `arm` is ACZ beyond its share of WHZ."""

    haz: tuple[float, float]
    whz: tuple[float, float]
    arm: tuple[float, float]
    head: tuple[float, float]


@dataclass(frozen=True)
class Body:
    """The true body at each visit, shape (n,): cm, kg, mm; NaN where a value is not taken at that age."""

    length_height_cm: FloatArray
    weight_kg: FloatArray
    muac_mm: FloatArray
    head_circumference_cm: FloatArray


def grow(
    *,
    sex: Sex,
    age_days: npt.NDArray[np.int64],
    gestation_days: int | None,
    levels: Levels,
    rng: np.random.Generator,
) -> Body:
    """Return the body at each age, shape (n,), ascending.

    A child born preterm follows the curves by corrected age until two years, as the engine judges it.
    """
    days = np.array([_age_for_curves(int(age), gestation_days) for age in age_days], dtype=np.float64)
    on_curve = np.minimum(days, LAST_DAY)
    z_length = _z_path(age_days, rng, level=levels.haz, swing=HAZ_SWING)
    z_weight = _z_path(age_days, rng, level=levels.whz, swing=WHZ_SWING)
    z_arm = ARM_PER_WHZ * z_weight + _z_path(age_days, rng, level=levels.arm, swing=ARM_SWING)
    z_head = _z_path(age_days, rng, level=levels.head, swing=HEAD_SWING)
    length = measurement_at_z(Index.HAZ, sex=sex, at=on_curve, z=z_length)
    length = length + np.maximum(days - LAST_DAY, 0.0) * CM_PER_DAY_AFTER_FIVE
    arm = measurement_at_z(Index.ACZ, sex=sex, at=on_curve, z=z_arm)
    head = measurement_at_z(Index.HCZ, sex=sex, at=on_curve, z=z_head)
    return Body(
        length_height_cm=length,
        weight_kg=np.array(
            [
                weight_at_whz(z, sex=sex, length_height_cm=cm, age_days=int(age))
                for z, cm, age in zip(z_weight, length, age_days, strict=True)
            ]
        ),
        muac_mm=np.where(age_days >= FIRST_ARM_DAY, arm, np.nan),
        head_circumference_cm=np.where(age_days < HEAD_MEASURED_BELOW_DAYS, head, np.nan),
    )


def position_at(age_days: int) -> Position:
    """Return how a child of that age is measured: lying under two years."""
    return Position.LENGTH if age_days < FIRST_HEIGHT_DAY else Position.HEIGHT


def weight_at_whz(whz: float, *, sex: Sex, length_height_cm: float, age_days: int) -> float:
    """Return the weight (kg) that a child of this length has at `whz`; the shortest tabled length serves below it."""
    at = max(length_height_cm, LENGTH_TABLE_CM[0])
    return float(measurement_at_z(Index.WHZ, sex=sex, at=at, z=whz, position=position_at(age_days))[0])


def read_length_cm(true_cm: float, rng: np.random.Generator) -> Decimal:
    """Return what is read on a board: to 1 mm."""
    return _round(true_cm + _error(rng, READING_SD_CM), step="0.1")


def read_weight_kg(true_kg: float, rng: np.random.Generator) -> Decimal:
    """Return what is read on a scale: to 50 g."""
    return _round(true_kg + _error(rng, READING_SD_KG), step="0.05")


def read_muac_mm(true_mm: float, rng: np.random.Generator) -> Decimal | None:
    """Return what is read on a MUAC tape, to 1 mm; None where it is not taken."""
    error = _error(rng, READING_SD_MUAC_MM)
    return None if np.isnan(true_mm) else _round(true_mm + error, step="1")


def read_head_cm(true_cm: float, rng: np.random.Generator) -> Decimal | None:
    """Return what is read on a tape about the head, to 1 mm; None where it is not taken."""
    error = _error(rng, READING_SD_HEAD_CM)
    return None if np.isnan(true_cm) else _round(true_cm + error, step="0.1")


def rounded_weight_kg(weight_kg: float) -> Decimal:
    """Return a weight as a scale shows it: to 50 g."""
    return _round(weight_kg, step="0.05")


def _age_for_curves(age_days: int, gestation_days: int | None) -> int:
    corrected = corrected_age_days(age_days=age_days, gestation_days=gestation_days)
    return age_days if corrected is None else max(corrected, 0)


def _z_path(
    age_days: npt.NDArray[np.int64], rng: np.random.Generator, *, level: tuple[float, float], swing: tuple[float, float]
) -> FloatArray:
    """Return z at each age: the child's level, and swings whose correlation decays with the days between visits."""
    swing_sd, swing_days = swing
    own_level = rng.normal(*level)
    noise = rng.normal(0.0, swing_sd, len(age_days))
    swings = noise.copy()
    for k in range(1, len(age_days)):
        kept = float(np.exp(-(age_days[k] - age_days[k - 1]) / swing_days))
        swings[k] = kept * swings[k - 1] + np.sqrt(1.0 - kept**2) * noise[k]
    return own_level + swings


def _error(rng: np.random.Generator, sd: float) -> float:
    return float(np.clip(rng.normal(0.0, 1.0), -LARGEST_READING_ERROR_SD, LARGEST_READING_ERROR_SD)) * sd


def _round(value: float, *, step: str) -> Decimal:
    unit = Decimal(step)
    return (Decimal(value) / unit).quantize(Decimal(1)) * unit

"""The ages that a recorded age allows, with the mass of each, and what each age decides.

An estimated birth date is wrong by whole days, so an age is a day and nothing between: month limits, table rows, the
conversion at 24 months and the standard's end at 60 months act as they do on a recorded age. Where another error blurs
what a day does, neighbouring days may be taken together; no such bin reaches over a day at which a rule changes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from children.growth.age import (
    ACUTE_BELOW_MONTHS,
    ACUTE_FROM_MONTHS,
    CORRECT_BELOW_MONTHS,
    DAYS_PER_MONTH,
    FIRST_HEIGHT_DAY,
    REFERENCE_LAST_MONTHS,
    REFERENCE_WEIGHT_LAST_MONTHS,
    STANDARD_ENDS_MONTHS,
    corrected_age_days,
)
from children.growth.columns import POSITION_CODES
from children.growth.curves import FIRST_ARM_DAY
from children.growth.lookup import LYING_BELOW_CM
from children.growth.position import STANDING_IMPLAUSIBLE_BELOW_MONTHS, convert_length_height, implausible_position
from children.growth.settings import DEFAULT_SETTINGS, GrowthSettings
from children.growth.tables import HEIGHT_TABLE_CM, LENGTH_TABLE_CM
from children.growth.types import GrowthInput, Index, Position, Sex
from children.growth.uncertainty.borders import measurement_by_day, weight_by_length
from children.growth.uncertainty.spread import NormalSpread, Spread, UniformSpread

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.intp]

# What lies outside these shares of an age's error is left out and the rest scaled to 1.
OUTERMOST_SHARE = 1e-5

# About so many bins; the error of a month still has a bin a day.
BLURRED_BINS = 61

# The first days on which a rule is another one.
_RULE_DAYS = (
    FIRST_ARM_DAY,
    FIRST_HEIGHT_DAY,
    math.ceil(STANDING_IMPLAUSIBLE_BELOW_MONTHS * DAYS_PER_MONTH),
    math.ceil(ACUTE_FROM_MONTHS * DAYS_PER_MONTH),
    math.ceil(CORRECT_BELOW_MONTHS * DAYS_PER_MONTH),
    math.ceil(STANDARD_ENDS_MONTHS * DAYS_PER_MONTH),
    math.floor(REFERENCE_WEIGHT_LAST_MONTHS * DAYS_PER_MONTH) + 1,
    math.floor(REFERENCE_LAST_MONTHS * DAYS_PER_MONTH) + 1,
)


@dataclass(frozen=True, slots=True)
class Regime:
    """Possible ages that share the conversion of length and the table of weight-for-length/height.

    rows: of the arrays of PossibleAges. shift_cm: added to the recorded length. has_whz: below five years or at unknown
    age. position: the table; None reads the length table under 87 cm.
    """

    rows: IntArray
    shift_cm: float
    has_whz: bool
    position: Position | None

    @property
    def table_cm(self) -> tuple[float, float]:
        """First and last length of weight-for-length/height, cm, as the table counts it."""
        if self.position is None:
            return LENGTH_TABLE_CM[0], HEIGHT_TABLE_CM[1]
        return LENGTH_TABLE_CM if self.position is Position.LENGTH else HEIGHT_TABLE_CM

    def breaks_cm(self) -> FloatArray:
        """Return the recorded lengths at which the table begins, ends or changes."""
        first, last = self.table_cm
        # The table under 87 cm ends just below it.
        change = (np.nextafter(LYING_BELOW_CM, 0.0), LYING_BELOW_CM) if self.position is None else ()
        return np.array([first, *change, last]) - self.shift_cm

    def on_table(self, recorded_cm: FloatArray) -> BoolArray:
        """Tell which recorded lengths the table serves."""
        first, last = self.table_cm
        inside: BoolArray = (recorded_cm + self.shift_cm >= first) & (recorded_cm + self.shift_cm <= last)
        return inside

    def weight_at_whz(self, recorded_cm: FloatArray, *, sex: Sex, z: tuple[float, ...]) -> FloatArray:
        """Return the weights, kg, that have each z at each recorded length, as `borders.weight_by_length`."""
        return weight_by_length(sex=sex, position=self.position, z=z, length_cm=recorded_cm + self.shift_cm)


@dataclass(frozen=True, slots=True)
class PossibleAges:
    """n ages and what each decides; every array has shape (n,).

    days: since birth, NaN where the age is unknown. z_days: those at which z-scores are read, corrected for a child
    born early. mass: sums to 1. shift_cm: what the recorded length gains. from_five: WHO 2007 serves. changes: a rule
    is another one than the day before. regimes: youngest first.
    """

    days: FloatArray
    z_days: FloatArray
    mass: FloatArray
    shift_cm: FloatArray
    from_five: BoolArray
    changes: BoolArray
    regimes: tuple[Regime, ...]

    @property
    def acute(self) -> BoolArray:
        """The ages at which SAM and MAM are defined: 6-59 months."""
        months = self.days / DAYS_PER_MONTH
        return (months >= ACUTE_FROM_MONTHS) & (months < ACUTE_BELOW_MONTHS)

    @property
    def infant(self) -> BoolArray:
        """The ages under 6 months."""
        return self.days / DAYS_PER_MONTH < ACUTE_FROM_MONTHS

    def blurred(self) -> PossibleAges:
        """Return the same with neighbouring days taken together, where another error is followed at each age."""
        n = len(self.days)
        if n <= BLURRED_BINS:
            return self
        width = math.ceil(n / BLURRED_BINS) // 2 * 2 + 1  # odd: a day is in the middle
        starts = np.union1d(np.arange(0, n, width), np.flatnonzero(self.changes))
        rows = (starts + np.append(starts[1:], n) - 1) // 2
        z_days, shift, from_five = self.z_days[rows], self.shift_cm[rows], self.from_five[rows]
        return PossibleAges(
            days=self.days[rows],
            z_days=z_days,
            mass=np.add.reduceat(self.mass, starts),
            shift_cm=shift,
            from_five=from_five,
            changes=self.changes[rows],
            regimes=tuple(_regimes(z_days, shift, from_five, None)),
        )

    def at_z(self, index: Index, *, sex: Sex, z: tuple[float, ...]) -> FloatArray:
        """Return the measurements that have each z at each age, shape (len(z), n); OUTSIDE where there is none.

        In the unit of `measurement_at_z`. Length or height is as recorded: before the conversion.
        """
        out = measurement_by_day(index, sex=sex, z=z, day=self.z_days)
        return out - self.shift_cm if index is Index.HAZ else out


def possible_ages(data: GrowthInput, settings: GrowthSettings) -> PossibleAges:
    """Return the ages that `data` allows; one, of mass 1, where the age is exact or unknown.

    Ages before birth, and before term for a child born early, are left out: no z-score was read at them.
    """
    days, mass = _days(data)
    z_days = days
    early = 0
    if data.gestation_days is not None and data.age_days is not None:
        early = -(corrected_age_days(age_days=0, gestation_days=data.gestation_days) or 0)
        corrected = [corrected_age_days(age_days=int(day), gestation_days=data.gestation_days) for day in days]
        z_days = np.array([day if counted is None else counted for day, counted in zip(days, corrected, strict=True)])
        born = z_days >= 0.0
        days, z_days, mass = days[born], z_days[born], mass[born] / mass[born].sum()
    from_five = z_days >= STANDARD_ENDS_MONTHS * DAYS_PER_MONTH
    position = np.full(len(days), POSITION_CODES[data.position], dtype=np.int8)
    shift = convert_length_height(
        length_height_cm=np.zeros(len(days)),
        day=z_days,
        position=position,
        implausible=implausible_position(age_days=z_days, position=position),
    )
    shift[from_five] = 0.0  # WHO 2007 converts nothing
    changes = np.zeros(len(days), dtype=np.bool_)
    if len(days) > 1:
        rules = (*_RULE_DAYS, *(day + early for day in _RULE_DAYS), settings.infant_muac_from_days)
        changes = np.isin(days, rules)
    return PossibleAges(
        days=days,
        z_days=z_days,
        mass=mass,
        shift_cm=shift,
        from_five=from_five,
        changes=changes,
        regimes=tuple(_regimes(z_days, shift, from_five, data.position)),
    )


def _days(data: GrowthInput) -> tuple[FloatArray, FloatArray]:
    """Return whole days of age from birth on, and their masses."""
    if data.age_days is None:
        return np.array([np.nan]), np.ones(1)
    spread = data.spreads.age_days
    if spread is None:
        return np.array([float(data.age_days)]), np.ones(1)
    first = max(0, data.age_days + round(spread.quantile(OUTERMOST_SHARE)))
    last = max(first, data.age_days + round(spread.quantile(1.0 - OUTERMOST_SHARE)))
    days = np.arange(first, last + 1.0)
    below = spread.cdf(np.append(days - 0.5, last + 0.5) - data.age_days)
    mass = below[1:] - below[:-1]
    if mass.sum() == 0.0:  # an error that allows no age from birth on
        return days[:1], np.ones(1)
    return days, mass / mass.sum()


def _regimes(
    z_days: FloatArray, shift_cm: FloatArray, from_five: BoolArray, position: Position | None
) -> Iterator[Regime]:
    lying = z_days < FIRST_HEIGHT_DAY
    keys = list(zip(shift_cm.tolist(), lying.tolist(), from_five.tolist(), strict=True))
    for key in dict.fromkeys(keys):
        rows = np.array([row for row, other in enumerate(keys) if other == key])
        by_age = Position.LENGTH if key[1] else Position.HEIGHT
        yield Regime(rows, key[0], not key[2], position if math.isnan(z_days[rows[0]]) else by_age)


def estimated_age_spread(age_when_estimated_days: int, settings: GrowthSettings = DEFAULT_SETTINGS) -> Spread:
    """Return the error, days, of an age whose birth date is an estimate made at `age_when_estimated_days`.

    The wider of two: any day of the month that the age was given in, and a normal error that is a share of the age.
    Nobody misses a newborn's age by months, and a birth date does not get worse as the child grows: hence the age at
    which it was estimated.
    """
    month = UniformSpread(DAYS_PER_MONTH / 2.0)
    sd = settings.estimated_age_sd_share * age_when_estimated_days
    return NormalSpread(sd) if sd > month.sd else month

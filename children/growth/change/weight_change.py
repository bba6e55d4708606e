"""Weight loss and faltering between visits, kept apart from the error of two weighings.

`weight_criteria` is what alerts are made of; `weight_change` says everything about one pair of visits, by the same
rules. How fast healthy children gain is decided in `velocity.py`; sentences for people stand with the pages.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from children.growth.age import ACUTE_FROM_MONTHS, DAYS_PER_MONTH, STANDARD_ENDS_MONTHS, corrected_age_days, months
from children.growth.change.velocity import GRAMS_PER_KG, Velocity, velocity_zscore
from children.growth.curves import measurement_at_z
from children.growth.errors import MeasurementError
from children.growth.settings import GrowthSettings
from children.growth.types import Criterion, Index, PreviousVisit, Sex, Standard

FloatArray = npt.NDArray[np.float64]
EarlierVisits = PreviousVisit | Sequence[PreviousVisit] | None

Z_DECIMALS = 2  # of z-scores and of their difference
KG_DECIMALS = 3  # grams: differences of weights are rounded to what a scale shows

# A limit holds 95 % of the differences that error alone makes: 1.96 of their standard deviations.
SD_OF_LIMIT = 1.96

# The lines that a growth chart shows, from the highest on.
CHART_Z_LINES = (3, 2, 1, 0, -1, -2, -3)

LONGEST_INTERVAL_DAYS = 365  # the search for the shortest telling interval ends here
_Z_STEP = 0.1  # half the distance over which the weight of one z is taken from the standard


class WeightVerdict(StrEnum):
    """What the weights of two visits say, the first that is true."""

    NOT_COMPARED = "not_compared"  # oedema at either visit: its weight is water
    NEWBORN_LOSS = "newborn_loss"  # beyond the error, in the first days of life, when it is normal
    LOST = "lost"  # beyond the error
    FALTERING = "faltering"  # weight-for-age fell by the setting or more
    NO_GAIN = "no_gain"  # an infant under 6 months who gained nothing for weeks
    SLOW_GAIN = "slow_gain"  # velocity below the setting
    TOO_SOON = "too_soon"  # within the error, after an interval in which nothing else was to be expected
    WITHIN_ERROR = "within_error"  # within the error, although the interval was long enough
    GAINED = "gained"  # beyond the error


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """One weight by hand. waz: as it was computed then, None where missing or flagged."""

    age_days: int
    weight_kg: float
    waz: float | None = None
    oedema: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightChange:
    """Everything that two weighings say about a child. Negative is a loss or a fall; None cannot be told.

    error_g: standard deviation of the difference of two weighings without any growth. error_limit_g: what a change
    must exceed to count. expected_gain_g: on the child's own line of weight-for-age. minimum_interval_days: the
    shortest interval in which the gain on that line (the median where it is unknown) exceeds error_limit_g.
    waz_change_error: standard deviation. crossed_z_lines: of the chart, downwards, beyond the error, after the days of
    newborn loss; highest first.
    """

    verdict: WeightVerdict
    criteria: tuple[Criterion, ...]
    interval_days: int
    gain_g: int
    error_g: float
    error_limit_g: float
    expected_gain_g: float | None
    minimum_interval_days: int | None
    velocity: Velocity | None
    waz_change: float | None
    waz_change_error: float | None
    crossed_z_lines: tuple[int, ...]


def weight_criteria(
    *,
    previous: EarlierVisits,
    age_days: int | None,
    weight_kg: float | None,
    waz: float | None,
    oedema: bool,
    settings: GrowthSettings,
) -> tuple[Criterion, ...]:
    """Return WEIGHT_LOSS, NO_WEIGHT_GAIN and WAZ_FALL where true; nothing when there is nothing to compare.

    previous: one earlier visit or several, in any order. Loss counts since the last weight; and since the last one at
    least `no_gain_interval_days` ago, unless the child has been gaining since: of a child weighed every week, a slow
    loss is within the error each time. No gain and a fall of WAZ count since the last visit as long ago as they need.
    waz: usable, else None. A child with oedema is not compared: its weight is water.
    Raises MeasurementError("previous_not_earlier").
    """
    visits = _latest_first(previous)
    if age_days is None or oedema:
        return ()
    if visits and visits[0].age_days > age_days:
        raise MeasurementError(
            "previous_not_earlier", "The previous visit lies after this one. Check both dates.", field="age_days"
        )
    found: list[Criterion] = []
    weights = [(visit.age_days, visit.weight_kg) for visit in visits if visit.weight_kg is not None]
    if weight_kg is not None and weights:
        last_kg = weights[0][1]
        long_ago_kg = next((kg for day, kg in weights if age_days - day >= settings.no_gain_interval_days), None)
        gaining = round(weight_kg - last_kg, KG_DECIMALS) > error_limit_kg(last_kg, settings)
        lost = _lost(last_kg, weight_kg, settings) or (not gaining and _lost(long_ago_kg, weight_kg, settings))
        if lost and age_days >= settings.newborn_loss_until_days:
            found.append(Criterion.WEIGHT_LOSS)
        elif long_ago_kg is not None and weight_kg <= long_ago_kg and months(age_days) < ACUTE_FROM_MONTHS:
            found.append(Criterion.NO_WEIGHT_GAIN)
    since = age_days - settings.waz_fall_interval_days
    waz_before = next((visit.waz for visit in visits if visit.waz is not None and visit.age_days <= since), None)
    if waz is not None and waz_before is not None and round(waz_before - waz, Z_DECIMALS) >= settings.waz_fall:
        found.append(Criterion.WAZ_FALL)
    return tuple(found)


def _latest_first(previous: EarlierVisits) -> list[PreviousVisit]:
    if previous is None:
        return []
    visits = [previous] if isinstance(previous, PreviousVisit) else previous
    return sorted(visits, key=lambda visit: visit.age_days, reverse=True)


def _lost(before_kg: float | None, now_kg: float, settings: GrowthSettings) -> bool:
    """Tell whether a weight lies below an earlier one by more than the error."""
    return before_kg is not None and round(before_kg - now_kg, KG_DECIMALS) > error_limit_kg(before_kg, settings)


def weight_changes(
    *,
    now: Weighing,
    earlier: Sequence[Weighing],
    sex: Sex | None,
    gestation_days: int | None,
    settings: GrowthSettings,
) -> tuple[WeightChange, ...]:
    """Return the change since the last earlier weighing; where that was too soon, also since the last that was not.

    earlier: in any order; empty gives no change. Raises MeasurementError("previous_not_earlier").
    """
    found: list[WeightChange] = []
    for before in sorted(earlier, key=lambda weighing: weighing.age_days, reverse=True):
        change = weight_change(now=now, before=before, sex=sex, gestation_days=gestation_days, settings=settings)
        if not found or change.verdict is not WeightVerdict.TOO_SOON:
            found.append(change)
        if change.verdict is not WeightVerdict.TOO_SOON:
            break
    return tuple(found)


def weight_change(
    *, now: Weighing, before: Weighing, sex: Sex | None, gestation_days: int | None, settings: GrowthSettings
) -> WeightChange:
    """Return what two weighings say. Ages are chronological; z and velocity of preterm children are at corrected ages.

    Raises MeasurementError("previous_not_earlier").
    """
    oedema = now.oedema or before.oedema
    criteria = weight_criteria(
        previous=PreviousVisit(age_days=before.age_days, weight_kg=before.weight_kg, waz=before.waz),
        age_days=now.age_days,
        weight_kg=now.weight_kg,
        waz=now.waz,
        oedema=oedema,
        settings=settings,
    )
    interval_days = now.age_days - before.age_days
    gain_kg = round(now.weight_kg - before.weight_kg, KG_DECIMALS)
    corrected = corrected_age_days(age_days=before.age_days, gestation_days=gestation_days)
    start = before.age_days if corrected is None else corrected
    ages = np.array([start, start + interval_days], dtype=np.float64)
    sds_g = [weighing_sd_g(weighing.weight_kg, settings) for weighing in (before, now)]
    waz_change = waz_error = None
    if now.waz is not None and before.waz is not None and sex is not None:
        waz_change = round(now.waz - before.waz, Z_DECIMALS)
        waz_error = _waz_change_error(sex, ages, (before.waz, now.waz), sds_g)
    limit_kg = error_limit_kg(before.weight_kg, settings)
    velocity = None
    minimum = None
    if sex is not None and not oedema:
        minimum = minimum_interval_days(sex=sex, age_days=start, waz=before.waz, error_kg=limit_kg)
        velocity = velocity_zscore(
            sex=sex,
            start_age_days=ages[0],
            end_age_days=ages[1],
            start_weight_kg=before.weight_kg,
            end_weight_kg=now.weight_kg,
        )
    return WeightChange(
        verdict=_verdict(
            criteria,
            oedema=oedema,
            gain_kg=gain_kg,
            limit_kg=limit_kg,
            too_soon=minimum is not None and interval_days < minimum,
            slow=velocity is not None and velocity.z < settings.slow_gain_below_z,
        ),
        criteria=criteria,
        interval_days=interval_days,
        gain_g=round(gain_kg * GRAMS_PER_KG),
        error_g=math.hypot(*sds_g),
        error_limit_g=limit_kg * GRAMS_PER_KG,
        expected_gain_g=None if sex is None else _expected_gain_g(sex, ages, before.waz),
        minimum_interval_days=minimum,
        velocity=velocity,
        waz_change=waz_change,
        waz_change_error=waz_error,
        crossed_z_lines=()
        if now.age_days < settings.newborn_loss_until_days
        else _crossed_z_lines(before.waz, waz_change, waz_error),
    )


def error_limit_kg(earlier_weight_kg: float, settings: GrowthSettings) -> float:
    """Return the change of weight, kg, that must be exceeded to count: the error that two weighings may have."""
    return max(settings.weight_loss_error_kg, settings.weight_loss_error_share * earlier_weight_kg)


def weighing_sd_g(weight_kg: float, settings: GrowthSettings) -> float:
    """Return the standard deviation, g, of one weighing: of scale and reader, and of meal, bladder and clothes.

    The second part is a share of the weight; the setting is the limit of a difference of two. Two weighings of a
    child of 7 kg differ by 100 g (1 SD); 116 g were seen in infants of 2-10 months weighed six times in 3 days, see
    "Assessing the optimal time interval between growth measurements" (weights and heights of 5948 infants).
    """
    share_sd_kg = settings.weight_loss_error_share * weight_kg / (SD_OF_LIMIT * math.sqrt(2.0))
    return math.hypot(settings.weighing_tem_kg, share_sd_kg) * GRAMS_PER_KG


def minimum_interval_days(*, sex: Sex, age_days: float, waz: float | None, error_kg: float) -> int | None:
    """Return the shortest interval, days, in which a child on its own line gains more than the error.

    age_days: at the earlier visit, corrected where a correction applies. waz: the child's line, the median where
    None. None where the gain stays within the error for a year, or the standard ends before.
    """
    days = np.arange(LONGEST_INTERVAL_DAYS + 1, dtype=np.float64)
    weights = _weight_at_z(sex, age_days + days, 0.0 if waz is None else waz)
    enough = np.flatnonzero(weights - weights[0] > error_kg)
    return int(enough[0]) if enough.size else None


def _verdict(
    criteria: tuple[Criterion, ...], *, oedema: bool, gain_kg: float, limit_kg: float, too_soon: bool, slow: bool
) -> WeightVerdict:
    if oedema:
        return WeightVerdict.NOT_COMPARED
    if gain_kg < -limit_kg:
        return WeightVerdict.LOST if Criterion.WEIGHT_LOSS in criteria else WeightVerdict.NEWBORN_LOSS
    if Criterion.WAZ_FALL in criteria:
        return WeightVerdict.FALTERING
    if Criterion.NO_WEIGHT_GAIN in criteria:
        return WeightVerdict.NO_GAIN
    if slow:
        return WeightVerdict.SLOW_GAIN
    if gain_kg > limit_kg:
        return WeightVerdict.GAINED
    return WeightVerdict.TOO_SOON if too_soon else WeightVerdict.WITHIN_ERROR


def _weight_at_z(sex: Sex, days: FloatArray, waz: FloatArray | float) -> FloatArray:
    """Return the weights, kg, on one line of weight-for-age, by WHO 2006 and from 60 months on by WHO 2007."""
    young = days < STANDARD_ENDS_MONTHS * DAYS_PER_MONTH
    weights = measurement_at_z(Index.WAZ, sex=sex, at=days, z=waz)
    if young.all():
        return weights
    return np.where(young, weights, measurement_at_z(Index.WAZ, sex=sex, at=days, z=waz, standard=Standard.WHO2007))


def _expected_gain_g(sex: Sex, ages: FloatArray, waz: float | None) -> float | None:
    if waz is None:
        return None
    start_kg, end_kg = _weight_at_z(sex, ages, waz)
    return None if math.isnan(end_kg - start_kg) else float(end_kg - start_kg) * GRAMS_PER_KG


def _waz_change_error(sex: Sex, ages: FloatArray, waz: Sequence[float], sds_g: Sequence[float]) -> float:
    """Return the standard deviation of a difference of two WAZ: each weighing's error by the weight of one z there."""
    scores = np.asarray(waz)
    kg_per_z = (_weight_at_z(sex, ages, scores + _Z_STEP) - _weight_at_z(sex, ages, scores - _Z_STEP)) / (2.0 * _Z_STEP)
    return float(np.hypot.reduce(np.asarray(sds_g) / GRAMS_PER_KG / kg_per_z))


def _crossed_z_lines(before: float | None, change: float | None, error: float | None) -> tuple[int, ...]:
    if before is None or change is None or error is None or change >= -SD_OF_LIMIT * error:
        return ()
    return tuple(line for line in CHART_Z_LINES if before >= line > round(before + change, Z_DECIMALS))

"""Weight loss and faltering since the previous visit, kept apart from the error of two weighings.

Minimal on purpose: two visits, no expected gain for the interval. Velocity standards are another topic.
"""

from __future__ import annotations

from children.growth.age import ACUTE_FROM_MONTHS, months
from children.growth.errors import MeasurementError
from children.growth.settings import GrowthSettings
from children.growth.types import Criterion, PreviousVisit

# z-scores have 2 decimals; so has their difference.
Z_DECIMALS = 2
# Grams: differences of weights in kg are rounded to what a scale shows.
KG_DECIMALS = 3


def weight_criteria(
    *,
    previous: PreviousVisit | None,
    age_days: int | None,
    weight_kg: float | None,
    waz: float | None,
    oedema: bool,
    settings: GrowthSettings,
) -> tuple[Criterion, ...]:
    """Return WEIGHT_LOSS, NO_WEIGHT_GAIN and WAZ_FALL where true; nothing when there is nothing to compare.

    waz: usable, else None. A child with oedema is not compared: its weight is water.
    Raises MeasurementError("previous_not_earlier").
    """
    if previous is None or age_days is None or oedema:
        return ()
    interval_days = age_days - previous.age_days
    if interval_days < 0:
        raise MeasurementError(
            "previous_not_earlier", "The previous visit lies after this one. Check both dates.", field="age_days"
        )
    found: list[Criterion] = []
    if weight_kg is not None and previous.weight_kg is not None:
        loss_kg = round(previous.weight_kg - weight_kg, KG_DECIMALS)
        error_kg = max(settings.weight_loss_error_kg, settings.weight_loss_error_share * previous.weight_kg)
        if loss_kg > error_kg and age_days >= settings.newborn_loss_until_days:
            found.append(Criterion.WEIGHT_LOSS)
        elif (
            loss_kg >= 0.0 and months(age_days) < ACUTE_FROM_MONTHS and interval_days >= settings.no_gain_interval_days
        ):
            found.append(Criterion.NO_WEIGHT_GAIN)
    if waz is not None and previous.waz is not None:
        fall = round(previous.waz - waz, Z_DECIMALS)
        if fall >= settings.waz_fall and interval_days >= settings.waz_fall_interval_days:
            found.append(Criterion.WAZ_FALL)
    return tuple(found)

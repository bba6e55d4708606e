"""What the growth engine refuses, told in the language of the reader: its codes and limits, our sentences."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from children.growth import GrowthInput, MeasurementError
from children.growth.validation import AGE_LIMIT_DAYS, GESTATION_LIMITS_DAYS, HARD_LIMITS
from children.numbers import printed_number

_NAMES = {
    "weight_kg": gettext_lazy("Weight"),
    "length_height_cm": gettext_lazy("Length or height"),
    "muac_mm": gettext_lazy("MUAC"),
    "head_circumference_cm": gettext_lazy("Head circumference"),
}


def in_words(error: MeasurementError, visit: GrowthInput) -> MeasurementError:
    """Return `error` with its sentence in the active language; `visit` is what was refused."""
    return MeasurementError(error.code, _sentence(error, visit), field=error.field)


def _sentence(error: MeasurementError, visit: GrowthInput) -> str:
    if error.field in HARD_LIMITS:
        return _of_value(error.code, error.field, getattr(visit, error.field))
    match error.code:
        case "negative_age":
            return _("The measurement is dated before the birth. Check both dates.")
        case "age_out_of_limits":
            return _("The age is %(days)s days; the limit is %(limit)s (20 years). Check the date of birth.") % {
                "days": visit.age_days,
                "limit": AGE_LIMIT_DAYS,
            }
        case "gestation_out_of_limits":
            low, high = GESTATION_LIMITS_DAYS
            return _("The pregnancy lasted %(days)s days; accepted are %(low)s-%(high)s (22-45 weeks). Check it.") % {
                "days": visit.gestation_days,
                "low": low,
                "high": high,
            }
        case "sd_missing":
            return _("A length or height from a scan came without its error. Give its standard deviation in cm.")
    return error.message


def _of_value(code: str, field: str, value: float) -> str:
    limits = HARD_LIMITS[field]
    told = {
        "name": str(_NAMES[field]),
        "value": printed_number(value),
        "low": printed_number(limits.low),
        "high": printed_number(limits.high),
        "unit": limits.unit,
    }
    match code:
        case "not_finite":
            return _("%(name)s: this is not a number. Enter it again.") % told
        case "not_positive":
            return _("%(name)s: %(value)s %(unit)s, but it must be above 0. Leave it empty if not measured.") % told
    return (
        _("%(name)s: %(value)s %(unit)s; accepted are %(low)s-%(high)s %(unit)s. Check the unit and measure again.")
        % told
    )

"""What stands beside a point of a chart: date, ages, value, z, centile, class, method, measurer, why it is doubted.

Plain text in lines, escaped where it is drawn. Hovering, tapping, the keyboard and a screen reader all get the same.
"""

from __future__ import annotations

from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from analytics.figures.growth_names import DECIMALS, SCORE_NAMES, UNITS, ChartKey
from analytics.words import age_words, class_words
from children.growth import Index, centile
from children.growth.plausibility import FLAG_LIMITS
from children.growth.uncertainty.spread import INTERVAL80_SD
from children.models import Child, GrowthAssessment, Measurement
from children.numbers import printed_number

CENTILE_ENDS = (0.4, 99.6)  # RCPCH: beyond them only "< 0.4" and "> 99.6" are printed


def value_lines(
    child: Child,
    visit: Measurement,
    assessment: GrowthAssessment,
    key: ChartKey,
    *,
    length_cm: float | None,
    value: float,
    tells_time: bool,
) -> tuple[str, ...]:
    """Return the lines beside a measured value. length_cm: as it was compared with the standard."""
    return (
        *_when(child, visit, assessment, tells_time=tells_time),
        *_measured(visit, key, length_cm=length_cm, value=value),
        *_score(assessment, key, name=""),
        *_how(visit, assessment),
    )


def score_lines(
    child: Child, visit: Measurement, assessment: GrowthAssessment, key: ChartKey, *, tells_time: bool
) -> tuple[str, ...]:
    """Return the lines beside one z-score among all."""
    return (
        *_when(child, visit, assessment, tells_time=tells_time),
        *_score(assessment, key, name=str(SCORE_NAMES[key])),
        *_how(visit, assessment),
    )


def centile_words(z: float) -> str:
    """Return the centile of a z-score: whole, with open ends below 0.4 and above 99.6."""
    percent = centile(z)
    low, high = CENTILE_ENDS
    if percent < low:
        return f"< {printed_number(low)}"
    return f"> {printed_number(high)}" if percent > high else f"{percent:.0f}"


def _when(child: Child, visit: Measurement, assessment: GrowthAssessment, *, tells_time: bool) -> list[str]:
    day = date_format(visit.measured_on, "SHORT_DATE_FORMAT")
    if tells_time:
        day = f"{day}, {time_format(timezone.localtime(visit.recorded_at), 'H:i')}"
    age = age_words(assessment.age_days)
    lines = [day, _("%(age)s, estimated") % {"age": age} if child.birth_date_estimated else age]
    if assessment.corrected_age_days is not None:
        lines.append(_("corrected %(age)s") % {"age": age_words(assessment.corrected_age_days)})
    return lines


def _measured(visit: Measurement, key: ChartKey, *, length_cm: float | None, value: float) -> list[str]:
    told = f"{printed_number(value, f'.{DECIMALS[key]}f')} {UNITS[key]}"
    if key is ChartKey.WEIGHT_FOR_LENGTH and length_cm is not None:
        told = _("%(weight)s at %(length)s cm") % {"weight": told, "length": printed_number(length_cm, ".1f")}
    lines = [told]
    if key is ChartKey.LENGTH and visit.length_height_cm is not None:
        measured = float(visit.length_height_cm)
        lines = [f"{printed_number(measured, '.1f')} cm, {visit.get_position_display()}"]
        if abs(measured - value) >= 10 ** -DECIMALS[key]:
            lines.append(_("compared as %(value)s") % {"value": told})
    if visit.length_height_sd_cm is not None and length_cm is not None:
        half = float(visit.length_height_sd_cm) * INTERVAL80_SD
        ends = {
            "low": printed_number(length_cm - half, ".1f"),
            "high": printed_number(length_cm + half, ".1f"),
        }
        lines.append(_("80 %% interval %(low)s to %(high)s cm") % ends)
    return lines


def _score(assessment: GrowthAssessment, key: ChartKey, *, name: str) -> list[str]:
    z = getattr(assessment, key.value)
    if z is None:
        return []
    told = _("z %(z)s, centile %(centile)s") % {"z": printed_number(z, "+.2f"), "centile": centile_words(float(z))}
    lines = [f"{name} {told}" if name else told]
    low, high = assessment.zscore_intervals.get(key.value) or (None, None)
    if low is not None and high is not None:
        ends = {"low": printed_number(low, "+.1f"), "high": printed_number(high, "+.1f")}
        lines.append(_("80 %% interval of z %(low)s to %(high)s") % ends)
    if key.value in assessment.flags:
        lowest, highest = (printed_number(limit, "+g") for limit in FLAG_LIMITS[Index(key.value)])
        lines.append(
            _("implausible (z below %(low)s or above %(high)s): measure again") % {"low": lowest, "high": highest}
        )
    return lines


def _how(visit: Measurement, assessment: GrowthAssessment) -> list[str]:
    who = visit.measured_by or visit.recorded_by.get_full_name() or visit.recorded_by.get_username()
    lines = [class_words(assessment)]
    if visit.is_scan:
        lines.append(_("scan by %(who)s, screening estimate") % {"who": who})
        prediction = getattr(visit, "prediction", None)
        if prediction is not None:
            lines.append(_("model %(model)s") % {"model": prediction.model_version})
    else:
        lines.append(_("by hand, %(who)s") % {"who": who})
    if visit.superseded_by_id is not None:
        lines.append(_("a value by hand took its place"))
    return [line for line in lines if line]

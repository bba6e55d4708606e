"""What a growth chart shows: the standard's lines and the child's points, before anything is drawn.

Both drawings (plotly and SVG) are made from the same GrowthChart. z-scores and classes are those of the stored
assessments; here they are only placed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from analytics.figures.growth_axes import cut, is_in_years, range_cm, range_days, range_y
from analytics.figures.growth_lines import CENTILE_LINES, Z_LINES
from analytics.words import age_words, class_words
from children.growth import CurveSegment, Index, Position, Sex, centile, curves, curves_through, has_curve
from children.growth.age import FIRST_HEIGHT_DAY
from children.growth.position import length_for_age_cm
from children.growth.uncertainty.spread import INTERVAL80_SD
from children.models import Child, GrowthAssessment, Measurement

CENTILE_ENDS = (0.4, 99.6)  # RCPCH: beyond them only "< 0.4" and "> 99.6" are printed


class ChartKey(StrEnum):
    """The charts, in the order of their tabs."""

    WEIGHT = "waz"
    LENGTH = "haz"
    WEIGHT_FOR_LENGTH = "whz"
    MUAC = "acz"
    HEAD = "hcz"
    BMI = "baz"


@dataclass(frozen=True)
class Point:
    """One visit on one chart. x in days or cm, y in the chart's unit; `half80` is half of a scan's 80 % interval.

    corrected_x: where the point lies by corrected age (children born preterm), else None. `half80_on_x`: the interval
    belongs to x (weight-for-length of a scan with a borrowed weight).
    """

    x: float
    y: float
    corrected_x: float | None
    is_scan: bool
    half80: float | None
    half80_on_x: bool
    flagged: bool
    superseded: bool
    hover: tuple[str, ...]

    @property
    def plotted_x(self) -> float:
        """Where the point is compared with the lines: at the corrected age where there is one."""
        return self.x if self.corrected_x is None else self.corrected_x

    @property
    def y_ends(self) -> tuple[float, float]:
        """Lowest and highest y that it takes, its interval included."""
        half = self.half80 if self.half80 is not None and not self.half80_on_x else 0.0
        return (self.y - half, self.y + half)

    @property
    def joins(self) -> bool:
        """Whether the thin line from visit to visit passes through it."""
        return not self.flagged and not self.superseded


@dataclass(frozen=True)
class GrowthChart:
    """One chart: lines, points, ranges, words."""

    key: ChartKey
    segments: tuple[CurveSegment, ...]
    points: tuple[Point, ...]
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    title: str
    x_title: str
    y_title: str
    action_lines: tuple[tuple[float, str, int], ...] = ()  # y, label, z whose colour it takes
    joined: bool = True  # whether the thin line from visit to visit is drawn

    @property
    def x_in_days(self) -> bool:
        """False for weight-for-length/height, whose x is a length."""
        return self.key is not ChartKey.WEIGHT_FOR_LENGTH


def growth_chart(
    *,
    child: Child,
    visits: Iterable[Measurement],
    key: ChartKey,
    whole: bool,
    today: date,
    centiles: bool = False,
    joined: bool = True,
) -> GrowthChart:
    """Return the chart `key` of `child` from its active measurements (assessments prefetched).

    `whole`: the whole age range instead of the child's own. `centiles`: lines of centiles instead of z-scores.
    Void and corrected rows are left out.
    """
    sex = Sex(child.sex)
    lines_of = CENTILE_LINES if centiles else Z_LINES
    active = [visit for visit in visits if visit.state == Measurement.State.ACTIVE]
    points = tuple(sorted((p for p in (_point(child, visit, key) for visit in active) if p), key=lambda p: p.plotted_x))
    if key is ChartKey.WEIGHT_FOR_LENGTH:
        segments = curves(Index.WHZ, sex, lines_of)
        standing = child.age_days_on(max((v.measured_on for v in active), default=today)) >= FIRST_HEIGHT_DAY
        segments = tuple(s for s in segments if (s.position is Position.HEIGHT) == standing)
        x_range = range_cm([p.x for p in points], segments[0], whole=whole)
    else:
        ages = [x for p in points for x in (p.x, p.plotted_x)]
        served = [int(age) for age in ages] or [child.age_days_on(today)]
        segments = curves_through(Index(key.value), sex, served, lines_of)
        x_range = range_days(ages, segments, age_days=child.age_days_on(today), whole=whole)
    segments = tuple(shown for shown in (cut(segment, x_range) for segment in segments) if shown is not None)
    lines = ((115.0, _("115 mm: severe"), 2), (125.0, _("125 mm: moderate"), 1)) if key is ChartKey.MUAC else ()
    return GrowthChart(
        key=key,
        segments=segments,
        points=points,
        x_range=x_range,
        y_range=range_y(segments, [y for p in points for y in p.y_ends] + [line[0] for line in lines]),
        title=chart_title(key),
        x_title=_x_title(key, segments, x_range),
        y_title=f"{_quantity(key)}, {_UNITS[key]}",
        action_lines=lines,
        joined=joined,
    )


def _point(child: Child, visit: Measurement, key: ChartKey) -> Point | None:
    assessment = visit.assessment
    if assessment is None or not has_curve(Index(key.value), assessment.age_days):
        return None
    placed = _place(visit, assessment, key)
    if placed is None:
        return None
    x, y, half80, half80_on_x = placed
    corrected = assessment.corrected_age_days if key is not ChartKey.WEIGHT_FOR_LENGTH else None
    return Point(
        x=x,
        y=y,
        corrected_x=None if corrected is None else float(corrected),
        is_scan=visit.is_scan,
        half80=half80,
        half80_on_x=half80_on_x,
        flagged=key.value in assessment.flags,
        superseded=visit.superseded_by_id is not None,
        hover=_hover(child, visit, assessment, key, y),
    )


def _place(
    visit: Measurement, assessment: GrowthAssessment, key: ChartKey
) -> tuple[float, float, float | None, bool] | None:
    """Return x, y, half of the 80 % interval and whether it belongs to x; None where the visit has no such value."""
    age = float(assessment.age_days)
    weight = visit.weight_kg
    if weight is None and assessment.borrowed_weight_from is not None:
        weight = assessment.borrowed_weight_from.weight_kg
    length = _length_for_age(visit, assessment)
    half80 = None if visit.length_height_sd_cm is None else float(visit.length_height_sd_cm) * INTERVAL80_SD
    if key is ChartKey.LENGTH:
        return None if length is None else (age, length, half80, False)
    if key is ChartKey.WEIGHT:
        return None if visit.weight_kg is None else (age, float(visit.weight_kg), None, False)
    if key is ChartKey.MUAC:
        return None if visit.muac_mm is None else (age, float(visit.muac_mm), None, False)
    if key is ChartKey.HEAD:
        head = visit.head_circumference_cm
        return None if head is None else (age, float(head), None, False)
    if weight is None or length is None:
        return None
    if key is ChartKey.BMI:
        metres = length / 100
        slope = 2 * float(weight) / metres**3 / 100  # of BMI by length, kg/m2 per cm
        return (age, float(weight) / metres**2, None if half80 is None else half80 * slope, False)
    return (length, float(weight), half80, True)


def _length_for_age(visit: Measurement, assessment: GrowthAssessment) -> float | None:
    """Return the length or height that the assessment compared with the standard, cm."""
    if visit.length_height_cm is None:
        return None
    corrected = assessment.corrected_age_days
    age_days = assessment.age_days if corrected is None else corrected
    return length_for_age_cm(float(visit.length_height_cm), age_days=age_days, position=Position(visit.position))


def _hover(child: Child, visit: Measurement, assessment: GrowthAssessment, key: ChartKey, y: float) -> tuple[str, ...]:
    """Return the lines of text beside a point; plain text, escaped where it is drawn."""
    z = getattr(assessment, key.value)
    lines = [date_format(visit.measured_on, "j M Y"), age_words(assessment.age_days)]
    if assessment.corrected_age_days is not None:
        lines.append(_("corrected %(age)s") % {"age": age_words(assessment.corrected_age_days)})
    lines.append(f"{y:.{_DECIMALS[key]}f} {_UNITS[key]}")
    if visit.length_height_sd_cm is not None and key is ChartKey.LENGTH:
        half = float(visit.length_height_sd_cm) * INTERVAL80_SD
        lines.append(_("80 %% interval %(low).1f to %(high).1f cm") % {"low": y - half, "high": y + half})
    if z is not None:
        lines.append(_("z %(z)s, centile %(centile)s") % {"z": f"{z:+.2f}", "centile": _centile_words(float(z))})
    z_low, z_high = assessment.zscore_intervals.get(key.value) or (None, None)
    if z_low is not None and z_high is not None:
        lines.append(_("80 %% interval of z %(low)s to %(high)s") % {"low": f"{z_low:+.1f}", "high": f"{z_high:+.1f}"})
    if key.value in assessment.flags:
        lines.append(_("implausible: measure again"))
    lines.append(class_words(assessment))
    if visit.is_scan:
        lines.append(_("scan, screening estimate"))
        prediction = getattr(visit, "prediction", None)
        if prediction is not None:
            lines.append(str(prediction.model_version))
    else:
        lines.append(_("by hand") + (f", {visit.measured_by}" if visit.measured_by else ""))
    if visit.superseded_by_id is not None:
        lines.append(_("a value by hand took its place"))
    if child.birth_date_estimated:
        lines.append(_("age estimated"))
    return tuple(line for line in lines if line)


def _centile_words(z: float) -> str:
    percent = centile(z)
    low, high = CENTILE_ENDS
    return f"< {low}" if percent < low else f"> {high}" if percent > high else f"{percent:.0f}"


_UNITS = {
    ChartKey.WEIGHT: "kg",
    ChartKey.LENGTH: "cm",
    ChartKey.WEIGHT_FOR_LENGTH: "kg",
    ChartKey.MUAC: "mm",
    ChartKey.HEAD: "cm",
    ChartKey.BMI: "kg/m²",
}
_DECIMALS = {
    ChartKey.WEIGHT: 2,
    ChartKey.LENGTH: 1,
    ChartKey.WEIGHT_FOR_LENGTH: 2,
    ChartKey.MUAC: 0,
    ChartKey.HEAD: 1,
    ChartKey.BMI: 1,
}


def tab_name(key: ChartKey) -> str:
    """Return the short words of the chart's tab."""
    return {
        ChartKey.WEIGHT: _("Weight"),
        ChartKey.LENGTH: _("Length/height"),
        ChartKey.WEIGHT_FOR_LENGTH: _("Weight for length"),
        ChartKey.MUAC: _("MUAC"),
        ChartKey.HEAD: _("Head"),
        ChartKey.BMI: _("BMI"),
    }[key]


def chart_title(key: ChartKey) -> str:
    """Return the chart's full name."""
    return {
        ChartKey.WEIGHT: _("Weight for age"),
        ChartKey.LENGTH: _("Length or height for age"),
        ChartKey.WEIGHT_FOR_LENGTH: _("Weight for length or height"),
        ChartKey.MUAC: _("MUAC for age"),
        ChartKey.HEAD: _("Head circumference for age"),
        ChartKey.BMI: _("BMI for age"),
    }[key]


def _quantity(key: ChartKey) -> str:
    return {
        ChartKey.WEIGHT: _("Weight"),
        ChartKey.LENGTH: _("Length or height"),
        ChartKey.WEIGHT_FOR_LENGTH: _("Weight"),
        ChartKey.MUAC: _("MUAC"),
        ChartKey.HEAD: _("Head circumference"),
        ChartKey.BMI: _("BMI"),
    }[key]


def _x_title(key: ChartKey, segments: tuple[CurveSegment, ...], x_range: tuple[float, float]) -> str:
    if key is not ChartKey.WEIGHT_FOR_LENGTH:
        return _("Age, years and months") if is_in_years(x_range) else _("Age, completed months")
    standing = segments[0].position is Position.HEIGHT
    return _("Height (standing), cm") if standing else _("Length (lying), cm")

"""What a growth chart shows: the standard's lines and the child's points, before anything is drawn.

Both drawings (plotly and SVG) are made from the same GrowthChart. z-scores and classes are those of the stored
assessments; here they are only placed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from analytics.figures.growth_axes import age_title, cut, range_cm, range_days, range_y, reach_of
from analytics.figures.growth_hover import value_lines
from analytics.figures.growth_lines import CENTILE_LINES, Z_LINES
from analytics.figures.growth_names import UNITS, ChartKey, chart_title, quantity
from analytics.figures.growth_thinning import thinned
from children.growth import CurveSegment, Index, Position, Sex, curves, curves_through, estimated_age_spread, has_curve
from children.growth.age import ACUTE_BELOW_MONTHS, ACUTE_FROM_MONTHS, DAYS_PER_MONTH, FIRST_HEIGHT_DAY
from children.growth.position import length_for_age_cm
from children.growth.uncertainty.spread import INTERVAL80_SD
from children.models import Child, GrowthAssessment, Measurement

SLICES = 75  # of the age axis, each with its lowest and highest value, where a child has more visits than can be drawn
SEVERE_MUAC_MM, MODERATE_MUAC_MM = 115.0, 125.0
SHARE_ABOVE80 = 0.9  # the upper end of an 80 % interval


@dataclass(frozen=True)
class Point:
    """One visit on one chart. x in days or cm, y in the chart's unit; `half80` is half of a scan's 80 % interval.

    corrected_x: where the point lies by corrected age (children born preterm), else None. `half80_on_x`: the interval
    belongs to x (weight-for-length of a scan with a borrowed weight). `age_half80`: half of the 80 % interval of an
    estimated age, days. `by_age`: y is judged by age alone, so an estimated age makes it uncertain.
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
    age_half80: float | None = None
    by_age: bool = True

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

    @property
    def greyed(self) -> bool:
        """Whether it is drawn grey: what is judged by an estimated age is uncertain."""
        return self.age_half80 is not None and self.by_age


@dataclass(frozen=True)
class ActionLine:
    """A line of action at `y` from `start` to `end` of x, in the colour of the lines of `rank`."""

    y: float
    label: str
    rank: int
    start: float
    end: float


@dataclass(frozen=True)
class GrowthChart:
    """One chart: lines, points, ranges, words.

    visits: how many have a value here, those included that are not drawn because there are very many.
    """

    key: ChartKey
    segments: tuple[CurveSegment, ...]
    points: tuple[Point, ...]
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    title: str
    x_title: str
    y_title: str
    action_lines: tuple[ActionLine, ...] = ()
    joined: bool = True  # whether the thin line from visit to visit is drawn
    visits: int = 0

    @property
    def is_thinned(self) -> bool:
        """Whether there are more visits than are drawn."""
        return len(self.points) < self.visits

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
    active = active_of(visits)
    points, having_value = _points(child, active, key)
    if key is ChartKey.WEIGHT_FOR_LENGTH:
        segments = curves(Index.WHZ, sex, lines_of)
        standing = child.age_days_on(max((v.measured_on for v in active), default=today)) >= FIRST_HEIGHT_DAY
        segments = tuple(s for s in segments if (s.position is Position.HEIGHT) == standing)
        x_range = range_cm([p.x for p in points], segments[0], whole=whole)
        x_title = _("Height (standing), cm") if standing else _("Length (lying), cm")
    else:
        ages = [x for p in points for x in (p.x, p.plotted_x)]
        served = [int(age) for age in ages] or [child.age_days_on(today)]
        segments = curves_through(Index(key.value), sex, served, lines_of)
        x_range = range_days(ages, reach_of(segments), age_days=child.age_days_on(today), whole=whole)
        x_title = age_title(x_range)
    segments = tuple(shown for shown in (cut(segment, x_range) for segment in segments) if shown is not None)
    lines = _muac_lines(x_range) if key is ChartKey.MUAC else ()
    return GrowthChart(
        key=key,
        segments=segments,
        points=points,
        x_range=x_range,
        y_range=range_y(segments, [y for p in points for y in p.y_ends] + [line.y for line in lines]),
        title=chart_title(key),
        x_title=x_title,
        y_title=f"{quantity(key)}, {UNITS[key]}",
        action_lines=lines,
        joined=joined,
        visits=having_value,
    )


def active_of(visits: Iterable[Measurement]) -> list[Measurement]:
    """Return the visits that are drawn: neither corrected nor void."""
    return [visit for visit in visits if visit.state == Measurement.State.ACTIVE]


def has_value(visit: Measurement, key: ChartKey) -> bool:
    """Tell whether a visit has a point on a chart that has lines at its age."""
    assessment = visit.assessment
    if assessment is None or not has_curve(Index(key.value), assessment.age_days):
        return False
    return _place(visit, assessment, key) is not None


def days_with_several(visits: Iterable[Measurement]) -> set[date]:
    """Return the days with more than one visit: their points tell the time."""
    return {day for day, count in Counter(visit.measured_on for visit in visits).items() if count > 1}


def age_half80_days(child: Child) -> float | None:
    """Return half of the 80 % interval of an estimated age, days; None where the birth date is known.

    The error is that of the day on which it was estimated: the registration.
    """
    if not child.birth_date_estimated:
        return None
    spread = estimated_age_spread(max(0, child.age_days_on(child.registered_at.date())))
    return spread.quantile(SHARE_ABOVE80)


def _muac_lines(x_range: tuple[float, float]) -> tuple[ActionLine, ...]:
    """Return the lines of action where they hold: from 6 to 59 months. Source: WHO/UNICEF joint statement 2009."""
    start = max(x_range[0], ACUTE_FROM_MONTHS * DAYS_PER_MONTH)
    end = min(x_range[1], ACUTE_BELOW_MONTHS * DAYS_PER_MONTH)
    if start >= end:
        return ()
    return (
        ActionLine(SEVERE_MUAC_MM, _("115 mm: severe"), 2, start, end),
        ActionLine(MODERATE_MUAC_MM, _("125 mm: moderate"), 1, start, end),
    )


def _points(child: Child, active: Sequence[Measurement], key: ChartKey) -> tuple[tuple[Point, ...], int]:
    """Return the points that are drawn, in the order of their x, and how many visits have a value here."""
    placed = []
    for visit in active:
        assessment = visit.assessment
        if assessment is None or not has_curve(Index(key.value), assessment.age_days):
            continue
        place = _place(visit, assessment, key)
        if place is not None:
            placed.append((visit, assessment, place))
    drawn = thinned(placed, at=lambda row: (row[2][0], row[2][1]), slices=SLICES)
    times, age_half80 = days_with_several(active), age_half80_days(child)
    points = []
    for visit, assessment, (x, y, half80, half80_on_x) in drawn:
        by_length = key is ChartKey.WEIGHT_FOR_LENGTH
        corrected = None if by_length else assessment.corrected_age_days
        hover = value_lines(
            child,
            visit,
            assessment,
            key,
            length_cm=x if by_length else y if key is ChartKey.LENGTH else None,
            value=y,
            tells_time=visit.measured_on in times,
        )
        points.append(
            Point(
                x=x,
                y=y,
                corrected_x=None if corrected is None else float(corrected),
                is_scan=visit.is_scan,
                half80=half80,
                half80_on_x=half80_on_x,
                flagged=key.value in assessment.flags,
                superseded=visit.superseded_by_id is not None,
                hover=hover,
                age_half80=None if by_length else age_half80,
                by_age=key is not ChartKey.MUAC,
            )
        )
    return tuple(sorted(points, key=lambda p: p.plotted_x)), len(placed)


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

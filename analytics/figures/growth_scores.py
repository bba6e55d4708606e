"""All z-scores of a child on one scale over age: which indices go together and which part, before anything is drawn.

The scores are those of the stored assessments, so at corrected age for a child born early; x is the age since birth.
A line joins visits of one standard only: at five years WHO 2007 follows WHO 2006, and z-scores may step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from analytics.figures.growth_axes import age_title, range_days
from analytics.figures.growth_data import active_of, days_with_several
from analytics.figures.growth_hover import score_lines
from analytics.figures.growth_names import SCORE_NAMES, ChartKey, chart_title
from analytics.figures.growth_thinning import thinned
from children.growth.age import REFERENCE_LAST_MONTHS, STANDARD_ENDS_MONTHS, months
from children.models import Child, GrowthAssessment, Measurement

SLICES = 25  # of the age axis for each index; see growth_thinning
Z_REACH = 3.0  # shown above and below the median at least
ROOM_Z = 0.5
LABEL_GAP_SHARE = 0.05  # of the y range between two names at the end of their lines
Z_LINES = (-3, -2, -1, 0, 1, 2, 3)


@dataclass(frozen=True)
class ScorePoint:
    """One z-score of one visit; x: age in days since birth; `interval`: its 80 % interval, where it has one."""

    x: float
    z: float
    interval: tuple[float, float] | None
    is_scan: bool
    flagged: bool
    superseded: bool
    standard: str
    hover: tuple[str, ...]

    @property
    def joins(self) -> bool:
        """Whether the line of its index passes through it."""
        return not self.flagged and not self.superseded


@dataclass(frozen=True)
class ScoreSeries:
    """One index: its short name, its words, its points by age."""

    key: ChartKey
    name: str
    title: str
    points: tuple[ScorePoint, ...]
    visits: int  # that have this score, those included that are not drawn because there are very many

    @property
    def lines(self) -> list[list[ScorePoint]]:
        """The points that are joined, in runs of one standard, each of two points or more."""
        runs: list[list[ScorePoint]] = []
        for point in (p for p in self.points if p.joins):
            if runs and runs[-1][-1].standard == point.standard:
                runs[-1].append(point)
            else:
                runs.append([point])
        return [run for run in runs if len(run) > 1]


@dataclass(frozen=True)
class ScoresChart:
    """All series with ranges and words. `end_labels`: where each series' name stands so that none covers another."""

    series: tuple[ScoreSeries, ...]
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    x_title: str
    y_title: str
    title: str
    end_labels: tuple[tuple[float, ChartKey], ...]
    joined: bool
    visits: int
    x_in_days: bool = True

    @property
    def is_thinned(self) -> bool:
        """Whether there are more visits than are drawn."""
        return any(len(one.points) < one.visits for one in self.series)


def scores_chart(
    *, child: Child, visits: Iterable[Measurement], whole: bool, today: date, joined: bool = True
) -> ScoresChart:
    """Return every z-score of `child` from its active measurements (assessments prefetched)."""
    active = active_of(visits)
    series = tuple(found for found in (_series(child, active, key) for key in ChartKey) if found.points)
    ages = [point.x for one in series for point in one.points]
    x_range = range_days(ages, _reach(ages), age_days=child.age_days_on(today), whole=whole)
    ends = [end for one in series for p in one.points for end in (p.z, *(p.interval or ()))]
    y_range = (min([-Z_REACH, *ends]) - ROOM_Z, max([Z_REACH, *ends]) + ROOM_Z)
    return ScoresChart(
        series=series,
        x_range=x_range,
        y_range=y_range,
        x_title=age_title(x_range),
        y_title=_("z-score"),
        title=_("All z-scores"),
        end_labels=_end_labels(series, y_range),
        joined=joined,
        visits=sum(1 for visit in active if scores_of(visit)),
    )


def scores_of(visit: Measurement) -> dict[ChartKey, float]:
    """Return the z-scores of one visit by index, flagged ones too."""
    assessment = visit.assessment
    if assessment is None:
        return {}
    values = {key: getattr(assessment, key.value) for key in ChartKey}
    return {key: float(z) for key, z in values.items() if z is not None}


def _series(child: Child, active: Sequence[Measurement], key: ChartKey) -> ScoreSeries:
    rows: list[tuple[Measurement, GrowthAssessment, float]] = []
    for visit in active:
        assessment = visit.assessment
        z = None if assessment is None else getattr(assessment, key.value)
        if assessment is not None and z is not None:
            rows.append((visit, assessment, float(z)))
    times = days_with_several(active)
    drawn = thinned(rows, at=lambda row: (float(row[1].age_days), row[2]), slices=SLICES)
    points = []
    for visit, assessment, z in drawn:
        low, high = assessment.zscore_intervals.get(key.value) or (None, None)
        points.append(
            ScorePoint(
                x=float(assessment.age_days),
                z=z,
                interval=None if low is None or high is None else (float(low), float(high)),
                is_scan=visit.is_scan,
                flagged=key.value in assessment.flags,
                superseded=visit.superseded_by_id is not None,
                standard=assessment.standard,
                hover=score_lines(child, visit, assessment, key, tells_time=visit.measured_on in times),
            )
        )
    points.sort(key=lambda p: p.x)
    return ScoreSeries(
        key=key, name=str(SCORE_NAMES[key]), title=chart_title(key), points=tuple(points), visits=len(rows)
    )


def _reach(ages: Sequence[float]) -> tuple[float, float]:
    """Return the first and the last month: those of the standards that serve the visits."""
    if not ages or months(max(ages)) < STANDARD_ENDS_MONTHS:
        return (0.0, STANDARD_ENDS_MONTHS)
    return (STANDARD_ENDS_MONTHS if months(min(ages)) >= STANDARD_ENDS_MONTHS else 0.0, REFERENCE_LAST_MONTHS)


def _end_labels(series: Sequence[ScoreSeries], y_range: tuple[float, float]) -> tuple[tuple[float, ChartKey], ...]:
    """Return where each name stands: at its last point, moved apart upwards, then down from the upper edge."""
    gap = (y_range[1] - y_range[0]) * LABEL_GAP_SHARE
    placed: list[tuple[float, ChartKey]] = []
    for z, key in sorted((one.points[-1].z, one.key) for one in series):
        placed.append((max(z, placed[-1][0] + gap) if placed else z, key))
    for number in range(len(placed) - 1, -1, -1):
        highest = y_range[1] - gap / 2 if number == len(placed) - 1 else placed[number + 1][0] - gap
        placed[number] = (min(placed[number][0], highest), placed[number][1])
    return tuple(placed)

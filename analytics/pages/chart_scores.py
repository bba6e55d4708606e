"""The table beneath the view of all z-scores: a row for each visit that has one, a column for each index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.safestring import SafeString

from analytics.figures.growth_data import days_with_several
from analytics.figures.growth_scores import ScoresChart, scores_of
from analytics.figures.growth_scores_svg import legend_sample
from analytics.words import age_words
from children.models import Measurement
from children.numbers import printed_number

SHOWN_ROWS = 12


@dataclass(frozen=True)
class SeriesHead:
    """One index: its sample of line and mark, its short name, its words."""

    sample: SafeString
    name: str
    title: str


@dataclass(frozen=True)
class ScoreCell:
    """One z-score as it is printed; empty where the visit has none."""

    name: str
    text: str
    flagged: bool


@dataclass(frozen=True)
class ScoreRow:
    """One visit; `time`: of recording, where its day has several."""

    day: date
    time: datetime | None
    age: str
    is_scan: bool
    cells: tuple[ScoreCell, ...]


@dataclass(frozen=True)
class ScoresTable:
    """The newest SHOWN_ROWS visits of `total` with a z-score."""

    heads: tuple[SeriesHead, ...]
    rows: tuple[ScoreRow, ...]
    total: int


def scores_table(chart: ScoresChart, visits: Sequence[Measurement]) -> ScoresTable:
    """Return the table of a chart. visits: the active ones, newest first, as the page has them."""
    scored = [visit for visit in visits if scores_of(visit)]
    times = days_with_several(visits)
    return ScoresTable(
        heads=tuple(SeriesHead(legend_sample(one.key), one.name, one.title) for one in chart.series),
        rows=tuple(_row(chart, visit, tells_time=visit.measured_on in times) for visit in scored[:SHOWN_ROWS]),
        total=len(scored),
    )


def _row(chart: ScoresChart, visit: Measurement, *, tells_time: bool) -> ScoreRow:
    assessment = visit.assessment
    assert assessment is not None
    scores = scores_of(visit)
    return ScoreRow(
        day=visit.measured_on,
        time=visit.recorded_at if tells_time else None,
        age=age_words(assessment.age_days),
        is_scan=visit.is_scan,
        cells=tuple(
            ScoreCell(
                name=one.name,
                text=printed_number(scores[one.key], "+.2f") if one.key in scores else "",
                flagged=one.key.value in assessment.flags,
            )
            for one in chart.series
        ),
    )

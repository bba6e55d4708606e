"""The table of visits under the chart: every measurement in words, void and corrected ones too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.words import age_words, class_words, level_words
from children.models import GrowthAssessment, Measurement
from children.numbers import printed_number

PAGE_SIZE = 25  # visits shown at once; the rest comes on demand
VALUES = (
    ("weight_kg", 2, "kg"),
    ("length_height_cm", 1, "cm"),
    ("muac_mm", 0, "mm"),
    ("head_circumference_cm", 1, "cm"),
)
SCORES = (
    ("haz", gettext_lazy("HAZ")),
    ("waz", gettext_lazy("WAZ")),
    ("whz", gettext_lazy("WHZ")),
    ("baz", gettext_lazy("BAZ")),
    ("acz", gettext_lazy("ACZ")),
    ("hcz", gettext_lazy("HCZ")),
)


@dataclass(frozen=True)
class Score:
    """One z-score as it is printed."""

    name: str
    text: str
    interval: str
    flagged: bool


@dataclass(frozen=True)
class VisitRow:
    """One line of the table; `time`: of recording, where a day has several; `ended` says why a row no longer counts."""

    measurement: Measurement
    time: datetime | None
    age: str
    corrected_age: str
    values: dict[str, str]
    oedema: str
    scores: tuple[Score, ...]
    level: str
    condition: str
    who: str
    ended: str


@dataclass(frozen=True)
class VisitsPage:
    """Part of the table: the newest visits, or the older ones that were asked for."""

    rows: list[VisitRow]
    shown: int
    total: int
    all_url: str
    newest_url: str


def visits_page(request: HttpRequest, visits: Sequence[Measurement], velocities: Mapping[UUID, float]) -> VisitsPage:
    """Return the newest PAGE_SIZE visits; every one where the address asks for `visits=all`."""
    shown = visits if request.GET.get("visits") == "all" else visits[:PAGE_SIZE]
    others = {name: value for name, value in request.GET.items() if name in ("index", "range")}
    return VisitsPage(
        rows=visit_rows(shown, velocities),
        shown=len(shown),
        total=len(visits),
        all_url="" if len(shown) == len(visits) else f"?{urlencode({**others, 'visits': 'all'})}#visits",
        newest_url="" if len(shown) <= PAGE_SIZE else f"?{urlencode(others)}#visits",
    )


def visit_rows(visits: Sequence[Measurement], velocities: Mapping[UUID, float]) -> list[VisitRow]:
    """Return the rows of the table, newest first as `visits` are. velocities: z of weight gained, by measurement."""
    on_day = Counter(visit.measured_on for visit in visits)
    return [
        _row(visit, visit.assessment, velocities.get(visit.pk), tells_time=on_day[visit.measured_on] > 1)
        for visit in visits
    ]


def _row(
    visit: Measurement, assessment: GrowthAssessment | None, velocity: float | None, *, tells_time: bool
) -> VisitRow:
    corrected = None if assessment is None else assessment.corrected_age_days
    return VisitRow(
        measurement=visit,
        time=visit.recorded_at if tells_time else None,
        age="" if assessment is None else age_words(assessment.age_days),
        corrected_age="" if corrected is None else age_words(corrected),
        values={
            name: f"{printed_number(getattr(visit, name), f'.{decimals}f')} {unit}"
            for name, decimals, unit in VALUES
            if getattr(visit, name) is not None
        },
        oedema={True: _("yes"), False: _("no")}.get(visit.oedema, ""),
        scores=() if assessment is None else _scores(assessment) + _velocity_score(velocity),
        level=_level(visit, assessment),
        condition=_condition(visit, assessment),
        who=visit.measured_by or visit.recorded_by.get_full_name() or visit.recorded_by.get_username(),
        ended=_ended(visit),
    )


def _level(visit: Measurement, assessment: GrowthAssessment | None) -> str:
    """Return the level whose colour the row has; a calm scan has none: a length alone rules nothing out."""
    if assessment is None or (visit.is_scan and assessment.risk_level == "none"):
        return "unknown"
    return assessment.risk_level


def _condition(visit: Measurement, assessment: GrowthAssessment | None) -> str:
    if assessment is None:
        return ""
    if visit.is_scan and assessment.risk_level == "none":
        return _("No stunting by length (screening)")
    words = level_words("none") if assessment.risk_level == "none" else class_words(assessment)
    return _("%(condition)s (screening)") % {"condition": words} if visit.is_scan else words


def _scores(assessment: GrowthAssessment) -> tuple[Score, ...]:
    found = []
    for name, label in SCORES:
        z = getattr(assessment, name)
        if z is None:
            continue
        low, high = assessment.zscore_intervals.get(name) or (None, None)
        interval = (
            f"{printed_number(low, '+.1f')} … {printed_number(high, '+.1f')}"
            if low is not None and high is not None
            else ""
        )
        found.append(
            Score(name=str(label), text=printed_number(z, "+.2f"), interval=interval, flagged=name in assessment.flags)
        )
    return tuple(found)


def _velocity_score(velocity: float | None) -> tuple[Score, ...]:
    if velocity is None:
        return ()
    return (Score(name=_("gain"), text=printed_number(velocity, "+.2f"), interval="", flagged=False),)


def _ended(visit: Measurement) -> str:
    if visit.state == Measurement.State.ACTIVE:
        return _("A value by hand took its place.") if visit.superseded_by_id else ""
    by = visit.ended_by.get_full_name() or visit.ended_by.get_username() if visit.ended_by else ""
    return _("%(state)s by %(by)s: %(reason)s") % {
        "state": visit.get_state_display().capitalize(),
        "by": by,
        "reason": visit.end_reason,
    }

"""Which chart a page shows: what is asked for, else what was chosen last, else one that has something to show."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest

from analytics.figures.growth_data import has_value
from analytics.figures.growth_names import ChartKey
from analytics.figures.growth_scores import scores_of
from children.growth import Index, has_curve
from children.models import Child, Measurement

Choice = str  # a ChartKey's value, or ALL_SCORES
ALL_SCORES = "all"
CHOICES = (*(key.value for key in ChartKey), ALL_SCORES)
USUAL = ChartKey.WEIGHT
GIVES_WAY_TO = (USUAL, ChartKey.BMI, *ChartKey)  # in this order: BMI for age serves where weight for age has ended

SESSION_KEY = "growth_chart_index"
SWITCHES = {"lines": ("z", "centiles"), "join": ("on", "off")}  # what is remembered beside the tab, the usual first


def choice_for(request: HttpRequest, *, child: Child, visits: Sequence[Measurement], remember: bool = False) -> Choice:
    """Return the chart asked for; else the one chosen last, unless this child has nothing on it and on another it has.

    `visits`: the active ones. `remember`: keep what is asked for as the choice for the next child.
    """
    asked, chosen = request.GET.get("index"), request.session.get(SESSION_KEY)
    if asked in CHOICES:
        if remember and asked != chosen:
            request.session[SESSION_KEY] = asked
        return asked
    chosen = chosen if chosen in CHOICES else USUAL.value
    if chosen == ALL_SCORES and any(scores_of(visit) for visit in visits):
        return ALL_SCORES
    wanted = [ChartKey(chosen), *GIVES_WAY_TO] if chosen != ALL_SCORES else list(GIVES_WAY_TO)
    with_values = (key for key in wanted if any(has_value(visit, key) for visit in visits))
    with_lines = keys_with_lines([child.age_days_on(visit.measured_on) for visit in visits])
    return next(with_values, next((key for key in wanted if key in with_lines), wanted[0])).value


def keys_with_lines(ages_days: Sequence[int]) -> set[ChartKey]:
    """Return the charts that have lines at one of the ages."""
    return {key for key in ChartKey if any(has_curve(Index(key.value), age) for age in ages_days)}


def switched(request: HttpRequest, name: str) -> str:
    """Return the setting of one of SWITCHES: what is asked for and remembered, else what was chosen last."""
    asked, remembered = request.GET.get(name), request.session.get(f"growth_chart_{name}")
    if asked in SWITCHES[name]:
        if asked != (remembered or SWITCHES[name][0]):
            request.session[f"growth_chart_{name}"] = asked
        return asked
    return remembered if remembered in SWITCHES[name] else SWITCHES[name][0]


def is_whole(request: HttpRequest) -> bool:
    """Tell whether the whole range is asked for instead of the child's own."""
    return request.GET.get("range") == "whole"

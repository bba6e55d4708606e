"""The growth chart on a page: tabs, range switch, the drawing shown at once, the address of the interactive figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.views import PrivatePage
from analytics.figures.growth_chart import DARK, LIGHT, growth_figure
from analytics.figures.growth_data import ChartKey, GrowthChart, growth_chart, tab_name
from analytics.figures.growth_svg import growth_svg
from analytics.selectors import child_for, visits_of
from children.growth import Index, has_curve
from children.growth.completeness import age_outside_standard
from children.models import Child, Measurement

SESSION_KEY = "growth_chart_index"
SWITCHES = {"lines": ("z", "centiles"), "join": ("on", "off")}  # what is remembered beside the tab, the usual first
DEFAULT_KEY = ChartKey.WEIGHT


@dataclass(frozen=True)
class Tab:
    """One index tab."""

    name: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class ChartPart:
    """What the chart's part of a page shows; without `svg` only the notes."""

    tabs: tuple[Tab, ...]
    title: str
    svg: SafeString | None
    figure_url: str
    range_url: str
    lines_url: str
    join_url: str
    whole: bool
    centiles: bool
    joined: bool
    has_scans: bool
    has_corrected: bool
    notes: tuple[str, ...]


class GrowthChartData(PrivatePage):
    """The plotly figure of one chart as JSON."""

    def get(self, request: HttpRequest, child_id: UUID) -> HttpResponse:
        """Answer with the figure in the colours of the asked theme."""
        child = child_for(request.user, child_id)
        chart = growth_chart(
            child=child,
            visits=visits_of(child),
            key=chosen_key(request),
            whole=_is_whole(request),
            today=timezone.localdate(),
            centiles=switched(request, "lines") == "centiles",
            joined=switched(request, "join") == "on",
        )
        figure = growth_figure(chart, DARK if request.GET.get("theme") == "dark" else LIGHT)
        return HttpResponse(figure.to_json(), content_type="application/json")


def chosen_key(request: HttpRequest) -> ChartKey:
    """Return the index asked for, else the one chosen last in this session."""
    for given in (request.GET.get("index"), request.session.get(SESSION_KEY)):
        if given in list(ChartKey):
            return ChartKey(given)
    return DEFAULT_KEY


def remember_key(request: HttpRequest, key: ChartKey) -> None:
    """Keep a person's choice for the next child."""
    if request.GET.get("index") == key.value and request.session.get(SESSION_KEY) != key.value:
        request.session[SESSION_KEY] = key.value


def switched(request: HttpRequest, name: str) -> str:
    """Return the setting of one of SWITCHES: what is asked for and remembered, else what was chosen last."""
    asked, remembered = request.GET.get(name), request.session.get(f"growth_chart_{name}")
    if asked in SWITCHES[name]:
        if asked != (remembered or SWITCHES[name][0]):
            request.session[f"growth_chart_{name}"] = asked
        return asked
    return remembered if remembered in SWITCHES[name] else SWITCHES[name][0]


def chart_part(request: HttpRequest, *, child: Child, visits: Sequence[Measurement], today: date) -> ChartPart:
    """Return the chart of the child's page for the chosen index and range."""
    active = [visit for visit in visits if visit.state == Measurement.State.ACTIVE]
    ages = [child.age_days_on(visit.measured_on) for visit in active]
    key, whole = _key_with_lines(request, ages), _is_whole(request)
    remember_key(request, key)
    page = reverse("child", args=[child.pk])
    tabs = tuple(Tab(name=tab_name(k), url=f"{page}?{_query(k, whole)}#chart", is_current=k == key) for k in ChartKey)
    empty = _empty_words(ages)
    centiles, joined = switched(request, "lines") == "centiles", switched(request, "join") == "on"
    own = _query(key, whole)
    common: dict[str, Any] = {
        "tabs": tabs,
        "range_url": f"{page}?{_query(key, not whole)}#chart",
        "lines_url": f"{page}?{own}&lines={'z' if centiles else 'centiles'}#chart",
        "join_url": f"{page}?{own}&join={'off' if joined else 'on'}#chart",
        "figure_url": f"{reverse('growth_chart', args=[child.pk])}?{own}",
        "whole": whole,
        "centiles": centiles,
        "joined": joined,
    }
    if empty:
        return ChartPart(title="", svg=None, has_scans=False, has_corrected=False, notes=(empty,), **common)
    chart = growth_chart(
        child=child, visits=active, key=key, whole=whole, today=today, centiles=centiles, joined=joined
    )
    return ChartPart(
        title=chart.title,
        svg=growth_svg(chart),
        has_scans=any(p.is_scan for p in chart.points),
        has_corrected=any(p.corrected_x is not None for p in chart.points),
        notes=_notes(child, chart, ages, today),
        **common,
    )


def _key_with_lines(request: HttpRequest, ages_days: Sequence[int]) -> ChartKey:
    """Return the chosen index; where it was chosen for another child and has no lines at these ages, one that has."""
    key = chosen_key(request)
    if request.GET.get("index") == key.value:
        return key
    return next((k for k in (key, DEFAULT_KEY, ChartKey.BMI) if _has_lines(k, ages_days)), key)


def _has_lines(key: ChartKey, ages_days: Sequence[int]) -> bool:
    return any(has_curve(Index(key.value), age_days) for age_days in ages_days)


def _empty_words(ages_days: Sequence[int]) -> str:
    """Return why there is no chart at all, or nothing."""
    if not ages_days:
        return _("No measurement yet: the chart begins with the first one.")
    if all(age_outside_standard(age_days) for age_days in ages_days):
        return _("Over nineteen years: no WHO standard or reference applies. Judge clinically.")
    return ""


def _notes(child: Child, chart: GrowthChart, ages_days: Sequence[int], today: date) -> tuple[str, ...]:
    notes = []
    if not chart.points and _has_lines(chart.key, ages_days):
        notes.append(_("No visit has the values of this chart yet; the lines are the WHO standard alone."))
    if not has_curve(Index(chart.key.value), child.age_days_on(today)):
        notes.append(str(_ENDS[chart.key]))
    if len({segment.standard for segment in chart.segments}) > 1:
        notes.append(_("The step at five years is where the WHO reference of 2007 follows the standard of 2006."))
    if child.birth_date_estimated:
        notes.append(_("The birth date is estimated: values by age are uncertain, weight for length and MUAC are not."))
    return tuple(notes)


_FIVE_YEARS = gettext_lazy("WHO's lines of this chart end at five years; later values are in the table.")
_NINETEEN_YEARS = gettext_lazy("WHO's lines end at nineteen years; later values are in the table.")
_ENDS = {
    ChartKey.WEIGHT: gettext_lazy("WHO's weight for age ends at ten years: see height and BMI."),
    ChartKey.LENGTH: _NINETEEN_YEARS,
    ChartKey.BMI: _NINETEEN_YEARS,
    ChartKey.WEIGHT_FOR_LENGTH: _FIVE_YEARS,
    ChartKey.MUAC: _FIVE_YEARS,
    ChartKey.HEAD: _FIVE_YEARS,
}


def _is_whole(request: HttpRequest) -> bool:
    return request.GET.get("range") == "whole"


def _query(key: ChartKey, whole: bool) -> str:
    return urlencode({"index": key.value, "range": "whole" if whole else "child"})

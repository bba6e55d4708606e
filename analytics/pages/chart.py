"""The growth chart on a page: tabs, switches, the drawing shown at once, the address of the interactive figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.views import PrivatePage
from analytics.figures.growth_chart import growth_figure
from analytics.figures.growth_data import active_of, growth_chart
from analytics.figures.growth_frame import DARK, LIGHT
from analytics.figures.growth_names import ChartKey, chart_title, tab_name
from analytics.figures.growth_scores import scores_chart
from analytics.figures.growth_scores_chart import scores_figure
from analytics.figures.growth_scores_svg import scores_svg
from analytics.figures.growth_svg import growth_svg
from analytics.pages.chart_choice import ALL_SCORES, Choice, choice_for, is_whole, keys_with_lines, switched
from analytics.pages.chart_notes import chart_notes, no_chart_words, no_lines_words, scores_notes
from analytics.pages.chart_scores import ScoresTable, scores_table
from analytics.selectors import child_for, visits_of
from children.models import Child, Measurement


@dataclass(frozen=True)
class Tab:
    """One index tab."""

    name: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Switches:
    """The addresses that turn range, lines and joining over, and how each stands."""

    range_url: str
    lines_url: str
    join_url: str
    whole: bool
    centiles: bool
    joined: bool


@dataclass(frozen=True)
class ChartPart:
    """What the chart's part of a page shows; without `svg` only the notes. `scores`: the table of the view of all."""

    title: str
    tabs: tuple[Tab, ...]
    notes: tuple[str, ...]
    svg: SafeString | None = None
    figure_url: str = ""
    switches: Switches | None = None
    has_scans: bool = False
    has_corrected: bool = False
    has_flagged: bool = False
    has_age_band: bool = False
    scores: ScoresTable | None = None


class GrowthChartData(PrivatePage):
    """The plotly figure of one chart as JSON."""

    def get(self, request: HttpRequest, child_id: UUID) -> HttpResponse:
        """Answer with the figure in the colours of the asked theme."""
        child = child_for(request.user, child_id)
        visits, today, whole = visits_of(child), timezone.localdate(), is_whole(request)
        palette = DARK if request.GET.get("theme") == "dark" else LIGHT
        joined = switched(request, "join") == "on"
        choice = choice_for(request, child=child, visits=active_of(visits))
        if choice == ALL_SCORES:
            all_scores = scores_chart(child=child, visits=visits, whole=whole, today=today, joined=joined)
            figure = scores_figure(all_scores, palette)
        else:
            chart = growth_chart(
                child=child,
                visits=visits,
                key=ChartKey(choice),
                whole=whole,
                today=today,
                centiles=switched(request, "lines") == "centiles",
                joined=joined,
            )
            figure = growth_figure(chart, palette)
        return HttpResponse(figure.to_json(), content_type="application/json")


def chart_part(request: HttpRequest, *, child: Child, visits: Sequence[Measurement], today: date) -> ChartPart:
    """Return the chart of the child's page for the chosen index and range."""
    active = active_of(visits)
    ages = [child.age_days_on(visit.measured_on) for visit in active]
    words = no_chart_words(ages)
    if words:
        return ChartPart(title="", tabs=(), notes=(words,))
    choice, whole = choice_for(request, child=child, visits=active, remember=True), is_whole(request)
    page = reverse("child", args=[child.pk])
    tabs = _tabs(page, choice, ages, whole=whole)
    if choice != ALL_SCORES and ChartKey(choice) not in keys_with_lines(ages):
        key = ChartKey(choice)
        return ChartPart(title=chart_title(key), tabs=tabs, notes=(no_lines_words(key),))
    switches = _switches(request, page, choice, whole=whole)
    figure_url = f"{reverse('growth_chart', args=[child.pk])}?{_query(choice, whole)}"
    if choice == ALL_SCORES:
        all_scores = scores_chart(child=child, visits=active, whole=whole, today=today, joined=switches.joined)
        points = [point for one in all_scores.series for point in one.points]
        return ChartPart(
            title=all_scores.title,
            tabs=tabs,
            notes=scores_notes(child, all_scores),
            svg=scores_svg(all_scores) if points else None,
            figure_url=figure_url,
            switches=switches,
            has_scans=any(p.is_scan for p in points),
            has_flagged=any(p.flagged for p in points),
            scores=scores_table(all_scores, active),
        )
    chart = growth_chart(
        child=child,
        visits=active,
        key=ChartKey(choice),
        whole=whole,
        today=today,
        centiles=switches.centiles,
        joined=switches.joined,
    )
    return ChartPart(
        title=chart.title,
        tabs=tabs,
        notes=chart_notes(child, chart, today=today),
        svg=growth_svg(chart),
        figure_url=figure_url,
        switches=switches,
        has_scans=any(p.is_scan for p in chart.points),
        has_corrected=any(p.corrected_x is not None for p in chart.points),
        has_flagged=any(p.flagged for p in chart.points),
        has_age_band=any(p.age_half80 is not None for p in chart.points),
    )


def _tabs(page: str, choice: Choice, ages: Sequence[int], *, whole: bool) -> tuple[Tab, ...]:
    """Return the tabs of the charts that have lines at one of the ages, then that of all z-scores."""
    offered = [key for key in ChartKey if key in keys_with_lines(ages) or key == choice]
    named = [(key.value, tab_name(key)) for key in offered] + [(ALL_SCORES, _("All z-scores"))]
    return tuple(
        Tab(name=name, url=f"{page}?{_query(value, whole)}#chart", is_current=value == choice) for value, name in named
    )


def _switches(request: HttpRequest, page: str, choice: Choice, *, whole: bool) -> Switches:
    centiles, joined = switched(request, "lines") == "centiles", switched(request, "join") == "on"
    own = _query(choice, whole)
    return Switches(
        range_url=f"{page}?{_query(choice, not whole)}#chart",
        lines_url="" if choice == ALL_SCORES else f"{page}?{own}&lines={'z' if centiles else 'centiles'}#chart",
        join_url=f"{page}?{own}&join={'off' if joined else 'on'}#chart",
        whole=whole,
        centiles=centiles and choice != ALL_SCORES,
        joined=joined,
    )


def _query(choice: Choice, whole: bool) -> str:
    return urlencode({"index": choice, "range": "whole" if whole else "child"})

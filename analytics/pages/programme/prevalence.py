"""How many children are malnourished, and where: shares with intervals by month, age, sex, clinic and area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest
from django.utils import formats
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.aggregates.indicators import INDICATOR_OF, INDICATORS, Indicator
from analytics.aggregates.questions import Dimension, Totals, cells_for, totals_of
from analytics.figures.share_svg import SharePoint, bars_svg, rows_svg, series_svg
from analytics.pages.programme.files import SHARE_COLUMNS, FileTable, share_cells
from analytics.pages.programme.page import Answer, ProgrammePage
from analytics.pages.programme.scope import PrevalenceForm, ScopeForm
from analytics.pages.programme.share_rows import ShareRow
from children.dates import months_between
from children.growth.survey import Share

DIMENSIONS: tuple[tuple[Dimension, Promise], ...] = (
    (Dimension.AGE_GROUP, gettext_lazy("By age")),
    (Dimension.SEX, gettext_lazy("By sex")),
    (Dimension.AREA, gettext_lazy("By area")),
    (Dimension.CLINIC, gettext_lazy("By clinic")),
)
RANKED = (Dimension.AREA, Dimension.CLINIC)  # highest share first


@dataclass(frozen=True)
class Section:
    """One chart with its table; `key` names both in the page."""

    key: str
    title: str
    svg: SafeString
    rows: Sequence[ShareRow]


class PrevalencePage(ProgrammePage):
    """Shares of children with each condition, and screenings."""

    name = "prevalence"
    url_name = "programme"
    form_class = PrevalenceForm

    def answer(self, request: HttpRequest, form: ScopeForm) -> Answer:
        """Return the shares that the address asks for."""
        scope, indicator = form.scope(), INDICATOR_OF[form.cleaned_data["indicator"]]
        totals = totals_of(cells_for(request.user, scope))
        whole, groups = totals.whole, totals.groups
        months = months_between(scope.first_month, scope.last_month)
        by_month = {totals.key: totals for totals in groups[Dimension.MONTH]}
        sections = [_by_month(indicator, months, by_month)]
        for dimension, title in DIMENSIONS:
            shown = _highest_first(groups[dimension], indicator) if dimension in RANKED else groups[dimension]
            rows = [ShareRow(totals.label, totals.share(indicator)) for totals in shown]
            if len(rows) > 1:
                points = [SharePoint(row.label, row.share) for row in rows]
                svg = rows_svg(points, title=_title(indicator, title))
                sections.append(Section(dimension.value, str(title), svg, rows))
        visits = [by_month[str(month)].counts["visits"] if str(month) in by_month else 0 for month in months]
        labels = [formats.date_format(month, "YEAR_MONTH_FORMAT") for month in months]
        context = {
            "indicator": indicator,
            "whole": whole,
            "overview": [(each, ShareRow(str(each.word), whole.share(each))) for each in INDICATORS],
            "sections": sections,
            "visits_svg": bars_svg(labels, visits, title=_("Screenings by month")),
            "visits": list(zip(labels, visits, strict=True)),
        }
        return Answer(context, _tables(whole, groups, indicator))


def _highest_first(groups: Sequence[Totals], indicator: Indicator) -> list[Totals]:
    return sorted(groups, key=lambda totals: totals.share(indicator).value or 0.0, reverse=True)


def _tables(whole: Totals, groups: Mapping[Dimension, Sequence[Totals]], indicator: Indicator) -> list[FileTable]:
    """Return the page's tables for files; groups are named by their keys."""
    overview = [[each.key, *share_cells(whole.share(each))] for each in INDICATORS]
    tables = [FileTable("overview", ("indicator", *SHARE_COLUMNS), overview)]
    for dimension, totals in groups.items():
        rows = [[indicator.key, each.key, *share_cells(each.share(indicator))] for each in totals]
        tables.append(FileTable(dimension.value, ("indicator", dimension.value, *SHARE_COLUMNS), rows))
    screenings = [[each.key, each.counts["visits"], each.counts["visits_by_hand"]] for each in groups[Dimension.MONTH]]
    return [*tables, FileTable("screenings", ("month", "screenings", "screenings_by_hand"), screenings)]


def _by_month(indicator: Indicator, months: Sequence[date], by_month: dict[str, Totals]) -> Section:
    nothing = Share(count=0, n=0, value=None, low=None, high=None)
    rows = [
        ShareRow(
            formats.date_format(month, "YEAR_MONTH_FORMAT"),
            by_month[str(month)].share(indicator) if str(month) in by_month else nothing,
        )
        for month in months
    ]
    title = _title(indicator, _("By month"))
    svg = series_svg([SharePoint(row.label, row.share) for row in rows], title=title)
    return Section(Dimension.MONTH.value, _("By month"), svg, rows)


def _title(indicator: Indicator, how: str | Promise) -> str:
    return f"{indicator.word}: {str(how).lower()}"

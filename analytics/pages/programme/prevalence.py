"""How many children are malnourished, and where: shares with intervals by month, age, sex, clinic and area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import programmes_of
from accounts.views import PrivatePage
from analytics.aggregates.indicators import INDICATOR_OF, INDICATORS, Indicator
from analytics.aggregates.questions import Dimension, Totals, cells_for, overall, split
from analytics.aggregates.refresh import refresh_if_little
from analytics.figures.share_svg import SharePoint, bars_svg, percent, rows_svg, series_svg
from analytics.pages.programme.scope import ScopeForm
from children.dates import months_between
from children.growth.survey import Share

FEW = 30  # child-months below which a share says little
DIMENSIONS: tuple[tuple[Dimension, Promise], ...] = (
    (Dimension.AGE_GROUP, gettext_lazy("By age")),
    (Dimension.SEX, gettext_lazy("By sex")),
    (Dimension.AREA, gettext_lazy("By area")),
    (Dimension.CLINIC, gettext_lazy("By clinic")),
)


@dataclass(frozen=True)
class ShareRow:
    """One row of a table: whose share, as a person reads it."""

    label: str
    share: Share

    @property
    def value(self) -> str:
        """The share in percent, or a dash."""
        return "–" if self.share.value is None else percent(self.share.value)

    @property
    def interval(self) -> str:
        """The 95 % interval in percent."""
        if self.share.low is None or self.share.high is None:
            return ""
        return _("%(low)s to %(high)s") % {"low": percent(self.share.low), "high": percent(self.share.high)}

    @property
    def is_of_few(self) -> bool:
        """Say whether there are too few children for the share to say much."""
        return 0 < self.share.n < FEW


@dataclass(frozen=True)
class Section:
    """One chart with its table; `key` names both in the page."""

    key: str
    title: str
    svg: SafeString
    rows: Sequence[ShareRow]


class PrevalencePage(PrivatePage):
    """Totals for everybody with a programme or a clinic; no child is named."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the shares that the address asks for."""
        refresh_if_little()
        form = ScopeForm(request.GET, user=request.user)
        context = {
            "form": form,
            "programmes": list(programmes_of(request.user)),
            "query": request.GET.urlencode(),
            **(_answer(request, form) if form.is_valid() else {}),
        }
        return render(request, "analytics/programme/prevalence.html", context, status=200 if form.is_valid() else 422)


def _answer(request: HttpRequest, form: ScopeForm) -> dict[str, object]:
    scope, indicator = form.scope(), INDICATOR_OF[form.cleaned_data["indicator"]]
    cells = cells_for(request.user, scope)
    whole = overall(cells)
    months = months_between(scope.first_month, scope.last_month)
    by_month = {totals.key: totals for totals in split(cells, by=Dimension.MONTH)}
    sections = [_by_month(indicator, months, by_month)]
    for dimension, title in DIMENSIONS:
        rows = [ShareRow(totals.label, totals.share(indicator)) for totals in split(cells, by=dimension)]
        if len(rows) > 1:
            points = [SharePoint(row.label, row.share) for row in rows]
            sections.append(
                Section(dimension.value, str(title), rows_svg(points, title=_title(indicator, title)), rows)
            )
    visits = [by_month[str(month)].counts["visits"] if str(month) in by_month else 0 for month in months]
    labels = [formats.date_format(month, "M Y") for month in months]
    return {
        "indicator": indicator,
        "whole": whole,
        "overview": [(each, ShareRow(str(each.word), whole.share(each))) for each in INDICATORS],
        "sections": sections,
        "visits_svg": bars_svg(labels, visits, title=_("Screenings by month")),
        "visits": list(zip(labels, visits, strict=True)),
        "few": FEW,
    }


def _by_month(indicator: Indicator, months: Sequence[date], by_month: dict[str, Totals]) -> Section:
    nothing = Share(count=0, n=0, value=None, low=None, high=None)
    rows = [
        ShareRow(
            formats.date_format(month, "M Y"),
            by_month[str(month)].share(indicator) if str(month) in by_month else nothing,
        )
        for month in months
    ]
    title = _title(indicator, _("By month"))
    svg = series_svg([SharePoint(row.label, row.share) for row in rows], title=title)
    return Section(Dimension.MONTH.value, _("By month"), svg, rows)


def _title(indicator: Indicator, how: str | Promise) -> str:
    return f"{indicator.word}: {str(how).lower()}"

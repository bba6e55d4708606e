"""How many scans come to an accepted estimate, why others don't, and how each worker fares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.access import supervised_clinics_of
from accounts.models import User
from accounts.views import PrivatePage
from analytics.exports.totals import csv_of_totals
from analytics.figures.funnel_svg import Step, funnel_svg
from analytics.figures.share_svg import SharePoint, series_svg
from analytics.pages.model_scope import SessionScopeForm
from analytics.pages.model_words import FEW, FigureRow, share_row
from children.dates import months_between
from children.growth.survey import share_of
from predictions.accuracy.yields import CANCELLED, NOT_SENT, Funnel, Tally, funnel_of, reasons_of, tallies
from scans.advice import reason_words

MOST_REASONS = 3  # of one worker: what to practise first
CSV_HEADER = ("month", "started", "running", "uploaded", "passed_quality", "estimated", "accepted")


@dataclass(frozen=True)
class WorkerRow:
    """One worker: the whole time, and the trend by month."""

    name: str
    sessions: int
    whole: FigureRow
    reasons: list[tuple[str, int]]
    svg: SafeString
    months: list[FigureRow]


class ModelYieldPage(PrivatePage):
    """Totals for everybody with a programme or a clinic; workers by name for their supervisors and for themselves."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the funnel that the address asks for."""
        form = SessionScopeForm(request.GET, user=request.user)
        context: dict[str, Any] = {"form": form, "query": request.GET.urlencode(), "few": FEW}
        if form.is_valid():
            context |= _answer(form, request.user)
        return render(request, "analytics/model_yield.html", context, status=200 if form.is_valid() else 422)


class ModelYieldFile(PrivatePage):
    """The steps by month as CSV."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Send the file; what the page refuses is refused here."""
        form = SessionScopeForm(request.GET, user=request.user)
        if not form.is_valid():
            return render(request, "analytics/model_yield.html", {"form": form}, status=422)
        rows = _csv_rows(tallies(form.yield_scope()))
        return csv_of_totals(
            user=request.user, table="model_yield", header=CSV_HEADER, rows=rows, clinic=form.cleaned_data["clinic"]
        )


def _answer(form: SessionScopeForm, user: User) -> dict[str, object]:
    counted = tallies(form.yield_scope())
    funnel = funnel_of(counted)
    months = months_between(*form.days)
    by_month = _by_month(counted, months)
    points = [SharePoint(_month(month), found.share) for month, found in by_month.items()]
    return {
        "funnel": funnel,
        "steps": _steps(funnel),
        "svg": funnel_svg([Step(row.label, row.n) for row in _steps(funnel)], title=_("From started to accepted")),
        "whole": share_row(_("Yield"), funnel.share),
        "reasons": _reasons(counted, funnel),
        "trend_svg": series_svg(points, title=_("Yield by month")),
        "trend": [share_row(_month(month), found.share) for month, found in by_month.items()],
        "workers": _workers(form, user, counted),
    }


def _steps(funnel: Funnel) -> list[FigureRow]:
    """Return each step with the sessions that reached it and their share of those of the step before."""
    steps = [
        (_("Started"), _("A worker opened a scan of a child."), funnel.started),
        (_("Uploaded"), _("The films arrived, and processing has ended."), funnel.uploaded),
        (_("Passed quality"), _("Every check of file, picture, body and scale was passed."), funnel.passed_quality),
        (_("Estimated"), _("The model gave a length or height."), funnel.estimated),
        (
            _("Accepted"),
            _("Its value stands: nobody corrected it, declared it void or marked the scan as bad."),
            funnel.accepted,
        ),
    ]
    before = funnel.started
    rows = []
    for label, help_text, count in steps:
        row = share_row(label, share_of(count, before), help=help_text)
        rows.append(FigureRow(label, help_text, row.value, row.interval, count))
        before = count
    return rows


def _reasons(counted: Sequence[Tally], funnel: Funnel) -> list[FigureRow]:
    """Return why sessions ended without an estimate, as shares of those that have ended."""
    ended = funnel.started - funnel.running
    given_up = {
        NOT_SENT: _("The films never arrived."),
        CANCELLED: _("Cancelled, or the consent was withdrawn."),
    }
    rows = [(reason_words(reason), n) for reason, n in reasons_of(counted)]
    for fate, words in given_up.items():
        n = sum(tally.sessions for tally in counted if tally.fate == fate)
        rows += [(words, n)] if n else []
    found = [(words, n, share_row(words, share_of(n, ended))) for words, n in sorted(rows, key=lambda row: -row[1])]
    return [FigureRow(words, "", row.value, row.interval, n) for words, n, row in found]


def _by_month(counted: Sequence[Tally], months: Sequence[date]) -> dict[date, Funnel]:
    parts: dict[date, list[Tally]] = defaultdict(list)
    for tally in counted:
        parts[tally.month].append(tally)
    return {month: funnel_of(parts[month]) for month in months}


def _workers(form: SessionScopeForm, user: User, counted: Sequence[Tally]) -> list[WorkerRow]:
    """Return workers by name, most sessions first: those of clinics that `user` supervises, and `user`."""
    scope = form.yield_scope()
    supervised = scope.clinics.filter(pk__in=supervised_clinics_of(user).values("pk"))
    seen = tallies(replace(scope, clinics=supervised)) if supervised.exists() else []
    if not any(tally.worker_id == user.pk for tally in seen):
        seen += [tally for tally in counted if tally.worker_id == user.pk]
    months = months_between(*form.days)
    parts: dict[str, list[Tally]] = defaultdict(list)
    for tally in seen:
        parts[tally.worker].append(tally)
    rows = [_worker(name, part, months) for name, part in parts.items()]
    return sorted(rows, key=lambda row: (-row.sessions, row.name))


def _worker(name: str, counted: Sequence[Tally], months: Sequence[date]) -> WorkerRow:
    funnel, by_month = funnel_of(counted), _by_month(counted, months)
    points = [SharePoint(_month(month), found.share) for month, found in by_month.items()]
    return WorkerRow(
        name=name,
        sessions=funnel.started,
        whole=share_row(name, funnel.share),
        reasons=[(reason_words(reason), n) for reason, n in reasons_of(counted)[:MOST_REASONS]],
        svg=series_svg(points, title=_("Yield of %(worker)s by month") % {"worker": name}),
        months=[share_row(_month(month), found.share) for month, found in by_month.items() if found.started],
    )


def _month(month: date) -> str:
    return formats.date_format(month, "YEAR_MONTH_FORMAT")


def _csv_rows(counted: Sequence[Tally]) -> Iterator[list[object]]:
    for month in sorted({tally.month for tally in counted}):
        found = funnel_of(tally for tally in counted if tally.month == month)
        yield [
            f"{month:%Y-%m}",
            found.started,
            found.running,
            found.uploaded,
            found.passed_quality,
            found.estimated,
            found.accepted,
        ]

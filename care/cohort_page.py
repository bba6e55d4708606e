"""How treatments ended, by month, for everybody who may see totals; no name, no child."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import clinics_counted_for
from accounts.views import PrivatePage
from care.cohort import COUNTED_EXITS, CohortRow, Share, cohort_rows
from care.forms import FilterForm
from care.models import TreatmentEpisode

MONTHS = {"6": _("6 months"), "12": _("12 months"), "24": _("24 months")}
DEFAULT_MONTHS = "12"


class CohortFilterForm(FilterForm):
    """Which cohort: children treated for SAM, by the month of their exit, over a year, unless chosen otherwise."""

    kind = forms.ChoiceField(label=_("Treated for"), choices=TreatmentEpisode.Kind.choices, required=False)
    by = forms.ChoiceField(
        label=_("Month of"), choices=[("exit", _("Exit")), ("admission", _("Admission"))], required=False
    )
    months = forms.ChoiceField(label=_("Over"), choices=list(MONTHS.items()), required=False)

    def chosen(self) -> dict[str, str]:
        """Return the valid choices, or what stands for none."""
        given = super().chosen()
        return {
            **given,
            "kind": given["kind"] or TreatmentEpisode.Kind.SAM,
            "by": given["by"] or "exit",
            "months": given["months"] or DEFAULT_MONTHS,
        }


class CohortPage(PrivatePage):
    """The cohort table, as a page or, with `format=csv`, as a file."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Count and show it."""
        clinics = clinics_counted_for(request.user)
        form = CohortFilterForm(request.GET, clinics=clinics)
        chosen = form.chosen()
        first, last = months_back(int(chosen["months"]), today=timezone.localdate())
        if clinic := chosen.get("clinic"):
            clinics = clinics.filter(pk=clinic)
        rows, total = cohort_rows(clinics, kind=chosen["kind"], by=chosen["by"], first=first, last=last)
        if request.GET.get("format") == "csv":
            return cohort_csv(rows, total, name=f"cohort-{chosen['kind']}-{chosen['by']}-{last:%Y-%m}.csv")
        context: dict[str, Any] = {
            "form": CohortFilterForm(chosen, clinics=clinics_counted_for(request.user)),
            "query": form.query(),
            "rows": rows,
            "total": total,
            "first": first,
            "last": last,
            "death_line": "10" if chosen["kind"] == TreatmentEpisode.Kind.SAM else "3",
            "by": chosen["by"],
        }
        return render(request, "care/cohort.html", context)


def months_back(months: int, *, today: date) -> tuple[date, date]:
    """Return the first day of the earliest month and the last day of this one, `months` in all."""
    index = today.year * 12 + today.month - 1 - (months - 1)
    end = (today.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return date(index // 12, index % 12 + 1, 1), end


def cohort_csv(rows: list[CohortRow], total: CohortRow, *, name: str) -> HttpResponse:
    """Return the table as CSV, in no language: shares 0-1 with 95 % intervals, empty where nothing was counted."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(answer)
    shares = ("recovered", "died", "defaulted")
    writer.writerow(
        [
            "month",
            *(f"n_{exit_as.value}" for exit_as in COUNTED_EXITS),
            "n",
            "n_transferred",
            "n_in_treatment",
            *(f"{share}_{part}" for share in shares for part in ("share", "low", "high", "line")),
        ]
    )
    for row in (*rows, total):
        month = f"{row.month:%Y-%m}" if row.month else "all"
        counts = [*row.counts.values(), row.n, row.transferred, row.in_treatment]
        writer.writerow([month, *counts, *(cell for share in shares for cell in _cells(getattr(row, share)))])
    return answer


def _cells(share: Share | None) -> list[str]:
    if share is None:
        return [""] * 4
    return [f"{share.value:.4f}", f"{share.low:.4f}", f"{share.high:.4f}", f"{share.line:g}"]

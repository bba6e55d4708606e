"""The plan's key figures on one page: what each is, what it counts, and what it hides."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import clinics_counted_for, programmes_of
from accounts.views import PrivatePage
from analytics.aggregates.refresh import refresh_if_little
from analytics.exports.totals import csv_of_totals
from analytics.pages.kpi_cards import all_kpis
from analytics.pages.kpi_words import Kpi
from children.numbers import with_marks

CSV_HEADER = ("key", "value", "target", "met", "numerator", "denominator", "since", "until")
#: What errors of height do: SD in cm, r, sensitivity, specificity and PPV of stunting in percent.
#: Source: simulation of 59,997 children of 6-59 months with WHO's tables, HAZ of mean -1.3 and SD 1.1, no bias.
ERRORS_AND_CLASSES = (
    ("0.4", "0.999", 95, 98, 94),
    ("1.0", "0.996", 89, 95, 86),
    ("1.4", "0.993", 85, 92, 80),
    ("2.0", "0.986", 80, 89, 73),
    ("3.0", "0.968", 74, 84, 62),
    ("4.0", "0.945", 70, 79, 55),
    ("6.0", "0.888", 64, 73, 46),
)


class KpiPage(PrivatePage):
    """For everybody with a programme or a clinic; no child is named."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the figures of what the person may see."""
        refresh_if_little()
        context = {
            "kpis": all_kpis(clinics_counted_for(request.user), now=timezone.now()),
            "programmes": list(programmes_of(request.user)),
            "errors_and_classes": [tuple(with_marks(str(cell)) for cell in row) for row in ERRORS_AND_CLASSES],
        }
        return render(request, "analytics/kpis.html", context)


class KpiFile(PrivatePage):
    """The same figures as CSV."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Send the file."""
        refresh_if_little()
        rows = _csv_rows(all_kpis(clinics_counted_for(request.user), now=timezone.now()))
        return csv_of_totals(user=request.user, table="kpis", header=CSV_HEADER, rows=rows)


def _csv_rows(kpis: list[Kpi]) -> Iterator[list[object]]:
    for kpi in kpis:
        number = None if kpi.number is None else round(kpi.number, 6)
        yield [kpi.key, number, kpi.goal, kpi.met, kpi.count, kpi.of, kpi.since, kpi.until]

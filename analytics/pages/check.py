"""Check us against WHO: our z-scores beside those of WHO's own software, and every step of a sum.

Read-only, for everybody who has signed in, and about no child of the record. All numbers come from `children.growth`.
"""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.gzip import gzip_page

from accounts.views import SignedInPage
from analytics.pages.check_child import CheckChildForm, sums_of
from analytics.pages.check_rows import CHOSEN, LETTERS, Place, groups, places_of, reference_row
from analytics.pages.check_words import ages_words, case_words, output_words, standard_words
from children.growth import ENGINE_VERSION, Index, Standard
from children.growth.parity.comparison import Comparison, Parity, parity
from children.growth.parity.report import parity_report, table_check_sums
from children.growth.parity.who_answers import COLUMN_NAMES, FILES, MADE_WITH, who_answers
from children.growth.plausibility import FLAG_LIMITS
from children.growth.steps.explain import explain, explain_row
from children.growth.steps.numbers import number

ROWS_PER_PAGE = 10
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class CheckPage(SignedInPage):
    """The result of comparing every row, the rules, the check sums."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it; the comparison is worked out once per process."""
        results = [parity(standard) for standard in Standard]
        context = {
            "engine_version": ENGINE_VERSION,
            "rows": sum(result.rows for result in results),
            "equal_rows": sum(result.equal_rows for result in results),
            "values": sum(result.values for result in results),
            "differences": sum(result.differences for result in results),
            "results": [_result(result) for result in results],
            "flag_limits": [
                (output_words(index), number(low), number(high)) for index, (low, high) in FLAG_LIMITS.items()
            ],
        }
        return render(request, "analytics/check.html", context)


class CheckReport(SignedInPage):
    """The parity report of one standard as a file."""

    @method_decorator(gzip_page)
    def get(self, request: HttpRequest, standard: str) -> HttpResponse:
        """Send it."""
        made_on = timezone.localdate()
        report = parity_report(_standard_or_404(standard), made_on=made_on)
        name = f"check-against-who-{standard.lower()}-{ENGINE_VERSION}-{made_on.isoformat()}.csv"
        answer = HttpResponse(report, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


class CheckRows(SignedInPage):
    """Rows of WHO's answers beside ours, computed for this page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show one page of the chosen group."""
        key = request.GET.get("rows", CHOSEN)
        places = places_of(key)
        if places is None:
            raise Http404
        page = Paginator(places, ROWS_PER_PAGE).get_page(request.GET.get("page"))
        context = {
            "groups": groups(),
            "key": key,
            "page": page,
            "query": f"rows={key}&",
            "rows": [reference_row(place) for place in page],
            "letters": [(letters, output_words(index)) for index, letters in LETTERS.items()],
        }
        return render(request, "analytics/check_rows.html", context)


class CheckRow(SignedInPage):
    """One row of WHO's answers with every step of ours."""

    def get(self, request: HttpRequest, standard: str, row_id: str) -> HttpResponse:
        """Show it."""
        asked = _standard_or_404(standard)
        place = who_answers(asked).row_of(row_id)
        if place is None:
            raise Http404
        row = reference_row(Place(asked, place))
        steps = explain_row(who_answers(asked).columns[place : place + 1], asked)
        context = {
            "row": row,
            "made_with": MADE_WITH[asked],
            "cells": [(cell, output_words(cell.output)) for cell in row.cells],
            "sums": sums_of(steps),
        }
        return render(request, "analytics/check_row.html", context)


class CheckChild(SignedInPage):
    """One typed child. The form is posted: no date of birth enters an address, and that of the answer can be shared."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the empty form, or the answer to what the address holds."""
        if not request.GET.keys() & CheckChildForm.base_fields.keys():
            return self._page(request, CheckChildForm())
        form = CheckChildForm(request.GET)
        if form.is_valid() and form.cleaned_data["born_on"]:
            return self._shareable(form)
        return self._page(request, form)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Go to the shareable address of the answer, or show what is wrong."""
        form = CheckChildForm(request.POST)
        return self._shareable(form) if form.is_valid() else self._page(request, form, status=422)

    def _shareable(self, form: CheckChildForm) -> HttpResponse:
        return HttpResponseRedirect(reverse("check_child", query=form.shareable_query()) + "#answer")

    def _page(self, request: HttpRequest, form: CheckChildForm, *, status: int = 200) -> HttpResponse:
        sums = sums_of(explain(form.growth_input)) if form.is_bound and form.is_valid() else []
        context = {"form": form, "sums": sums, "engine_version": ENGINE_VERSION}
        return render(request, "analytics/check_child.html", context, status=status)


def _standard_or_404(name: str) -> Standard:
    if name not in list(Standard):
        raise Http404
    return Standard(name)


def _result(result: Parity) -> dict[str, Any]:
    """Return the result of one standard in words."""
    standard = result.standard
    return {
        "standard": standard.value,
        "name": standard_words(standard),
        "ages": ages_words(standard),
        "made_with": MADE_WITH[standard],
        "file": FILES[standard],
        "file_sha256": who_answers(standard).sha256,
        "rows": result.rows,
        "equal_rows": result.equal_rows,
        "outputs": [_comparison(part) for part in result.outputs],
        "cases": _cases(result),
        "check_sums": table_check_sums(standard),
    }


def _comparison(part: Comparison) -> dict[str, Any]:
    name, _flag_name = COLUMN_NAMES[part.standard][part.output]
    return {
        "name": output_words(part.output),
        "column": name,
        "rows": part.rows,
        "answered": part.answered,
        "equal": part.equal,
        "is_equal": part.equal == part.rows,
        "values": part.value_differences,
        "flags": part.flag_differences if isinstance(part.output, Index) else None,
        "missing": part.missing_differences,
        "largest": _largest(part.largest_distance),
    }


def _cases(result: Parity) -> list[dict[str, Any]]:
    """Return each group of rows with its differences over all columns."""
    found = []
    for case in who_answers(result.standard).cases:
        parts = [part for part in result.cases if part.case == case]
        found.append(
            {
                "name": case_words(case),
                "key": f"{result.standard.value}:{case}",
                "rows": parts[0].rows,
                "values": sum(part.answered for part in parts),
                "differences": sum(part.rows - part.equal for part in parts),
                "largest": _largest(max(part.largest_distance for part in parts)),
            }
        )
    return found


def _largest(distance: float) -> str:
    """Return the largest difference before rounding in powers of ten: it is the noise of the arithmetic."""
    if distance == 0:
        return "0"
    digits, _e, exponent = f"{distance:.0e}".partition("e")
    return f"{digits} × 10{str(int(exponent)).translate(SUPERSCRIPTS)}"

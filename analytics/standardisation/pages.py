"""Pages of standardisation tests: the list, one test with its results, the grid of one person, the certificate."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.invitations import may_invite
from accounts.models import User
from accounts.standardisation import (
    add_measurer,
    certificates_seen_by,
    save_readings,
    standardisations_held_by,
    start_test,
)
from accounts.standardisation_models import StandardisationSheet, StandardisationTest
from accounts.views import ActionView, PrivatePage
from analytics.standardisation.forms import KINDS, MeasurerForm, ReadingsForm, StandardisationForm
from analytics.standardisation.results import SheetResult, close_with_certificates, results_of
from cgm_portal.errors import DomainError
from children.growth.survey.standardisation import Grade, Quantity, Result

SHOWN = 50
DECIMALS = {Quantity.WEIGHT: 3, Quantity.LENGTH_HEIGHT: 2, Quantity.MUAC: 1}
GRADES: dict[Grade, tuple[str, Promise]] = {
    Grade.GOOD: ("none", gettext_lazy("good")),
    Grade.ACCEPTABLE: ("none", gettext_lazy("acceptable")),
    Grade.POOR: ("moderate", gettext_lazy("poor")),
    Grade.REJECT: ("critical", gettext_lazy("to repeat")),
}


class StaffPage(PrivatePage):
    """A page for those who look after a clinic's staff."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse the others."""
        if request.user.is_authenticated and not may_invite(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class StandardisationList(StaffPage):
    """The tests of my clinics, and the form to begin one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        return self._page(request, StandardisationForm(user=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Begin a test and go to the reference's grid."""
        form = StandardisationForm(request.POST, user=request.user)
        if form.is_valid():
            try:
                test = start_test(held_by=request.user, **form.cleaned_data)
            except DomainError as error:
                form.add_error(error.field, error.message)
            else:
                return redirect("standardisation_test", test.pk)
        return self._page(request, form, status=422)

    def _page(self, request: HttpRequest, form: StandardisationForm, *, status: int = 200) -> HttpResponse:
        tests = (
            standardisations_held_by(request.user)
            .select_related("clinic", "held_by")
            .prefetch_related("sheets__certificate")
        )
        rows = [
            {
                "test": test,
                "people": len(test.sheets.all()),
                "certified": sum(hasattr(sheet, "certificate") for sheet in test.sheets.all()),
            }
            for test in tests[:SHOWN]
        ]
        context = {"form": form, "rows": rows}
        return render(request, "analytics/standardisation/tests.html", context, status=status)


class StandardisationPage(StaffPage):
    """One test: who took part, how each of them did, and whom to add."""

    def get(self, request: HttpRequest, test_id: UUID) -> HttpResponse:
        """Show the results."""
        return self._page(request, _test(request.user, test_id))

    def post(self, request: HttpRequest, test_id: UUID) -> HttpResponse:
        """Add a measurer and go to their grid."""
        test = _test(request.user, test_id)
        form = MeasurerForm(request.POST, user=request.user, test=test)
        if form.is_valid():
            try:
                sheet = add_measurer(test=test, measurer=form.cleaned_data["measurer"], added_by=request.user)
            except DomainError as error:
                form.add_error(error.field, error.message)
            else:
                return redirect("standardisation_sheet", sheet.pk)
        return self._page(request, test, form=form, status=422)

    def _page(
        self,
        request: HttpRequest,
        test: StandardisationTest,
        *,
        form: MeasurerForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        results = results_of(test)
        context = {
            "test": test,
            "rows": [_person_row(result) for result in results],
            "form": form or MeasurerForm(user=request.user, test=test),
            "kinds": [kind.heading for kind in KINDS if results and kind.quantity in results[0].results],
        }
        return render(request, "analytics/standardisation/test.html", context, status=status)


class SheetPage(StaffPage):
    """The grid of one person's readings."""

    def get(self, request: HttpRequest, sheet_id: UUID) -> HttpResponse:
        """Show it, to fill in or, once the test is closed, to read."""
        sheet = _sheet(request.user, sheet_id)
        return self._page(request, sheet, ReadingsForm(sheet=sheet))

    def post(self, request: HttpRequest, sheet_id: UUID) -> HttpResponse:
        """Keep what was read."""
        sheet = _sheet(request.user, sheet_id)
        form = ReadingsForm(request.POST, sheet=sheet)
        if not form.is_valid():
            return self._page(request, sheet, form, status=422)
        try:
            save_readings(sheet=sheet, readings=form.readings(), saved_by=request.user)
        except DomainError as error:
            form.add_error(None, error.message)
            return self._page(request, sheet, form, status=422)
        messages.success(request, _("The readings are kept."))
        return redirect("standardisation_test", sheet.test_id)

    def _page(
        self, request: HttpRequest, sheet: StandardisationSheet, form: ReadingsForm, *, status: int = 200
    ) -> HttpResponse:
        context = {"sheet": sheet, "form": form, "name": _name(sheet.measurer)}
        return render(request, "analytics/standardisation/sheet.html", context, status=status)


class CloseTest(ActionView):
    """Close a test; who passed gets a certificate."""

    def act(self, *, test_id: UUID) -> str:
        """Close it."""
        certificates = close_with_certificates(test=_test(self.request.user, test_id), closed_by=self.request.user)
        n = len(certificates)
        return ngettext(
            "The test is closed; %(n)d person has a certificate.",
            "The test is closed; %(n)d people have a certificate.",
            n,
        ) % {"n": n}

    def url_after(self) -> str:
        """Back to the test."""
        return reverse("standardisation_test", args=[self.kwargs["test_id"]])


class CertificatePage(PrivatePage):
    """One certificate, to print: for whoever has it, and those who look after the staff."""

    def get(self, request: HttpRequest, certificate_id: UUID) -> HttpResponse:
        """Show it with the figures that it rests on."""
        certificates = certificates_seen_by(request.user).select_related(
            "user", "issued_by", "sheet__test__clinic__programme"
        )
        certificate = get_object_or_404(certificates, pk=certificate_id)
        result = next(each for each in results_of(certificate.sheet.test) if each.sheet.pk == certificate.sheet_id)
        today = certificate.sheet.test.clinic.programme.day_of(timezone.now())
        context = {
            "certificate": certificate,
            "test": certificate.sheet.test,
            "name": _name(certificate.user),
            "issued_by": _name(certificate.issued_by),
            "is_valid": certificate.issued_on <= today <= certificate.valid_until,
            "figures": [
                {"heading": kind.heading, **_figures(result.results[kind.quantity])}
                for kind in KINDS
                if result.results.get(kind.quantity) is not None
            ],
        }
        return render(request, "analytics/standardisation/certificate.html", context)


def _test(user: User, test_id: UUID) -> StandardisationTest:
    return get_object_or_404(standardisations_held_by(user).select_related("clinic", "held_by"), pk=test_id)


def _sheet(user: User, sheet_id: UUID) -> StandardisationSheet:
    sheets = StandardisationSheet.objects.filter(test__in=standardisations_held_by(user))
    return get_object_or_404(sheets.select_related("measurer", "test__clinic"), pk=sheet_id)


def _name(user: User) -> str:
    return user.get_full_name() or user.get_username()


def _person_row(result: SheetResult) -> dict[str, Any]:
    """Return one person as the page shows them."""
    verdicts = {
        None: ("unknown", _("not complete")),
        True: ("none", _("passed")),
        False: ("high", _("not passed")),
    }
    level, word = verdicts[result.passes]
    return {
        "sheet": result.sheet,
        "name": _name(result.sheet.measurer),
        "read": result.read,
        "wanted": result.wanted,
        "figures": [
            {"heading": kind.heading, **_figures(result.results[kind.quantity])}
            for kind in KINDS
            if kind.quantity in result.results
        ],
        "level": level,
        "word": word,
        "certificate": getattr(result.sheet, "certificate", None),
    }


def _figures(result: Result | None) -> dict[str, Any]:
    """Return one quantity of one person as the page shows it; empty while readings are missing."""
    if result is None:
        return {}
    bias_level, bias_word = GRADES[result.bias_grade] if result.bias_grade else ("", "")
    tem_level, tem_word = GRADES[result.tem_grade]
    return {
        "decimals": DECIMALS[result.quantity],
        "tem": result.tem,
        "tem_level": tem_level,
        "tem_word": tem_word,
        "bias": result.bias,
        "bias_level": bias_level,
        "bias_word": bias_word,
        "largest": result.largest_difference,
        "largest_child": result.largest_child + 1,
    }

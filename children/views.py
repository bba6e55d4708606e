"""Pages that change the health record: register, measure, correct, void, consents; and the list of children.

The child's own page shows several apps and is in `analytics.pages.child`; forms here redirect to it by name.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import clinics_of, may_supervise
from accounts.views import ActionView, PrivatePage
from cgm_portal.errors import DomainError
from children.consents import give_consent, withdraw_consent
from children.forms import ReasonForm, RegisterForm
from children.measurement_forms import CorrectionForm, MeasurementForm, initial_of
from children.models import Child, Consent, Measurement
from children.registration import find_likely_duplicates, register_child
from children.search_words import typed_code
from children.selectors import after_cursor, cursor_after, last_values, search_children, similar_children
from children.services import correct_measurement, record_measurement, void_measurement

PAGE_SIZE = 25
MAX_PAGE_SIZE = 100
MEASURE = "measure"  # what a registration may go on with


class ChildListView(PrivatePage):
    """The children of my clinics, newest first; every word of the search must be in name, code, guardian or phone.

    Where none has them all, those with nearly the same names are offered instead, the nearest first.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of them; the rows alone for a live search."""
        words = request.GET.get("q", "").replace("\x00", "").strip()
        mine = Child.objects.visible_to(request.user).select_related("clinic")
        found = search_children(mine, words)
        limit = page_size(request.GET.get("limit", ""))
        rows = list(after_cursor(found, request.GET.get("cursor", ""))[: limit + 1])
        is_first_page = not request.GET.get("cursor")
        similar = similar_children(mine, words, limit=PAGE_SIZE) if words and is_first_page and not rows else []
        context = {
            "q": words,
            "limit": limit,
            "children": rows[:limit] or similar,
            "are_similar": bool(similar),
            "next_cursor": cursor_after(rows[limit - 1]) if len(rows) > limit else "",
            "is_first_page": is_first_page,
            "may_register": clinics_of(request.user).exists(),
        }
        only_rows = request.htmx and not request.htmx.history_restore_request
        return render(request, "children/_rows.html" if only_rows else "children/list.html", context)


class ByCodeView(PrivatePage):
    """The short address on a child's card: leads those who may see the child to its page, 404 for the others."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """Go to the child's page; the code may come without its hyphen or in small letters."""
        child = get_object_or_404(Child.objects.visible_to(request.user), code=typed_code(code))
        return redirect("child", child.pk)


class RegisterView(PrivatePage):
    """Register a child on one screen; a likely duplicate is a question first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form; 404 for people without a clinic."""
        self._require_clinic(request)
        form = RegisterForm(user=request.user, initial={"name": request.GET.get("name", "")})
        return render(request, "children/register.html", {"form": form})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Store once, however often the form is sent."""
        self._require_clinic(request)
        form = RegisterForm(request.POST, user=request.user)
        context: dict[str, Any] = {"form": form, "then": request.POST.get("then")}
        if form.is_valid():
            registration = form.registration()
            child_id = form.cleaned_data["child_id"]
            try:
                if "register_anyway" not in request.POST and not Child.objects.filter(pk=child_id).exists():
                    context["duplicates"] = find_likely_duplicates(user=request.user, details=registration.child)
                if not context.get("duplicates"):
                    child = register_child(
                        clinic=form.cleaned_data["clinic"],
                        registration=registration,
                        registered_by=request.user,
                        child_id=child_id,
                    )
                    messages.success(request, _("%(code)s is registered.") % {"code": child.code})
                    return redirect("children:measure" if request.POST.get("then") == MEASURE else "child", child.pk)
            except DomainError as error:
                form.refuse(error)
        return render(request, "children/register.html", context, status=422)

    def _require_clinic(self, request: HttpRequest) -> None:
        if not clinics_of(request.user).exists():
            raise Http404


class MeasureView(PrivatePage):
    """Record a visit measured by hand."""

    template = "children/measure.html"

    def get(self, request: HttpRequest, child_id: UUID) -> HttpResponse:
        """The form, with the last values beside the fields."""
        child = self._child(request, child_id)
        return self._page(request, child, MeasurementForm(child=child, measured_by=_name_of(request)))

    def post(self, request: HttpRequest, child_id: UUID) -> HttpResponse:
        """Store, or give the form back with a refusal or a question; nothing of it is lost."""
        child = self._child(request, child_id)
        form = MeasurementForm(request.POST, child=child)
        if form.is_valid():
            try:
                record_measurement(
                    child=child,
                    values=form.values(),
                    measured_on=form.cleaned_data["measured_on"],
                    recorded_by=request.user,
                    measurement_id=form.cleaned_data["measurement_id"],
                    confirmed_fields=form.confirmed_fields,
                )
            except DomainError as error:
                form.refuse(error)
            else:
                messages.success(request, _("The measurement is stored."))
                return redirect("child", child.pk)
        return self._page(request, child, form, status=422)

    def _child(self, request: HttpRequest, child_id: UUID) -> Child:
        return get_object_or_404(Child.objects.visible_to(request.user).select_related("clinic"), pk=child_id)

    def _page(
        self, request: HttpRequest, child: Child, form: MeasurementForm, *, status: int = 200, **context: Any
    ) -> HttpResponse:
        last = last_values(child, except_for=context.get("measurement"))
        context = {"child": child, "form": form, "number_rows": form.number_rows(last), **context}
        return render(request, self.template, context, status=status)


class CorrectView(MeasureView):
    """Put a right measurement in the place of a wrong one (supervisors)."""

    template = "children/correct.html"

    def get(self, request: HttpRequest, measurement_id: UUID) -> HttpResponse:
        """The form, filled with the stored values."""
        measurement = supervised_measurement(request, measurement_id)
        form = CorrectionForm(child=measurement.child, initial=initial_of(measurement))
        return self._page(request, measurement.child, form, measurement=measurement)

    def post(self, request: HttpRequest, measurement_id: UUID) -> HttpResponse:
        """Correct it."""
        measurement = supervised_measurement(request, measurement_id)
        form = CorrectionForm(request.POST, child=measurement.child)
        if form.is_valid():
            try:
                correct_measurement(
                    measurement=measurement,
                    values=form.values(),
                    measured_on=form.cleaned_data["measured_on"],
                    corrected_by=request.user,
                    reason=form.cleaned_data["reason"],
                    confirmed_fields=form.confirmed_fields,
                )
            except DomainError as error:
                form.refuse(error)
            else:
                messages.success(request, _("The measurement is corrected; the old values stay listed."))
                return redirect("child", measurement.child_id)
        return self._page(request, measurement.child, form, status=422, measurement=measurement)


class VoidView(PrivatePage):
    """Take a wrong measurement out of charts and counts (supervisors)."""

    def get(self, request: HttpRequest, measurement_id: UUID) -> HttpResponse:
        """Ask for the reason."""
        return self._page(request, supervised_measurement(request, measurement_id), ReasonForm())

    def post(self, request: HttpRequest, measurement_id: UUID) -> HttpResponse:
        """Void it."""
        measurement = supervised_measurement(request, measurement_id)
        form = ReasonForm(request.POST)
        if form.is_valid():
            try:
                void_measurement(measurement=measurement, voided_by=request.user, reason=form.cleaned_data["reason"])
            except DomainError as error:
                form.refuse(error)
            else:
                messages.success(request, _("The measurement is void; it stays listed."))
                return redirect("child", measurement.child_id)
        return self._page(request, measurement, form, status=422)

    def _page(
        self, request: HttpRequest, measurement: Measurement, form: ReasonForm, *, status: int = 200
    ) -> HttpResponse:
        context = {"child": measurement.child, "measurement": measurement, "form": form}
        return render(request, "children/void.html", context, status=status)


class GiveConsentView(ActionView):
    """Record that the guardian agrees to one purpose."""

    def act(self, *, child_id: UUID) -> str:
        """Give it."""
        child = get_object_or_404(Child.objects.visible_to(self.request.user), pk=child_id)
        purpose = self.request.POST.get("purpose", "")
        if purpose not in Consent.Purpose.values:
            raise DomainError("unknown_purpose", _("Choose what the guardian agrees to."))
        give_consent(child=child, purpose=purpose, recorded_by=self.request.user)
        return _("The consent is recorded.")

    def url_after(self) -> str:
        """Back to the child."""
        return reverse("child", args=[self.kwargs["child_id"]])


class WithdrawConsentView(ActionView):
    """Record that the guardian withdraws a consent; what rests on it stops and is erased."""

    def act(self, *, consent_id: UUID) -> str:
        """Withdraw it."""
        mine = Consent.objects.filter(child__in=Child.objects.visible_to(self.request.user))
        consent = get_object_or_404(mine, pk=consent_id)
        reason = self.request.POST.get("reason", "").replace("\x00", "")[:500]
        withdraw_consent(consent=consent, withdrawn_by=self.request.user, reason=reason)
        return _("The consent is withdrawn.")


def page_size(text: str) -> int:
    """Return how many rows a page has: what was asked for, within reason."""
    return min(max(int(text), 1), MAX_PAGE_SIZE) if text.isdecimal() and len(text) < 4 else PAGE_SIZE


def supervised_measurement(request: HttpRequest, measurement_id: UUID) -> Measurement:
    """Return a measurement that the user may correct or void; 404 otherwise."""
    mine = Measurement.objects.visible_to(request.user).select_related("child__clinic")
    measurement = get_object_or_404(mine, pk=measurement_id)
    if not may_supervise(request.user, measurement.child.clinic_id):
        raise Http404
    return measurement


def _name_of(request: HttpRequest) -> str:
    return request.user.get_full_name() or request.user.get_username()

"""The page on which a guardian is added or corrected."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.views import PrivatePage
from cgm_portal.errors import DomainError
from children.forms import DomainErrorForm
from children.guardians import store_guardian
from children.models import Child, Guardian
from children.registration import GuardianDetails


class GuardianForm(DomainErrorForm):
    """Who answers for the child and how to call them."""

    name = forms.CharField(label=gettext_lazy("Guardian's name"), max_length=200)
    relation = forms.CharField(label=gettext_lazy("Relation to the child"), max_length=50, required=False)
    phone = forms.CharField(
        label=gettext_lazy("Phone"), max_length=32, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )


class AddGuardianView(PrivatePage):
    """Add a guardian to a child."""

    def get(self, request: HttpRequest, child_id: UUID) -> HttpResponse:
        """The empty form."""
        return self._page(request, self._child(request, child_id), GuardianForm())

    def post(self, request: HttpRequest, child_id: UUID) -> HttpResponse:
        """Store it."""
        return self._store(request, self._child(request, child_id), None)

    def _child(self, request: HttpRequest, child_id: UUID) -> Child:
        return get_object_or_404(Child.objects.visible_to(request.user).select_related("clinic"), pk=child_id)

    def _store(self, request: HttpRequest, child: Child, guardian: Guardian | None) -> HttpResponse:
        form = GuardianForm(request.POST)
        if form.is_valid():
            details = GuardianDetails(**form.cleaned_data)
            try:
                store_guardian(child=child, details=details, stored_by=request.user, guardian=guardian)
            except DomainError as error:
                form.refuse(error)
            else:
                messages.success(request, _("The guardian is stored."))
                return redirect(reverse("child", args=[child.pk], fragment="guardians"))
        return self._page(request, child, form, guardian=guardian, status=422)

    def _page(
        self,
        request: HttpRequest,
        child: Child,
        form: GuardianForm,
        *,
        guardian: Guardian | None = None,
        status: int = 200,
    ) -> HttpResponse:
        context = {"child": child, "guardian": guardian, "form": form}
        return render(request, "children/guardian.html", context, status=status)


class CorrectGuardianView(AddGuardianView):
    """Correct what is known of a guardian."""

    def get(self, request: HttpRequest, guardian_id: UUID) -> HttpResponse:
        """The form, filled with what is stored."""
        guardian = self._guardian(request, guardian_id)
        initial = {name: getattr(guardian, name) for name in GuardianForm.base_fields}
        return self._page(request, guardian.child, GuardianForm(initial=initial), guardian=guardian)

    def post(self, request: HttpRequest, guardian_id: UUID) -> HttpResponse:
        """Store it in the place of the old words."""
        guardian = self._guardian(request, guardian_id)
        return self._store(request, guardian.child, guardian)

    def _guardian(self, request: HttpRequest, guardian_id: UUID) -> Guardian:
        mine = Guardian.objects.filter(child__in=Child.objects.visible_to(request.user)).select_related("child__clinic")
        return get_object_or_404(mine, pk=guardian_id)

"""Pages of invitations: to send one, to take back one, and to accept one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.mixins import AccessMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache

from accounts.forms import MAX_CODE_LENGTH, CodeForm, InvitationForm
from accounts.invitations import (
    accept_invitation,
    invitation_of_code,
    invitations_seen_by,
    invite,
    may_invite,
    revoke_invitation,
)
from accounts.middleware import SESSION_KEY as ZONE_KEY
from accounts.views import ActionView, SignedInPage
from cgm_portal.errors import DomainError

CODE_KEY = "invitation_code"  # of the session: kept over the sign-in


class InvitationsView(SignedInPage):
    """Who is invited to my clinics or programmes; the code of a new invitation is shown in the answer, once."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse those who may invite to nothing."""
        if request.user.is_authenticated and not may_invite(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        return self._page(InvitationForm(user=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send one."""
        form = InvitationForm(request.POST, user=request.user)
        if not form.is_valid():
            return self._page(form, status=422)
        try:
            invitation, code = invite(invited_by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
            return self._page(form, status=422)
        link = f"{request.build_absolute_uri(reverse('accounts:join'))}?code={code}"
        return self._page(InvitationForm(user=request.user), invited=invitation, code=code, link=link)

    def _page(self, form: InvitationForm, *, status: int = 200, **context: Any) -> HttpResponse:
        seen = invitations_seen_by(self.request.user).open().select_related("clinic", "programme", "invited_by")
        context |= {"form": form, "invitations": seen}
        return render(self.request, "accounts/invitations.html", context, status=status)


class RevokeInvitationView(ActionView):
    """Take back an invitation that nobody has accepted."""

    def act(self, *, invitation_id: UUID) -> str:
        """Revoke it."""
        revoke_invitation(get_object_or_404(invitations_seen_by(self.request.user), pk=invitation_id))
        return _("The invitation is taken back.")

    def url_after(self) -> str:
        """Back to the list."""
        return reverse("accounts:invitations")


@method_decorator(never_cache, name="dispatch")
class JoinView(AccessMixin, View):
    """Accept an invitation: what it offers, and a field for a code that was read out."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Put the code of a link into the session and out of the address, and ask for a sign-in first."""
        if "code" in request.GET:
            request.session[CODE_KEY] = request.GET["code"][:MAX_CODE_LENGTH]
            return redirect("accounts:join")
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the offer of the link that was followed, or the empty field."""
        code = request.session.get(CODE_KEY, "")
        return self._page(CodeForm({"code": code}) if code else CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Accept it."""
        form = CodeForm(request.POST)
        if not form.is_valid():
            return self._page(form, status=422)
        try:
            membership = accept_invitation(code=form.cleaned_data["code"], user=request.user)
        except DomainError as error:
            form.add_error("code", error.message)
            return self._page(form, status=422)
        for key in (CODE_KEY, ZONE_KEY):  # the zone is looked up anew, at the new place
            request.session.pop(key, None)
        messages.success(request, _("Welcome to %(place)s.") % {"place": membership.clinic or membership.programme})
        return HttpResponseRedirect(reverse("home"))

    def _page(self, form: CodeForm, *, status: int = 200) -> HttpResponse:
        offer = None
        if form.is_bound and form.is_valid():
            try:
                offer = invitation_of_code(form.cleaned_data["code"])
            except DomainError as error:
                form.add_error("code", error.message)
        return render(self.request, "accounts/join.html", {"form": form, "offer": offer}, status=status)

"""Sign-in, API tokens, and what every page behind the sign-in shares."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache

from accounts.access import belongs_somewhere
from accounts.forms import TokenForm
from accounts.middleware import SESSION_KEY
from accounts.models import ApiToken
from accounts.services import issue_api_token, revoke_api_token
from accounts.social import tenant_sign_out_url
from cgm_portal.errors import DomainError


class SignedInPage(LoginRequiredMixin, View):
    """A page for everybody who has signed in; no browser or proxy keeps a copy of it."""

    @method_decorator(never_cache)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask for a sign-in first."""
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]


class PrivatePage(SignedInPage):
    """A page for people who work somewhere; the others are told that they don't yet.

    What anybody sees is decided by the selectors of `accounts.access`, with every request. The session's time zone
    stands for "has worked somewhere since the sign-in" and saves a query.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask for a sign-in, then for a place to work."""
        user = request.user
        if user.is_authenticated and request.session.get(SESSION_KEY) is None and not belongs_somewhere(user):
            return render(request, "accounts/no_clinic.html", status=403)
        return super().dispatch(request, *args, **kwargs)


class ActionView(SignedInPage):
    """One button: a POST that does one thing and goes back to the page where the button was.

    A refusal by a rule (DomainError) is shown there as a sentence.
    """

    http_method_names = ["post"]

    def act(self, **kwargs: Any) -> str:
        """Do it and return the sentence to show."""
        raise NotImplementedError

    def url_after(self) -> str:
        """Return where to go when the form does not name a page of ours in `next`."""
        return reverse("home")

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Act, then go back."""
        try:
            messages.success(request, self.act(**kwargs))
        except DomainError as error:
            messages.error(request, error.message)
        target = request.POST.get("next", "")
        own = url_has_allowed_host_and_scheme(
            target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        return HttpResponseRedirect(target if own else self.url_after())


class SignInView(LoginView):
    """Sign-in by password, or with the organisation's tenant where one is configured."""

    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True


class SignOutView(LogoutView):
    """Sign-out here, and at the tenant when the person came from there."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End our session, then send the browser to end the tenant's, which sends it back to our sign-in."""
        back_to = request.build_absolute_uri(reverse("accounts:sign_in"))
        at_tenant = tenant_sign_out_url(request, back_to=back_to)
        answer = super().post(request, *args, **kwargs)
        answer = HttpResponseRedirect(at_tenant) if at_tenant else answer
        # Pages of children stay neither in the browser's cache nor in its storage; the language's cookie does.
        answer["Clear-Site-Data"] = '"cache", "storage"'
        return answer


class TokensView(SignedInPage):
    """My API tokens; a new one is shown in the answer to its form, once, and never stored in the clear."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        return self._page(request, TokenForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Issue one."""
        form = TokenForm(request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        token, secret = issue_api_token(user=request.user, name=form.cleaned_data["name"])
        return self._page(request, TokenForm(), issued=token, secret=secret)

    def _page(self, request: HttpRequest, form: TokenForm, *, status: int = 200, **context: Any) -> HttpResponse:
        tokens = ApiToken.objects.filter(user=request.user)
        return render(request, "accounts/tokens.html", {"form": form, "tokens": tokens, **context}, status=status)


class RevokeTokenView(ActionView):
    """Revoke one of my API tokens."""

    def act(self, *, token_id: UUID) -> str:
        """Revoke it."""
        revoke_api_token(get_object_or_404(ApiToken, pk=token_id, user=self.request.user))
        return _("The token is revoked.")

    def url_after(self) -> str:
        """Back to the list."""
        return reverse("accounts:tokens")

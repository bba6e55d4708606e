"""What a person sees when the sign-in with the tenant did not work: one page, one sentence, a way on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from social_core.exceptions import (
    AuthAssociationError,
    AuthCanceled,
    AuthPolicyError,
    AuthProviderError,
    SocialAuthBaseException,
)
from social_django.middleware import SocialAuthExceptionMiddleware


class SignInErrorMiddleware(SocialAuthExceptionMiddleware):
    """Answers social-auth's refusals with our page; the log has code and stage, and the traceback of our own faults."""

    def raise_exception(self, request: HttpRequest, exception: Exception) -> bool:
        """Never show a traceback to the person."""
        return False

    def get_redirect_uri(self, request: HttpRequest, exception: Exception) -> None:
        """Show the page here, with its status, instead of a redirect."""
        return

    def render_error(self, request: HttpRequest, exception: SocialAuthBaseException) -> HttpResponse:
        """Return the page."""
        status = self.get_error_status(request, exception)
        self._log_error(exception, status)
        page = render(request, "accounts/sign_in_failed.html", {"sentence": sentence_for(exception)}, status=status)
        add_never_cache_headers(page)
        return page


def sentence_for(error: SocialAuthBaseException) -> str:
    """Return what happened and what to do."""
    if isinstance(error, AuthCanceled):
        return _("The sign-in was cancelled. Nothing was changed.")
    if isinstance(error, AuthAssociationError):
        return _("Somebody else is signed in to the portal in this browser. Sign out first, then sign in as yourself.")
    if isinstance(error, AuthPolicyError):
        return _("This account may not sign in here: it is switched off, or names nobody. Ask your supervisor.")
    if isinstance(error, AuthProviderError):
        return _("Your organisation's sign-in does not answer. Wait a minute and try again.")
    return _("The sign-in could not be completed. Start again; if it happens twice, tell your administrator.")

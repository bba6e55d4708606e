"""Sign-in page."""

from __future__ import annotations

from django.contrib.auth.views import LoginView


class SignInView(LoginView):
    """Sign-in by password, or by Azure where it is configured."""

    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True

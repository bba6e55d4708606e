"""What the base template needs on every page."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def sign_in(request: HttpRequest) -> dict[str, object]:
    """Return whether sign-in by Azure AD B2C is configured."""
    return {"azure_sign_in_enabled": bool(settings.AZURE_B2C_CLIENT_ID)}

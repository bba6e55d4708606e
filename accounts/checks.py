"""Checks the settings of sign-in at start-up, before somebody meets the mistake."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured

from accounts.role_claims import configured_grants
from accounts.tenants import configured_tenant


def check_sign_in(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Return what is wrong with the roles from a claim, and what a tenant lacks."""
    found: list[CheckMessage] = []
    try:
        meanings = configured_grants()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="accounts.E001")]
    if meanings and not settings.SIGN_IN_ROLE_CLAIM:
        found.append(Warning("SIGN_IN_ROLES is set without SIGN_IN_ROLE_CLAIM: no role is given.", id="accounts.W001"))
    secrets = (settings.SOCIAL_AUTH_AZUREAD_B2C_OAUTH2_SECRET, settings.SOCIAL_AUTH_ENTRA_EXTERNAL_ID_SECRET)
    if configured_tenant() is not None and not any(secrets):
        advice = "Set AZURE_B2C_CLIENT_SECRET or ENTRA_CLIENT_SECRET: browsers can't sign in without."
        found.append(Warning(advice, id="accounts.W002"))
    return found

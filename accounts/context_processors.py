"""What the base template needs on every page."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.tenants import configured_tenant


def sign_in(request: HttpRequest) -> dict[str, object]:
    """Return the tenant that people may sign in with, or None."""
    return {"sign_in_tenant": configured_tenant()}

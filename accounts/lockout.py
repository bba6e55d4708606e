"""When password sign-in is locked: after five wrong passwords for one name, or many over any names, from one address.

Pages and API ask the same counters (django-axes), over 15 minutes. A success takes back the failures of its own name
alone, so that somebody with one account cannot guess others' for ever.
"""

from __future__ import annotations

from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest


class SignInLock(AxesDatabaseHandler):
    """Adds the address to axes' count of name and address; sign-in with the tenant has no password and no lock."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Say whether a password for this name may not even be looked at."""
        if not (credentials or {}).get("username"):
            return False
        return super().is_locked(request, credentials) or self.address_is_locked(request)

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """Count the failure and mark the request when the address has now reached its limit."""
        super().user_login_failed(sender, credentials, request, **kwargs)
        if request is not None and credentials.get("username") and self.address_is_locked(request):
            request.axes_locked_out = True  # type: ignore[attr-defined]
            request.axes_credentials = credentials  # type: ignore[attr-defined]

    def address_is_locked(self, request: HttpRequest) -> bool:
        """Say whether too many passwords were wrong from this address, whatever the names."""
        failures = AccessAttempt.objects.filter(
            ip_address=request.axes_ip_address,  # type: ignore[attr-defined]
            attempt_time__gte=get_cool_off_threshold(request),
        ).aggregate(total=Sum("failures_since_start"))["total"]
        return (failures or 0) >= settings.SIGN_IN_FAILURES_PER_ADDRESS


def name_for_log(username: str, ip_address: str, user_agent: str, path_info: str, request: HttpRequest) -> str:
    """Return how axes calls a client in the log: by its address. What was typed as a name may be a password."""
    return f"address {ip_address}"

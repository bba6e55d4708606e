"""Who connected: the address that lock-outs and limits count by."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request


def client_address(request: HttpRequest | Request) -> str:
    """Return what the outermost of our TRUSTED_PROXY_COUNT proxies saw, or the peer itself.

    What a client writes into X-Forwarded-For stands left of what our proxies add, and is not believed.
    """
    proxies = settings.TRUSTED_PROXY_COUNT
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    told = _without_port(seen[-proxies]) if proxies and len(seen) >= proxies else ""
    return told or str(request.META.get("REMOTE_ADDR", ""))


def _without_port(text: str) -> str:
    """Return the address in `text`, "" when there is none. Azure's gateways add a port to it."""
    for candidate in (text, text.rpartition(":")[0]):
        try:
            return str(ip_address(candidate.strip("[]")))
        except ValueError:
            continue
    return ""

"""Where a webhook may go: https on a public address, or a host that the installation's settings trust.

The address is looked up here and the connection made to exactly what was looked up, so that a name cannot point to
another machine in between.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from cgm_portal.errors import DomainError


@dataclass(frozen=True)
class WebhookTarget:
    """A checked address: `ip` is what the connection is made to, `host` what the certificate must name."""

    scheme: str
    host: str
    port: int
    path: str
    ip: str


def check_webhook_url(url: str) -> tuple[str, str, int, str]:
    """Return (scheme, host, port, path with query) of an address that has the form of a webhook; asks no name server.

    Raises DomainError("webhook_refused").
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused(_("This is not an address. Write it as https://host.example/path.")) from None
    host = (parts.hostname or "").rstrip(".")
    port = port or (443 if parts.scheme == "https" else 80)
    if not host or parts.username or parts.password:
        raise _refused(_("This is not an address. Write it as https://host.example/path."))
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_trusted(host, port)):
        raise _refused(_("A webhook needs an https address."))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, host, port, path


def resolve_webhook(url: str) -> WebhookTarget:
    """Return where to connect. Raises DomainError("webhook_refused"), also for a name that leads to a private host."""
    scheme, host, port, path = check_webhook_url(url)
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise _refused(_("The host of the webhook is not known.")) from None
    addresses = sorted(str(address).partition("%")[0] for address in found)
    if not _is_trusted(host, port) and not all(is_public(address) for address in addresses):
        raise _refused(_("The webhook leads to an address that is not public."))
    return WebhookTarget(scheme=scheme, host=host, port=port, path=path, ip=addresses[0])


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the open internet, also where it wraps an IPv4 address."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in ipaddress.ip_network("64:ff9b::/96"):  # NAT64 (RFC 6052)
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def _is_trusted(host: str, port: int) -> bool:
    return f"{host}:{port}" in settings.WEBHOOK_TRUSTED_HOSTS


def _refused(sentence: str) -> DomainError:
    return DomainError("webhook_refused", sentence, field="address")

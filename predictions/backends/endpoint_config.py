"""Where the model endpoint is and how it is asked, from the settings, checked before anything is sent."""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings

from cgm_portal.errors import DomainError

#: Failures in a row after which nobody calls any more.
FAILURES_TO_OPEN = 5
#: The longest pause that is allowed before one session tries again, s.
LONGEST_PAUSE_S = 60.0
#: Of SCAN_DEADLINE_SECONDS: what the endpoint may use up, so that decoding and the local model keep their time.
DEADLINE_SHARE = 0.25


@dataclass(frozen=True)
class EndpointConfig:
    """`timeout_s`: for all failing tries together; `pause_s`: how long the breaker stays open.

    `pinned_version`: name-version of the model that the endpoint is said to run, empty where nobody says so.
    """

    url: str = field(repr=False)
    key: str = field(repr=False)
    pinned_version: str
    timeout_s: float
    pause_s: float

    @property
    def try_s(self) -> float:
        """Seconds of one try."""
        return self.timeout_s / FAILURES_TO_OPEN

    @property
    def digest(self) -> str:
        """A name for the address that does not tell it: what processes share their findings under."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:12]


def endpoint_config() -> EndpointConfig | None:
    """Return the endpoint's settings, None where no endpoint is given.

    Raises DomainError: `endpoint_url_refused`, `endpoint_key_refused`, `endpoint_times_refused`.
    """
    if not settings.AZURE_ML_ENDPOINT_URL:
        return None
    _check_url(settings.AZURE_ML_ENDPOINT_URL)
    _check_key(settings.AZURE_ML_ENDPOINT_KEY)
    _check_times()
    return EndpointConfig(
        url=settings.AZURE_ML_ENDPOINT_URL,
        key=settings.AZURE_ML_ENDPOINT_KEY,
        pinned_version=settings.AZURE_ML_MODEL_VERSION,
        timeout_s=settings.AZURE_ML_TIMEOUT_SECONDS,
        pause_s=settings.AZURE_ML_PAUSE_SECONDS,
    )


def _check_url(url: str) -> None:
    refused = DomainError(
        "endpoint_url_refused",
        "AZURE_ML_ENDPOINT_URL must be https://host/path (http:// on this machine alone), without user and fragment.",
    )
    try:
        parts = urlsplit(url)
        has_port = parts.port != 0
    except ValueError:
        raise refused from None
    if not parts.hostname or not has_port or parts.username is not None or parts.fragment or not _is_plain(url):
        raise refused
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise refused


def _check_key(key: str) -> None:
    if not _is_plain(key):
        raise DomainError("endpoint_key_refused", "AZURE_ML_ENDPOINT_KEY holds spaces or control characters.")


def _check_times() -> None:
    most = settings.SCAN_DEADLINE_SECONDS * DEADLINE_SHARE
    if not 0 < settings.AZURE_ML_TIMEOUT_SECONDS <= most:
        raise DomainError(
            "endpoint_times_refused",
            f"AZURE_ML_TIMEOUT_SECONDS must be above 0 and at most {most:g}, a quarter of SCAN_DEADLINE_SECONDS.",
        )
    if not 0 < settings.AZURE_ML_PAUSE_SECONDS <= LONGEST_PAUSE_S:
        raise DomainError(
            "endpoint_times_refused", f"AZURE_ML_PAUSE_SECONDS must be above 0 and at most {LONGEST_PAUSE_S:g}."
        )


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""Posts JSON to an address outside the portal: to the machine that was looked up, without redirects, signed.

A receiver checks `X-CGM-Signature: v1=<hex>`, the HMAC-SHA256 of `<X-CGM-Timestamp>.<body>` under the key that
Django admin shows for the subscription, and refuses timestamps that are older than a few minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import urllib3
from django.conf import settings
from django.utils import timezone

from care.models import NoticeSubscription
from care.webhook_addresses import WebhookTarget, resolve_webhook

READ_BYTES = 1024  # of an answer: nobody reads it, it only has to end


class SendError(Exception):
    """A notice was not taken; `code` says why, for the outbox."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def signing_key(subscription: NoticeSubscription) -> str:
    """Return the key of one webhook, derived from SECRET_KEY, so that the database holds none."""
    base = settings.SECRET_KEY.encode()
    return hmac.new(base, f"care-webhook:{subscription.salt}".encode(), hashlib.sha256).hexdigest()


def signature(key: str, *, timestamp: str, body: bytes) -> str:
    """Return what stands in `X-CGM-Signature`."""
    return "v1=" + hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def post_webhook(subscription: NoticeSubscription, *, payload: Mapping[str, Any], delivery_id: UUID) -> None:
    """Post a notice, signed. Raises SendError, and DomainError("webhook_refused")."""
    body = json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()
    timestamp = str(int(timezone.now().timestamp()))
    post_json(
        resolve_webhook(subscription.address),
        body=body,
        headers={
            "X-CGM-Delivery": str(delivery_id),
            "X-CGM-Timestamp": timestamp,
            "X-CGM-Signature": signature(signing_key(subscription), timestamp=timestamp, body=body),
        },
    )


def post_json(target: WebhookTarget, *, body: bytes, headers: Mapping[str, str]) -> None:
    """Post `body` to exactly `target`; only a 2xx counts as taken. Raises SendError: `http_<status>`, `unreachable`."""
    timeout = urllib3.Timeout(total=settings.WEBHOOK_TIMEOUT_SECONDS)
    with _pool(target, timeout) as pool:
        try:
            answer = pool.request(
                "POST",
                target.path,
                body=body,
                headers={
                    "Host": _host_header(target),
                    "Content-Type": "application/json",
                    "User-Agent": "child-growth-monitor",
                    **headers,
                },
                redirect=False,
                retries=False,
                preload_content=False,
            )
            answer.read(READ_BYTES)
            answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise SendError("unreachable") from error
    if not 200 <= answer.status < 300:
        raise SendError(f"http_{answer.status}")


def _pool(target: WebhookTarget, timeout: urllib3.Timeout) -> urllib3.HTTPConnectionPool:
    if target.scheme == "http":
        return urllib3.HTTPConnectionPool(target.ip, target.port, timeout=timeout)
    return urllib3.HTTPSConnectionPool(
        target.ip,
        target.port,
        timeout=timeout,
        server_hostname=target.host,
        assert_hostname=target.host,
        cert_reqs="CERT_REQUIRED",
    )


def _host_header(target: WebhookTarget) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if target.port == {"https": 443, "http": 80}[target.scheme] else f"{host}:{target.port}"

"""SMS through a gateway of the installation's choice: a class named by SMS_GATEWAY that has `send`."""

from __future__ import annotations

import json
import logging
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from care.webhook_addresses import resolve_webhook
from care.webhooks import SendError, post_json

logger = logging.getLogger(__name__)


class SmsGateway(Protocol):
    """What sends a text to a phone."""

    def send(self, *, phone: str, text: str) -> None:
        """Send it. Raises SendError when it was not taken."""


class LogOnlyGateway:
    """Sends nothing: for installations without a gateway, and for trying out. Logs that a text would have gone."""

    def send(self, *, phone: str, text: str) -> None:
        """Log the length of the text, neither the number nor the words."""
        logger.info("A text of %d characters would be sent: SMS_GATEWAY names no gateway.", len(text))


class HttpGateway:
    """Posts `{"to": ..., "text": ...}` to SMS_GATEWAY_URL with the bearer token SMS_GATEWAY_TOKEN."""

    def send(self, *, phone: str, text: str) -> None:
        """Post it. Raises SendError, and DomainError("webhook_refused") for an address that may not be used."""
        if not settings.SMS_GATEWAY_URL:
            raise SendError("no_gateway")
        post_json(
            resolve_webhook(settings.SMS_GATEWAY_URL),
            body=json.dumps({"to": phone, "text": text}).encode(),
            headers={"Authorization": f"Bearer {settings.SMS_GATEWAY_TOKEN}"},
        )


def sms_gateway() -> SmsGateway:
    """Return the gateway of the settings."""
    gateway: SmsGateway = import_string(settings.SMS_GATEWAY)()
    return gateway

"""Django's start-up checks of this app: settings that would only fail at the first scan fail here."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from cgm_portal.errors import DomainError
from predictions.backends.endpoint_config import endpoint_config


@register(Tags.security)
def check_endpoint_settings(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse an endpoint whose address, key or times cannot be used."""
    try:
        endpoint_config()
    except DomainError as error:
        return [Error(error.message, id=f"predictions.{error.code}")]
    return []

"""How the model endpoint fares, for whoever watches the portal."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q
from django.db.models.functions import Now

from predictions.backends.breaker import breaker_of
from predictions.backends.endpoint_config import endpoint_config
from predictions.models import Prediction
from scans.queue_figures import WINDOW

CLOSED = "closed"


@dataclass(frozen=True)
class EndpointFigures:
    """`is_left_alone`: the breaker is open, or one session tries whether it may close.

    `fallback_share`: of the sessions of the last 24 hours that had an endpoint to ask, those that the local model
    answered, 0-1; None without such a session.
    """

    is_left_alone: bool
    fallback_share: float | None


def endpoint_figures() -> EndpointFigures | None:
    """Return the figures, None where no endpoint is configured; one query, and one question to Redis.

    Raises DomainError for settings of an endpoint that are refused.
    """
    config = endpoint_config()
    if config is None:
        return None
    recent = Prediction.objects.filter(session__started_at__gte=Now() - WINDOW, endpoint_seconds__isnull=False)
    counts = recent.aggregate(asked=Count("pk"), fallbacks=Count("pk", filter=~Q(fallback_reason="")))
    return EndpointFigures(
        is_left_alone=breaker_of(config).state != CLOSED,
        fallback_share=counts["fallbacks"] / counts["asked"] if counts["asked"] else None,
    )

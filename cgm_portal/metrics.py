"""The portal's own figures: queue, leases, quarantine, yield, broker, endpoint. Shown at /metrics, exported by beat.

At most three database queries and a few questions to the broker, whatever the amount of data. A figure that is not
known now is left out, so that an alert on missing data finds it.
"""

from __future__ import annotations

import redis
from django.conf import settings

from cgm_portal.telemetry.figures import FigureKind, Figures
from predictions.endpoint_figures import endpoint_figures
from scans.queue_figures import queue_figures

BROKER_QUEUES = ("default", "gpu")
BROKER_TIMEOUT_SECONDS = 2

KINDS = (
    FigureKind("cgm.scan.queue.length", "1", "Scan sessions that wait for a worker"),
    FigureKind("cgm.scan.queue.oldest_seconds", "s", "Since the submission of the session that waits longest; 0: none"),
    FigureKind("cgm.scan.processing.length", "1", "Scan sessions that a worker holds"),
    FigureKind("cgm.scan.lease.oldest_seconds", "s", "Since the oldest lease in force was renewed; 0: none"),
    FigureKind("cgm.scan.quarantined", "1", "Scan sessions set aside after too many attempts"),
    FigureKind("cgm.scan.ended_24h", "1", "Sessions started in the last 24 hours that have ended"),
    FigureKind("cgm.scan.yield_24h", "1", "Share of them with a usable estimate, 0-1"),
    FigureKind("cgm.scan.failed_share_24h", "1", "Share of them that failed, 0-1"),
    FigureKind("cgm.endpoint.left_alone", "1", "1 while the model endpoint's circuit breaker is not closed"),
    FigureKind("cgm.endpoint.fallback_share_24h", "1", "Share of its sessions that the local model answered, 0-1"),
    *(
        FigureKind(f"cgm.broker.{queue}.length", "1", f"Messages that wait in the broker's queue {queue}")
        for queue in BROKER_QUEUES
    ),
)


def read_figures() -> dict[str, float]:
    """Return the values by name. Raises django.db.Error when the database is away."""
    queue, lengths = queue_figures(), _broker_lengths()
    values: dict[str, float | None] = {
        "cgm.scan.queue.length": queue.queued,
        "cgm.scan.queue.oldest_seconds": queue.oldest_queued_seconds or 0.0,
        "cgm.scan.processing.length": queue.processing,
        "cgm.scan.lease.oldest_seconds": queue.oldest_lease_seconds or 0.0,
        "cgm.scan.quarantined": queue.quarantined,
        "cgm.scan.ended_24h": queue.ended,
        "cgm.scan.yield_24h": queue.usable_share,
        "cgm.scan.failed_share_24h": queue.failed_share,
        **lengths,
        # Without the broker nobody knows what the other processes found of the endpoint.
        **(_endpoint_values() if lengths else {}),
    }
    return {name: value for name, value in values.items() if value is not None}


portal_figures = Figures(kinds=KINDS, read=read_figures)


def prometheus_text(values: dict[str, float]) -> str:
    """Return `values` in Prometheus' text format, dots as underscores."""
    lines = []
    for kind in KINDS:
        if kind.name in values:
            name = kind.name.replace(".", "_")
            lines += [f"# HELP {name} {kind.description}", f"# TYPE {name} gauge", f"{name} {values[kind.name]:g}"]
    return "\n".join([*lines, ""])


def _endpoint_values() -> dict[str, float | None]:
    endpoint = endpoint_figures()
    if endpoint is None:
        return {}
    return {
        "cgm.endpoint.left_alone": float(endpoint.is_left_alone),
        "cgm.endpoint.fallback_share_24h": endpoint.fallback_share,
    }


def _broker_lengths() -> dict[str, float]:
    """Return the lengths of Celery's lists; nothing while the broker is away."""
    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=BROKER_TIMEOUT_SECONDS, socket_connect_timeout=BROKER_TIMEOUT_SECONDS
        )
        with client, client.pipeline(transaction=False) as pipe:
            for queue in BROKER_QUEUES:
                pipe.llen(queue)
            return {
                f"cgm.broker.{queue}.length": length
                for queue, length in zip(BROKER_QUEUES, pipe.execute(), strict=True)
            }
    except redis.RedisError:
        return {}

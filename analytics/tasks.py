"""Work of this app on the queue `default`."""

from __future__ import annotations

from celery import shared_task

from analytics.aggregates.refresh import refresh_touched


@shared_task(ignore_result=True)
def refresh_aggregates_task() -> None:
    """Count anew what has changed since the last time."""
    refresh_touched()

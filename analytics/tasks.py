"""Work of this app on the queue `default`."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from analytics.aggregates.refresh import refresh_touched
from analytics.erasure.ledger import copy_missing
from analytics.exports.tasks import delete_ended_exports_task, make_export_task
from analytics.service_minutes.questions import forget_old

__all__ = [
    "copy_erasures_task",
    "delete_ended_exports_task",
    "forget_old_minutes_task",
    "make_export_task",
    "refresh_aggregates_task",
]


@shared_task(ignore_result=True)
def refresh_aggregates_task() -> None:
    """Count anew what has changed since the last time."""
    refresh_touched()


@shared_task(ignore_result=True)
def forget_old_minutes_task() -> int:
    """Delete minutes of service that no figure reads any more; beat runs it."""
    return forget_old(now=timezone.now())


@shared_task(ignore_result=True)
def copy_erasures_task() -> int:
    """Copy records of erasures beside the backups, where that failed at first; beat runs it."""
    return copy_missing()

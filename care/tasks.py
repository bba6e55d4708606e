"""Light tasks of the `default` queue."""

from __future__ import annotations

from celery import shared_task

from care.deliveries import send_due
from care.outbox import plan_reminders


@shared_task(ignore_result=True)
def send_notices_task() -> int:
    """Send what waits in the outbox; beat runs it."""
    return send_due()


@shared_task(ignore_result=True)
def plan_reminders_task() -> int:
    """Queue reminders of appointments that are near; beat runs it."""
    return plan_reminders()

"""Puts notices into the outbox, in the transaction of what they tell. What a notice says is decided here.

No name, phone or birth date leaves: the child is named by its code, a carer's reminder names the clinic and the day.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from care.models import Alert, Delivery, FollowUp, NoticeSubscription, ReminderPlan

# Asked for while the child is in the clinic: nobody is called back for them.
VISIT_TODAY = (FollowUp.Reason.MEASURE_BY_HAND, FollowUp.Reason.MEASURE_AGAIN)


def announce_alert(alert: Alert) -> None:
    """Queue a notice of a new alert for everybody who subscribed to its severity in its clinic; each once."""
    clinic = alert.child.clinic
    severities = Alert.Severity.values
    told = NoticeSubscription.objects.filter(
        programme_id=clinic.programme_id,
        is_active=True,
        least_severity__in=severities[severities.index(alert.severity) :],
    )
    subscriptions = [each for each in told if each.clinic_id in (None, clinic.pk)]
    if subscriptions:
        payload = alert_payload(alert)
        Delivery.objects.bulk_create(
            (
                Delivery(
                    kind=Delivery.Kind.ALERT,
                    child=alert.child,
                    alert=alert,
                    subscription=subscription,
                    payload=payload,
                )
                for subscription in subscriptions
            ),
            ignore_conflicts=True,
        )


def alert_payload(alert: Alert) -> dict[str, Any]:
    """Return what is told of an alert; `url` only where the installation has named its own address."""
    path = reverse("care:child", args=[alert.child_id])
    return {
        "event": "alert.opened",
        "alert": str(alert.pk),
        "child": str(alert.child_id),
        "child_code": alert.child.code,
        "clinic": str(alert.child.clinic_id),
        "clinic_name": alert.child.clinic.name,
        "criterion": alert.criterion,
        "severity": alert.severity,
        "unconfirmed": alert.unconfirmed,
        "opened_at": alert.opened_at.isoformat(),
        "url": f"{settings.PORTAL_URL.rstrip('/')}{path}" if settings.PORTAL_URL else None,
    }


def plan_reminders() -> int:
    """Queue reminders of follow-ups whose day is near, for carers who agreed; return how many. Safe to run twice."""
    queued = 0
    for plan in ReminderPlan.objects.filter(is_active=True).select_related("clinic__programme"):
        today = plan.clinic.programme.day_of(timezone.now())
        due = FollowUp.objects.open().filter(
            child__clinic=plan.clinic,
            child__status="active",
            child__reminder_agreements__withdrawn_at__isnull=True,
            child__reminder_agreements__agreed_at__isnull=False,
            due_on__range=(today, today + timedelta(days=plan.days_before)),
        )
        reminded = Delivery.objects.filter(kind=Delivery.Kind.REMINDER).values("follow_up_id")
        rows = [
            Delivery(kind=Delivery.Kind.REMINDER, child_id=follow_up.child_id, follow_up=follow_up)
            for follow_up in due.exclude(pk__in=reminded).exclude(reason__in=VISIT_TODAY)
        ]
        queued += len(Delivery.objects.bulk_create(rows, ignore_conflicts=True))
    return queued

"""Empties the outbox: claims a delivery, sends it outside any transaction, notes how it went, tries again later.

A delivery may arrive twice when a worker dies between sending and noting: receivers know it by `X-CGM-Delivery`.
"""

from __future__ import annotations

import logging
import smtplib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from care.models import Alert, Delivery, FollowUp, NoticeSubscription, ReminderAgreement
from care.sms import sms_gateway
from care.webhooks import SendError, post_webhook
from cgm_portal.errors import DomainError
from children.family_language import language_of_family

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than sending may take
# Minutes until the next attempt, by the number of those made; after the last one it is given up.
RETRY_MINUTES = (1, 5, 15, 60, 240, 720, 1440)
MAX_PER_RUN = 200  # the task ends, others get their turn, beat starts the next


def send_due() -> int:
    """Send what is due; return how many deliveries were taken by their receivers."""
    taken = 0
    for _number in range(MAX_PER_RUN):
        delivery = _claim()
        if delivery is None:
            break
        taken += _send_and_note(delivery)
    return taken


@transaction.atomic
def _claim() -> Delivery | None:
    """Return the delivery that has waited longest, kept from other workers by its lease."""
    due = Delivery.objects.filter(state=Delivery.State.QUEUED, next_attempt_at__lte=Now())
    locked = due.select_for_update(skip_locked=True, of=("self",)).order_by("next_attempt_at")
    delivery = locked.select_related(
        "child__clinic__programme", "subscription__programme", "alert", "follow_up"
    ).first()
    if delivery is not None:
        delivery.attempts += 1
        delivery.next_attempt_at = timezone.now() + LEASE
        delivery.save(update_fields=["attempts", "next_attempt_at"])
    return delivery


def _send_and_note(delivery: Delivery) -> bool:
    try:
        _send(delivery)
    except SendError as error:
        _note_failure(delivery, error.code)
        return False
    except DomainError as error:
        _note_failure(delivery, error.code)
        return False
    except (smtplib.SMTPException, OSError) as error:
        logger.warning("Delivery %s: the mail server said %s.", delivery.pk, type(error).__name__)
        _note_failure(delivery, "mail_refused")
        return False
    Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts).update(
        state=Delivery.State.SENT, sent_at=timezone.now(), last_error=""
    )
    return True


def _note_failure(delivery: Delivery, code: str) -> None:
    changes: dict[str, Any] = {"last_error": code[:64]}
    if delivery.attempts > len(RETRY_MINUTES) or code in ("obsolete", "not_agreed", "no_phone"):
        changes["state"] = Delivery.State.GIVEN_UP
    else:
        changes["next_attempt_at"] = timezone.now() + timedelta(minutes=RETRY_MINUTES[delivery.attempts - 1])
    Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts).update(**changes)
    logger.warning("Delivery %s failed (attempt %d): %s.", delivery.pk, delivery.attempts, code)


def _send(delivery: Delivery) -> None:
    if delivery.kind == Delivery.Kind.REMINDER:
        _remind(delivery)
        return
    subscription = delivery.subscription
    assert subscription is not None
    if not subscription.is_active:
        raise SendError("obsolete")
    if subscription.way == NoticeSubscription.Way.WEBHOOK:
        post_webhook(subscription, payload=delivery.payload, delivery_id=delivery.pk)
        return
    with translation.override(subscription.programme.language):
        subject, text = alert_words(delivery.payload)
    if subscription.way == NoticeSubscription.Way.EMAIL:
        if not settings.EMAIL_HOST:
            raise SendError("no_mail_server")
        send_mail(subject, text, None, [subscription.address])
    else:
        sms_gateway().send(phone=subscription.address, text=subject)


def alert_words(payload: dict[str, Any]) -> tuple[str, str]:
    """Return subject and text of a notice; the child by its code alone."""
    facts = {
        "severity": str(Alert.Severity(payload["severity"]).label),
        "criterion": str(Alert.Criterion(payload["criterion"]).label),
        "clinic": payload["clinic_name"],
        "code": payload["child_code"],
    }
    subject = _("Child Growth Monitor: %(severity)s alert, %(clinic)s, child %(code)s") % facts
    text = _("A new alert waits in %(clinic)s: %(criterion)s (%(severity)s), child %(code)s.") % facts
    if payload["unconfirmed"]:
        text += "\n" + _("It rests on a scan and is not confirmed by hand yet.")
    if payload["url"]:
        text += f"\n\n{payload['url']}"
    return " ".join(subject.split()), text + "\n"


def _remind(delivery: Delivery) -> None:
    """Send a carer the day of the appointment, if it still stands and the carer still agrees."""
    follow_up, child = delivery.follow_up, delivery.child
    assert follow_up is not None
    if follow_up.state != FollowUp.State.OPEN or follow_up.due_on < child.clinic.programme.day_of(timezone.now()):
        raise SendError("obsolete")
    if not ReminderAgreement.objects.filter(child=child, withdrawn_at__isnull=True).exists():
        raise SendError("not_agreed")
    guardian = child.guardians.exclude(phone="").first()
    if guardian is None:
        raise SendError("no_phone")
    with translation.override(language_of_family(child, otherwise=child.clinic.programme.language)):
        text = reminder_words(follow_up)
    sms_gateway().send(phone=guardian.phone, text=text)


def reminder_words(follow_up: FollowUp) -> str:
    """Return the text of a reminder: where and when, nothing about health."""
    return _("You are expected at %(clinic)s on %(day)s.") % {
        "clinic": follow_up.child.clinic.name,
        "day": date_format(follow_up.due_on, "DATE_FORMAT"),
    }

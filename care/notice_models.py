"""Who is told of what, the outbox of what was promised, and which carers agreed to be reminded."""

from __future__ import annotations

import secrets
import uuid

import pghistory
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, validate_email
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Clinic, Programme
from care.webhook_addresses import check_webhook_url
from cgm_portal.errors import DomainError


def new_salt() -> str:
    """Return what makes the signing key of one webhook its own; another salt is another key."""
    return secrets.token_hex(16)


@pghistory.track()
class NoticeSubscription(models.Model):
    """Tells somebody of new alerts of a programme, or of one of its clinics; kept in Django admin."""

    class Way(models.TextChoices):
        EMAIL = "email", _("E-mail")
        WEBHOOK = "webhook", _("Webhook")
        SMS = "sms", _("SMS to staff")

    class From(models.TextChoices):
        CRITICAL = "critical", _("Critical alerts")
        HIGH = "high", _("Critical and high alerts")
        MODERATE = "moderate", _("All alerts")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="notice_subscriptions")
    clinic = models.ForeignKey(
        Clinic,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="notice_subscriptions",
        help_text=_("Empty: every clinic of the programme."),
    )
    way = models.CharField(_("way"), max_length=16, choices=Way.choices)
    address = models.CharField(
        _("address"), max_length=500, help_text=_("An e-mail address, an https address, or a phone number.")
    )
    least_severity = models.CharField(_("tells of"), max_length=16, choices=From.choices, default=From.CRITICAL)
    salt = models.CharField(max_length=64, default=new_salt, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"notice subscription {self.id}"

    def clean(self) -> None:
        """Refuse a clinic of another programme and an address that the way cannot use."""
        if self.clinic is not None and self.clinic.programme_id != self.programme_id:
            raise ValidationError({"clinic": _("The clinic belongs to another programme.")})
        if self.way == self.Way.EMAIL:
            validate_email(self.address)
        elif self.way == self.Way.WEBHOOK:
            try:
                check_webhook_url(self.address)
            except DomainError as error:
                raise ValidationError({"address": error.message}) from None
        elif not self.address.lstrip("+").isdigit():
            raise ValidationError({"address": _("Write the phone number as +254700000000.")})


class Delivery(models.Model):
    """One notice or reminder in the outbox: queued -> sent | given_up. Written in the transaction of what it tells.

    `next_attempt_at` is also the lease of the worker that is sending it. `payload` holds no name, phone or birth date.
    """

    class Kind(models.TextChoices):
        ALERT = "alert", _("New alert")
        REMINDER = "reminder", _("Reminder to a carer")

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        SENT = "sent", _("Sent")
        GIVEN_UP = "given_up", _("Given up")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    child = models.ForeignKey("children.Child", on_delete=models.CASCADE, related_name="+")
    alert = models.ForeignKey("care.Alert", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    follow_up = models.ForeignKey("care.FollowUp", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    subscription = models.ForeignKey(
        NoticeSubscription, on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    payload = models.JSONField(default=dict, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    last_error = models.CharField(_("last error"), max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="queued"), name="delivery_waiting"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "subscription"], condition=Q(kind="alert"), name="one_notice_per_alert_and_subscriber"
            ),
            models.UniqueConstraint(
                fields=["follow_up"], condition=Q(kind="reminder"), name="one_reminder_per_follow_up"
            ),
            models.CheckConstraint(
                condition=Q(kind="alert", alert__isnull=False, subscription__isnull=False, follow_up__isnull=True)
                | Q(kind="reminder", alert__isnull=True, subscription__isnull=True, follow_up__isnull=False),
                name="delivery_tells_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="delivery_sent_with_time",
            ),
        ]

    def __str__(self) -> str:
        return f"delivery {self.id}"


@pghistory.track()
class ReminderPlan(models.Model):
    """A clinic reminds carers who agreed of their next appointment, `days_before` it."""

    clinic = models.OneToOneField(Clinic, on_delete=models.CASCADE, related_name="reminder_plan")
    days_before = models.PositiveSmallIntegerField(_("days before"), default=1, validators=[MaxValueValidator(14)])
    is_active = models.BooleanField(_("active"), default=True)

    def __str__(self) -> str:
        return f"reminder plan of clinic {self.clinic_id}"


@pghistory.track()
class ReminderAgreement(models.Model):
    """A carer agreed to be reminded of appointments on the phone number that is recorded; withdrawn at any time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child = models.ForeignKey("children.Child", on_delete=models.CASCADE, related_name="reminder_agreements")
    agreed_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-agreed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["child"], condition=Q(withdrawn_at__isnull=True), name="one_live_reminder_agreement"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="reminder_agreement_withdrawn_with_who",
            ),
        ]

    def __str__(self) -> str:
        return f"reminder agreement {self.id}"

"""What is asked to be erased, and what stays of an erasure: ids and keyed hashes, so that it can be done again.

A record knows no foreign key: it must outlive the child, and a database that was restored to an earlier day.
"""

from __future__ import annotations

import uuid

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import clinics_of
from accounts.models import User


class ErasureRequestQuerySet(models.QuerySet["ErasureRequest"]):
    """Questions about requests."""

    def visible_to(self, user: User) -> ErasureRequestQuerySet:
        """Return requests for children of the clinics where `user` works."""
        return self.filter(child__clinic__in=clinics_of(user))

    def open(self) -> ErasureRequestQuerySet:
        """Return requests that wait for a supervisor."""
        return self.filter(state=ErasureRequest.State.OPEN)


@pghistory.track()
class ErasureRequest(models.Model):
    """A guardian wants the whole child erased: open -> executed | declined.

    An executed one goes with the child; it stays only where a law keeps the care record.
    """

    class Why(models.TextChoices):
        GUARDIAN_REQUEST = "guardian_request", _("The guardian asked to erase the child")
        CARE_WITHDRAWN = "care_withdrawn", _("The consent for care was withdrawn")

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for a supervisor")
        EXECUTED = "executed", _("Executed")
        DECLINED = "declined", _("Declined")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child = models.ForeignKey("children.Child", on_delete=models.CASCADE, related_name="erasure_requests")
    why = models.CharField(_("why"), max_length=32, choices=Why.choices)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.OPEN)
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decline_reason = models.CharField(_("why it was declined"), max_length=500, blank=True)

    objects = ErasureRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["child"], condition=Q(state="open"), name="one_open_erasure_request_per_child"
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True, ended_by__isnull=True)
                | (~Q(state="open") & Q(ended_at__isnull=False, ended_by__isnull=False)),
                name="erasure_request_ended_with_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(decline_reason=""), name="erasure_request_declined_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"erasure request {self.id}"


class ErasureRecordQuerySet(models.QuerySet["ErasureRecord"]):
    """Questions about records."""

    def visible_to(self, user: User) -> ErasureRecordQuerySet:
        """Return records of the clinics where `user` works."""
        return self.filter(clinic_id__in=clinics_of(user).values("pk"))


class ErasureRecord(models.Model):
    """That something was erased: what, when, by whom, how much; nothing of the child but ids and keyed hashes.

    Never changed but for `mirrored_at`; a copy lies beside the backups, and a restored database is brought in line by
    `manage.py reapply_erasures`. `counts`: rows by table. `exported_rows`: what left the portal in training sets, as
    [{"training_set", "manifest_sha256", "sessions": [pseudonym]}]. `kept_by_law`: the programme's words for the duty
    that kept the care record. `receipt_hmac` is the keyed hash of the receipt, `code_hmac` that of the child's code.
    """

    class Scope(models.TextChoices):
        SCAN = "scan", _("Films, predictions and screening estimates")
        IMAGE_REVIEW = "image_review", _("Pictures of films")
        RESEARCH_TRAINING = "research_training", _("Membership in training sets")
        CHILD = "child", _("The whole child")
        CHILD_EXCEPT_CARE = "child_except_care", _("Everything but the care record")

    class Why(models.TextChoices):
        CONSENT_WITHDRAWN = "consent_withdrawn", _("A consent was withdrawn")
        CARE_WITHDRAWN = ErasureRequest.Why.CARE_WITHDRAWN.value, _("The consent for care was withdrawn")
        GUARDIAN_REQUEST = ErasureRequest.Why.GUARDIAN_REQUEST.value, _("The guardian asked to erase the child")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child_id = models.UUIDField(_("child"), db_index=True)
    clinic_id = models.UUIDField(_("clinic"))
    code_hmac = models.CharField(_("keyed hash of the child's code"), max_length=64, db_index=True)
    scope = models.CharField(_("what was erased"), max_length=32, choices=Scope.choices)
    why = models.CharField(_("why"), max_length=32, choices=Why.choices)
    consent_id = models.UUIDField(_("consent"), null=True, blank=True)
    session_ids = ArrayField(models.UUIDField(), verbose_name=_("scan sessions"), default=list, blank=True)
    requested_by_id = models.UUIDField(_("asked for by"), null=True, blank=True)
    requested_at = models.DateTimeField(_("asked for"))
    executed_by_id = models.UUIDField(_("executed by"))
    executed_at = models.DateTimeField(_("executed"), default=timezone.now)
    counts = models.JSONField(_("rows erased"), default=dict)
    exported_rows = models.JSONField(_("rows that left the portal"), default=list, blank=True)
    kept_by_law = models.CharField(_("kept by law"), max_length=500, blank=True)
    receipt_hmac = models.CharField(_("keyed hash of the receipt"), max_length=64)
    mirrored_at = models.DateTimeField(_("copied beside the backups"), null=True, blank=True)

    objects = ErasureRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-executed_at", "id"]
        indexes = [GinIndex(fields=["session_ids"], name="erasure_record_sessions")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(scope="child_except_care") | ~Q(kept_by_law=""), name="erasure_keeps_care_only_by_law"
            ),
            models.CheckConstraint(
                condition=~Q(scope="scan") | Q(consent_id__isnull=False), name="erasure_of_scans_names_consent"
            ),
        ]

    def __str__(self) -> str:
        return f"erasure {self.id}"

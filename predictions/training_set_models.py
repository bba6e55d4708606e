"""Which scans were drawn for teaching a model: enough to take a child out again.

The rows themselves are in the files that were written; here is who is in them, under pseudonyms.
"""

from __future__ import annotations

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from children.models import Consent
from scans.models import ScanSession


@pghistory.track()
class TrainingSet(models.Model):
    """Pairs of scan and manual measurement, drawn once and never changed; a later draw is a new set.

    `manifest` is the manifest.json that was written beside the rows, `manifest_sha256` its hash: a model that was
    taught with the set names that hash.
    """

    class Purpose(models.TextChoices):
        TEACHING = "teaching", _("teach or recalibrate a model")
        EVALUATION = "evaluation", _("measure how good a model is")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True)
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose.choices)
    ethics_reference = models.CharField(_("ethics reference"), max_length=200)
    rows = models.PositiveIntegerField(_("scans"))
    children = models.PositiveIntegerField(_("children"))
    manifest = models.JSONField(default=dict)
    manifest_sha256 = models.CharField(_("SHA-256 of the manifest"), max_length=64, unique=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(ethics_reference=""), name="training_set_with_ethics_reference"),
            models.CheckConstraint(condition=Q(rows__gt=0, children__gt=0), name="training_set_not_empty"),
        ]

    def __str__(self) -> str:
        return f"training set {self.name}"


class TrainingSetMemberQuerySet(models.QuerySet["TrainingSetMember"]):
    """Questions about members."""

    def must_not_be_used(self) -> TrainingSetMemberQuerySet:
        """Return the members whose consent for research or scanning was withdrawn since, or whose scan was erased."""
        research = Consent.objects.live().filter(
            child=OuterRef("session__child"), purpose=Consent.Purpose.RESEARCH_TRAINING
        )
        return self.filter(
            Q(session__isnull=True) | Q(session__consent__withdrawn_at__isnull=False) | ~Exists(research)
        )


class TrainingSetMember(models.Model):
    """One row of a set. `child_pseudonym` and `session_pseudonym` stand in the written files.

    Both are keyed hashes, so that nobody without the key finds the child. When the scan is erased the pseudonyms
    stay, to tell those who hold a copy of the files which rows must go. Never edited, so without audit rows.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    training_set = models.ForeignKey(TrainingSet, on_delete=models.CASCADE, related_name="members")
    session = models.ForeignKey(
        ScanSession, on_delete=models.SET_NULL, null=True, blank=True, related_name="training_set_members"
    )
    child_pseudonym = models.CharField(max_length=32)
    session_pseudonym = models.CharField(max_length=32)
    features_sha256 = models.CharField(_("SHA-256 of its features"), max_length=64)

    objects = TrainingSetMemberQuerySet.as_manager()

    class Meta:
        ordering = ["session_pseudonym"]
        constraints = [
            models.UniqueConstraint(fields=["training_set", "session_pseudonym"], name="session_once_per_training_set"),
        ]

    def __str__(self) -> str:
        return f"member {self.session_pseudonym}"

"""BlobDeletion: what must still go from the store. MediaRemoval: what was taken from a session, when and why."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class BlobDeletion(models.Model):
    """A promise: every blob whose name begins with `prefix` goes. The row stays until they are gone.

    Stored in the transaction that deleted the rows, carried out after it, repeated by beat while the store is away.
    `watch_until`: until then a phone may hold a permission to write below the prefix, so it is emptied again.
    `erasure_id`: the record of the erasure that asked for it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    prefix = models.CharField(max_length=255)
    erasure_id = models.UUIDField(null=True, blank=True, db_index=True)
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    watch_until = models.DateTimeField()
    emptied_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["requested_at"]
        constraints = [
            models.CheckConstraint(condition=Q(prefix__startswith="children/"), name="blob_deletion_below_children"),
            models.CheckConstraint(
                condition=Q(watch_until__gte=F("requested_at")), name="blob_deletion_watched_after_request"
            ),
        ]

    def __str__(self) -> str:
        return f"blob deletion {self.id}"


class MediaRemovalQuerySet(models.QuerySet["MediaRemoval"]):
    """Questions about removals."""

    def films(self) -> MediaRemovalQuerySet:
        """Return removals of films."""
        return self.filter(what=MediaRemoval.What.FILMS)


class MediaRemoval(models.Model):
    """That films, or the pictures taken out of them, of a session were deleted."""

    class What(models.TextChoices):
        FILMS = "films", _("Films")
        FRAMES = "frames", _("Pictures of films")

    class Because(models.TextChoices):
        RETENTION = "retention", _("by retention: the time to keep it has passed")
        WITHDRAWAL = "withdrawal", _("because the consent was withdrawn")
        ABANDONED = "abandoned", _("because the upload was given up")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey("scans.ScanSession", on_delete=models.CASCADE, related_name="removals")
    what = models.CharField(_("what"), max_length=8, choices=What.choices)
    because = models.CharField(_("why"), max_length=16, choices=Because.choices)
    removed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MediaRemovalQuerySet.as_manager()

    class Meta:
        ordering = ["removed_at"]
        constraints = [models.UniqueConstraint(fields=["session", "what"], name="media_removed_once")]

    def __str__(self) -> str:
        return f"removal {self.what} {self.id}"

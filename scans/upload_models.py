"""DirectUpload: a film on its way straight into the store. FilmView: a film that was opened for somebody to see.

`scans.direct_uploads` and `scans.film_access` hold the only doors.
"""

from __future__ import annotations

import math
import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import clinics_of
from accounts.models import User
from ml_models.types import ScanType

SCAN_TYPES = [(kind.value, kind.value) for kind in ScanType]


class DirectUploadQuerySet(models.QuerySet["DirectUpload"]):
    """Questions about uploads."""

    def visible_to(self, user: User) -> DirectUploadQuerySet:
        """Return uploads for children of the clinics where `user` works."""
        return self.filter(session__child__clinic__in=clinics_of(user))


class DirectUpload(models.Model):
    """One announced film of a session: its bytes arrive in blocks, out of the portal's way.

    ::

        open ──every block is there, size and both hashes are right──> complete (a ScanVideo exists)

    An open upload ends with its session: it is swept. `block_bytes` is the size of every block but the last.
    """

    class ContentType(models.TextChoices):
        MP4 = "video/mp4", "MP4"
        QUICKTIME = "video/quicktime", "MOV"
        WEBM = "video/webm", "WebM"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey("scans.ScanSession", on_delete=models.CASCADE, related_name="uploads")
    scan_type = models.CharField(_("scan type"), max_length=16, choices=SCAN_TYPES)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    md5 = models.CharField(max_length=32)
    content_type = models.CharField(max_length=32, choices=ContentType.choices, default=ContentType.MP4)
    block_bytes = models.PositiveIntegerField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    completed_at = models.DateTimeField(null=True, blank=True)

    objects = DirectUploadQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(fields=["session", "scan_type", "sha256"], name="one_upload_per_film"),
            models.CheckConstraint(condition=Q(size_bytes__gt=0, block_bytes__gt=0), name="upload_not_empty"),
        ]

    def __str__(self) -> str:
        return f"upload {self.id}"

    @property
    def block_count(self) -> int:
        """How many blocks the film has."""
        return math.ceil(self.size_bytes / self.block_bytes)

    def block_size(self, number: int) -> int:
        """Return the bytes of block `number`, counted from 0."""
        return min(self.block_bytes, self.size_bytes - number * self.block_bytes)


class FilmView(models.Model):
    """Who was given a link to which film, and until when it worked. Ids only: the row outlives the film."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    video_id = models.UUIDField()
    session_id = models.UUIDField(db_index=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-opened_at"]
        triggers = [pgtrigger.Protect(name="film_view_stays", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"view of film {self.video_id}"

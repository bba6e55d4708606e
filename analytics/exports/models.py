"""ExportLog: who took which rows along, and when. ExportJob: a file made in the background, behind a link that ends."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ExportLog(models.Model):
    """One export. rows: None until it is complete; a download that was broken off stays without a number."""

    class Format(models.TextChoices):
        CSV = "csv", _("CSV")
        XLSX = "xlsx", _("Excel")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    table = models.CharField(_("table"), max_length=40)
    file_format = models.CharField(_("format"), max_length=4, choices=Format.choices)
    with_names = models.BooleanField(_("with names"))
    filters = models.JSONField(_("filters"), default=dict)
    clinic_ids = ArrayField(models.UUIDField(), help_text=_("Clinics whose rows it could hold."))
    rows = models.PositiveIntegerField(_("rows"), null=True, blank=True)
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "id"]
        indexes = [models.Index(fields=["user", "-started_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(rows__isnull=True, finished_at__isnull=True)
                | Q(rows__isnull=False, finished_at__gte=F("started_at")),
                name="export_finished_with_rows",
            )
        ]

    def __str__(self) -> str:
        return f"export {self.table} {self.id}"


class ExportJob(models.Model):
    """A file of an export: queued -> running -> ready -> deleted; running -> failed; withdrawn -> deleted.

    withdrawn: a child in it was erased; the link ends at once, the file goes as soon as the store allows.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        DELETED = "deleted", _("Deleted")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    log = models.OneToOneField(ExportLog, on_delete=models.CASCADE, related_name="job")
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.QUEUED)
    expected_rows = models.PositiveIntegerField()
    done_rows = models.PositiveIntegerField(default=0)
    file_name = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-log__started_at"]
        indexes = [models.Index(fields=["state", "expires_at"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="ready") | (Q(expires_at__isnull=False) & ~Q(file_name="")),
                name="export_ready_with_file_and_end",
            )
        ]

    def __str__(self) -> str:
        return f"export job {self.id}"

    @property
    def percent(self) -> int:
        """How much is done, 0-100."""
        return min(100, 100 * self.done_rows // self.expected_rows) if self.expected_rows else 0

    @property
    def is_under_way(self) -> bool:
        """True while the page should look again."""
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    def is_open(self, now: datetime) -> bool:
        """True while the link works."""
        return self.state == self.State.READY and self.expires_at is not None and now < self.expires_at

"""Scan sessions, their films, and the ledger that says where each one stands."""

from __future__ import annotations

import uuid

import pghistory
from django.conf import settings
from django.core.files.storage import storages
from django.core.files.storage.base import Storage
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import clinics_of
from accounts.models import User
from children.models import Child, Consent
from ml_models.quality import ReasonCode
from ml_models.types import MarkerSheet as MlMarkerSheet
from ml_models.types import ScanType as MlScanType
from scans.blob_names import film_name
from scans.removal_models import BlobDeletion, MediaRemoval
from scans.upload_models import DirectUpload, FilmView

__all__ = ["BlobDeletion", "DirectUpload", "FilmView", "MediaRemoval", "ScanSession", "ScanVideo"]

ACTIVE_STATES = ("uploading", "queued", "processing")


class ScanSessionQuerySet(models.QuerySet["ScanSession"]):
    """Questions about scan sessions."""

    def visible_to(self, user: User) -> ScanSessionQuerySet:
        """Return sessions of children of the clinics where `user` works."""
        return self.filter(child__clinic__in=clinics_of(user))

    def in_progress(self) -> ScanSessionQuerySet:
        """Return sessions that have not ended."""
        return self.filter(state__in=ACTIVE_STATES)


@pghistory.track(exclude=["lease_expires_at", "stage", "stage_at", "trace_parent"])
class ScanSession(models.Model):
    """One visit of one child before the camera, and the ledger row of its processing.

    ::

        uploading ──submit──> queued ──claim──> processing ──> succeeded
            │                   ▲  │                │ ├──────> unusable (reason)
            │                   │  └── cancel       │ └──────> failed (reason)
            │                   └── lease ran out ──┤
            └──> cancelled                          └── attempts used up ──> quarantined ──requeue──> queued

    A withdrawn consent takes the films of every session; one that succeeded loses its answer, too, and is cancelled.

    `token` fences: only the attempt that holds it may finish the row. `lease_expires_at` and every comparison with it
    use the database's clock. `attempts` counts claims. The Celery message is only a hint: the sweeper publishes what
    has waited too long (`published_at`).
    """

    class State(models.TextChoices):
        UPLOADING = "uploading", _("Uploading")
        QUEUED = "queued", _("Waiting")
        PROCESSING = "processing", _("Measuring")
        SUCCEEDED = "succeeded", _("Done")
        UNUSABLE = "unusable", _("Not usable")
        FAILED = "failed", _("Processing failed")
        QUARANTINED = "quarantined", _("Set aside for support")
        CANCELLED = "cancelled", _("Cancelled")

    class Stage(models.TextChoices):
        FETCHING = "fetching", _("Fetching the video")
        DECODING = "decoding", _("Reading frames")
        QUALITY = "quality", _("Checking the picture")
        POSE = "pose", _("Finding the body")
        SCALE = "scale", _("Finding the scale")
        ESTIMATE = "estimate", _("Estimating")
        STORING = "storing", _("Saving the answer")

    class MarkerSheet(models.TextChoices):
        A4 = MlMarkerSheet.A4.value, _("The portal's A4 sheet")
        A3 = MlMarkerSheet.A3.value, _("The portal's A3 sheet")

    ReasonChoices = [(code.value, code.value) for code in ReasonCode]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child = models.ForeignKey(Child, on_delete=models.CASCADE, related_name="scan_sessions")
    consent = models.ForeignKey(Consent, on_delete=models.RESTRICT, related_name="+")
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.UPLOADING)
    stage = models.CharField(_("stage"), max_length=16, choices=Stage.choices, blank=True)
    stage_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=32, choices=ReasonChoices, blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_at = models.DateTimeField(_("filmed at"), default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    # capture facts, as the operator and the phone tell them
    marker_used = models.BooleanField(_("marker sheet used"), default=False)
    marker_sheet = models.CharField(_("printed sheet"), max_length=8, choices=MarkerSheet.choices, blank=True)
    marker_id = models.PositiveSmallIntegerField(
        _("marker number"), null=True, blank=True, validators=[MaxValueValidator(49)]
    )
    marker_size_mm = models.DecimalField(
        _("marker size, mm"),
        max_digits=5,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(20), MaxValueValidator(1000)],
    )
    camera_distance_cm = models.DecimalField(
        _("camera distance, cm"),
        max_digits=5,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(30), MaxValueValidator(1000)],
    )
    camera_height_cm = models.DecimalField(
        _("camera height, cm"),
        max_digits=5,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(400)],
    )
    camera_tilt_deg = models.DecimalField(
        _("camera tilt below horizontal, degrees"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    camera_roll_deg = models.DecimalField(
        _("camera roll, degrees"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    phone_model = models.CharField(_("phone model"), max_length=100, blank=True)
    focal_length_px = models.DecimalField(
        _("focal length of the video, px"),
        max_digits=7,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(100), MaxValueValidator(20000)],
    )

    # ledger
    token = models.UUIDField(null=True, blank=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    # W3C traceparent of the request that submitted it: a message sent again later belongs to the same trace.
    trace_parent = models.CharField(max_length=55, blank=True, default="", editable=False)

    objects = ScanSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "id"]
        indexes = [
            models.Index(fields=["state", "lease_expires_at"]),
            models.Index(fields=["child", "-started_at"]),
            models.Index(fields=["-started_at"], name="session_started"),  # the day's figures (scans.queue_figures)
        ]
        constraints = [
            models.CheckConstraint(
                condition=(~Q(state="processing") & Q(token__isnull=True, lease_expires_at__isnull=True))
                | Q(state="processing", token__isnull=False, lease_expires_at__isnull=False),
                name="session_leased_only_while_processing",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["uploading", "queued", "processing", "succeeded", "cancelled"]) | ~Q(reason=""),
                name="session_ended_badly_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ACTIVE_STATES, finished_at__isnull=True)
                | (~Q(state__in=ACTIVE_STATES) & Q(finished_at__isnull=False)),
                name="session_finished_at_when_ended",
            ),
            models.CheckConstraint(
                condition=Q(marker_used=False, marker_size_mm__isnull=True, marker_sheet="")
                | (Q(marker_used=True) & (Q(marker_size_mm__isnull=False) | ~Q(marker_sheet=""))),
                name="session_marker_with_size",
            ),
        ]

    def __str__(self) -> str:
        return f"scan session {self.id}"

    @property
    def is_in_progress(self) -> bool:
        """True until the session has ended."""
        return self.state in ACTIVE_STATES


def scan_video_storage() -> Storage:
    """Return the storage of films: files, or Azure Blob by settings."""
    return storages["scan_videos"]


def scan_video_name(video: ScanVideo, _filename: str) -> str:
    """Return `children/{child_id}/sessions/{session_id}/{scan_type}.mp4`; nothing of the uploaded name is kept."""
    return film_name(child_id=video.session.child_id, session_id=video.session_id, scan_type=video.scan_type)


@pghistory.track()
class ScanVideo(models.Model):
    """One film of a session; one per scan type. The name ends in .mp4 whatever the container."""

    class ScanType(models.TextChoices):
        STANDING_FRONT = MlScanType.STANDING_FRONT.value, _("Standing, from the front")
        STANDING_SIDE = MlScanType.STANDING_SIDE.value, _("Standing, from the side")
        LYING_ABOVE = MlScanType.LYING_ABOVE.value, _("Lying, from above")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(ScanSession, on_delete=models.CASCADE, related_name="videos")
    scan_type = models.CharField(_("scan type"), max_length=16, choices=ScanType.choices)
    file = models.FileField(upload_to=scan_video_name, storage=scan_video_storage, max_length=255)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["scan_type"]
        constraints = [
            models.UniqueConstraint(fields=["session", "scan_type"], name="one_video_per_scan_type"),
            models.CheckConstraint(condition=Q(size_bytes__gt=0), name="video_not_empty"),
        ]

    def __str__(self) -> str:
        return f"scan video {self.id}"

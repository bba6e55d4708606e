"""What a supervisor found of a scan, and the pictures kept to look at: heads are hidden before they are stored."""

from __future__ import annotations

import uuid

import pghistory
from django.conf import settings
from django.core.files.storage import storages
from django.core.files.storage.base import Storage
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scans.blob_deletions import frames_prefix
from scans.models import ScanSession, ScanVideo


@pghistory.track()
class SessionReview(models.Model):
    """The word of a supervisor on one scan; said anew it is changed, and the audit keeps what was said before.

    A bad one has a reason and is left out of training sets that are drawn from then on.
    """

    class Verdict(models.TextChoices):
        GOOD = "good", _("Good")
        BAD = "bad", _("Bad")

    class Reason(models.TextChoices):
        WRONG_CHILD = "wrong_child", _("Another child than the record's")
        NOT_STRAIGHT = "not_straight", _("The child does not stand or lie straight")
        CUT_OFF = "cut_off", _("A part of the body is not in the picture")
        COVERED = "covered", _("Cap, shoes or wide clothes")
        MARKER_MISPLACED = "marker_misplaced", _("The marker does not stand beside the child")
        SECOND_PERSON = "second_person", _("Somebody else is in the picture")
        POOR_PICTURE = "poor_picture", _("Dark, blurred or shaken")
        BODY_NOT_FOUND = "body_not_found", _("The portal found the body in the wrong place")
        OTHER = "other", _("Something else (say what)")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.OneToOneField(ScanSession, on_delete=models.CASCADE, related_name="review")
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict.choices)
    reason = models.CharField(_("reason"), max_length=32, choices=Reason.choices, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-reviewed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="good", reason="") | (Q(verdict="bad") & ~Q(reason="")),
                name="bad_review_with_reason",
            ),
            models.CheckConstraint(condition=~Q(reason="other") | ~Q(note=""), name="other_review_reason_with_note"),
        ]

    def __str__(self) -> str:
        return f"review {self.id}"


def scan_frame_storage() -> Storage:
    """Return the storage of pictures: the films' own container or folder, so that what empties one empties both."""
    return storages["scan_frames"]


def scan_frame_name(frame: ReviewFrame, _filename: str) -> str:
    """Return `children/{child_id}/sessions/{session_id}/frames/{id}.jpg`."""
    return f"{frames_prefix(frame.session.child_id, frame.session_id)}{frame.pk}.jpg"


class ReviewFrame(models.Model):
    """One picture of a film in which nobody can be recognised. Never edited.

    `points`: {landmark number: [x, y]} of the body below the head; `marker`: corners [[x, y], ...] of each marker that
    was seen. Both in shares of the picture's sides; they are drawn over it on request.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(ScanSession, on_delete=models.CASCADE, related_name="review_frames")
    scan_type = models.CharField(_("scan type"), max_length=16, choices=ScanVideo.ScanType.choices)
    time_s = models.FloatField(_("seconds from the start of the film"))
    image = models.FileField(upload_to=scan_frame_name, storage=scan_frame_storage, max_length=255)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    points = models.JSONField(default=dict, blank=True)
    marker = models.JSONField(default=list, blank=True)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["scan_type", "time_s", "id"]
        constraints = [models.UniqueConstraint(fields=["session", "scan_type", "time_s"], name="frame_once")]

    def __str__(self) -> str:
        return f"review frame {self.id}"

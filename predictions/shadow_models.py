"""What a candidate model said of a session beside the active one. Nobody in a clinic sees it."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scans.models import ScanSession


class ShadowPrediction(models.Model):
    """A candidate's answer to a session that the active model has answered. Never edited, never a measurement.

    `height_cm` is None where the candidate refused, with the reason code. `seconds`: what its answer took.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(ScanSession, on_delete=models.CASCADE, related_name="shadow_predictions")
    model_version = models.ForeignKey(
        "predictions.ModelVersion", on_delete=models.PROTECT, related_name="shadow_predictions"
    )
    height_cm = models.FloatField(_("length or height, cm"), null=True, blank=True)
    height_sd_cm = models.FloatField(_("its SD, cm"), null=True, blank=True)
    refused = models.CharField(_("why no estimate"), max_length=32, blank=True)
    intervals = models.JSONField(_("intervals of length or height, cm"), default=dict, blank=True)
    seconds = models.FloatField(_("time of the answer, s"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["session", "model_version"], name="one_shadow_of_session_and_model")
        ]

    def __str__(self) -> str:
        return f"shadow prediction {self.id}"

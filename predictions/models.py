"""Which models there are, and what each said of a session."""

from __future__ import annotations

import uuid

import pghistory
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import clinics_of
from accounts.models import User
from children.models import Measurement
from ml_models.types import ScaleCue as MlScaleCue
from scans.models import ScanSession


class ModelVersion(models.Model):
    """A trained estimator; one is active. `metrics` are those of its manifest: accuracy on rendered children."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100)
    version = models.CharField(_("version"), max_length=50)
    sha256 = models.CharField(max_length=64)
    metrics = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(_("active"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="model_version_once"),
            models.UniqueConstraint(fields=["is_active"], condition=Q(is_active=True), name="one_active_model"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class PredictionQuerySet(models.QuerySet["Prediction"]):
    """Questions about predictions."""

    def visible_to(self, user: User) -> PredictionQuerySet:
        """Return predictions of children of the clinics where `user` works."""
        return self.filter(session__child__clinic__in=clinics_of(user))


def _estimate_field(label: str) -> models.FloatField:
    return models.FloatField(label, null=True, blank=True)


@pghistory.track()
class Prediction(models.Model):
    """What the model said of one session, whole: estimates with SD and intervals, cue, timings. Never edited.

    `intervals`: {quantity: {"50": [low, high], "80": ..., "90": ...}} in the unit of the quantity. Only length/height
    goes on to a measurement; the others stay here.
    """

    class ScaleCue(models.TextChoices):
        MARKER = MlScaleCue.MARKER.value, _("marker sheet")
        DISTANCE = MlScaleCue.DISTANCE.value, _("measured distance")
        NONE = MlScaleCue.NONE.value, _("none")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.OneToOneField(ScanSession, on_delete=models.CASCADE, related_name="prediction")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="predictions")
    backend = models.CharField(_("served by"), max_length=32)
    pose_backend = models.CharField(_("pose by"), max_length=64)
    scale_cue = models.CharField(_("scale from"), max_length=16, choices=ScaleCue.choices)
    confidence = models.FloatField(_("probability of being within 1.4 cm"), null=True, blank=True)
    height_cm = _estimate_field(_("length or height, cm"))
    height_sd_cm = _estimate_field(_("its SD, cm"))
    weight_kg = _estimate_field(_("weight, kg"))
    weight_sd_kg = _estimate_field(_("its SD, kg"))
    muac_mm = _estimate_field(_("MUAC, mm"))
    muac_sd_mm = _estimate_field(_("its SD, mm"))
    head_circumference_cm = _estimate_field(_("head circumference, cm"))
    head_circumference_sd_cm = _estimate_field(_("its SD, cm"))
    intervals = models.JSONField(default=dict)
    quality = models.JSONField(default=dict)
    stage_seconds = models.JSONField(default=dict)
    frames_used = models.PositiveSmallIntegerField(default=0)
    measurement = models.OneToOneField(
        Measurement, on_delete=models.SET_NULL, null=True, blank=True, related_name="prediction"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PredictionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return f"prediction {self.id}"

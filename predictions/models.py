"""Which models there are, and what each said of a session."""

from __future__ import annotations

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.lookups import IsNull
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import clinics_of
from accounts.models import User
from children.models import Measurement
from ml_models.types import ScaleCue as MlScaleCue
from predictions.backends.reasons import FallbackReason
from predictions.review_models import ReviewFrame, SessionReview
from predictions.shadow_models import ShadowPrediction
from predictions.training_set_models import TrainingSet, TrainingSetMember
from scans.models import ScanSession

__all__ = [
    "ModelVersion",
    "Prediction",
    "ReviewFrame",
    "SessionReview",
    "ShadowPrediction",
    "TrainingSet",
    "TrainingSetMember",
]


@pghistory.track()
class ModelVersion(models.Model):
    """A trained estimator; at most one is active, and only `manage.py promote_model` changes which.

    What it was taught, its figures and its card are copied from its manifest when it is registered: they stay readable
    where the weights are no longer installed. `metrics` name the data that they were measured on. `comparison` is the
    paired comparison that was shown when it was promoted; the newest installed version of a fresh installation has
    neither promoter nor comparison. `shadow_since`: it answers beside the active one (`predictions.shadow`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100)
    version = models.CharField(_("version"), max_length=50)
    kind = models.CharField(_("kind of model"), max_length=32, blank=True)
    sha256 = models.CharField(_("SHA-256 of the manifest"), max_length=64)
    metrics = models.JSONField(_("figures"), default=dict, blank=True)
    lineage = models.JSONField(_("what it was trained on"), default=dict, blank=True)
    card = models.JSONField(_("model card"), default=dict, blank=True)
    code_commit = models.CharField(_("commit of the code"), max_length=64, blank=True)
    trained_at = models.DateTimeField(_("trained at"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=False)
    activated_at = models.DateTimeField(_("active since"), null=True, blank=True)
    promoted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    promotion_reason = models.CharField(_("why it was promoted"), max_length=500, blank=True)
    comparison = models.JSONField(_("comparison at promotion"), default=dict, blank=True)
    shadow_since = models.DateTimeField(_("answers in the shadow since"), null=True, blank=True)
    created_at = models.DateTimeField(_("registered at"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="model_version_once"),
            models.UniqueConstraint(fields=["is_active"], condition=Q(is_active=True), name="one_active_model"),
            models.UniqueConstraint(
                IsNull("shadow_since", False), condition=Q(shadow_since__isnull=False), name="one_model_in_the_shadow"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def label(self) -> str:
        """Name and version as the folder of its weights is called."""
        return f"{self.name}-{self.version}"


class PredictionQuerySet(models.QuerySet["Prediction"]):
    """Questions about predictions."""

    def visible_to(self, user: User) -> PredictionQuerySet:
        """Return predictions of children of the clinics where `user` works."""
        return self.filter(session__child__clinic__in=clinics_of(user))


def _estimate_field(label: str) -> models.FloatField:
    return models.FloatField(label, null=True, blank=True)


# Audit rows outlive what they tell of. Features describe a body, so they go with the session and leave no copy.
@pghistory.track(exclude=["features"])
class Prediction(models.Model):
    """What the model said of one session, whole: estimates with SD and intervals, cue, timings. Never edited.

    `intervals`: {quantity: {"50": [low, high], "80": ..., "90": ...}} in the unit of the quantity. Only length/height
    goes on to a measurement; the others stay here. `features` is the fused row that the model read
    (`predictions.feature_rows`): with it another model can be asked later, and a pair be made; empty where unknown.
    `backend` names who answered. Where a model endpoint is configured, `endpoint_seconds` is what it took or cost, and
    `fallback_reason` says why the local model answered in its place.
    """

    class ScaleCue(models.TextChoices):
        MARKER = MlScaleCue.MARKER.value, _("marker sheet")
        DISTANCE = MlScaleCue.DISTANCE.value, _("measured distance")
        NONE = MlScaleCue.NONE.value, _("none")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.OneToOneField(ScanSession, on_delete=models.CASCADE, related_name="prediction")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="predictions")
    backend = models.CharField(_("served by"), max_length=32)
    fallback_reason = models.CharField(
        _("why not the endpoint"), max_length=32, choices=FallbackReason.choices, blank=True
    )
    endpoint_seconds = models.FloatField(_("time of the endpoint, s"), null=True, blank=True)
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
    features = models.JSONField(default=dict, blank=True)
    measurement = models.OneToOneField(
        Measurement, on_delete=models.SET_NULL, null=True, blank=True, related_name="prediction"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PredictionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return f"prediction {self.id}"

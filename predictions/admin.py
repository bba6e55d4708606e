"""Model versions and predictions for support: to read.

A model version is what its folder of weights says; which one is active is decided by `manage.py promote_model`, not by
a tick here. Training sets are drawn by `manage.py draw_training_set`.
"""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import LookOnlyAdmin, register_audit
from predictions.models import (
    ModelVersion,
    Prediction,
    ReviewFrame,
    SessionReview,
    ShadowPrediction,
    TrainingSet,
    TrainingSetMember,
)


@admin.register(ModelVersion)
class ModelVersionAdmin(LookOnlyAdmin):
    """Trained estimators that this installation knows."""

    list_display = ("name", "version", "kind", "is_active", "activated_at", "promoted_by", "created_at", "sha256")
    list_filter = ("is_active", "name", "kind")
    list_select_related = ("promoted_by",)
    search_fields = ("name", "version", "sha256")
    date_hierarchy = "created_at"


@admin.register(Prediction)
class PredictionAdmin(LookOnlyAdmin):
    """What a model said of a session: screening estimates, not a diagnosis."""

    hidden = ("features",)
    list_display = (
        "created_at",
        "session",
        "model_version",
        "backend",
        "fallback_reason",
        "scale_cue",
        "height_cm",
        "height_sd_cm",
        "confidence",
        "measurement",
    )
    list_filter = ("model_version", "backend", "fallback_reason", "scale_cue", "session__child__clinic")
    list_select_related = ("session", "model_version", "measurement")
    search_fields = ("session__child__code", "session__id__startswith", "id__startswith")
    date_hierarchy = "created_at"


@admin.register(TrainingSet)
class TrainingSetAdmin(LookOnlyAdmin):
    """Pairs of scan and manual measurement that were drawn for a model."""

    list_display = ("name", "purpose", "ethics_reference", "rows", "children", "created_by", "created_at")
    list_filter = ("purpose", "ethics_reference")
    list_select_related = ("created_by",)
    search_fields = ("name", "ethics_reference", "manifest_sha256")
    date_hierarchy = "created_at"


@admin.register(TrainingSetMember)
class TrainingSetMemberAdmin(LookOnlyAdmin):
    """Who is in a set, under pseudonyms; the scan is named until it is erased."""

    list_display = ("session_pseudonym", "child_pseudonym", "training_set", "session")
    list_filter = ("training_set",)
    list_select_related = ("training_set", "session")
    search_fields = ("session_pseudonym", "child_pseudonym", "session__id__startswith")


@admin.register(SessionReview)
class SessionReviewAdmin(LookOnlyAdmin):
    """What supervisors said of scans."""

    list_display = ("reviewed_at", "session", "verdict", "reason", "reviewed_by")
    list_filter = ("verdict", "reason", "session__child__clinic")
    list_select_related = ("session", "reviewed_by")
    search_fields = ("session__child__code", "session__id__startswith")
    date_hierarchy = "reviewed_at"


@admin.register(ReviewFrame)
class ReviewFrameAdmin(LookOnlyAdmin):
    """That a picture with hidden heads is kept, not the picture: supervisors look at it on the scan's page."""

    hidden = ("image", "points", "marker")
    list_display = ("made_at", "session", "scan_type", "time_s")
    list_filter = ("scan_type", "session__child__clinic")
    list_select_related = ("session",)
    search_fields = ("session__child__code", "session__id__startswith")
    date_hierarchy = "made_at"


@admin.register(ShadowPrediction)
class ShadowPredictionAdmin(LookOnlyAdmin):
    """What a candidate model said beside the active one; no clinic sees it."""

    list_display = ("created_at", "session", "model_version", "height_cm", "height_sd_cm", "refused", "seconds")
    list_filter = ("model_version", "session__child__clinic")
    list_select_related = ("session", "model_version")
    search_fields = ("session__child__code", "session__id__startswith")
    date_hierarchy = "created_at"


register_audit(ModelVersion, Prediction, SessionReview, TrainingSet)

"""Model versions and predictions for support: to read.

A model version is what its folder of weights says; which one is active is decided by the registry, not by a tick here.
"""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import LookOnlyAdmin, register_audit
from predictions.models import ModelVersion, Prediction


@admin.register(ModelVersion)
class ModelVersionAdmin(LookOnlyAdmin):
    """Trained estimators that this installation knows."""

    list_display = ("name", "version", "is_active", "created_at", "sha256")
    list_filter = ("is_active", "name")
    search_fields = ("name", "version", "sha256")
    date_hierarchy = "created_at"


@admin.register(Prediction)
class PredictionAdmin(LookOnlyAdmin):
    """What a model said of a session: screening estimates, not a diagnosis."""

    list_display = (
        "created_at",
        "session",
        "model_version",
        "backend",
        "scale_cue",
        "height_cm",
        "height_sd_cm",
        "confidence",
        "measurement",
    )
    list_filter = ("model_version", "backend", "scale_cue", "session__child__clinic")
    list_select_related = ("session", "model_version", "measurement")
    search_fields = ("session__child__code", "session__id__startswith", "id__startswith")
    date_hierarchy = "created_at"


register_audit(Prediction)

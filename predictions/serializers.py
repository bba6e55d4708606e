"""What the API says of models and of what they estimated."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from cgm_portal.api_parsers import AnswerChoiceField, StrictCharField
from children.serializers import MeasurementSerializer
from predictions.backends.reasons import FallbackReason
from predictions.models import ModelVersion, Prediction
from scans.models import ScanVideo
from scans.serializers import CaptureSerializer

CAUTION = "A screening estimate, not a diagnosis."
# Shown only where the programme says so: half of the severe calls by a predicted MUAC are false.
HIDDEN_QUANTITIES = ("weight_kg", "muac_mm", "head_circumference_cm")


class ModelVersionSerializer(serializers.ModelSerializer):
    """A trained estimator; `metrics` name the data that they were measured on."""

    metrics = serializers.DictField(read_only=True)

    class Meta:
        model = ModelVersion
        fields = ["id", "name", "version", "sha256", "metrics", "is_active", "created_at"]
        read_only_fields = fields


class EstimateSerializer(serializers.Serializer):
    """One estimated quantity, in the unit of its name."""

    mean = serializers.FloatField()
    sd = serializers.FloatField(allow_null=True)
    intervals = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField()), help_text='{"80": [low, high]} by percent.'
    )


class PredictionSerializer(serializers.ModelSerializer):
    """What a model said of a session. Only length or height becomes a measurement, with its assessment."""

    child = serializers.UUIDField(source="session.child_id", read_only=True)
    model_name = serializers.CharField(source="model_version.name", read_only=True)
    model_release = serializers.CharField(source="model_version.version", read_only=True)
    caution = serializers.SerializerMethodField()
    backend = serializers.CharField(read_only=True, help_text="Who answered: `local` or `azure_ml`, the endpoint.")
    fallback_reason = AnswerChoiceField(
        FallbackReason.choices, help_text="Why `local` answered in the endpoint's place; null where it did not."
    )
    endpoint_seconds = serializers.FloatField(
        read_only=True, allow_null=True, help_text="What the endpoint took or cost; null where none is configured."
    )
    height_cm = serializers.SerializerMethodField(help_text="Length (lying) or height (standing).")
    weight_kg = serializers.SerializerMethodField(help_text="Null unless the programme shows it.")
    muac_mm = serializers.SerializerMethodField(help_text="Null unless the programme shows it.")
    head_circumference_cm = serializers.SerializerMethodField(help_text="Null unless the programme shows it.")
    quality = serializers.DictField(read_only=True)
    stage_seconds = serializers.DictField(child=serializers.FloatField(), read_only=True)
    measurement = MeasurementSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Prediction
        fields = [
            "id",
            "session",
            "child",
            "caution",
            "model_version",
            "model_name",
            "model_release",
            "backend",
            "fallback_reason",
            "endpoint_seconds",
            "pose_backend",
            "scale_cue",
            "confidence",
            "height_cm",
            "weight_kg",
            "muac_mm",
            "head_circumference_cm",
            "quality",
            "stage_seconds",
            "frames_used",
            "created_at",
            "measurement",
        ]
        read_only_fields = fields

    def get_caution(self, prediction: Prediction) -> str:
        """Return the words that belong beside every number here."""
        return CAUTION

    def get_height_cm(self, prediction: Prediction) -> dict[str, Any] | None:
        """Return the estimated length or height."""
        return _estimate(prediction, "height_cm", "height_sd_cm")

    def get_weight_kg(self, prediction: Prediction) -> dict[str, Any] | None:
        """Return the estimated weight, where the programme shows it."""
        return _estimate_if_shown(prediction, "weight_kg", "weight_sd_kg")

    def get_muac_mm(self, prediction: Prediction) -> dict[str, Any] | None:
        """Return the estimated MUAC, where the programme shows it."""
        return _estimate_if_shown(prediction, "muac_mm", "muac_sd_mm")

    def get_head_circumference_cm(self, prediction: Prediction) -> dict[str, Any] | None:
        """Return the estimated head circumference, where the programme shows it."""
        return _estimate_if_shown(prediction, "head_circumference_cm", "head_circumference_sd_cm")


class PredictVideoSerializer(CaptureSerializer):
    """A whole scan in one request: child, capture facts and one film."""

    scan_type = serializers.ChoiceField(choices=ScanVideo.ScanType.choices)
    video = serializers.FileField(allow_empty_file=True, help_text="The film: MP4, MOV or WebM.")
    sha256 = StrictCharField(
        required=False, max_length=64, help_text="Hex SHA-256 of the film: a damaged upload is refused."
    )

    class Meta(CaptureSerializer.Meta):
        fields = [*CaptureSerializer.Meta.fields, "scan_type", "video", "sha256"]


def _estimate_if_shown(prediction: Prediction, name: str, sd_name: str) -> dict[str, Any] | None:
    shown = prediction.session.child.clinic.programme.shows_predicted_muac
    return _estimate(prediction, name, sd_name) if shown else None


def _estimate(prediction: Prediction, name: str, sd_name: str) -> dict[str, Any] | None:
    mean = getattr(prediction, name)
    if mean is None:
        return None
    return {"mean": mean, "sd": getattr(prediction, sd_name), "intervals": prediction.intervals.get(name, {})}

"""What the API reads and writes of scan sessions and their films."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from cgm_portal.api_parsers import (
    AnswerChoiceField,
    StrictCharField,
    StrictModelSerializer,
    StrictSerializer,
    StrictUUIDField,
)
from ml_models.quality import ADVICE, ReasonCode
from scans.models import ScanSession, ScanVideo

FACT_FIELDS = (
    "marker_used",
    "marker_sheet",
    "marker_id",
    "marker_size_mm",
    "camera_distance_cm",
    "camera_height_cm",
    "camera_tilt_deg",
    "camera_roll_deg",
    "phone_model",
    "focal_length_px",
)


class ScanVideoSerializer(serializers.ModelSerializer):
    """A film that arrived whole."""

    class Meta:
        model = ScanVideo
        fields = ["id", "scan_type", "size_bytes", "sha256", "uploaded_at"]
        read_only_fields = fields


class ScanSessionSerializer(StrictModelSerializer):
    """Where a scan stands: `state`, the `stage` of its processing, and after a bad end the reason with advice."""

    stage = AnswerChoiceField(ScanSession.Stage.choices, help_text="While `processing`.")
    reason = AnswerChoiceField(ScanSession.ReasonChoices)
    marker_sheet = AnswerChoiceField(ScanSession.MarkerSheet.choices, help_text="Null for a single marker or none.")
    videos = ScanVideoSerializer(many=True, read_only=True)
    advice = serializers.SerializerMethodField(help_text="What to do about `reason`; null without one.")
    result_url = serializers.SerializerMethodField(help_text="Where the estimate is; null until `succeeded`.")

    class Meta:
        model = ScanSession
        fields = [
            "id",
            "child",
            "state",
            "stage",
            "stage_at",
            "reason",
            "advice",
            "result_url",
            "started_by",
            "started_at",
            "recorded_at",
            "submitted_at",
            "finished_at",
            *FACT_FIELDS,
            "videos",
        ]
        read_only_fields = fields

    def get_advice(self, session: ScanSession) -> str | None:
        """Return the sentence for the person who filmed."""
        return ADVICE[ReasonCode(session.reason)] if session.reason else None

    def get_result_url(self, session: ScanSession) -> str | None:
        """Return the address of the estimate, which the app above serves."""
        if session.state != ScanSession.State.SUCCEEDED:
            return None
        return reverse("api-scan-result", kwargs={"pk": session.pk})


class CaptureSerializer(StrictModelSerializer):
    """The child, and the capture facts as operator and phone tell them. What is not known is left out."""

    id = StrictUUIDField(required=False, help_text="Made by the client: sending it again opens no second session.")
    child = StrictUUIDField()

    class Meta:
        model = ScanSession
        fields = ["id", "child", "recorded_at", *FACT_FIELDS]

    def facts(self) -> dict[str, Any]:
        """Return the facts of validated values; what was not told is stored as unknown, in a repeat too."""
        unknown = {"marker_used": False, "marker_sheet": "", "phone_model": ""}
        facts = {name: self.validated_data.get(name, unknown.get(name)) for name in FACT_FIELDS}
        if "recorded_at" in self.validated_data:
            facts["recorded_at"] = self.validated_data["recorded_at"]
        return facts


class VideoUploadSerializer(StrictSerializer):
    """One film of a session."""

    scan_type = serializers.ChoiceField(choices=ScanVideo.ScanType.choices)
    file = serializers.FileField(allow_empty_file=True, help_text="The film: MP4, MOV or WebM.")
    sha256 = StrictCharField(
        required=False, max_length=64, help_text="Hex SHA-256 of the file: a damaged upload is refused."
    )

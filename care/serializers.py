"""What the API reads and writes of alerts and follow-ups."""

from __future__ import annotations

from rest_framework import serializers

from care.models import Alert, FollowUp
from cgm_portal.api_parsers import AnswerChoiceField, StrictCharField, StrictModelSerializer, StrictSerializer

CHILD_FIELDS = ["child", "child_code", "child_name"]


class AlertSerializer(serializers.ModelSerializer):
    """Someone must act for a child; `evidence` are the measurements that it rests on."""

    child_code = serializers.CharField(source="child.code", read_only=True)
    child_name = serializers.CharField(source="child.name", read_only=True)
    resolution = AnswerChoiceField(Alert.Resolution.choices)

    class Meta:
        model = Alert
        fields = [
            "id",
            *CHILD_FIELDS,
            "criterion",
            "severity",
            "state",
            "unconfirmed",
            "raised_by",
            "evidence",
            "opened_at",
            "acknowledged_at",
            "acknowledged_by",
            "referred_at",
            "referred_by",
            "referred_to",
            "resolved_at",
            "resolved_by",
            "resolution",
            "resolution_reason",
        ]
        read_only_fields = fields


class AlertReferSerializer(StrictSerializer):
    """Where the child is referred to."""

    referred_to = StrictCharField(max_length=200)


class AlertResolveSerializer(StrictSerializer):
    """Why the alert is closed."""

    reason = StrictCharField(max_length=500)


class FollowUpSerializer(StrictModelSerializer):
    """A task with a date for a child."""

    child_code = serializers.CharField(source="child.code", read_only=True)
    child_name = serializers.CharField(source="child.name", read_only=True)
    is_overdue = serializers.BooleanField(read_only=True)

    class Meta:
        model = FollowUp
        fields = [
            "id",
            *CHILD_FIELDS,
            "reason",
            "detail",
            "due_on",
            "is_overdue",
            "state",
            "measurement",
            "probability",
            "created_at",
            "completed_at",
            "completed_by",
            "completed_with",
            "outcome",
        ]
        read_only_fields = fields


class FollowUpCompleteSerializer(StrictSerializer):
    """What came of it."""

    outcome = StrictCharField(max_length=500)

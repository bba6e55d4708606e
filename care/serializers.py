"""What the API reads and writes of alerts and follow-ups."""

from __future__ import annotations

from rest_framework import serializers

from care.models import Alert, FollowUp
from cgm_portal.api_parsers import (
    AnswerChoiceField,
    StrictCharField,
    StrictDateField,
    StrictModelSerializer,
    StrictSerializer,
)

CHILD_FIELDS = ["child", "child_code", "child_name"]


class AlertSerializer(serializers.ModelSerializer):
    """Someone must act for a child; `evidence` are the measurements that it rests on."""

    child_code = serializers.CharField(source="child.code", read_only=True)
    child_name = serializers.CharField(source="child.name", read_only=True)
    resolution = AnswerChoiceField(Alert.Resolution.choices)
    close_reason = AnswerChoiceField(Alert.CloseReason.choices)
    is_overdue = serializers.BooleanField(read_only=True)

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
            "referral",
            "is_overdue",
            "resolved_at",
            "resolved_by",
            "resolution",
            "close_reason",
            "resolution_reason",
        ]
        read_only_fields = fields


class AlertReferSerializer(StrictSerializer):
    """Where the child is referred to."""

    referred_to = StrictCharField(max_length=200)
    referred_on = StrictDateField(required=False, help_text="Today where it is left out.")


class AlertResolveSerializer(StrictSerializer):
    """Why the alert is closed: a reason to choose, another one in words."""

    close_reason = serializers.ChoiceField(choices=Alert.CloseReason.choices, required=False)
    reason = StrictCharField(
        max_length=500, required=False, allow_blank=True, help_text="Needed where `close_reason` is other or left out."
    )


class FollowUpSerializer(StrictModelSerializer):
    """A task with a date for a child."""

    child_code = serializers.CharField(source="child.code", read_only=True)
    child_name = serializers.CharField(source="child.name", read_only=True)
    is_overdue = serializers.BooleanField(read_only=True)
    is_missed = serializers.BooleanField(read_only=True, help_text="Open, and its window has ended.")
    window_ends_on = serializers.DateField(read_only=True, help_text="The last day on which it counts as kept.")
    days_late = serializers.IntegerField(read_only=True, help_text="Done that many days after its window; 0 in time.")

    class Meta:
        model = FollowUp
        fields = [
            "id",
            *CHILD_FIELDS,
            "reason",
            "detail",
            "due_on",
            "window_ends_on",
            "is_overdue",
            "is_missed",
            "days_late",
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

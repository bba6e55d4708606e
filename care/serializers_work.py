"""What the API reads and writes of referrals, treatments, tracing and a child's status."""

from __future__ import annotations

from rest_framework import serializers

from care.models import Referral, Tracing, TracingAttempt, TreatmentEpisode
from cgm_portal.api_parsers import (
    AnswerChoiceField,
    StrictBooleanField,
    StrictCharField,
    StrictDateField,
    StrictSerializer,
    StrictUUIDField,
)
from children.models import Child, StatusChange

NOTE = {"max_length": 500, "required": False, "allow_blank": True}


class ReferralSerializer(serializers.ModelSerializer):
    """A referral; `outcome` is null until somebody knows."""

    outcome = AnswerChoiceField(Referral.Outcome.choices)

    class Meta:
        model = Referral
        fields = [
            "id",
            "child",
            "place",
            "referred_on",
            "recorded_at",
            "recorded_by",
            "outcome",
            "outcome_on",
            "outcome_note",
            "outcome_by",
        ]
        read_only_fields = fields


class ReferSerializer(StrictSerializer):
    """Where a child is referred to."""

    child = StrictUUIDField()
    referred_to = StrictCharField(max_length=200)
    referred_on = StrictDateField(required=False, help_text="Today where it is left out.")


class OutcomeSerializer(StrictSerializer):
    """What came of a referral."""

    outcome = serializers.ChoiceField(choices=Referral.Outcome.choices)
    outcome_on = StrictDateField()
    note = StrictCharField(**NOTE)


class TreatmentSerializer(serializers.ModelSerializer):
    """A treatment; `exit` is null while it goes on."""

    exit = AnswerChoiceField(TreatmentEpisode.Exit.choices)

    class Meta:
        model = TreatmentEpisode
        fields = [
            "id",
            "child",
            "clinic",
            "kind",
            "criterion",
            "admission",
            "admitted_on",
            "admitted_by",
            "recorded_at",
            "exit",
            "exited_on",
            "exited_by",
            "exit_note",
        ]
        read_only_fields = fields


class AdmitSerializer(StrictSerializer):
    """An admission."""

    child = StrictUUIDField()
    kind = serializers.ChoiceField(choices=TreatmentEpisode.Kind.choices)
    criterion = serializers.ChoiceField(choices=TreatmentEpisode.Criterion.choices)
    admission = serializers.ChoiceField(choices=TreatmentEpisode.Admission.choices)
    admitted_on = StrictDateField()


class ExitSerializer(StrictSerializer):
    """How a treatment ended."""

    exit = serializers.ChoiceField(choices=TreatmentEpisode.Exit.choices)
    exited_on = StrictDateField()
    note = StrictCharField(**NOTE)


class TracingAttemptSerializer(serializers.ModelSerializer):
    """One try to reach a family; `reason_not_reached` is null where it was reached."""

    reason_not_reached = AnswerChoiceField(TracingAttempt.NotReached.choices)

    class Meta:
        model = TracingAttempt
        fields = [
            "id",
            "attempted_on",
            "way",
            "was_reached",
            "reason_not_reached",
            "note",
            "recorded_at",
            "recorded_by",
        ]
        read_only_fields = fields


class TracingSerializer(serializers.ModelSerializer):
    """Looking for one child; `outcome` is null while it goes on."""

    outcome = AnswerChoiceField(Tracing.Outcome.choices)
    attempts = TracingAttemptSerializer(many=True, read_only=True)

    class Meta:
        model = Tracing
        fields = [
            "id",
            "child",
            "opened_at",
            "opened_by",
            "outcome",
            "outcome_on",
            "outcome_note",
            "closed_by",
            "attempts",
        ]
        read_only_fields = fields


class AttemptSerializer(StrictSerializer):
    """One try to reach a family."""

    child = StrictUUIDField()
    attempted_on = StrictDateField()
    way = serializers.ChoiceField(choices=TracingAttempt.Way.choices)
    was_reached = StrictBooleanField()
    reason_not_reached = serializers.ChoiceField(
        choices=TracingAttempt.NotReached.choices, required=False, help_text="Needed where nobody was reached."
    )
    note = StrictCharField(**NOTE)


class TracingOutcomeSerializer(StrictSerializer):
    """How looking for a child ended."""

    outcome = serializers.ChoiceField(choices=Tracing.Outcome.choices)
    outcome_on = StrictDateField()
    note = StrictCharField(**NOTE)


class StatusChangeSerializer(serializers.ModelSerializer):
    """One change of a child's status, with who, when and why."""

    class Meta:
        model = StatusChange
        fields = ["id", "child", "before", "after", "happened_on", "reason", "changed_at", "changed_by"]
        read_only_fields = fields


class StatusSerializer(StrictSerializer):
    """What became of a child."""

    child = StrictUUIDField()
    status = serializers.ChoiceField(choices=Child.Status.choices)
    happened_on = StrictDateField()
    reason = StrictCharField(max_length=500)

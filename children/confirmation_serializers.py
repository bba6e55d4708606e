"""What the API shows of questions back that a person has answered."""

from __future__ import annotations

from rest_framework import serializers

from cgm_portal.api_parsers import StrictModelSerializer, StrictSerializer
from children.models import ConfirmedQuestion
from children.plausibility import CONFIRMABLE_FIELDS


class QuestionedValueSerializer(StrictSerializer):
    """One value that a question was about, in the unit of its field, with the evidence of that day."""

    field = serializers.ChoiceField(choices=CONFIRMABLE_FIELDS)
    entered = serializers.FloatField()
    would_be = serializers.FloatField(allow_null=True, help_text="What was probably meant.")
    previous = serializers.FloatField(allow_null=True, help_text="The child's last earlier value.")
    previous_on = serializers.DateField(allow_null=True)
    expected = serializers.FloatField(allow_null=True, help_text="What the child would have on its own line.")


class ConfirmedQuestionSerializer(StrictModelSerializer):
    """A question back that a person answered with "right as entered"."""

    field = serializers.ChoiceField(choices=CONFIRMABLE_FIELDS, help_text="Where it was asked.")
    values = QuestionedValueSerializer(many=True)

    class Meta:
        model = ConfirmedQuestion
        fields = ["code", "field", "values", "confirmed_by", "confirmed_at"]
        read_only_fields = fields

"""What the API reads and writes of children, guardians, measurements and assessments."""

from __future__ import annotations

import uuid

from rest_framework import serializers

from cgm_portal.api_parsers import (
    AnswerChoiceField,
    StrictCharField,
    StrictModelSerializer,
    StrictSerializer,
    StrictUUIDField,
)
from children.confirmation_serializers import ConfirmedQuestionSerializer
from children.growth import Action, RowCode
from children.measurement_forms import MeasuredNumberField
from children.models import Child, Consent, GrowthAssessment, Guardian, Measurement
from children.plausibility import CONFIRMABLE_FIELDS
from children.registration import GuardianDetails
from children.services import MeasuredValues

MEASURED_FIELDS = (
    "weight_kg",
    "length_height_cm",
    "position",
    "muac_mm",
    "head_circumference_cm",
    "oedema",
    "measured_by",
)


class GuardianSerializer(serializers.ModelSerializer):
    """Who answers for the child."""

    class Meta:
        model = Guardian
        fields = ["id", "name", "relation", "phone"]
        read_only_fields = fields


class GuardianWriteSerializer(StrictModelSerializer):
    """A guardian as the phone sends it."""

    class Meta:
        model = Guardian
        fields = ["name", "relation", "phone"]

    def details(self, values: dict[str, str] | None) -> GuardianDetails | None:
        """Return what the registration service wants, of validated values."""
        return GuardianDetails(**values) if values else None


class ChildSerializer(serializers.ModelSerializer):
    """A child, its guardians, and the purposes that have a consent now."""

    guardians = GuardianSerializer(many=True, read_only=True)
    live_consents = serializers.SerializerMethodField(help_text="Purposes with a consent that was not withdrawn.")
    nearly_the_same = serializers.BooleanField(
        source="is_similar", default=False, read_only=True, help_text="Offered because no child has the words of `q`."
    )

    class Meta:
        model = Child
        fields = [
            "id",
            "code",
            "clinic",
            "name",
            "sex",
            "born_on",
            "birth_date_estimated",
            "gestation_weeks",
            "gestation_days",
            "status",
            "registered_by",
            "registered_at",
            "guardians",
            "live_consents",
            "nearly_the_same",
        ]
        read_only_fields = fields

    def get_live_consents(self, child: Child) -> list[str]:
        """Return the purposes; uses the prefetched consents."""
        return sorted(consent.purpose for consent in child.consents.all() if consent.withdrawn_at is None)


class ChildUpdateSerializer(StrictModelSerializer):
    """What may be changed of a child; what is not sent stays."""

    guardian = GuardianWriteSerializer(required=False, help_text="Takes the place of the first guardian.")

    class Meta:
        model = Child
        fields = [
            "name",
            "sex",
            "born_on",
            "birth_date_estimated",
            "gestation_weeks",
            "gestation_days",
            "guardian",
        ]
        # Not `partial`, which would reach into the guardian and drop its need of a name.
        extra_kwargs = {name: {"required": False} for name in ("name", "sex", "born_on")}


class AgreedPurposeSerializer(StrictModelSerializer):
    """A purpose that the guardian agreed to at registration."""

    class Meta:
        model = Consent
        fields = ["purpose"]


class ChildCreateSerializer(StrictModelSerializer):
    """A registration: child, guardian and the purposes that the guardian agreed to."""

    id = StrictUUIDField(required=False, help_text="Made by the client: sending it again registers nobody twice.")
    clinic = StrictUUIDField(help_text="One of the clinics with `may_record`.")
    guardian = GuardianWriteSerializer(required=False)
    consents = AgreedPurposeSerializer(
        many=True, required=False, max_length=len(Consent.Purpose), help_text="What the guardian agreed to."
    )

    class Meta:
        model = Child
        fields = [
            "id",
            "clinic",
            "name",
            "sex",
            "born_on",
            "birth_date_estimated",
            "gestation_weeks",
            "gestation_days",
            "guardian",
            "consents",
        ]


class BannerRowSerializer(serializers.Serializer):
    """One true row of the banner: a condition and what to do about it."""

    code = serializers.ChoiceField(choices=[code.value for code in RowCode])
    risk_level = serializers.ChoiceField(choices=GrowthAssessment.RiskLevel.choices)
    action = serializers.ChoiceField(choices=[action.value for action in Action])
    follow_up_days = serializers.IntegerField(allow_null=True)
    criteria = serializers.ListField(child=serializers.CharField())


class AssessmentSerializer(StrictModelSerializer):
    """z-scores, classes and the one answer of a measurement, with the standard and engine that gave them.

    A class that is "" is undetermined or not defined at this age. A flagged z-score asks to measure again and is used
    in no class.
    """

    zscore_intervals = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True)),
        help_text="80 % intervals of a scan's z-scores: {index: [low, high]}; null where it leaves the table.",
    )
    class_probabilities = serializers.DictField(child=serializers.FloatField(), help_text="Of a scan: 0 to 1.")
    banner = BannerRowSerializer(source="banner_row", help_text="The one answer.")
    rows = BannerRowSerializer(many=True, help_text="Every true row of the banner, worst first.")

    class Meta:
        model = GrowthAssessment
        fields = [
            "id",
            "measurement",
            "is_current",
            "standard",
            "engine_version",
            "computed_at",
            "age_days",
            "corrected_age_days",
            "haz",
            "waz",
            "whz",
            "baz",
            "acz",
            "hcz",
            "zscore_intervals",
            "class_probabilities",
            "flags",
            "missing",
            "acute",
            "criteria",
            "stunting",
            "wasting",
            "underweight",
            "overweight",
            "thinness",
            "infant_at_risk",
            "banner",
            "rows",
            "risk_level",
            "borrowed_weight_from",
        ]
        read_only_fields = fields


class MeasurementSerializer(StrictModelSerializer):
    """A measurement with its assessment in force. A scan is a screening estimate of length or height, no diagnosis."""

    position = AnswerChoiceField(Measurement.Position.choices)
    assessment = AssessmentSerializer(read_only=True, allow_null=True)
    confirmed_questions = ConfirmedQuestionSerializer(
        many=True, read_only=True, help_text="What was asked back about its values and confirmed: by whom and when."
    )
    corrected_by = serializers.SerializerMethodField(help_text="The measurement that took the place of this one.")

    class Meta:
        model = Measurement
        fields = [
            "id",
            "child",
            "clinic",
            "source",
            "measured_on",
            "measured_at",
            *MEASURED_FIELDS,
            "length_height_sd_cm",
            "recorded_by",
            "recorded_at",
            "state",
            "corrects",
            "corrected_by",
            "superseded_by",
            "ended_at",
            "ended_by",
            "end_reason",
            "confirmed_questions",
            "assessment",
        ]
        read_only_fields = fields

    def get_corrected_by(self, measurement: Measurement) -> uuid.UUID | None:
        """Return the id of the correction; uses the joined row."""
        correction = getattr(measurement, "corrected_by", None)
        return correction.pk if correction else None


class MeasuredValuesSerializer(StrictModelSerializer):
    """What was measured by hand; a value that was not taken is left out."""

    position = serializers.ChoiceField(
        choices=Measurement.Position.choices,
        required=False,
        allow_null=True,
        help_text="Needed with a length or height.",
    )
    confirmed_fields = serializers.ListField(
        child=serializers.ChoiceField(choices=CONFIRMABLE_FIELDS),
        required=False,
        max_length=len(CONFIRMABLE_FIELDS),
        help_text="Values that were asked back (a code that ends in `_suspected`) and that a person has confirmed.",
    )

    class Meta:
        model = Measurement
        fields = ["measured_on", *MEASURED_FIELDS, "confirmed_fields"]
        # As many digits as the form takes: 9800 g in place of 9.8 kg is answered with what it would be.
        extra_kwargs = {name: {"max_digits": MeasuredNumberField.MAX_DIGITS} for name in CONFIRMABLE_FIELDS}

    def measured_values(self) -> MeasuredValues:
        """Return what the measurement services want, of validated values."""
        data = self.validated_data
        given = {name: data[name] for name in MEASURED_FIELDS if name in data}
        return MeasuredValues(**{**given, "position": data.get("position") or ""})

    def confirmed(self) -> frozenset[str]:
        """Return the fields that a person has confirmed."""
        return frozenset(self.validated_data.get("confirmed_fields", ()))


class MeasurementCreateSerializer(MeasuredValuesSerializer):
    """A new measurement by hand."""

    id = StrictUUIDField(required=False, help_text="Made by the client: sending it again stores nothing twice.")
    child = StrictUUIDField()

    class Meta(MeasuredValuesSerializer.Meta):
        fields = ["id", "child", *MeasuredValuesSerializer.Meta.fields]


class MeasurementCorrectSerializer(MeasuredValuesSerializer):
    """The whole measurement as it should have been, and why."""

    reason = StrictCharField(max_length=500)

    class Meta(MeasuredValuesSerializer.Meta):
        fields = [*MeasuredValuesSerializer.Meta.fields, "reason"]


class MeasurementVoidSerializer(StrictSerializer):
    """Why the measurement is taken out of charts and counts."""

    reason = StrictCharField(max_length=500)

"""Children, consents, measurements and assessments for support: to read. The services are the only doors to them."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin import LookOnlyAdmin, LookOnlyInline, register_audit
from children.models import (
    Child,
    ConfirmedQuestion,
    Consent,
    ErasureRecord,
    ErasureRequest,
    GrowthAssessment,
    Guardian,
    Measurement,
    StatusChange,
)


class GuardianInline(LookOnlyInline):
    """Who answers for the child."""

    model = Guardian
    fields = ("name", "relation", "phone", "created_at")
    readonly_fields = fields


class ConsentInline(LookOnlyInline):
    """What was agreed to, and withdrawn."""

    model = Consent
    fields = ("purpose", "text_version", "given_at", "recorded_by", "withdrawn_at", "withdrawn_by")
    readonly_fields = fields


class MeasurementInline(LookOnlyInline):
    """What was measured, corrected and void rows too."""

    model = Measurement
    fields = (
        "measured_on",
        "source",
        "weight_kg",
        "length_height_cm",
        "position",
        "muac_mm",
        "head_circumference_cm",
        "oedema",
        "state",
        "recorded_by",
    )
    readonly_fields = fields
    fk_name = "child"


class AssessmentInline(LookOnlyInline):
    """What the growth engine said of a measurement, retired answers too."""

    model = GrowthAssessment
    fk_name = "measurement"
    fields = ("computed_at", "is_current", "engine_version", "haz", "waz", "whz", "acute", "criteria", "risk_level")
    readonly_fields = fields


class ConfirmedQuestionInline(LookOnlyInline):
    """What was asked back about a measurement and confirmed as entered."""

    model = ConfirmedQuestion
    fields = ("field", "code", "values", "confirmed_by", "confirmed_at")
    readonly_fields = fields


@admin.register(Child)
class ChildAdmin(LookOnlyAdmin):
    """Children, found by code, name or phone of the guardian."""

    list_display = ("code", "clinic", "sex", "born_on", "status", "registered_at", "registered_by")
    list_filter = ("status", "sex", "birth_date_estimated", "clinic")
    list_select_related = ("clinic", "registered_by")
    search_fields = ("code", "name", "guardians__name", "guardians__phone", "id__startswith")
    search_help_text = "Code, name, guardian, phone or id"
    date_hierarchy = "registered_at"
    inlines = (GuardianInline, ConsentInline, MeasurementInline)


@admin.register(Guardian)
class GuardianAdmin(LookOnlyAdmin):
    """Guardians, found by name or phone."""

    list_display = ("id", "child", "relation", "created_at")
    list_select_related = ("child",)
    search_fields = ("name", "phone", "child__code")


@admin.register(StatusChange)
class StatusChangeAdmin(LookOnlyAdmin):
    """What became of children under care: each change with who, when and why."""

    list_display = ("child", "before", "after", "happened_on", "changed_at", "changed_by")
    list_filter = ("after", "child__clinic")
    list_select_related = ("child", "changed_by")
    search_fields = ("child__code", "id__startswith")
    date_hierarchy = "changed_at"


@admin.register(Consent)
class ConsentAdmin(LookOnlyAdmin):
    """Consents and their withdrawals."""

    list_display = ("child", "purpose", "given_at", "recorded_by", "withdrawn_at", "withdrawn_by")
    list_filter = ("purpose", ("withdrawn_at", admin.EmptyFieldListFilter), "text_version", "language")
    list_select_related = ("child", "recorded_by", "withdrawn_by")
    search_fields = ("child__code", "id__startswith")
    date_hierarchy = "given_at"


@admin.register(Measurement)
class MeasurementAdmin(LookOnlyAdmin):
    """Measurements in every state, with who recorded and who ended them."""

    list_display = (
        "measured_on",
        "child",
        "clinic",
        "source",
        "weight_kg",
        "length_height_cm",
        "muac_mm",
        "oedema",
        "state",
        "recorded_by",
    )
    list_filter = ("state", "source", "oedema", "clinic")
    list_select_related = ("child", "clinic", "recorded_by")
    search_fields = ("child__code", "id__startswith")
    date_hierarchy = "measured_on"
    inlines = (AssessmentInline, ConfirmedQuestionInline)


@admin.register(ConfirmedQuestion)
class ConfirmedQuestionAdmin(LookOnlyAdmin):
    """Values that were asked back about and confirmed: by whom, and what the question was."""

    list_display = ("confirmed_at", "child_code", "field", "code", "confirmed_by")
    list_filter = ("code", "field", "measurement__clinic")
    list_select_related = ("measurement__child", "confirmed_by")
    search_fields = ("measurement__child__code", "measurement__id__startswith", "id__startswith")
    date_hierarchy = "confirmed_at"

    @admin.display(description=_("child"), ordering="measurement__child__code")
    def child_code(self, question: ConfirmedQuestion) -> str:
        """Return the code of the child."""
        return question.measurement.child.code


@admin.register(GrowthAssessment)
class GrowthAssessmentAdmin(LookOnlyAdmin):
    """z-scores and classes, with the engine that gave them."""

    list_display = ("computed_at", "child_code", "is_current", "haz", "waz", "whz", "acute", "risk_level", "flags")
    list_filter = ("is_current", "risk_level", "acute", "stunting", "engine_version", "measurement__source")
    list_select_related = ("measurement__child",)
    search_fields = ("measurement__child__code", "measurement__id__startswith", "id__startswith")
    date_hierarchy = "computed_at"

    @admin.display(description=_("child"), ordering="measurement__child__code")
    def child_code(self, assessment: GrowthAssessment) -> str:
        """Return the code of the child."""
        return assessment.measurement.child.code


@admin.register(ErasureRequest)
class ErasureRequestAdmin(LookOnlyAdmin):
    """Guardians' wishes to erase a child, until a supervisor has decided."""

    list_display = ("id", "child", "why", "state", "requested_at", "requested_by", "ended_at", "ended_by")
    list_filter = ("state", "why", "child__clinic")
    list_select_related = ("child", "requested_by", "ended_by")
    search_fields = ("child__code", "id__startswith")
    date_hierarchy = "requested_at"


@admin.register(ErasureRecord)
class ErasureRecordAdmin(LookOnlyAdmin):
    """What was erased: ids, counts and keyed hashes."""

    list_display = ("id", "scope", "why", "executed_at", "mirrored_at")
    list_filter = ("scope", "why", ("mirrored_at", admin.EmptyFieldListFilter))
    search_fields = ("id__startswith", "child_id__startswith")
    date_hierarchy = "executed_at"


register_audit(Child, ErasureRequest, Guardian, StatusChange, Consent, Measurement, ConfirmedQuestion, GrowthAssessment)

"""Query parameters of the lists of children, measurements, assessments and consents."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet, Value

from cgm_portal.api_parsers import HYPHENATED_UUID, ISO_DATE
from children.models import Child, Consent, GrowthAssessment, Measurement
from children.selectors import search_children, similar_children

MAX_SIMILAR = 25  # children offered where none has the words of a search
SEARCHED = (
    "Words of the child's or a guardian's name, accents or not; the code, with or without hyphen; a phone number. "
    "Where no child has them all: children whose names are nearly the same (`nearly_the_same`), at most 25."
)


class ExactDateField(forms.DateField):
    """A date as YYYY-MM-DD only."""

    def to_python(self, value: Any) -> date | None:
        """Return the date. Raises ValidationError("invalid")."""
        if value and not ISO_DATE.fullmatch(str(value)):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class ExactUUIDField(forms.UUIDField):
    """A UUID with its hyphens."""

    def to_python(self, value: Any) -> UUID | None:
        """Return the id. Raises ValidationError("invalid")."""
        if value and not HYPHENATED_UUID.fullmatch(str(value)):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class ExactDateFilter(django_filters.DateFilter):
    """A day as the document describes it."""

    field_class = ExactDateField


class ExactUUIDFilter(django_filters.UUIDFilter):
    """An id as the document describes it."""

    field_class = ExactUUIDField


class ChildFilter(django_filters.FilterSet):
    """Search of children."""

    q = django_filters.CharFilter(method="search", max_length=200, label=SEARCHED)
    sex = django_filters.ChoiceFilter(choices=Child.Sex.choices)
    clinic = ExactUUIDFilter(field_name="clinic_id")
    status = django_filters.ChoiceFilter(choices=Child.Status.choices)
    born_from = ExactDateFilter(field_name="born_on", lookup_expr="gte", label="Born on this day or later.")
    born_to = ExactDateFilter(field_name="born_on", lookup_expr="lte", label="Born on this day or earlier.")

    class Meta:
        model = Child
        fields = ["q", "sex", "clinic", "status", "born_from", "born_to"]

    def search(self, queryset: QuerySet[Child], name: str, value: str) -> QuerySet[Child]:
        """Keep children by the search of the pages; where none has all words, those with nearly the same names."""
        found = search_children(queryset, value)
        if not value.strip() or found.exists():
            return found
        similar = similar_children(queryset, value, limit=MAX_SIMILAR)
        # The list stays in its own order, which its cursors rest on.
        return queryset.filter(pk__in=[child.pk for child in similar]).annotate(is_similar=Value(True))


class MeasurementFilter(django_filters.FilterSet):
    """Measurements of a child, a clinic, a span of days."""

    child = ExactUUIDFilter(field_name="child_id")
    clinic = ExactUUIDFilter(field_name="clinic_id")
    source = django_filters.ChoiceFilter(choices=Measurement.Source.choices)
    state = django_filters.ChoiceFilter(choices=Measurement.State.choices)
    measured_from = ExactDateFilter(field_name="measured_on", lookup_expr="gte")
    measured_to = ExactDateFilter(field_name="measured_on", lookup_expr="lte")

    class Meta:
        model = Measurement
        fields = ["child", "clinic", "source", "state", "measured_from", "measured_to"]


class AssessmentFilter(django_filters.FilterSet):
    """Assessments of a child or a measurement, old ones included."""

    child = ExactUUIDFilter(field_name="measurement__child_id")
    measurement = ExactUUIDFilter(field_name="measurement_id")
    risk_level = django_filters.ChoiceFilter(choices=GrowthAssessment.RiskLevel.choices)

    class Meta:
        model = GrowthAssessment
        fields = ["child", "measurement", "risk_level"]


class ConsentFilter(django_filters.FilterSet):
    """Consents of a child."""

    child = ExactUUIDFilter(field_name="child_id")
    purpose = django_filters.ChoiceFilter(choices=Consent.Purpose.choices)

    class Meta:
        model = Consent
        fields = ["child", "purpose"]

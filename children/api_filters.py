"""Query parameters of the lists of children, measurements, assessments and consents."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet

from children.models import Child, Consent, GrowthAssessment, Measurement


class IsoDateFilter(django_filters.DateFilter):
    """A date as YYYY-MM-DD only."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, input_formats=["%Y-%m-%d"], **options)


class ChildFilter(django_filters.FilterSet):
    """Search of children."""

    q = django_filters.CharFilter(method="search", max_length=200, label="Part of the name, or the code.")
    sex = django_filters.ChoiceFilter(choices=Child.Sex.choices)
    clinic = django_filters.UUIDFilter(field_name="clinic_id")
    status = django_filters.ChoiceFilter(choices=Child.Status.choices)
    born_from = IsoDateFilter(field_name="born_on", lookup_expr="gte", label="Born on this day or later.")
    born_to = IsoDateFilter(field_name="born_on", lookup_expr="lte", label="Born on this day or earlier.")

    class Meta:
        model = Child
        fields = ["q", "sex", "clinic", "status", "born_from", "born_to"]

    def search(self, queryset: QuerySet[Child], name: str, value: str) -> QuerySet[Child]:
        """Keep children whose name holds every word, or whose code it is."""
        by_name = Q()
        for word in value.split():
            by_name &= Q(name__icontains=word)
        return queryset.filter(by_name | Q(code__iexact=value.strip()))


class MeasurementFilter(django_filters.FilterSet):
    """Measurements of a child, a clinic, a span of days."""

    child = django_filters.UUIDFilter(field_name="child_id")
    clinic = django_filters.UUIDFilter(field_name="clinic_id")
    source = django_filters.ChoiceFilter(choices=Measurement.Source.choices)
    state = django_filters.ChoiceFilter(choices=Measurement.State.choices)
    measured_from = IsoDateFilter(field_name="measured_on", lookup_expr="gte")
    measured_to = IsoDateFilter(field_name="measured_on", lookup_expr="lte")

    class Meta:
        model = Measurement
        fields = ["child", "clinic", "source", "state", "measured_from", "measured_to"]


class AssessmentFilter(django_filters.FilterSet):
    """Assessments of a child or a measurement, old ones included."""

    child = django_filters.UUIDFilter(field_name="measurement__child_id")
    measurement = django_filters.UUIDFilter(field_name="measurement_id")
    risk_level = django_filters.ChoiceFilter(choices=GrowthAssessment.RiskLevel.choices)

    class Meta:
        model = GrowthAssessment
        fields = ["child", "measurement", "risk_level"]


class ConsentFilter(django_filters.FilterSet):
    """Consents of a child."""

    child = django_filters.UUIDFilter(field_name="child_id")
    purpose = django_filters.ChoiceFilter(choices=Consent.Purpose.choices)

    class Meta:
        model = Consent
        fields = ["child", "purpose"]

"""Query parameters of the lists of alerts and follow-ups."""

from __future__ import annotations

import django_filters

from care.models import Alert, FollowUp, Referral, Tracing, TreatmentEpisode
from children.api_filters import ExactDateFilter, ExactUUIDFilter
from children.models import StatusChange


class AlertFilter(django_filters.FilterSet):
    """Alerts of a child or a clinic, by where they stand."""

    child = ExactUUIDFilter(field_name="child_id")
    clinic = ExactUUIDFilter(field_name="child__clinic_id")
    state = django_filters.ChoiceFilter(choices=Alert.State.choices)
    severity = django_filters.ChoiceFilter(choices=Alert.Severity.choices)
    criterion = django_filters.ChoiceFilter(choices=Alert.Criterion.choices)

    class Meta:
        model = Alert
        fields = ["child", "clinic", "state", "severity", "criterion"]


class FollowUpFilter(django_filters.FilterSet):
    """Follow-ups of a child or a clinic, by date and by where they stand."""

    child = ExactUUIDFilter(field_name="child_id")
    clinic = ExactUUIDFilter(field_name="child__clinic_id")
    state = django_filters.ChoiceFilter(choices=FollowUp.State.choices)
    reason = django_filters.ChoiceFilter(choices=FollowUp.Reason.choices)
    due_to = ExactDateFilter(field_name="due_on", lookup_expr="lte", label="Due on this day or earlier.")

    class Meta:
        model = FollowUp
        fields = ["child", "clinic", "state", "reason", "due_to"]


class ReferralFilter(django_filters.FilterSet):
    """Referrals of a child or a clinic, by outcome."""

    child = ExactUUIDFilter(field_name="child_id")
    clinic = ExactUUIDFilter(field_name="child__clinic_id")
    outcome = django_filters.ChoiceFilter(choices=Referral.Outcome.choices)

    class Meta:
        model = Referral
        fields = ["child", "clinic", "outcome"]


class TreatmentFilter(django_filters.FilterSet):
    """Treatments of a child or a clinic, by exit."""

    child = ExactUUIDFilter(field_name="child_id")
    clinic = ExactUUIDFilter(field_name="clinic_id")
    kind = django_filters.ChoiceFilter(choices=TreatmentEpisode.Kind.choices)
    exit = django_filters.ChoiceFilter(choices=TreatmentEpisode.Exit.choices)

    class Meta:
        model = TreatmentEpisode
        fields = ["child", "clinic", "kind", "exit"]


class TracingFilter(django_filters.FilterSet):
    """Tracings of a child or a clinic, by outcome."""

    child = ExactUUIDFilter(field_name="child_id")
    clinic = ExactUUIDFilter(field_name="child__clinic_id")
    outcome = django_filters.ChoiceFilter(choices=Tracing.Outcome.choices)

    class Meta:
        model = Tracing
        fields = ["child", "clinic", "outcome"]


class StatusChangeFilter(django_filters.FilterSet):
    """Changes of status of a child or a clinic."""

    child = ExactUUIDFilter(field_name="child_id")
    clinic = ExactUUIDFilter(field_name="child__clinic_id")

    class Meta:
        model = StatusChange
        fields = ["child", "clinic"]

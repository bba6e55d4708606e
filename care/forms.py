"""Filters of the lists of care; they live in the address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Clinic
from care.models import Alert, FollowUp, TreatmentEpisode
from care.selectors import missed_follow_ups, overdue_alerts, start_of_day

OPEN = "unresolved"
ANY = ("", _("Any"))


class FilterForm(forms.Form):
    """A filter of which every field has a meaning when it is left out; a value that is none of the choices is too."""

    def __init__(self, given: Mapping[str, Any], *, clinics: QuerySet[Clinic]) -> None:
        super().__init__(given)
        names = list(clinics.order_by("name").values_list("pk", "name"))
        if len(names) > 1:
            choices = [("", _("All my clinics")), *((str(pk), name) for pk, name in names)]
            self.fields["clinic"] = forms.ChoiceField(label=_("Clinic"), choices=choices, required=False)

    def chosen(self) -> dict[str, str]:
        """Return the valid choices, "" where there is none."""
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}

    def query(self) -> str:
        """Return the filter as the beginning of a query string, for the links to other pages."""
        pairs = {name: value for name, value in self.chosen().items() if value}
        return f"{urlencode(pairs)}&" if pairs else ""


class AlertFilterForm(FilterForm):
    """Which alerts are listed; without a choice, all that nobody has resolved."""

    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("Not resolved")), *Alert.State.choices, ("all", _("All"))],
        required=False,
    )
    severity = forms.ChoiceField(label=_("Severity"), choices=[ANY, *Alert.Severity.choices], required=False)
    criterion = forms.ChoiceField(label=_("Criterion"), choices=[ANY, *Alert.Criterion.choices], required=False)
    age = forms.ChoiceField(
        label=_("Open for"),
        choices=[
            ANY,
            ("overdue", _("Overdue")),
            ("7", _("7 days or more")),
            ("30", _("30 days or more")),
            ("90", _("90 days or more")),
        ],
        required=False,
    )

    def apply(self, alerts: QuerySet[Alert]) -> QuerySet[Alert]:
        """Return those of `alerts` that the filter asks for."""
        chosen = self.chosen()
        if not chosen["state"]:
            alerts = alerts.open()
        elif chosen["state"] != "all":
            alerts = alerts.filter(state=chosen["state"])
        for name, field in (("severity", "severity"), ("criterion", "criterion"), ("clinic", "child__clinic")):
            if chosen.get(name):
                alerts = alerts.filter(**{field: chosen[name]})
        if chosen["age"] == "overdue":
            return overdue_alerts(alerts)
        if chosen["age"]:
            alerts = alerts.filter(opened_at__lt=start_of_day(days_ago=int(chosen["age"]) - 1))
        return alerts


class FollowUpFilterForm(FilterForm):
    """Which follow-ups are listed; without a choice, all that are still to be done."""

    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("Open")), *FollowUp.State.choices[1:], ("all", _("All"))],
        required=False,
    )
    when = forms.ChoiceField(
        label=_("Due"),
        choices=[
            ("", _("Any day")),
            ("due", _("Today or before")),
            ("overdue", _("Overdue")),
            ("missed", _("Window ended")),
            ("week", _("In the next 7 days")),
        ],
        required=False,
    )
    reason = forms.ChoiceField(label=_("What to do"), choices=[ANY, *FollowUp.Reason.choices], required=False)

    def apply(self, follow_ups: QuerySet[FollowUp]) -> QuerySet[FollowUp]:
        """Return those of `follow_ups` that the filter asks for."""
        chosen, today = self.chosen(), timezone.localdate()
        if chosen["state"] != "all":
            follow_ups = follow_ups.filter(state=chosen["state"] or FollowUp.State.OPEN)
        for name, field in (("reason", "reason"), ("clinic", "child__clinic")):
            if chosen.get(name):
                follow_ups = follow_ups.filter(**{field: chosen[name]})
        match chosen["when"]:
            case "due":
                return follow_ups.filter(due_on__lte=today)
            case "overdue":
                return follow_ups.filter(due_on__lt=today)
            case "missed":
                return missed_follow_ups(follow_ups)
            case "week":
                return follow_ups.filter(due_on__range=(today, today + timedelta(days=7)))
        return follow_ups


class ClinicFilterForm(FilterForm):
    """Which children are listed: those of one of my clinics, or of all."""

    def apply(self, rows: QuerySet[Any], *, field: str = "clinic") -> QuerySet[Any]:
        """Return those of `rows` that the filter asks for."""
        clinic = self.chosen().get("clinic")
        return rows.filter(**{field: clinic}) if clinic else rows


class TreatmentFilterForm(ClinicFilterForm):
    """Which treatments are listed; without a choice, all that are open."""

    kind = forms.ChoiceField(label=_("Treated for"), choices=[ANY, *TreatmentEpisode.Kind.choices], required=False)

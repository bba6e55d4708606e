"""Filters of the lists of alerts and follow-ups."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from care.models import Alert, FollowUp

OPEN = "unresolved"


class AlertFilterForm(forms.Form):
    """Which alerts are listed; without a choice, all that nobody has resolved."""

    state = forms.ChoiceField(
        label=_("State"),
        choices=[(OPEN, _("Not resolved")), *Alert.State.choices, ("all", _("All"))],
        required=False,
    )
    severity = forms.ChoiceField(label=_("Severity"), choices=[("", _("Any")), *Alert.Severity.choices], required=False)

    def chosen(self) -> dict[str, Any]:
        """Return the valid choices; a value that is none of them is ignored."""
        self.is_valid()
        return {"state": self.cleaned_data.get("state") or OPEN, "severity": self.cleaned_data.get("severity", "")}


class FollowUpFilterForm(forms.Form):
    """Which follow-ups are listed; without a choice, all that are still to be done."""

    state = forms.ChoiceField(
        label=_("State"),
        choices=[*FollowUp.State.choices, ("all", _("All"))],
        required=False,
    )
    when = forms.ChoiceField(
        label=_("Due"),
        choices=[("", _("Any day")), ("due", _("Today or before")), ("overdue", _("Overdue"))],
        required=False,
    )

    def chosen(self) -> dict[str, Any]:
        """Return the valid choices; a value that is none of them is ignored."""
        self.is_valid()
        state = self.cleaned_data.get("state") or FollowUp.State.OPEN
        return {"state": state, "when": self.cleaned_data.get("when", "")}

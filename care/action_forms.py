"""What people type when they act: refer, write down outcomes, trace, admit, end a treatment, change a status."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from care.models import Alert, Referral, Tracing, TracingAttempt, TreatmentEpisode
from cgm_portal.errors import DomainError
from children.models import Child

ASK = ("", _("Choose"))


class DayField(forms.DateField):
    """A day; today unless another one is given."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(**{"widget": widget, "initial": timezone.localdate, "input_formats": ["%Y-%m-%d"], **options})


class ActionForm(forms.Form):
    """A form whose refusal is one sentence where the button was."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{type(self).__name__.lower()}-%s", **options})

    def values(self) -> dict[str, Any]:
        """Return what was typed. Raises DomainError with the first field that cannot be read."""
        if self.is_valid():
            return self.cleaned_data
        name, errors = next(iter(self.errors.items()))
        label = self.fields[name].label
        raise DomainError("form_invalid", f"{label}: {errors[0]}", field=name)


class ReferForm(ActionForm):
    """Where and when a child is referred."""

    referred_to = forms.CharField(label=_("Referred to"), max_length=200)
    referred_on = DayField(label=_("On"), required=False)


class ReferralOutcomeForm(ActionForm):
    """What came of a referral."""

    outcome = forms.ChoiceField(label=_("What came of it?"), choices=[ASK, *Referral.Outcome.choices])
    outcome_on = DayField(label=_("On"))
    note = forms.CharField(label=_("Note"), max_length=500, required=False)


class ResolveForm(ActionForm):
    """Why an alert is closed. The field is named as in the first version of this form: `reason` is the text."""

    close_reason = forms.ChoiceField(
        label=_("Why is it closed?"), choices=Alert.CloseReason.choices, required=False, initial="treated_here"
    )
    reason = forms.CharField(label=_("In words"), max_length=500, required=False)


class AttemptForm(ActionForm):
    """One try to reach a family."""

    attempted_on = DayField(label=_("Tried on"))
    way = forms.ChoiceField(label=_("How"), choices=TracingAttempt.Way.choices)
    result = forms.ChoiceField(
        label=_("Result"),
        choices=[ASK, ("reached", _("The family was reached")), *TracingAttempt.NotReached.choices],
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False)


class TracingOutcomeForm(ActionForm):
    """How a tracing ended."""

    outcome = forms.ChoiceField(label=_("Final outcome"), choices=[ASK, *Tracing.Outcome.choices])
    outcome_on = DayField(label=_("On"))
    note = forms.CharField(label=_("Note"), max_length=500, required=False)


class AdmitForm(ActionForm):
    """An admission to treatment."""

    kind = forms.ChoiceField(label=_("Treated for"), choices=TreatmentEpisode.Kind.choices)
    criterion = forms.ChoiceField(label=_("Admitted by"), choices=TreatmentEpisode.Criterion.choices)
    admission = forms.ChoiceField(label=_("Type of admission"), choices=TreatmentEpisode.Admission.choices)
    admitted_on = DayField(label=_("Admitted on"))


class ExitForm(ActionForm):
    """How a treatment ended."""

    exit = forms.ChoiceField(label=_("How did it end?"), choices=[ASK, *TreatmentEpisode.Exit.choices])
    exited_on = DayField(label=_("On"))
    note = forms.CharField(label=_("Note"), max_length=500, required=False)


class StatusForm(ActionForm):
    """What became of a child."""

    status = forms.ChoiceField(label=_("Status"), choices=[ASK, *Child.Status.choices])
    happened_on = DayField(label=_("Since"))
    reason = forms.CharField(label=_("Why, or how it is known"), max_length=500)

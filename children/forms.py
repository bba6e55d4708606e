"""Forms of the health record: register a child, give a reason. Those of a visit are in `measurement_forms.py`.

They read what people type; what is accepted is decided by the services.
"""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import clinics_of
from accounts.models import User
from cgm_portal.errors import DomainError
from children.consents import CONSENT_TEXTS
from children.dates import printed_day
from children.growth.age import DAYS_PER_MONTH
from children.models import Child, Consent
from children.registration import ChildDetails, GuardianDetails, Registration

MAX_AGE_MONTHS = 227  # 19 years less a month: the portal's upper age
AGES_AGREE_WITHIN_MONTHS = 2  # a date of birth and an age in completed months, one of them counted a month off
BY_DATE, BY_AGE = "date", "age"  # which of the two counts where they contradict


class DateInput(forms.DateInput):
    """The browser's own date field; Django renders dates for it in ISO form."""

    input_type = "date"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(format="%Y-%m-%d", attrs=attrs)


class DomainErrorForm(forms.Form):
    """A form that shows the refusal of a service at the field it names."""

    def refuse(self, error: DomainError) -> None:
        """Show `error` under its field, or above the form when the form has no such field."""
        self.add_error(error.field if error.field in self.fields else None, error.message)


class RegisterForm(DomainErrorForm):
    """One screen for a child, its guardian, its clinic and the consents."""

    child_id = forms.UUIDField(widget=forms.HiddenInput)
    clinic = forms.ModelChoiceField(label=_("Clinic"), queryset=None, empty_label=None)
    name = forms.CharField(label=_("Child's name"), max_length=200)
    sex = forms.ChoiceField(label=_("Sex"), choices=Child.Sex.choices, widget=forms.RadioSelect)
    born_on = forms.DateField(label=_("Date of birth"), required=False, widget=DateInput())
    birth_date_estimated = forms.BooleanField(label=_("This date is an estimate"), required=False)
    age_months = forms.IntegerField(
        label=_("Or age in months"),
        help_text=_("Completed months, when no date is known."),
        required=False,
        min_value=0,
        max_value=MAX_AGE_MONTHS,
        error_messages={"max_value": _("At most %(limit_value)s months: the portal ends at nineteen years.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    born_by = forms.ChoiceField(
        label=_("What counts"),
        choices=[(BY_DATE, _("The date of birth")), (BY_AGE, _("The age"))],
        required=False,
        widget=forms.RadioSelect,
    )
    gestation_weeks = forms.IntegerField(
        label=_("Gestation, if born early"), required=False, min_value=22, max_value=44
    )
    gestation_days = forms.IntegerField(label=_("and days"), required=False, min_value=0, max_value=6)
    guardian_name = forms.CharField(label=_("Guardian's name"), max_length=200)
    guardian_relation = forms.CharField(label=_("Relation to the child"), max_length=50, required=False)
    guardian_phone = forms.CharField(
        label=_("Phone"), max_length=32, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    purposes = forms.MultipleChoiceField(
        label=_("What the guardian agrees to"),
        choices=Consent.Purpose.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {})
        clinics = clinics_of(user)
        kwargs["initial"] = {"child_id": uuid.uuid4(), "clinic": clinics.first(), **kwargs["initial"]}
        super().__init__(*args, **kwargs)
        self.fields["clinic"].queryset = clinics
        self.asks_which_counts = False

    def clean(self) -> dict[str, Any]:
        """Take the birth date, or the middle of the month that the age stands for; ask which of two that contradict."""
        data = super().clean() or {}
        age_months, born_on = data.get("age_months"), data.get("born_on")
        if born_on and age_months is not None and not _agree(born_on, age_months):
            self._ask_which_counts(born_on, age_months)
            born_on = None if data.get("born_by") == BY_AGE else born_on
        if not born_on and age_months is not None:
            data["born_on"] = _middle_of_birth_month(age_months)
            data["birth_date_estimated"] = True
        elif not born_on and not {"born_on", "age_months"} & self.errors.keys():
            self.add_error("born_on", _("Give the date of birth, or the age in months."))
        return data

    def _ask_which_counts(self, born_on: date, age_months: int) -> None:
        by_date, about = _months_since(born_on), _middle_of_birth_month(age_months)
        self.asks_which_counts = True
        by_date_words = _("Born on %(day)s (age in months: %(months)s)")
        by_age_words = _("Age in months: %(months)s (born about %(day)s)")
        self.fields["born_by"].choices = [
            (BY_DATE, by_date_words % {"day": printed_day(born_on), "months": by_date}),
            (BY_AGE, by_age_words % {"day": printed_day(about), "months": age_months}),
        ]
        if self.cleaned_data.get("born_by") not in (BY_DATE, BY_AGE):
            self.add_error(
                "age_months",
                _("By the date of birth the age in months is %(by_date)s, not %(given)s. Which one is right?")
                % {"by_date": by_date, "given": age_months},
            )

    def registration(self) -> Registration:
        """Return what was filled in, for the service."""
        data = self.cleaned_data
        return Registration(
            child=ChildDetails(
                name=data["name"],
                sex=data["sex"],
                born_on=data["born_on"],
                birth_date_estimated=data["birth_date_estimated"],
                gestation_weeks=data["gestation_weeks"],
                gestation_days=data["gestation_days"],
            ),
            guardian=GuardianDetails(
                name=data["guardian_name"], relation=data["guardian_relation"], phone=data["guardian_phone"]
            ),
            purposes=data["purposes"],
        )

    def purpose_rows(self) -> list[dict[str, Any]]:
        """Return each purpose with its words and whether it is ticked."""
        ticked = self["purposes"].value() or []
        return [
            {"value": value, "label": label, "text": CONSENT_TEXTS[value], "ticked": value in ticked}
            for value, label in Consent.Purpose.choices
        ]


class ReasonForm(DomainErrorForm):
    """Asks why something is ended."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


def _months_since(born_on: date) -> int:
    """Return the age in completed months."""
    return int((timezone.localdate() - born_on).days / DAYS_PER_MONTH)


def _agree(born_on: date, age_months: int) -> bool:
    by_date = (timezone.localdate() - born_on).days / DAYS_PER_MONTH
    return -1 <= by_date - age_months <= AGES_AGREE_WITHIN_MONTHS


def _middle_of_birth_month(age_months: int) -> date:
    return timezone.localdate() - timedelta(days=round((age_months + 0.5) * DAYS_PER_MONTH))

"""Forms of the health record: search, register, measure, correct, void.

They read what people type, in the units printed beside the fields; what is accepted is decided by the services.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import clinics_of
from accounts.models import User
from cgm_portal.errors import DomainError
from children.consents import CONSENT_TEXTS
from children.growth import Index, has_curve
from children.growth.age import DAYS_PER_MONTH, FIRST_HEIGHT_DAY
from children.models import Child, Consent, Measurement
from children.plausibility import AskedBack
from children.questions import UNITS, Question
from children.registration import ChildDetails, GuardianDetails, Registration
from children.services import MeasuredValues

MAX_AGE_MONTHS = 227  # 19 years less a month: the portal's upper age
AGES_AGREE_WITHIN_MONTHS = 2  # a date of birth and an age in completed months, one of them counted a month off
KEEP = "keep"
PROPOSAL_SEPARATOR = ";"
ENDS_AT_FIVE_YEARS = ("muac_mm", "head_circumference_cm")  # WHO 2006 alone has tables of them
OEDEMA_CHOICES = [("no", _("No")), ("yes", _("Yes")), ("", _("Not examined"))]


class DateInput(forms.DateInput):
    """The browser's own date field; Django renders dates for it in ISO form."""

    input_type = "date"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(format="%Y-%m-%d", attrs=attrs)


class MeasuredNumberField(forms.DecimalField):
    """An optional decimal number; a comma counts as the decimal point, as on many phones."""

    widget = forms.TextInput
    MAX_DIGITS = 9

    default_error_messages = {
        "max_decimal_places": _("Too many digits after the decimal point (at most %(max)s). Is the unit right?")
    }

    def __init__(self, *, decimal_places: int, **kwargs: Any) -> None:
        super().__init__(required=False, max_digits=self.MAX_DIGITS, decimal_places=decimal_places, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Show the number pad of a phone."""
        return {"inputmode": "decimal", "autocomplete": "off"}

    def to_python(self, value: object) -> Decimal | None:
        """Return the number, or None where the field was left empty."""
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


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

    def clean(self) -> dict[str, Any]:
        """Take the birth date, or the middle of the month that the age stands for; not two that contradict."""
        data = super().clean() or {}
        age_months, born_on = data.get("age_months"), data.get("born_on")
        if born_on and age_months is not None:
            by_date = (timezone.localdate() - born_on).days / DAYS_PER_MONTH
            if not -1 <= by_date - age_months <= AGES_AGREE_WITHIN_MONTHS:
                self.add_error("age_months", _("The date gives another age. Leave the age or the date empty."))
        elif not born_on and age_months is not None:
            data["born_on"] = timezone.localdate() - timedelta(days=round((age_months + 0.5) * DAYS_PER_MONTH))
            data["birth_date_estimated"] = True
        elif not born_on and not {"born_on", "age_months"} & self.errors.keys():
            self.add_error("born_on", _("Give the date of birth, or the age in months."))
        return data

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


class MeasurementForm(DomainErrorForm):
    """A visit measured by hand. A value that this child can hardly have comes back as a question.

    A question is answered by `answer_FIELD`: KEEP, or the values to be taken instead ("weight_kg=9.8"). `asked` names
    each value as it was when the question was asked: after a change of the value the answer is void.
    """

    measurement_id = forms.UUIDField(widget=forms.HiddenInput)
    measured_on = forms.DateField(label=_("Date"), widget=DateInput())
    measured_by = forms.CharField(label=_("Measured by"), max_length=200, required=False)
    weight_kg = MeasuredNumberField(label=_("Weight"), decimal_places=3)
    length_height_cm = MeasuredNumberField(label=_("Length or height"), decimal_places=2)
    position = forms.ChoiceField(
        label=_("How it was taken"), choices=Measurement.Position.choices, required=False, widget=forms.RadioSelect
    )
    muac_mm = MeasuredNumberField(label=_("MUAC (mid-upper arm)"), decimal_places=1)
    head_circumference_cm = MeasuredNumberField(label=_("Head circumference"), decimal_places=1)
    oedema = forms.ChoiceField(
        label=_("Oedema of both feet"), choices=OEDEMA_CHOICES, required=False, widget=forms.RadioSelect
    )
    oedema_confirmed = forms.BooleanField(
        label=_("I pressed both feet for 3 seconds and a dent stayed in both"), required=False
    )

    def __init__(self, data: QueryDict | None = None, *, child: Child, measured_by: str = "", **kwargs: Any) -> None:
        self.child = child
        today = timezone.localdate()
        lying = child.age_days_on(today) < FIRST_HEIGHT_DAY
        kwargs["initial"] = {
            "measurement_id": uuid.uuid4(),
            "measured_on": today,
            "measured_by": measured_by,
            "position": Measurement.Position.LENGTH if lying else Measurement.Position.HEIGHT,
            "oedema": "",
            **kwargs.get("initial", {}),
        }
        super().__init__(None if data is None else _with_proposals_taken(data), **kwargs)
        self.questions: dict[str, Question] = {}

    def clean(self) -> dict[str, Any]:
        """Oedema makes the child severely malnourished, so a yes is asked twice."""
        data = super().clean() or {}
        if data.get("oedema") == "yes" and not data.get("oedema_confirmed"):
            self.add_error("oedema_confirmed", _("Press both feet again and tick this, or answer no."))
        return data

    @property
    def confirmed_fields(self) -> frozenset[str]:
        """Names of values that a person has confirmed after the question."""
        if not self.is_bound:
            return frozenset()
        return frozenset(name for name in UNITS if _answer(self.data, name) == KEEP)

    def values(self) -> MeasuredValues:
        """Return what was measured, for the service."""
        data = self.cleaned_data
        return MeasuredValues(
            weight_kg=data["weight_kg"],
            length_height_cm=data["length_height_cm"],
            position=data["position"] if data["length_height_cm"] is not None else "",
            muac_mm=data["muac_mm"],
            head_circumference_cm=data["head_circumference_cm"],
            oedema={"yes": True, "no": False}.get(data["oedema"]),
            measured_by=data["measured_by"],
        )

    def number_rows(self) -> list[dict[str, Any]]:
        """Return each number's field with its unit and, where one is asked, the question back."""
        outgrown = () if has_curve(Index.ACZ, self.child.age_days_on(timezone.localdate())) else ENDS_AT_FIVE_YEARS
        return [
            {
                "name": name,
                "field": self[name],
                "unit": unit,
                "hint": _("No WHO standard from five years on: no class comes of it.") if name in outgrown else "",
                "question": self.questions.get(name),
                "proposal": self._proposal(name),
                "confirmed": name in self.confirmed_fields,
                "asked": f"{name}={self.data.get(name, '')}" if self.is_bound else "",
            }
            for name, unit in UNITS.items()
        ]

    def _proposal(self, name: str) -> str:
        would_be = self.questions[name].would_be if name in self.questions else {}
        return PROPOSAL_SEPARATOR.join(f"{field}={value.normalize():f}" for field, value in would_be.items())

    def refuse(self, error: DomainError) -> None:
        """Ask all questions of the visit at once; show any other refusal at its field."""
        if not isinstance(error, AskedBack):
            super().refuse(error)
            return
        self.questions = {question.field: question for question in error.questions}
        for refusal in error.refusals:
            super().refuse(refusal)


class CorrectionForm(MeasurementForm):
    """A measurement in the place of a wrong one, with the reason."""

    reason = forms.CharField(label=_("Why is it corrected?"), max_length=500)


class ReasonForm(DomainErrorForm):
    """Asks why something is ended."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


def initial_of(measurement: Measurement) -> dict[str, Any]:
    """Return what a correction form begins with: the values of the row to be corrected."""
    return {
        "measured_on": measurement.measured_on,
        "measured_by": measurement.measured_by,
        "weight_kg": _plain(measurement.weight_kg),
        "length_height_cm": _plain(measurement.length_height_cm),
        "position": measurement.position or None,
        "muac_mm": _plain(measurement.muac_mm),
        "head_circumference_cm": _plain(measurement.head_circumference_cm),
        "oedema": {True: "yes", False: "no"}.get(measurement.oedema, ""),
        "oedema_confirmed": bool(measurement.oedema),
    }


def _with_proposals_taken(data: QueryDict) -> QueryDict:
    """Return what was sent, with the proposed values in the place of those that a person gave up."""
    taken = data.copy()
    for name in UNITS:
        for proposal in _answer(data, name).split(PROPOSAL_SEPARATOR):
            field, _equals, value = proposal.partition("=")
            if field in UNITS and _is_as_asked(data, field):
                taken[field] = value
    return taken


def _answer(data: QueryDict, name: str) -> str:
    return data.get(f"answer_{name}", "") if _is_as_asked(data, name) else ""


def _is_as_asked(data: QueryDict, name: str) -> bool:
    return f"{name}={data.get(name, '')}" in data.getlist("asked")


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"

"""One typed child: what people type is read, and every step of its z-scores shown. Nothing is stored.

The address of the answer holds the age in days and never a date of birth, so that it can be shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.pages.check_words import output_words, step_words
from children.forms import DateInput
from children.growth import GrowthInput, Position, Sex, input_errors
from children.growth.steps.kinds import CentileStep, FlagStep, NoAnswerStep, RoundedStep, Step
from children.growth.steps.numbers import z_text
from children.growth.validation import AGE_LIMIT_DAYS
from children.measurement_forms import MeasuredNumberField
from children.numbers import with_marks
from children.quantities import UNITS
from children.refusals import in_words

DAYS_PER_WEEK = 7
MEASURED = tuple(UNITS)
WHOLE_NUMBER = {"inputmode": "numeric", "autocomplete": "off"}
POSITIONS = [
    (Position.LENGTH.value, gettext_lazy("Lying")),
    (Position.HEIGHT.value, gettext_lazy("Standing")),
    ("", gettext_lazy("Not known")),
]


# So many digits are read; what an age or a pregnancy can be is for the engine to say.
MOST_DAYS, MOST_WEEKS = 99_999, 99


class CheckChildForm(forms.Form):
    """A child of no record: sex, age in days or by two dates, and measurements."""

    sex = forms.ChoiceField(
        label=gettext_lazy("Sex"),
        choices=[(Sex.FEMALE.value, gettext_lazy("Girl")), (Sex.MALE.value, gettext_lazy("Boy"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the sex: WHO's tables differ by sex.")},
    )
    age_days = forms.IntegerField(
        label=gettext_lazy("Age in days"),
        help_text=gettext_lazy("Or give both dates. Leave all three empty if the age is not known."),
        required=False,
        min_value=0,
        max_value=MOST_DAYS,
        widget=forms.TextInput(attrs=WHOLE_NUMBER),
        error_messages={"invalid": gettext_lazy("Enter the age in whole days, for example 540.")},
    )
    born_on = forms.DateField(label=gettext_lazy("Date of birth"), required=False, widget=DateInput())
    measured_on = forms.DateField(label=gettext_lazy("Date of visit"), required=False, widget=DateInput())
    gestation_weeks = forms.IntegerField(
        label=gettext_lazy("Weeks of pregnancy, if born early"),
        required=False,
        min_value=0,
        max_value=MOST_WEEKS,
        widget=forms.TextInput(attrs=WHOLE_NUMBER),
    )
    gestation_days = forms.IntegerField(
        label=gettext_lazy("and days"),
        required=False,
        min_value=0,
        max_value=DAYS_PER_WEEK - 1,
        widget=forms.TextInput(attrs=WHOLE_NUMBER),
    )
    weight_kg = MeasuredNumberField(label=gettext_lazy("Weight"), decimal_places=3)
    length_height_cm = MeasuredNumberField(label=gettext_lazy("Length or height"), decimal_places=2)
    position = forms.ChoiceField(
        label=gettext_lazy("How it was taken"), choices=POSITIONS, required=False, widget=forms.RadioSelect
    )
    muac_mm = MeasuredNumberField(label=gettext_lazy("MUAC (mid-upper arm)"), decimal_places=1)
    head_circumference_cm = MeasuredNumberField(label=gettext_lazy("Head circumference"), decimal_places=1)
    oedema = forms.ChoiceField(
        label=gettext_lazy("Oedema of both feet"),
        choices=[("", gettext_lazy("No")), ("yes", gettext_lazy("Yes"))],
        required=False,
        widget=forms.RadioSelect,
    )

    def clean(self) -> dict[str, Any]:
        """Work the age out, and refuse what a record refuses, each at its field."""
        data = super().clean() or {}
        self._read_age(data)
        if data.get("gestation_days") is not None and data.get("gestation_weeks") is None:
            self.add_error("gestation_weeks", _("Give the weeks, too."))
        if not self.errors and not any(data[name] is not None for name in MEASURED):
            raise forms.ValidationError(_("Enter at least one measurement."))
        visit = self._growth_input(data)
        for error in input_errors(visit):
            field = "gestation_weeks" if error.field == "gestation_days" else error.field
            self.add_error(field if field in self.fields else None, in_words(error, visit).message)
        return data

    @property
    def growth_input(self) -> GrowthInput:
        """What was typed, as the engine takes it."""
        return self._growth_input(self.cleaned_data)

    def shareable_query(self) -> dict[str, str]:
        """Return what was typed for an address: the age in days in the place of dates, nothing that is empty."""
        names = [name for name in self.fields if name not in ("born_on", "measured_on")]
        values = {name: self.cleaned_data[name] for name in names}
        return {name: f"{value}" for name, value in values.items() if value not in (None, "")}

    def number_rows(self) -> list[dict[str, Any]]:
        """Return each measurement's field with its unit."""
        return [{"name": name, "field": self[name], "unit": unit} for name, unit in UNITS.items()]

    def _read_age(self, data: dict[str, Any]) -> None:
        """Put the age in days in the place of two dates."""
        born_on, measured_on = data.get("born_on"), data.get("measured_on")
        if {"born_on", "measured_on"} & self.errors.keys():
            return
        if born_on is None and measured_on is None:
            return
        if born_on is None:
            self.add_error("born_on", _("Give the date of birth, too, or the age in days alone."))
        elif measured_on is None:
            self.add_error("measured_on", _("Give the date of the visit, too, or the age in days alone."))
        elif measured_on < born_on:
            self.add_error("measured_on", _("The visit is dated before the birth. Check both dates."))
        elif data.get("age_days") not in (None, (measured_on - born_on).days):
            self.add_error("age_days", _("The dates give another age. Leave the age or the dates empty."))
        elif (measured_on - born_on).days > AGE_LIMIT_DAYS:
            self.add_error("born_on", _("The dates are more than 20 years apart. Check both."))
        else:
            data["age_days"] = (measured_on - born_on).days

    def _growth_input(self, data: dict[str, Any]) -> GrowthInput:
        """Return what was typed; a field that could not be read counts as empty."""
        weeks = data.get("gestation_weeks")
        return GrowthInput(
            sex=Sex(data["sex"]) if data.get("sex") else None,
            age_days=data.get("age_days"),
            gestation_days=None if weeks is None else weeks * DAYS_PER_WEEK + (data.get("gestation_days") or 0),
            position=Position(data["position"]) if data.get("position") else None,
            oedema=data.get("oedema") == "yes",
            **{name: float(data[name]) for name in MEASURED if data.get(name) is not None},
        )


@dataclass(frozen=True)
class StepRow:
    """One step in words, with its arithmetic."""

    words: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Sum:
    """The steps of one index, or those that serve all of them. z and centile are empty without a z-score."""

    anchor: str
    title: str
    steps: tuple[StepRow, ...]
    z: str
    centile: str
    flagged: bool
    no_answer: str


def sums_of(steps: Sequence[Step]) -> list[Sum]:
    """Return the steps by index, the common ones first, in words."""
    found = [_sum("common", _("Age, length and BMI"), [step for step in steps if step.index is None])]
    for index in dict.fromkeys(step.index for step in steps if step.index is not None):
        found.append(_sum(index.value, output_words(index), [step for step in steps if step.index is index]))
    return found


def _sum(anchor: str, title: str, steps: Sequence[Step]) -> Sum:
    z = next((step.z for step in steps if isinstance(step, RoundedStep)), None)
    centile = next((step.formula for step in steps if isinstance(step, CentileStep)), "")
    refused = next((step for step in steps if isinstance(step, NoAnswerStep)), None)
    return Sum(
        anchor=anchor,
        title=title,
        steps=tuple(StepRow(step_words(step), tuple(with_marks(step.formula).splitlines())) for step in steps),
        z="" if z is None else with_marks(z_text(z)),
        centile=with_marks(_centile(centile)),
        flagged=any(step.flagged for step in steps if isinstance(step, FlagStep)),
        no_answer="" if refused is None else step_words(refused),
    )


def _centile(formula: str) -> str:
    """Return the end of the centile's formula: "24.5", "< 0.1"."""
    return formula.split(") ")[-1].removeprefix("= ")

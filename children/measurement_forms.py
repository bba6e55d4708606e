"""Forms of a visit measured by hand: what people type, the questions back, and the answers to them.

They read numbers in the units printed beside the fields; what is accepted and what is asked is decided by the services.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from cgm_portal.errors import DomainError
from children.forms import DateInput, DomainErrorForm
from children.growth import Index, has_curve
from children.growth.age import FIRST_HEIGHT_DAY
from children.models import Child, Measurement
from children.plausibility import AskedBack
from children.quantities import UNITS, all_digits
from children.questions import Question
from children.selectors import LastValue
from children.services import MeasuredValues

KEEP = "keep"
PROPOSAL_SEPARATOR = ";"
ENDS_AT_FIVE_YEARS = ("muac_mm", "head_circumference_cm")  # WHO 2006 alone has tables of them
OEDEMA_CHOICES = [("no", _("No")), ("yes", _("Yes")), ("", _("Not examined"))]


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
        for name in UNITS:
            self.fields[name].widget.attrs["aria-describedby"] = f"last_{name}"
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

    @property
    def answerable_count(self) -> int:
        """How many of the questions can be answered by a press; others need another value."""
        return sum(bool(question.instead or not question.refusal) for question in self.questions.values())

    def number_rows(self, last: Mapping[str, LastValue] | None = None) -> list[dict[str, Any]]:
        """Return each number's field with unit, the last value and the change since, and the question back, if any."""
        outgrown = () if has_curve(Index.ACZ, self.child.age_days_on(timezone.localdate())) else ENDS_AT_FIVE_YEARS
        first_asked = next((name for name in UNITS if name in self.questions), None)
        return [
            {
                "name": name,
                "field": self[name],
                "unit": unit,
                "hint": _("No WHO standard from five years on: no class comes of it.") if name in outgrown else "",
                "question": self.questions.get(name),
                "is_first_asked": name == first_asked,
                "proposal": self._proposal(name),
                "confirmed": name in self.confirmed_fields,
                "asked": f"{name}={self.data.get(name, '')}" if self.is_bound else "",
                **self._last_row(name, unit, (last or {}).get(name)),
            }
            for name, unit in UNITS.items()
        ]

    def _last_row(self, name: str, unit: str, last: LastValue | None) -> dict[str, Any]:
        """Return the last value as it is printed and as a script reads it, and how far the typed one is from it."""
        if last is None:
            return {}
        now, on = (getattr(self, "cleaned_data", {}).get(key) for key in (name, "measured_on"))
        is_later = on is not None and on >= last.on
        return {
            "last": last,
            "last_printed": f"{all_digits(last.number)} {unit}",
            "last_plain": f"{last.number.normalize():f}",
            "change": change_words(now - last.number, unit) if now is not None and is_later else "",
        }

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


def change_words(change: Decimal, unit: str) -> str:
    """Return how far a value moved since the last one: +0.2 kg since then."""
    if not change:
        return _now("no change since then")
    sign = "+" if change > 0 else "-"
    return _now("{change} since then").replace("{change}", f"{sign}{all_digits(abs(change))} {unit}")


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
    return "" if value is None else all_digits(value)

"""Forms of standardisation tests: a new test, a further measurer, the grid of readings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.invitations import clinics_to_invite_to
from accounts.models import Clinic, User
from accounts.standardisation import Place, ReadValues, staff_to_test
from accounts.standardisation_models import CHILDREN, TURNS, StandardisationSheet, StandardisationTest
from children.growth.survey.standardisation import Quantity


@dataclass(frozen=True)
class Kind:
    """How one quantity is asked: heading with unit, decimals, and what no child of under five years lies beyond."""

    quantity: Quantity
    heading: Promise
    decimals: int
    lowest: Decimal
    highest: Decimal


KINDS = (
    Kind(Quantity.WEIGHT, gettext_lazy("Weight, kg"), 3, Decimal("0.8"), Decimal(40)),
    Kind(Quantity.LENGTH_HEIGHT, gettext_lazy("Length or height, cm"), 2, Decimal(35), Decimal(130)),
    Kind(Quantity.MUAC, gettext_lazy("MUAC, mm"), 1, Decimal(60), Decimal(300)),
)


class PersonField(forms.ModelChoiceField):
    """Somebody of the staff, by their name."""

    def label_from_instance(self, obj: User) -> str:
        """Return the person's name."""
        return obj.get_full_name() or obj.get_username()


class StandardisationForm(forms.Form):
    """Asks where and when a test was held, and whom the others are held against."""

    clinic = forms.ModelChoiceField(label=gettext_lazy("Clinic"), queryset=Clinic.objects.none())
    held_on = forms.DateField(
        label=gettext_lazy("Day of the test"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reference = PersonField(
        label=gettext_lazy("Reference"),
        queryset=User.objects.none(),
        help_text=gettext_lazy("The person who measures best: the others are held against these readings."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clinics = clinics_to_invite_to(user).select_related("programme")
        self.fields["clinic"].queryset = clinics
        self.fields["reference"].queryset = staff_to_test(user)
        self.initial = {"held_on": timezone.localdate(), "reference": user.pk, "clinic": clinics.first()}


class MeasurerForm(forms.Form):
    """Asks who takes part, too."""

    measurer = PersonField(label=gettext_lazy("Measurer"), queryset=User.objects.none())

    def __init__(self, *args: Any, user: User, test: StandardisationTest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        there = test.sheets.values("measurer_id")
        self.fields["measurer"].queryset = staff_to_test(user).exclude(pk__in=there)


@dataclass(frozen=True)
class GridRow:
    """One child of one quantity: its number, and the fields of its turns."""

    child_number: int
    cells: list[forms.BoundField]


class ReadingsForm(forms.Form):
    """The grid: every quantity, ten children, two turns. Empty cells are allowed until the test is closed."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, sheet: StandardisationSheet) -> None:
        stored = {(reading.child_number, reading.turn): reading for reading in sheet.readings.all()}
        initial = {}
        super().__init__(data)
        for kind in KINDS:
            for place in _places():
                name = _field_name(kind.quantity, place)
                self.fields[name] = _field(kind, place)
                if place in stored:
                    initial[name] = getattr(stored[place], kind.quantity.value)
        self.initial = initial

    def tables(self) -> list[tuple[Promise, list[GridRow]]]:
        """Return each quantity's heading and rows."""
        return [(kind.heading, self._rows(kind)) for kind in KINDS]

    def readings(self) -> dict[Place, ReadValues]:
        """Return what a valid form says."""
        return {
            place: ReadValues(
                **{kind.quantity.value: self.cleaned_data[_field_name(kind.quantity, place)] for kind in KINDS}
            )
            for place in _places()
        }

    def _rows(self, kind: Kind) -> list[GridRow]:
        return [
            GridRow(number, [self[_field_name(kind.quantity, (number, turn))] for turn in range(1, TURNS + 1)])
            for number in range(1, CHILDREN + 1)
        ]


def _places() -> Iterator[Place]:
    return ((number, turn) for number in range(1, CHILDREN + 1) for turn in range(1, TURNS + 1))


def _field_name(quantity: Quantity, place: Place) -> str:
    return f"{quantity.value}-{place[0]}-{place[1]}"


def _field(kind: Kind, place: Place) -> forms.DecimalField:
    number, turn = place
    label = _("%(quantity)s: child %(number)d, reading %(turn)d") % {
        "quantity": kind.heading,
        "number": number,
        "turn": turn,
    }
    return forms.DecimalField(
        label=label,
        required=False,
        localize=True,
        decimal_places=kind.decimals,
        min_value=kind.lowest,
        max_value=kind.highest,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "aria-label": label, "autocomplete": "off"}),
    )

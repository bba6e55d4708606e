"""What a person is asked about a suspicious value, in words and for programs.

The suspicion itself is `children.growth`'s; when a question is asked is decided in `plausibility.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from children.dates import printed_day
from children.growth import MeasurementError, Position, SuspectValue, Suspicion, SuspicionCode
from children.growth.own_curve.readings import DECIMALS
from children.quantities import NAMES, printed_quantity

_LENGTH_NAMES = {Position.LENGTH: gettext_lazy("length"), Position.HEIGHT: gettext_lazy("height")}
_TAKEN = {Position.LENGTH: gettext_lazy("lying"), Position.HEIGHT: gettext_lazy("standing")}
_UNIT_WORDS = {
    "g": gettext_lazy("grams"),
    "lb": gettext_lazy("pounds"),
    "in": gettext_lazy("inches"),
    "m": gettext_lazy("metres"),
    "mm": gettext_lazy("millimetres"),
    "cm": gettext_lazy("centimetres"),
}
ABOUT_DECIMALS = 1  # of an expected value


@dataclass(frozen=True)
class Question:
    """One question about one or more values of a visit.

    refusal: of a value that can't be stored at all, so that nobody can confirm it.
    """

    suspicion: Suspicion
    measured_on: date
    position: Position | None
    refusal: MeasurementError | None = None

    @property
    def field(self) -> str:
        """The field at which it is asked, and whose confirmation answers it."""
        return (self.refusal and self.refusal.field) or self.suspicion.field

    @property
    def code(self) -> str:
        """The stable code: of the suspicion, or of the refusal; `values_swapped` where a swap can't be confirmed."""
        if self.refusal and self.suspicion.code is SuspicionCode.SWAP:
            return "values_swapped"
        return self.refusal.code if self.refusal else str(self.suspicion.code)

    @property
    def would_be(self) -> dict[str, Decimal]:
        """The proposed values by field, in its unit; empty where none can be named."""
        return {
            value.field: _rounded(value, value.would_be, exact=self.suspicion.code is SuspicionCode.SWAP)
            for value in self.suspicion.values
            if value.would_be is not None
        }

    @property
    def text(self) -> str:
        """The whole question, in the language of the person."""
        return f"{self.asked} {self.evidence}"

    @property
    def asked(self) -> str:
        """What is asked, or why the value can't be stored."""
        match self.suspicion.code:
            case SuspicionCode.SWAP:
                return self._look_swapped()
            case SuspicionCode.CARRIED_FORWARD:
                return _("Was it all measured again?")
            case SuspicionCode.REPEATED_VISIT:
                return _("Was the child measured twice on this day?")
        return self.refusal.message if self.refusal else self._really()

    @property
    def evidence(self) -> str:
        """Why it is asked, and what was perhaps meant."""
        match self.suspicion.code:
            case SuspicionCode.CARRIED_FORWARD:
                return self._carried_forward()
            case SuspicionCode.REPEATED_VISIT:
                return _("The same is stored for it already: %(values)s.") % {"values": self._all_values()}
        return " ".join(part for part in (self._previously(), self._instead()) if part)

    @property
    def yes(self) -> str:
        """What the person says to keep the values as entered."""
        match self.suspicion.code:
            case SuspicionCode.CARRIED_FORWARD:
                return _("Yes, measured again on this day")
            case SuspicionCode.REPEATED_VISIT:
                return _("Yes, measured twice")
            case SuspicionCode.SWAP:
                return _("Both values are right as entered")
        return _("%(value)s is right") % {"value": _with_unit(self._first, self._first.entered)}

    @property
    def instead(self) -> str:
        """What the person says to take the proposed values; empty where none can be named."""
        proposed = [value for value in self.suspicion.values if value.would_be is not None]
        if self.suspicion.code is SuspicionCode.SWAP:
            return _("Swap them: %(values)s") % {"values": self._swapped()} if proposed else ""
        return _("It is %(value)s") % {"value": _with_unit(self._first, self._first.would_be)} if proposed else ""

    def details(self) -> dict[str, Any]:
        """Return it for programs: code, sentence, the field to confirm, and the evidence of each value."""
        proposed = self.would_be
        return {
            "code": self.code,
            "detail": self.text,
            "attr": self.field,
            "values": [
                {
                    "field": value.field,
                    "entered": value.entered,
                    "would_be": _number(proposed.get(value.field)),
                    "previous": value.previous,
                    "previous_on": None if value.days_ago is None else str(self._day_of(value)),
                    "expected": None if value.expected is None else round(value.expected, ABOUT_DECIMALS),
                }
                for value in self.suspicion.values
            ],
        }

    def _look_swapped(self) -> str:
        weight, length = self.suspicion.values
        return _("%(weight)s and %(length)s: these look swapped.") % {
            "weight": _with_unit(weight, weight.entered),
            "length": _with_unit(length, length.entered),
        }

    def _carried_forward(self) -> str:
        days = self._first.days_ago or 0
        return ngettext(
            "It is the same as on %(date)s, %(days)d day before: %(values)s.",
            "It is the same as on %(date)s, %(days)d days before: %(values)s.",
            days,
        ) % {"days": days, "date": self._printed_day(), "values": self._all_values()}

    def _really(self) -> str:
        return _("Is the %(name)s really %(value)s?") % {
            "name": self._name(self._first),
            "value": _with_unit(self._first, self._first.entered),
        }

    def _previously(self) -> str:
        if self._first.previous is None or self._first.days_ago is None:
            return ""
        value = _with_unit(self._first, self._first.previous)
        taken = self._first.previous_position
        if taken is not None and taken is not self.position:
            value = f"{value} {_TAKEN[taken]}"
        return ngettext(
            "On %(date)s, %(days)d day before, %(name)s was %(value)s.",
            "On %(date)s, %(days)d days before, %(name)s was %(value)s.",
            self._first.days_ago,
        ) % {
            "days": self._first.days_ago,
            "date": self._printed_day(),
            # Two values are asked about at once: "it" would not say which of them is meant.
            "name": _("the weight") if self.suspicion.code is SuspicionCode.SWAP else _("it"),
            "value": value,
        }

    def _instead(self) -> str:
        expected, would_be = self._first.expected, _with_unit(self._first, self._first.would_be)
        match self.suspicion.code:
            case SuspicionCode.SWAP:
                if would_be:
                    return _("Should it be %(values)s?") % {"values": self._swapped()}
                return _("No child of this length has more kilograms than centimetres. Measure both again.")
            case SuspicionCode.UNIT_SLIP:
                unit = _UNIT_WORDS[self.suspicion.unit or ""]
                return _("If it was read in %(unit)s, it is %(value)s.") % {"unit": unit, "value": would_be}
            case SuspicionCode.DECIMAL_SLIP:
                return _("If the decimal point slipped, it is %(value)s.") % {"value": would_be}
            case SuspicionCode.DIGITS:
                return _("If digits were mixed up or lost, it is %(value)s.") % {"value": would_be}
            case SuspicionCode.SHRINKAGE:
                return _("Children do not shrink, and the error of measuring is smaller. Measure again.")
        if expected is None:
            return _("Measure again.")
        return _("About %(value)s was to be expected by now. Measure again.") % {
            "value": _with_unit(self._first, round(expected, ABOUT_DECIMALS))
        }

    @property
    def _first(self) -> SuspectValue:
        return self.suspicion.values[0]

    def _name(self, value: SuspectValue) -> str:
        if value.field == "length_height_cm" and self.position is not None:
            return str(_LENGTH_NAMES[self.position])
        return str(NAMES[value.field])

    def _all_values(self) -> str:
        return ", ".join(f"{self._name(value)} {_with_unit(value, value.entered)}" for value in self.suspicion.values)

    def _swapped(self) -> str:
        values = self.suspicion.values
        return ", ".join(f"{self._name(value)} {_with_unit(value, value.would_be)}" for value in values)

    def _day_of(self, value: SuspectValue) -> date:
        return self.measured_on - timedelta(days=value.days_ago or 0)

    def _printed_day(self) -> str:
        return printed_day(self._day_of(self._first))


def _rounded(value: SuspectValue, number: float, *, exact: bool) -> Decimal:
    return Decimal(str(number if exact else round(number, DECIMALS[value.field])))


def _with_unit(value: SuspectValue, number: float | None) -> str:
    return "" if number is None else printed_quantity(value.field, number)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)

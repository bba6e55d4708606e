"""The four numbers that are read off a tool: their names, their units, and how a number of each is printed."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from children.growth.own_curve.readings import DECIMALS
from children.numbers import with_marks

UNITS = {"weight_kg": "kg", "length_height_cm": "cm", "muac_mm": "mm", "head_circumference_cm": "cm"}
NAMES = {
    "weight_kg": _("weight"),
    "length_height_cm": _("length or height"),
    "muac_mm": _("MUAC"),
    "head_circumference_cm": _("head circumference"),
}


def all_digits(number: Decimal | float) -> str:
    """Return every digit of a number by the marks of the reader's language, without zeros at its end."""
    return with_marks(f"{Decimal(str(number)).normalize():f}")


def printed_quantity(field: str, number: float) -> str:
    """Return a number of `field` rounded to what people write of it, with its unit: 9.8 kg."""
    return f"{all_digits(round(number, DECIMALS[field]))} {UNITS[field]}"  # type: ignore[index]

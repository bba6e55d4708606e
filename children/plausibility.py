"""Asks back when a measured value looks like a slip of the unit, and refuses what no child can have.

The judgement is `children.growth`'s; here it becomes a question or a refusal with a code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cgm_portal.errors import DomainError
from children.growth import GrowthInput, MeasurementError, Position, Sex, Source, UnitSlip, suspect_unit_slip
from children.growth import validate_input as refuse_beyond_limits

if TYPE_CHECKING:
    from children.services import MeasuredValues

_FIELDS = {
    "weight_kg": ("weight", "kg"),
    "length_height_cm": ("length or height", "cm"),
    "muac_mm": ("MUAC", "mm"),
    "head_circumference_cm": ("head circumference", "cm"),
}
_UNIT_WORDS = {
    "g": "grams",
    "lb": "pounds",
    "in": "inches",
    "m": "metres",
    "mm": "millimetres",
    "cm": "centimetres",
}


def refuse_impossible_values(values: MeasuredValues, *, sex: str, age_days: int) -> None:
    """Raise DomainError for nothing measured, a length without its position, or a value beyond the hard limits.

    Where a limit is passed by a likely slip of the unit, the sentence says what the value would be.
    Codes: `nothing_measured`, `position_missing` and those of `children.growth.input_errors`.
    """
    taken = [*(getattr(values, field) for field in _FIELDS), values.oedema]
    if all(value is None for value in taken):
        raise DomainError("nothing_measured", "Enter at least one value.")
    if (values.length_height_cm is None) != (not values.position):
        raise DomainError(
            "position_missing",
            "Give length or height together with how it was taken: lying or standing.",
            field="position",
        )
    try:
        refuse_beyond_limits(_growth_input(values, sex=sex, age_days=age_days))
    except MeasurementError as error:
        slip = next(
            (slip for slip in unit_slips(values, sex=sex, age_days=age_days) if slip.field == error.field), None
        )
        hint = f" {question(slip)}" if slip else ""
        raise DomainError(error.code, error.message + hint, field=error.field) from error


def refuse_unconfirmed_slips(
    values: MeasuredValues, *, sex: str, age_days: int, confirmed_fields: frozenset[str]
) -> None:
    """Raise DomainError("unit_slip_suspected") for the first value that looks like a slip and was not confirmed."""
    for slip in unit_slips(values, sex=sex, age_days=age_days):
        if slip.field not in confirmed_fields:
            raise DomainError("unit_slip_suspected", question(slip), field=slip.field)


def unit_slips(values: MeasuredValues, *, sex: str, age_days: int) -> list[UnitSlip]:
    """Return every value that looks like a slip of the unit, with the value that it would be."""
    entered = {field: getattr(values, field) for field in _FIELDS}
    suspected = [
        suspect_unit_slip(field, float(value), sex=Sex(sex), age_days=age_days)
        for field, value in entered.items()
        if value is not None
    ]
    return [slip for slip in suspected if slip is not None]


def question(slip: UnitSlip) -> str:
    """Return the question to the person who entered the value."""
    name, unit = _FIELDS[slip.field]
    return (
        f"Is the {name} really {slip.entered:g} {unit}? If it was read in {_UNIT_WORDS[slip.suspected_unit]}, "
        f"it is {slip.would_be:g} {unit}."
    )


def _growth_input(values: MeasuredValues, *, sex: str, age_days: int) -> GrowthInput:
    return GrowthInput(
        sex=Sex(sex),
        age_days=age_days,
        weight_kg=_float(values.weight_kg),
        length_height_cm=_float(values.length_height_cm),
        position=Position(values.position) if values.position else None,
        muac_mm=_float(values.muac_mm),
        head_circumference_cm=_float(values.head_circumference_cm),
        oedema=values.oedema,
        length_height_sd_cm=_float(values.length_height_sd_cm),
        source=Source.SCAN if values.length_height_sd_cm is not None else Source.MANUAL,
    )


def _float(value: object) -> float | None:
    return None if value is None else float(value)  # type: ignore[arg-type]

"""Asks back when a measured value looks like a slip of the unit, and refuses what no child can have.

The judgement is `children.growth`'s; here it becomes a question or a refusal with a code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cgm_portal.errors import DomainError
from children.growth import GrowthInput, MeasurementError, Position, Sex, Source, validate_input
from children.growth.unit_slip import UnitSlip, suspect_unit_slips

if TYPE_CHECKING:
    from children.services import MeasuredValues


def refuse_impossible_values(values: MeasuredValues, *, sex: str, age_days: int) -> None:
    """Raise DomainError for nothing measured, a length without its position, or a value beyond the hard limits.

    Where a limit is passed by a likely slip of the unit, the sentence says so ("8200 kg ... or 8.2 kg?").
    """
    taken = (values.weight_kg, values.length_height_cm, values.muac_mm, values.head_circumference_cm, values.oedema)
    if all(value is None for value in taken):
        raise DomainError("nothing_measured", "Enter at least one value.")
    if (values.length_height_cm is None) != (not values.position):
        raise DomainError(
            "position_missing",
            "Give length or height together with how it was taken: lying or standing.",
            field="position",
        )
    entered = growth_input(values, sex=sex, age_days=age_days)
    try:
        validate_input(entered)
    except MeasurementError as error:
        slip = next((slip for slip in suspect_unit_slips(entered) if slip.field == error.field), None)
        hint = f" {slip.question}" if slip else ""
        raise DomainError(error.code, error.message + hint, field=error.field) from error


def refuse_unconfirmed_slips(
    values: MeasuredValues, *, sex: str, age_days: int, confirmed_fields: frozenset[str]
) -> None:
    """Raise DomainError("unit_slip_suspected") for the first value that looks like a slip and was not confirmed."""
    for slip in suspect_unit_slips(growth_input(values, sex=sex, age_days=age_days)):
        if slip.field not in confirmed_fields:
            raise DomainError("unit_slip_suspected", slip.question, field=slip.field)


def unit_slips(values: MeasuredValues, *, sex: str, age_days: int) -> tuple[UnitSlip, ...]:
    """Return every value that looks like a slip of the unit, with the value that it would be."""
    return tuple(suspect_unit_slips(growth_input(values, sex=sex, age_days=age_days)))


def growth_input(values: MeasuredValues, *, sex: str, age_days: int) -> GrowthInput:
    """Return the engine's view of what was measured."""
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

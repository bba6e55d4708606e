"""The words of a suspicion: what is suspected of which values, and the evidence from the child's earlier visits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from children.growth.own_curve.line import OwnLine
from children.growth.own_curve.readings import SlipField
from children.growth.types import Position


class SuspicionCode(StrEnum):
    """What is suspected. The codes are stable: phones know them."""

    UNIT_SLIP = "unit_slip_suspected"
    DECIMAL_SLIP = "decimal_slip_suspected"
    DIGITS = "digits_suspected"  # neighbours exchanged, or the first one lost
    SWAP = "swap_suspected"  # weight and length or height
    CARRIED_FORWARD = "carried_forward_suspected"
    REPEATED_VISIT = "repeated_visit_suspected"  # the same day, the same values
    SHRINKAGE = "shrinkage_suspected"
    FAST_CHANGE = "fast_change_suspected"
    JUMP = "jump_suspected"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectValue:
    """One value of a suspicion with its evidence, in the unit of `field`; None is not known.

    previous: the last earlier value, taken `days_ago` in `previous_position`. expected: on the child's own line.
    """

    field: SlipField
    entered: float
    would_be: float | None = None
    previous: float | None = None
    days_ago: int | None = None
    previous_position: Position | None = None
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What is suspected of one or more values of a visit. unit: in which the value was probably read."""

    code: SuspicionCode
    values: tuple[SuspectValue, ...]
    unit: str | None = None

    @property
    def field(self) -> SlipField:
        """The field at which a person is asked, and whose confirmation settles the suspicion."""
        return self.values[0].field


def evidence_of(line: OwnLine, field: SlipField, *, would_be: float | None = None) -> SuspectValue:
    """Return the entered value of `field` beside the last earlier one and what the child's line expects."""
    entered: float = getattr(line.visit, field)
    if not line.points[field]:
        return SuspectValue(field=field, entered=entered, would_be=would_be)
    last = line.points[field][0]
    return SuspectValue(
        field=field,
        entered=entered,
        would_be=would_be,
        previous=last.value,
        days_ago=last.days_ago,
        previous_position=last.visit.position if field == "length_height_cm" else None,
        expected=line.expected(field),
    )

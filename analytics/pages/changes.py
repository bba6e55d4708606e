"""Change since the last visit by hand, beside the change expected of a child who keeps to its own line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from children.growth import Index, Sex, Standard, measurement_at_z
from children.models import Child, Measurement
from children.numbers import printed_number

QUANTITIES = (
    ("weight_kg", "kg", 2, Index.WAZ),
    ("length_height_cm", "cm", 1, Index.HAZ),
    ("muac_mm", "mm", 0, None),
)


@dataclass(frozen=True)
class Change:
    """One quantity now and before. `expected`: the gain on the child's own line, empty where none can be told."""

    field: str
    arrow: str
    difference: str
    expected: str
    now: str
    before: str
    unit: str
    since: date
    days: int


def changes_since_last_visit(child: Child, visits: Sequence[Measurement]) -> list[Change]:
    """Return the changes between the newest value by hand and the one of an earlier day; `visits` newest first."""
    by_hand = [v for v in visits if v.state == Measurement.State.ACTIVE and not v.is_scan]
    found = (_change(child, by_hand, *quantity) for quantity in QUANTITIES)
    return [change for change in found if change is not None]


def _change(
    child: Child, by_hand: Sequence[Measurement], field: str, unit: str, decimals: int, index: Index | None
) -> Change | None:
    having = [v for v in by_hand if getattr(v, field) is not None]
    if not having:
        return None
    now = having[0]
    before = next((v for v in having if v.measured_on < now.measured_on), None)
    if before is None:
        return None
    difference = float(getattr(now, field)) - float(getattr(before, field))
    is_same = round(difference, decimals) == 0  # neither "+0" nor "-0"
    shown = printed_number(0, f".{decimals}f") if is_same else printed_number(difference, f"+.{decimals}f")
    expected = None if index is None or now.position != before.position else _expected(child, now, before, index)
    return Change(
        field=field,
        arrow="same" if is_same else "up" if difference > 0 else "down",
        difference=shown,
        expected="" if expected is None else printed_number(expected, f"+.{decimals}f"),
        now=printed_number(getattr(now, field), f".{decimals}f"),
        before=printed_number(getattr(before, field), f".{decimals}f"),
        unit=unit,
        since=before.measured_on,
        days=(now.measured_on - before.measured_on).days,
    )


def _expected(child: Child, now: Measurement, before: Measurement, index: Index) -> float | None:
    """Return what the quantity grows from `before` to `now` at an unchanged z-score of one standard."""
    then, at = before.assessment, now.assessment
    z = None if then is None else getattr(then, index.value)
    if then is None or at is None or z is None or index.value in then.flags or then.standard != at.standard:
        return None
    start = then.age_days if then.corrected_age_days is None else then.corrected_age_days
    days = (now.measured_on - before.measured_on).days
    low, high = measurement_at_z(
        index, sex=Sex(child.sex), at=[start, start + days], z=float(z), standard=Standard(then.standard)
    )
    return None if math.isnan(high - low) else float(high - low)

"""Values that were copied instead of measured: carried forward from the last visit, or a visit entered twice."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from children.growth.own_curve.line import OwnLine
from children.growth.own_curve.readings import SLIP_FIELDS, SlipField
from children.growth.own_curve.suspicions import SuspectValue, Suspicion, SuspicionCode, evidence_of
from children.growth.technical_error import TECHNICAL_ERROR
from children.growth.types import GrowthInput, Source

# Values are equal when people would write the same number, to 0.1.
EQUAL_DECIMALS = 1
# Weight and length stand still by chance when hardly any growth is expected: only growth of more than this many
# standard deviations of a difference makes equal values suspicious. Judgement.
CARRIED_GROWTH_SDS = 1.0
# So many equal values are no chance, whatever the interval: weight, length and arm agree to 0.1 in fewer than 1 of 200
# pairs of measurements of the same day. Judgement.
CARRIED_VALUES = 3
# One equal value on the same day may be a measurement repeated on purpose.
REPEATED_VALUES = 2


def carried_forward(line: OwnLine, before: Sequence[GrowthInput]) -> Suspicion | None:
    """Suspect values that equal those of the last visit by hand, where growth or chance would have changed them.

    before: the child's visits before that day.
    """
    by_hand = [past for past in before if past.source is Source.MANUAL]
    last = max(by_hand, key=lambda past: past.age_days or 0, default=None)
    if last is None:
        return None
    same = _same_fields(line.visit, last)
    shared = [field for field in SLIP_FIELDS if None not in (getattr(line.visit, field), getattr(last, field))]
    whole = len(same) >= CARRIED_VALUES and same == shared
    if not whole and not ({"weight_kg", "length_height_cm"} <= set(same) and _growth_is_due(line, last)):
        return None
    return Suspicion(SuspicionCode.CARRIED_FORWARD, tuple(evidence_of(line, field) for field in same))


def _growth_is_due(line: OwnLine, last: GrowthInput) -> bool:
    point = next((point for point in line.points["length_height_cm"] if point.visit is last), None)
    expected = line.expected_growth_cm(point) if point else None
    return expected is not None and (expected > CARRIED_GROWTH_SDS * math.sqrt(2.0) * TECHNICAL_ERROR.length_height_cm)


def repeated_visit(visit: GrowthInput, same_day: Iterable[GrowthInput]) -> Suspicion | None:
    """Suspect a visit whose values were all stored for that day before."""
    given = [field for field in SLIP_FIELDS if getattr(visit, field) is not None]
    for past in same_day:
        if len(given) >= REPEATED_VALUES and past.source is Source.MANUAL and _same_fields(visit, past) == given:
            values = [
                SuspectValue(
                    field=field,
                    entered=getattr(visit, field),
                    previous=getattr(past, field),
                    days_ago=0,
                    previous_position=past.position,
                )
                for field in given
            ]
            return Suspicion(SuspicionCode.REPEATED_VISIT, tuple(values))
    return None


def _same_fields(visit: GrowthInput, past: GrowthInput) -> list[SlipField]:
    def same(field: SlipField) -> bool:
        new, old = getattr(visit, field), getattr(past, field)
        return None not in (new, old) and round(new, EQUAL_DECIMALS) == round(old, EQUAL_DECIMALS)

    return [field for field in SLIP_FIELDS if same(field)]

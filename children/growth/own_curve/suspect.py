"""Is a new value what this child can have? Asked before a visit is stored; the answer is a question to the person.

A value is compared with the child's own earlier visits (`line.py`), without any with its age. Suspected are slips
of the unit or the decimal point, mixed-up digits, weight and height swapped, a child that shrank, and changes that the
interval does not allow; copied values are in `repeated_values.py`. Nothing is refused or converted here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from children.growth.classification import MODERATE_BELOW_Z, MUAC_MAM_BELOW_MM
from children.growth.indices import Z_DECIMALS
from children.growth.own_curve.line import NEAR, OwnLine, Point, own_line
from children.growth.own_curve.readings import (
    INDEX_OF_FIELD,
    SLIP_FIELDS,
    SlipField,
    decimal_readings,
    digit_readings,
    unit_readings,
)
from children.growth.own_curve.repeated_values import carried_forward, repeated_visit
from children.growth.own_curve.suspicions import Suspicion, SuspicionCode, evidence_of
from children.growth.plausibility import FLAG_LIMITS
from children.growth.technical_error import TECHNICAL_ERROR
from children.growth.types import GrowthInput
from children.growth.validation import HARD_LIMITS

# Length or height may come out smaller by twice the standard deviation of a difference of two measurements: 1 in 44 by
# chance in a child that did not grow at all. Judgement.
SHRINKAGE_SDS = 2.0
# Heads hardly grow after two years, so chance would ask too often at 2: 1 in 740. Judgement.
HEAD_SHRINKAGE_SDS = 3.0

# A length may grow by four times what the child's line expects, and the error of measuring on top: beyond the catch-up
# growth that any month shows. Judgement.
FAST_GROWTH_FACTOR = 4.0
FAST_GROWTH_SDS = 3.0

# Weight gain in treatment: mean 9.6, SD 8.4 g a kg and day in 3,595 children (Jharkhand 2009-2011, PMC10282323); 25 is
# about mean + 2 SD. As change of the logarithm a day.
CATCH_UP_A_DAY = 0.025
# Catch-up leads back to the child's line, not far above the median. Judgement.
CATCH_UP_UNTIL_Z = 1.0
# Weight that oedema adds and its loss takes away, as a share of the weight: 11-13 g a kg and day are lost in the first
# days of treatment (Uganda, BMC Nutrition 2021, s40795-021-00428-0), up to three weeks of it. Judgement.
OEDEMA_SHARE = 0.3

# How near exchanged or completed digits must come to the child's line, as NEAR. There are so many ways to mix up digits
# that one of them often comes near by chance. Judgement.
DIGITS_NEAR = 0.2

# Shorter than this no child weighs as many kilograms as it measures centimetres: at 100 cm the median is 15 kg (WHO
# weight for height). Judgement.
SHORTEST_THAT_MAY_OUTWEIGH_CM = 100.0

SWAPPED: tuple[SlipField, SlipField] = ("weight_kg", "length_height_cm")
# Without a line a value this far from the median is in doubt, when the other one is impossible. Judgement.
DOUBTFUL_Z = 3.0

# Measured with different tools, and both follow wasting and recovery.
BEARS_OUT: dict[SlipField, SlipField] = {"weight_kg": "muac_mm", "muac_mm": "weight_kg"}


def suspect_values(visit: GrowthInput, earlier: Sequence[GrowthInput] = ()) -> tuple[Suspicion, ...]:
    """Return what is suspected of a visit, at most one suspicion a field; empty for a plausible one.

    earlier: the child's visits up to that day in any order, later ones are left out; scans may be among them. Values
    that are not finite or not above 0 are left to `validation.py`. Oedema makes weight no sign of growth, and a wasted
    child may gain fast: both are allowed for.
    """
    unusable: dict[str, Any] = {name: None for name in SLIP_FIELDS if not _is_usable(getattr(visit, name))}
    visit = replace(visit, **unusable) if unusable else visit
    day = visit.age_days
    dated = [past for past in earlier if past.age_days is not None and day is not None]
    repeated = repeated_visit(visit, [past for past in dated if past.age_days == day])
    if repeated:
        return (repeated,)
    before = [past for past in dated if (past.age_days or 0) < (day or 0)]
    line = own_line(visit, before)
    found = [suspicion for suspicion in (carried_forward(line, before), _swap(line)) if suspicion]
    settled = {value.field for suspicion in found for value in suspicion.values}
    for field in SLIP_FIELDS:
        if getattr(visit, field) is not None and field not in settled:
            suspicion = _suspect_field(line, field)
            if suspicion:
                found.append(suspicion)
    return tuple(sorted(found, key=lambda suspicion: SLIP_FIELDS.index(suspicion.field)))


def _suspect_field(line: OwnLine, field: SlipField) -> Suspicion | None:
    value: float = getattr(line.visit, field)
    if _is_off(line, field):
        slip = _suspect_slip(line, field)
        if slip or not line.has(field) or _is_borne_out(line, field):
            return slip
        digits = _suspect_digits(line, field)
        if digits:
            return digits
    code = _rule_broken(line, field, value)
    return Suspicion(code, (evidence_of(line, field),)) if code else None


def _suspect_slip(line: OwnLine, field: SlipField) -> Suspicion | None:
    """Suspect another unit or decimal point of a value that is off."""
    value: float = getattr(line.visit, field)
    readings = (*unit_readings(field, value), *decimal_readings(field, value))
    nearest = _nearest(line, field, [reading.value for reading in readings])
    if nearest is None:
        return None
    unit = readings[nearest].unit
    code = SuspicionCode.UNIT_SLIP if unit else SuspicionCode.DECIMAL_SLIP
    return Suspicion(code, (evidence_of(line, field, would_be=readings[nearest].value),), unit)


def _suspect_digits(line: OwnLine, field: SlipField) -> Suspicion | None:
    value: float = getattr(line.visit, field)
    meant = [other for other in digit_readings(field, value) if not _shrank(line, field, other)]
    nearest = _nearest(line, field, meant, within=DIGITS_NEAR)
    if nearest is None:
        return None
    return Suspicion(SuspicionCode.DIGITS, (evidence_of(line, field, would_be=meant[nearest]),))


def _is_off(line: OwnLine, field: SlipField) -> bool:
    """Tell whether the entered value is impossible, far from the child's line, or without one flagged for the age."""
    value: float = getattr(line.visit, field)
    if not HARD_LIMITS[field].low <= value <= HARD_LIMITS[field].high:
        return True
    if line.has(field):
        return line.deviance[field] > 1.0 and not (field == "weight_kg" and _weight_may_change(line, value))
    if line.visit.sex is None:
        return math.isinf(line.deviances(field, [value])[0])
    low, high = FLAG_LIMITS[INDEX_OF_FIELD[field]]
    z = round(line.z[field], Z_DECIMALS)
    return z < low or z > high


def _rule_broken(line: OwnLine, field: SlipField, value: float) -> SuspicionCode | None:
    """Return which rule of growth since the last visits the entered value breaks, if any."""
    if _shrank(line, field, value):
        return SuspicionCode.SHRINKAGE
    if (field == "length_height_cm" and _grew_too_fast(line, value)) or _gained_too_fast(line, field, value):
        return SuspicionCode.FAST_CHANGE
    return SuspicionCode.JUMP if _is_off(line, field) else None


def _shrank(line: OwnLine, field: SlipField, value: float) -> bool:
    """Tell whether a length, height or head came out smaller than the last one by more than the error of measuring."""
    if not line.points[field]:
        return False
    last = line.points[field][0]
    if field == "length_height_cm":
        return last.comparable - value > SHRINKAGE_SDS * _length_difference_sd(last)
    if field == "head_circumference_cm":
        return last.value - value > HEAD_SHRINKAGE_SDS * math.sqrt(2.0) * TECHNICAL_ERROR.head_circumference_cm
    return False


def _grew_too_fast(line: OwnLine, length_cm: float) -> bool:
    if not line.points["length_height_cm"]:
        return False
    last = line.points["length_height_cm"][0]
    beyond_error = length_cm - last.comparable - FAST_GROWTH_SDS * _length_difference_sd(last)
    # So much growth raises z; without a rise the tables need not be searched.
    if beyond_error <= 0.0 or line.z["length_height_cm"] <= last.z:
        return False
    expected = line.expected_growth_cm(last)
    return expected is not None and beyond_error > FAST_GROWTH_FACTOR * max(0.0, expected)


def _length_difference_sd(last: Point) -> float:
    """Return the standard deviation of a length by hand minus an earlier one, by hand or from a scan, in cm."""
    by_hand, of_scan = TECHNICAL_ERROR.length_height_cm, last.visit.spreads.length_height_cm
    return math.hypot(by_hand, of_scan.sd if of_scan else by_hand)


def _gained_too_fast(line: OwnLine, field: SlipField, value: float) -> bool:
    if field != "weight_kg" or not _is_off(line, field):
        return False
    last = line.points[field][0]
    return math.log(value / last.value) > CATCH_UP_A_DAY * last.days_ago


def _is_borne_out(line: OwnLine, field: SlipField) -> bool:
    """Tell whether weight and arm moved the same way, off the child's line, while length or height kept to it.

    A scale and a tape seldom err together: so a child falls ill, or recovers. In the record of another child the length
    would be off as well.
    """
    other = BEARS_OUT.get(field)
    if other is None or not line.has(other) or line.deviance[other] <= NEAR or line.deviance["length_height_cm"] > 1.0:
        return False
    moves = [line.z[name] - line.points[name][0].z for name in (field, other)]
    return moves[0] * moves[1] > 0.0 and not (_is_off(line, other) and _suspect_slip(line, other))


def _weight_may_change(line: OwnLine, value: float) -> bool:
    """Tell whether oedema, or recovery from wasting, explains a weight far from the child's line."""
    return any(_by_oedema(line, point, value) or _by_recovery(line, point, value) for point in line.points["weight_kg"])


def _by_oedema(line: OwnLine, point: Point, value: float) -> bool:
    swollen = bool(line.visit.oedema) or bool(point.visit.oedema)
    return swollen and 1.0 - OEDEMA_SHARE <= value / point.value <= 1.0 + OEDEMA_SHARE


def _by_recovery(line: OwnLine, point: Point, value: float) -> bool:
    muac = point.visit.muac_mm
    thin = point.whz < MODERATE_BELOW_Z or point.waz < MODERATE_BELOW_Z
    thin = thin or (muac is not None and muac < MUAC_MAM_BELOW_MM) or bool(point.visit.oedema)
    gained = math.log(value / point.value)
    return thin and 0.0 <= gained <= CATCH_UP_A_DAY * point.days_ago and line.z["weight_kg"] <= CATCH_UP_UNTIL_Z


def _nearest(line: OwnLine, field: SlipField, values: Sequence[float], *, within: float = NEAR) -> int | None:
    """Return the place of the value that lies nearest to the line, None if none is near enough."""
    if not values:
        return None
    distances = line.deviances(field, values)
    best = min(range(len(values)), key=distances.__getitem__)
    return best if distances[best] <= within else None


def _swap(line: OwnLine) -> Suspicion | None:
    weight, length = line.visit.weight_kg, line.visit.length_height_cm
    if weight is None or length is None:
        return None
    if _is_off(line, "weight_kg") and _is_off(line, "length_height_cm"):
        swapped = (line.deviances("weight_kg", [length])[0], line.deviances("length_height_cm", [weight])[0])
        if max(swapped) <= NEAR:
            exchanged = (
                evidence_of(line, "weight_kg", would_be=length),
                evidence_of(line, "length_height_cm", would_be=weight),
            )
            return Suspicion(SuspicionCode.SWAP, exchanged)
    # Neither by itself has a better reading: swapped, and one of them wrong besides. Nothing can be proposed.
    if _outweighs_its_length(weight, length) and not _one_slip_explains(line):
        return Suspicion(SuspicionCode.SWAP, (evidence_of(line, "weight_kg"), evidence_of(line, "length_height_cm")))
    return None


def _one_slip_explains(line: OwnLine) -> bool:
    """Tell whether one of weight and length fits and the other is only a unit or a decimal point away."""
    doubtful = [field for field in SWAPPED if _is_doubtful(line, field)]
    return len(doubtful) == 1 and _suspect_slip(line, doubtful[0]) is not None


def _is_doubtful(line: OwnLine, field: SlipField) -> bool:
    return _is_off(line, field) or (not line.has(field) and abs(line.z[field]) > DOUBTFUL_Z)


def _outweighs_its_length(weight_kg: float, length_cm: float) -> bool:
    """Tell whether a child has more kilograms than centimetres, where neither number is one of grams or of metres."""
    limits = HARD_LIMITS["length_height_cm"]
    in_metres, in_grams = length_cm * 100.0 <= limits.high, weight_kg > HARD_LIMITS["weight_kg"].high
    return length_cm < weight_kg and length_cm < SHORTEST_THAT_MAY_OUTWEIGH_CM and not (in_metres or in_grams)


def _is_usable(value: float | None) -> bool:
    return value is None or (math.isfinite(value) and value > 0.0)

"""What the classes of a child need and do not have, or have only flagged.

By hand: weight and length or height, and MUAC at 6-59 months. A scan: length or height. A child beyond 19 years has
no class by z-score, so nothing is to be measured again for one.
"""

from __future__ import annotations

from collections.abc import Mapping

from children.growth.age import standard_at
from children.growth.types import GrowthInput, Index, Missing, Source, Standard, ZScore

_FLAGGED = {
    Index.HAZ: Missing.HAZ_FLAGGED,
    Index.WAZ: Missing.WAZ_FLAGGED,
    Index.WHZ: Missing.WHZ_FLAGGED,
    Index.BAZ: Missing.BAZ_FLAGGED,
    # MUAC itself, in mm, still decides: severe wasting can look implausible.
    Index.ACZ: Missing.MUAC_FLAGGED,
}


def age_outside_standard(age_days: int | None) -> bool:
    """Tell whether no standard or reference of WHO serves: beyond 228 months."""
    return age_days is not None and standard_at(age_days) is None


def find_missing(
    data: GrowthInput, *, before_term: bool, acute_defined: bool, zscores: Mapping[Index, ZScore]
) -> tuple[Missing, ...]:
    """Return what is missing or flagged that the classes of this child need."""
    if age_outside_standard(data.age_days):
        return (Missing.AGE_OUTSIDE_STANDARD,)
    found: list[Missing] = []
    if data.sex is None:
        found.append(Missing.SEX_MISSING)
    if data.age_days is None:
        found.append(Missing.AGE_MISSING)
    if before_term:
        found.append(Missing.BEFORE_TERM)
    if data.length_height_cm is None:
        found.append(Missing.LENGTH_HEIGHT_MISSING)
    if data.source is Source.MANUAL:
        # Oedema blanks every z-score of weight: the weight is not needed for a class.
        if data.weight_kg is None and not data.oedema:
            found.append(Missing.WEIGHT_MISSING)
        if data.muac_mm is None and acute_defined:
            found.append(Missing.MUAC_MISSING)
    measured = data.weight_kg is not None and data.length_height_cm is not None and not data.oedema
    has_table = data.age_days is None or standard_at(data.age_days) is Standard.WHO2006
    if measured and has_table and data.sex is not None and not before_term and Index.WHZ not in zscores:
        found.append(Missing.LENGTH_HEIGHT_OUTSIDE_TABLE)
    found += [name for index, name in _FLAGGED.items() if index in zscores and zscores[index].flagged]
    return tuple(found)


def usable(zscores: Mapping[Index, ZScore], index: Index) -> float | None:
    """Return the z-score that a class may use: None where missing or flagged."""
    score = zscores.get(index)
    return None if score is None or score.flagged else score.value

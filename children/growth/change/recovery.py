"""Anthropometric recovery from acute malnutrition: WHZ, MUAC and oedema free at two visits in a row.

Whether a programme then closes an alert or a treatment is decided elsewhere.
Source: WHO guideline on the prevention and management of wasting and nutritional oedema (2023).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from children.growth.classification import MODERATE_BELOW_Z, MUAC_MAM_BELOW_MM

# Source: WHO guideline 2023: at least two consecutive visits.
VISITS_IN_A_ROW = 2


def meets_recovery(*, whz: float | None, muac_mm: float | None, oedema: bool | None) -> bool:
    """Tell whether one visit is free of acute malnutrition: WHZ >= -2, MUAC >= 125 mm and no oedema.

    whz: usable, None where missing or flagged. Both must be known; oedema that was not examined counts as no.
    """
    if whz is None or muac_mm is None or oedema:
        return False
    return whz >= MODERATE_BELOW_Z and muac_mm >= MUAC_MAM_BELOW_MM


def deciding_days(days: Iterable[date], *, last_evidence_on: date | None) -> tuple[date, ...]:
    """Return the last two days of visits, newest first, when both lie after the last evidence; else none.

    days: in any order, repeats count once. A child has recovered when every deciding day is free, and there are two.
    """
    last = tuple(sorted(set(days), reverse=True)[:VISITS_IN_A_ROW])
    if len(last) < VISITS_IN_A_ROW or (last_evidence_on is not None and last[-1] <= last_evidence_on):
        return ()
    return last

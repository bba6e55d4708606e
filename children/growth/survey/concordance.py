"""Which criteria find which children: weight-for-height, MUAC and oedema side by side, at 6-59 months.

They find mostly different children, so a programme that uses one misses those of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations

import numpy as np

from children.growth.age import ACUTE_BELOW_MONTHS, ACUTE_FROM_MONTHS
from children.growth.columns import BoolArray, FloatArray
from children.growth.errors import MeasurementError
from children.growth.indices import compute_zscores
from children.growth.survey.sample import Survey
from children.growth.types import Criterion, Index, Standard

PER_CENT = 100.0
CRITERIA = (Criterion.WHZ, Criterion.MUAC, Criterion.OEDEMA)

# Every set of criteria, from none to all three: the seven regions of a Venn diagram and what is outside it.
REGIONS = tuple(frozenset(region) for size in range(4) for region in combinations(CRITERIA, size))


class AcuteCase(StrEnum):
    """What is looked for. Oedema alone makes either."""

    SAM = "sam"  # severe
    GAM = "gam"  # global: severe and moderate


# Weight-for-height z and MUAC in mm below which a child is a case. Source: WHO/UNICEF joint statement 2009; WHO 2023.
CASE_BELOW = {AcuteCase.SAM: (-3.0, 115.0), AcuteCase.GAM: (-2.0, 125.0)}


@dataclass(frozen=True, slots=True)
class NotCompared:
    """Children who are in no count, by the first reason that holds. An oedema not looked for counts as no."""

    outside_age: int  # or age unknown
    muac_missing: int
    whz_missing: int
    whz_flagged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """Who is found by what.

    regions: children by the exact set of criteria they meet, one key for each of REGIONS. kappa: Cohen's, of
    weight-for-height and MUAC beyond chance, None if either finds all or none. muac_finds_percent: of the children with
    low weight-for-height, those whom MUAC finds too; whz_finds_percent: the reverse; both_percent: found by both, of
    those found by either. None without such children.
    """

    case: AcuteCase
    children: int
    regions: Mapping[frozenset[Criterion], int]
    both_percent: float | None
    muac_finds_percent: float | None
    whz_finds_percent: float | None
    kappa: float | None

    @property
    def cases(self) -> int:
        """Return how many children any criterion finds."""
        return self.children - self.regions[frozenset()]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcordanceReport:
    """Concordance for severe and for global acute malnutrition, of the same children."""

    sam: Concordance
    gam: Concordance
    not_compared: NotCompared


def concordance(survey: Survey) -> ConcordanceReport:
    """Return which criteria find which children of 6-59 months of a survey.

    Counts children, without sampling weights. A child is compared if MUAC and an unflagged weight-for-height are known;
    in a child with oedema the weight is taken as measured, since its region of the diagram depends on it. MUAC stands
    as measured even where its z is flagged. Raises MeasurementError("wrong_standard") for a survey of 5-19 years.
    """
    if survey.standard is not Standard.WHO2006:
        raise MeasurementError(
            "wrong_standard",
            "MUAC, weight-for-height and oedema are compared at 6-59 months; this is a survey of 5-19 years.",
            field="standard",
        )
    months = survey.age_months
    in_age = (months >= ACUTE_FROM_MONTHS) & (months < ACUTE_BELOW_MONTHS)
    nobody = np.zeros(len(survey), dtype=np.bool_)
    table = compute_zscores(replace(survey.columns, oedema=nobody), indices=(Index.WHZ,))
    whz = table.column(Index.WHZ)
    flagged = table.flag_column(Index.WHZ) == 1.0
    muac_mm = np.full(len(survey), np.nan) if survey.columns.muac_mm is None else survey.columns.muac_mm
    no_muac = in_age & np.isnan(muac_mm)
    no_whz = in_age & ~no_muac & np.isnan(whz)
    compared = in_age & ~no_muac & ~no_whz & ~flagged
    sam, gam = (
        _compare(case, whz[compared], muac_mm[compared], survey.oedema[compared])
        for case in (AcuteCase.SAM, AcuteCase.GAM)
    )
    return ConcordanceReport(
        sam=sam,
        gam=gam,
        not_compared=NotCompared(
            outside_age=int(np.count_nonzero(~in_age)),
            muac_missing=int(np.count_nonzero(no_muac)),
            whz_missing=int(np.count_nonzero(no_whz)),
            whz_flagged=int(np.count_nonzero(in_age & ~no_muac & flagged)),
        ),
    )


def _compare(case: AcuteCase, whz: FloatArray, muac_mm: FloatArray, oedema: BoolArray) -> Concordance:
    whz_below, muac_below = CASE_BELOW[case]
    low_whz, low_muac = whz < whz_below, muac_mm < muac_below
    met = {Criterion.WHZ: low_whz, Criterion.MUAC: low_muac, Criterion.OEDEMA: oedema}
    n, both = len(whz), int(np.count_nonzero(low_whz & low_muac))
    by_whz, by_muac = int(np.count_nonzero(low_whz)), int(np.count_nonzero(low_muac))
    return Concordance(
        case=case,
        children=n,
        regions={region: _in_region(met, region, n) for region in REGIONS},
        both_percent=_percent(both, by_whz + by_muac - both),
        muac_finds_percent=_percent(both, by_whz),
        whz_finds_percent=_percent(both, by_muac),
        kappa=_kappa(both=both, first=by_whz, second=by_muac, n=n),
    )


def _in_region(met: Mapping[Criterion, BoolArray], region: frozenset[Criterion], n: int) -> int:
    inside = np.ones(n, dtype=np.bool_)
    for criterion, found in met.items():
        inside &= found if criterion in region else ~found
    return int(np.count_nonzero(inside))


def _kappa(*, both: int, first: int, second: int, n: int) -> float | None:
    """Return Cohen's kappa of two yes-or-no answers. Source: Cohen 1960, Educ Psychol Meas 20:37-46."""
    if n == 0 or first in (0, n) or second in (0, n):
        return None
    agreed = (n - first - second + 2 * both) / n
    by_chance = (first * second + (n - first) * (n - second)) / n**2
    return (agreed - by_chance) / (1.0 - by_chance)


def _percent(part: int, whole: int) -> float | None:
    return PER_CENT * part / whole if whole else None

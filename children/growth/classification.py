"""Classes of one child from usable z-scores, MUAC and oedema, each with the criterion that triggered it.

WHO's case definitions stand here as constants. Exactly -2 is normal, exactly -3 moderate, exactly +2 normal; z-scores
come rounded to 2 decimals, and a flagged z comes as None. What to do about a class is decided in `banner.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from children.growth.settings import GrowthSettings
from children.growth.types import Acute, Criterion, OverweightClass, Severity, Source, Standard

# Stunting, wasting, underweight. Source: WHO Child Growth Standards; WHO/UNICEF joint statement 2009.
MODERATE_BELOW_Z = -2.0
SEVERE_BELOW_Z = -3.0

# WHZ or BAZ under 5 years. Source: WHO pocket book of primary health care for children and adolescents (2022).
OVERWEIGHT_ABOVE_Z = 2.0
OBESITY_ABOVE_Z = 3.0

# BAZ from 5 to 19 years; thinness has the cut-offs of severity. Source: same; de Onis et al. 2007, Bull WHO 85:660-667.
OVERWEIGHT_ABOVE_Z_FROM_5_YEARS = 1.0
OBESITY_ABOVE_Z_FROM_5_YEARS = 2.0

# MUAC at 6-59 months, mm. Source: WHO/UNICEF joint statement 2009; WHO guideline 2023.
MUAC_SAM_BELOW_MM = 115.0
MUAC_MAM_BELOW_MM = 125.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the classes of one child are made of. A z-score is None where missing or flagged.

    acute_defined: 6-59 months, or unknown age and a length that stands for it. infant: under 6 months. standard: that
    the z-scores were read from.
    weight_criteria: weight loss, no gain, fall of WAZ since the previous visit.
    """

    source: Source
    standard: Standard
    age_days: int | None
    acute_defined: bool
    infant: bool
    haz: float | None
    waz: float | None
    whz: float | None
    baz: float | None
    muac_mm: float | None
    oedema: bool
    weight_criteria: tuple[Criterion, ...] = ()


def severity(z: float | None) -> Severity | None:
    """Return the class of stunting (HAZ), wasting (WHZ), underweight (WAZ) or thinness (BAZ from five years on)."""
    if z is None:
        return None
    if z < SEVERE_BELOW_Z:
        return Severity.SEVERE
    return Severity.MODERATE if z < MODERATE_BELOW_Z else Severity.NORMAL


def overweight_cutoffs(standard: Standard) -> tuple[float, float]:
    """Return the z above which a child is overweight, and obese."""
    if standard is Standard.WHO2006:
        return OVERWEIGHT_ABOVE_Z, OBESITY_ABOVE_Z
    return OVERWEIGHT_ABOVE_Z_FROM_5_YEARS, OBESITY_ABOVE_Z_FROM_5_YEARS


def overweight_class(
    standard: Standard, *, whz: float | None, baz: float | None
) -> tuple[OverweightClass | None, tuple[Criterion, ...]]:
    """Return the worse of WHZ and BAZ with what triggered it; normal only when both say so, from five years on BAZ."""
    overweight, obesity = overweight_cutoffs(standard)
    known = ((Criterion.WHZ, whz), (Criterion.BAZ, baz))
    criteria = tuple(criterion for criterion, z in known if z is not None and z > overweight)
    if any(z is not None and z > obesity for _, z in known):
        return OverweightClass.OBESITY, criteria
    if criteria:
        return OverweightClass.OVERWEIGHT, criteria
    complete = baz is not None and (whz is not None or standard is Standard.WHO2007)
    return (OverweightClass.NORMAL if complete else None), ()


def sam_criteria(evidence: Evidence) -> tuple[Criterion, ...]:
    """Return every criterion that makes severe acute malnutrition, where it is defined."""
    if not evidence.acute_defined:
        return ()
    found = (
        (Criterion.WHZ, evidence.whz is not None and evidence.whz < SEVERE_BELOW_Z),
        (Criterion.MUAC, evidence.muac_mm is not None and evidence.muac_mm < MUAC_SAM_BELOW_MM),
        (Criterion.OEDEMA, evidence.oedema),
    )
    return tuple(criterion for criterion, true in found if true)


def mam_criteria(evidence: Evidence) -> tuple[Criterion, ...]:
    """Return every criterion that makes at least moderate acute malnutrition by WHZ or MUAC, where it is defined."""
    if not evidence.acute_defined:
        return ()
    found = (
        (Criterion.WHZ, evidence.whz is not None and evidence.whz < MODERATE_BELOW_Z),
        (Criterion.MUAC, evidence.muac_mm is not None and evidence.muac_mm < MUAC_MAM_BELOW_MM),
    )
    return tuple(criterion for criterion, true in found if true)


def acute_class(evidence: Evidence) -> tuple[Acute | None, tuple[Criterion, ...]]:
    """Return SAM, MAM or NONE with what triggered it; worst wins.

    NONE needs WHZ and MUAC, of a scan only WHZ. With one of them missing, a class that the other gives still stands
    ("at least"); the missing value is listed beside it. None: undetermined, or not defined at this age.
    """
    if not evidence.acute_defined:
        return None, ()
    if severe := sam_criteria(evidence):
        return Acute.SAM, severe
    if moderate := mam_criteria(evidence):
        return Acute.MAM, moderate
    complete = evidence.whz is not None and (evidence.muac_mm is not None or evidence.source is Source.SCAN)
    return (Acute.NONE if complete and evidence.age_days is not None else None), ()


def infant_criteria(evidence: Evidence, settings: GrowthSettings) -> tuple[Criterion, ...]:
    """Return every criterion that puts an infant under 6 months at risk. Source: WHO guideline 2023."""
    if not evidence.infant or evidence.age_days is None:
        return ()
    muac_counts = evidence.muac_mm is not None and evidence.age_days >= settings.infant_muac_from_days
    found = (
        (Criterion.WHZ, evidence.whz is not None and evidence.whz < settings.infant_wlz_below),
        (Criterion.MUAC, muac_counts and (evidence.muac_mm or 0.0) < settings.infant_muac_below_mm),
        (Criterion.OEDEMA, evidence.oedema),
        (Criterion.WAZ, evidence.waz is not None and evidence.waz < settings.infant_waz_below),
    )
    return tuple(criterion for criterion, true in found if true) + evidence.weight_criteria


def infant_at_risk(evidence: Evidence, criteria: tuple[Criterion, ...]) -> bool | None:
    """Tell whether an infant is at risk: yes by any criterion, no when WAZ and WLZ are known; None otherwise."""
    if not evidence.infant:
        return None
    if criteria:
        return True
    return False if evidence.waz is not None and evidence.whz is not None else None

"""What the error of a scan's length or height does to z-scores and classes.

The true length is taken as normal around the estimate with the scan's standard deviation. One length feeds HAZ, WHZ
and BAZ, so all three are followed along the same grid of lengths; a probability is the normal mass of the lengths for
which the class holds, with the borders found between the grid's nodes. Weight, MUAC, oedema and age are taken as exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from children.growth.classification import (
    MODERATE_BELOW_Z,
    MUAC_MAM_BELOW_MM,
    OBESITY_ABOVE_Z,
    OVERWEIGHT_ABOVE_Z,
    SEVERE_BELOW_Z,
    Evidence,
    infant_criteria,
    sam_criteria,
)
from children.growth.indices import ZScoreTable
from children.growth.settings import GrowthSettings
from children.growth.types import Assessment, Criterion, Index, ProbableClass

FloatArray = npt.NDArray[np.float64]

# 10th and 90th centile of the normal distribution, in standard deviations.
INTERVAL_SD = NormalDist().inv_cdf(0.9)

# Nodes every 0.1 SD over +-6 SD: what lies outside is 2e-9.
GRID_STEP_SD = 0.1
GRID_SD = np.linspace(-6.0, 6.0, 121)

# The point, the two ends of the interval, then the grid: one call of the core for all.
NODES_SD = np.concatenate([[0.0, -INTERVAL_SD, INTERVAL_SD], GRID_SD])
_GRID_START = 3
_GRID_CDF = np.array([NormalDist().cdf(sd) for sd in GRID_SD])
_GRID_MASS = np.diff(_GRID_CDF)

# Classes act on z rounded to 2 decimals: below -2 means a raw z below -2.005.
HALF_STEP = 0.005

# Where an interval that crosses asks for a measurement by hand.
ACTION_CUTOFFS: dict[Index, tuple[float, ...]] = {
    Index.HAZ: (SEVERE_BELOW_Z, MODERATE_BELOW_Z),
    Index.WHZ: (SEVERE_BELOW_Z, MODERATE_BELOW_Z),
}


@dataclass(frozen=True, slots=True)
class CrossedCutoff:
    """A cut-off inside the 80 % interval of an index: one end of the interval is below it, the other is not."""

    index: Index
    cutoff: float


def crossed_cutoffs(assessment: Assessment) -> tuple[CrossedCutoff, ...]:
    """Return the action cut-offs that a scan's 80 % intervals cross; empty for a manual value."""
    crossed = []
    for index, cutoffs in ACTION_CUTOFFS.items():
        score = assessment.zscores.get(index)
        if score is not None and score.low80 is not None and score.high80 is not None:
            low, high = score.low80, score.high80
            crossed += [CrossedCutoff(index, cutoff) for cutoff in cutoffs if low < cutoff <= high]
    return tuple(crossed)


def interval80(table: ZScoreTable, index: Index) -> tuple[float | None, float | None]:
    """Return the 80 % interval of one index from a table over NODES_SD, low end first; None off the table."""
    low, high = table.column(index)[1:_GRID_START].tolist()
    if index is not Index.HAZ:
        low, high = high, low  # a longer child of the same weight is thinner: WHZ and BAZ fall as length rises
    return (None if math.isnan(low) else low), (None if math.isnan(high) else high)


def class_probabilities(table: ZScoreTable, evidence: Evidence, settings: GrowthSettings) -> dict[ProbableClass, float]:
    """Return the probability, 0-1, of each class that the scan's length decides or helps to decide.

    `table` holds the child at the lengths of NODES_SD. A class that is undetermined at the point (a z-score missing or
    flagged) is left out. Lengths whose z-score is flagged or off the table are excluded, and the rest scaled to 1.
    """
    haz = _grid(table, Index.HAZ) if evidence.haz is not None else None
    whz = _grid(table, Index.WHZ) if evidence.whz is not None else None
    baz = _grid(table, Index.BAZ) if evidence.baz is not None else None
    out = _masses_below_zero(_gaps(evidence, settings, haz=haz, whz=whz, baz=baz))
    if evidence.acute_defined:
        if _certain_sam(evidence):
            out |= {ProbableClass.SAM: 1.0, ProbableClass.MAM: 0.0}
        elif whz is not None:
            sam = out[ProbableClass.SEVERE_WASTING]
            at_least_mam = 1.0 if _mam_by_muac(evidence) else out[ProbableClass.WASTING]
            out |= {ProbableClass.SAM: sam, ProbableClass.MAM: at_least_mam - sam}
        if _certain_sam(evidence) or _mam_by_muac(evidence):
            out[ProbableClass.SAM_MAM_OR_SEVERE_STUNTING] = 1.0
    if set(infant_criteria(evidence, settings)) - {Criterion.WHZ}:
        out[ProbableClass.INFANT_AT_RISK] = 1.0
    return out


def _gaps(
    evidence: Evidence,
    settings: GrowthSettings,
    *,
    haz: FloatArray | None,
    whz: FloatArray | None,
    baz: FloatArray | None,
) -> dict[ProbableClass, FloatArray]:
    """Return, for each class that is defined, how far z is from it at each length: the class holds below 0."""
    gaps: dict[ProbableClass, FloatArray] = {}
    urgent: list[FloatArray] = []
    if haz is not None:
        gaps[ProbableClass.SEVERE_STUNTING] = haz - (SEVERE_BELOW_Z - HALF_STEP)
        gaps[ProbableClass.STUNTING] = haz - (MODERATE_BELOW_Z - HALF_STEP)
        urgent.append(gaps[ProbableClass.SEVERE_STUNTING])
    if whz is not None:
        gaps[ProbableClass.SEVERE_WASTING] = whz - (SEVERE_BELOW_Z - HALF_STEP)
        gaps[ProbableClass.WASTING] = whz - (MODERATE_BELOW_Z - HALF_STEP)
        if evidence.acute_defined:
            urgent.append(gaps[ProbableClass.WASTING])
        if evidence.infant and evidence.waz is not None:
            gaps[ProbableClass.INFANT_AT_RISK] = whz - (settings.infant_wlz_below - HALF_STEP)
        if baz is not None:
            heavier = np.maximum(whz, baz)
            gaps[ProbableClass.OVERWEIGHT] = OVERWEIGHT_ABOVE_Z + HALF_STEP - heavier
            gaps[ProbableClass.OBESITY] = OBESITY_ABOVE_Z + HALF_STEP - heavier
    if urgent:
        # One event: a length so short that stunting is severe, or so long that the child is wasted.
        gaps[ProbableClass.SAM_MAM_OR_SEVERE_STUNTING] = urgent[0] if len(urgent) == 1 else np.minimum(*urgent)
    return gaps


def _certain_sam(evidence: Evidence) -> bool:
    return bool(set(sam_criteria(evidence)) - {Criterion.WHZ})


def _mam_by_muac(evidence: Evidence) -> bool:
    return evidence.muac_mm is not None and evidence.muac_mm < MUAC_MAM_BELOW_MM


def _grid(table: ZScoreTable, index: Index) -> FloatArray:
    """Return the raw z of one index along GRID_SD, NaN where flagged or off the table."""
    k = table.indices.index(index)
    return np.where(table.flagged[k, _GRID_START:], np.nan, table.raw[k, _GRID_START:])


def _masses_below_zero(gaps: dict[ProbableClass, FloatArray]) -> dict[ProbableClass, float]:
    """Return for each gap along GRID_SD the normal mass where it is below 0, of the mass where it is known.

    A gap is taken as straight between two nodes, 0.1 SD apart. All gaps are worked on at once, shape (m, nodes).
    """
    if not gaps:
        return {}
    gap = np.stack(list(gaps.values()))
    below = gap < 0.0  # False where unknown
    known = ~np.isnan(gap)
    whole = known[:, 1:] & known[:, :-1]
    inside = (whole & below[:, 1:] & below[:, :-1]) @ _GRID_MASS
    total = whole @ _GRID_MASS
    for row, i in np.argwhere(whole & (below[:, 1:] != below[:, :-1])).tolist():
        share = gap[row, i] / (gap[row, i] - gap[row, i + 1])
        border = _normal_cdf(float(GRID_SD[i] + share * GRID_STEP_SD))
        inside[row] += border - _GRID_CDF[i] if below[row, i] else _GRID_CDF[i + 1] - border
    with np.errstate(invalid="ignore"):
        share_below = np.clip(inside / total, 0.0, 1.0).tolist()
    return {name: part for name, part in zip(gaps, share_below, strict=True) if not math.isnan(part)}


def _normal_cdf(sd: float) -> float:
    return 0.5 * math.erfc(-sd / math.sqrt(2.0))

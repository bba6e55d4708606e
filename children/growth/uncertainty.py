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

# Nodes every 0.05 SD over +-6 SD: what lies outside is 2e-9.
GRID_SD = np.linspace(-6.0, 6.0, 241)

# The point, the two ends of the interval, then the grid: one call of the core for all.
NODES_SD = np.concatenate([[0.0, -INTERVAL_SD, INTERVAL_SD], GRID_SD])
_GRID_START = 3
_GRID_CDF = np.array([NormalDist().cdf(sd) for sd in GRID_SD])

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
    out: dict[ProbableClass, float] = {}
    haz = _grid(table, Index.HAZ) if evidence.haz is not None else None
    whz = _grid(table, Index.WHZ) if evidence.whz is not None else None
    baz = _grid(table, Index.BAZ) if evidence.baz is not None else None
    if haz is not None:
        out[ProbableClass.SEVERE_STUNTING] = _mass_below(haz, SEVERE_BELOW_Z)
        out[ProbableClass.STUNTING] = _mass_below(haz, MODERATE_BELOW_Z)
    if whz is not None:
        out[ProbableClass.SEVERE_WASTING] = _mass_below(whz, SEVERE_BELOW_Z)
        out[ProbableClass.WASTING] = _mass_below(whz, MODERATE_BELOW_Z)
    if whz is not None and baz is not None:
        worse = np.maximum(whz, baz)
        out[ProbableClass.OVERWEIGHT] = _mass_above(worse, OVERWEIGHT_ABOVE_Z)
        out[ProbableClass.OBESITY] = _mass_above(worse, OBESITY_ABOVE_Z)
    out |= _acute(evidence, whz)
    if evidence.infant:
        out |= _infant(evidence, settings, whz)
    return out | _any_urgent(evidence, out, haz=haz, whz=whz)


def _acute(evidence: Evidence, whz: FloatArray | None) -> dict[ProbableClass, float]:
    """SAM and MAM: certain by MUAC or oedema, else by WHZ along the lengths."""
    if not evidence.acute_defined:
        return {}
    if _certain_sam(evidence):
        return {ProbableClass.SAM: 1.0, ProbableClass.MAM: 0.0}
    if whz is None:
        return {}
    sam = _mass_below(whz, SEVERE_BELOW_Z)
    at_least_mam = 1.0 if _mam_by_muac(evidence) else _mass_below(whz, MODERATE_BELOW_Z)
    return {ProbableClass.SAM: sam, ProbableClass.MAM: at_least_mam - sam}


def _infant(evidence: Evidence, settings: GrowthSettings, wlz: FloatArray | None) -> dict[ProbableClass, float]:
    """Infant at risk: certain by any criterion but WLZ, else by WLZ along the lengths."""
    if set(infant_criteria(evidence, settings)) - {Criterion.WHZ}:
        return {ProbableClass.INFANT_AT_RISK: 1.0}
    if wlz is None or evidence.waz is None:
        return {}
    return {ProbableClass.INFANT_AT_RISK: _mass_below(wlz, settings.infant_wlz_below)}


def _any_urgent(
    evidence: Evidence, known: dict[ProbableClass, float], *, haz: FloatArray | None, whz: FloatArray | None
) -> dict[ProbableClass, float]:
    """SAM, MAM or severe stunting, as one event along the lengths; only what is defined enters."""
    event = ProbableClass.SAM_MAM_OR_SEVERE_STUNTING
    if evidence.acute_defined and (_certain_sam(evidence) or _mam_by_muac(evidence)):
        return {event: 1.0}
    if haz is None:
        return {event: known[ProbableClass.WASTING]} if evidence.acute_defined and whz is not None else {}
    if not evidence.acute_defined or whz is None:
        return {event: known[ProbableClass.SEVERE_STUNTING]}
    return {event: _mass_below(np.minimum(haz - SEVERE_BELOW_Z, whz - MODERATE_BELOW_Z), 0.0)}


def _certain_sam(evidence: Evidence) -> bool:
    return bool(set(sam_criteria(evidence)) - {Criterion.WHZ})


def _mam_by_muac(evidence: Evidence) -> bool:
    return evidence.muac_mm is not None and evidence.muac_mm < MUAC_MAM_BELOW_MM


def _grid(table: ZScoreTable, index: Index) -> FloatArray:
    """Return the raw z of one index along GRID_SD, NaN where flagged or off the table."""
    k = table.indices.index(index)
    return np.where(table.flagged[k, _GRID_START:], np.nan, table.raw[k, _GRID_START:])


def _mass_above(z: FloatArray, cutoff: float) -> float:
    return _mass_below(-z, -cutoff)


def _mass_below(z: FloatArray, cutoff: float) -> float:
    """Return the normal mass of the grid where z, rounded, is below `cutoff`, of the mass where z is known.

    z is taken as straight between nodes, 0.05 SD apart.
    """
    known = ~np.isnan(z)
    whole = known[1:] & known[:-1]
    mass = np.diff(_GRID_CDF) * whole
    total = float(mass.sum())
    if total == 0.0:
        return math.nan
    gap = z - (cutoff - HALF_STEP)
    below = gap < 0.0
    inside = float(mass[below[1:] & below[:-1]].sum())
    for i in np.flatnonzero(whole & (below[1:] != below[:-1])).tolist():
        share = float(gap[i] / (gap[i] - gap[i + 1]))
        border = _normal_cdf(float(GRID_SD[i] + share * (GRID_SD[i + 1] - GRID_SD[i])))
        inside += border - _GRID_CDF[i] if below[i] else _GRID_CDF[i + 1] - border
    return min(1.0, max(0.0, float(inside) / total))


def _normal_cdf(sd: float) -> float:
    return 0.5 * math.erfc(-sd / math.sqrt(2.0))

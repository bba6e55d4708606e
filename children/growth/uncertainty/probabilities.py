"""What the errors of a visit's inputs do to its classes: the probability of each.

The probability of a class is the share of true values for which the engine would give that class. One truth decides all
of them: a length feeds HAZ, WHZ and BAZ at once, an age the tables, the conversion at 24 months and the case
definitions. The truths are cut into pieces in `truths.py`; intervals of z-scores are in `intervals.py`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from children.growth.classification import (
    MODERATE_BELOW_Z,
    MUAC_MAM_BELOW_MM,
    MUAC_SAM_BELOW_MM,
    SEVERE_BELOW_Z,
    Evidence,
    infant_criteria,
    mam_criteria,
    overweight_cutoffs,
    sam_criteria,
)
from children.growth.indices import CM_PER_M
from children.growth.settings import GrowthSettings
from children.growth.types import GrowthInput, Index, ProbableClass, Standard
from children.growth.uncertainty.borders import class_borders
from children.growth.uncertainty.possible_ages import PossibleAges
from children.growth.uncertainty.truths import SEVERITY_BORDERS, Piece, UncertainChild, piece_of, uncertain_child

FloatArray = npt.NDArray[np.float64]


def class_probabilities(
    data: GrowthInput, ages: PossibleAges, evidence: Evidence, settings: GrowthSettings
) -> dict[ProbableClass, float]:
    """Return the probability, 0-1, of each class that the point does not leave open.

    `evidence`: of the point, as the classes read it. A class is left open where a z-score that it needs is missing or
    flagged and nothing else decides. Truths whose z-score would be flagged, off the table or before term are excluded
    and the rest scaled to 1. A class that is not defined at a possible age (SAM outside 6-59 months, wasting from five
    years on, thinness below) is not true at it.
    """
    child = uncertain_child(data, ages, evidence, settings)
    chances = _Chances()
    for index, z, measured, moderate, severe in (
        (Index.HAZ, evidence.haz, child.length, ProbableClass.STUNTING, ProbableClass.SEVERE_STUNTING),
        (Index.WAZ, evidence.waz, child.weight, ProbableClass.UNDERWEIGHT, ProbableClass.SEVERE_UNDERWEIGHT),
    ):
        if z is not None:
            borders = measured.below(ages.at_z(index, sex=child.sex, z=SEVERITY_BORDERS[index])) @ ages.mass
            lowest, below_severe, below_moderate, highest = borders.tolist()
            chances.add(severe, true=below_severe - lowest, known=highest - lowest)
            chances.add(moderate, true=below_moderate - lowest, known=highest - lowest)
    for regime in child.ages.regimes:
        piece = piece_of(child, regime)
        _add_wasting_and_acute(chances, child, piece)
        if child.has_baz:
            _add_by_bmi(chances, child, piece)
        _add_infant(chances, child, piece)
    return {name: share for name, share in chances.shares().items() if _decided(name, child)}


def _decided(name: ProbableClass, child: UncertainChild) -> bool:
    """Tell whether the point gives what a class needs, or something else decides it there."""
    evidence = child.evidence
    if name is ProbableClass.SAM_MAM_OR_SEVERE_STUNTING:
        acute = sam_criteria(evidence) or mam_criteria(evidence)
        return child.has_whz or evidence.haz is not None or bool(acute)
    if name in (ProbableClass.SAM, ProbableClass.MAM):
        return child.has_whz or bool(sam_criteria(evidence))
    if name is ProbableClass.INFANT_AT_RISK:
        complete = child.has_whz and evidence.waz is not None
        return complete or bool(infant_criteria(evidence, child.settings))
    return True


class _Chances:
    """Sums of mass: where each class is true, where it is true or not, and where it is not defined."""

    def __init__(self) -> None:
        self._sums: dict[ProbableClass, tuple[float, float, float]] = {}

    def add(self, name: ProbableClass, *, true: float, known: float, undefined: float = 0.0) -> None:
        """Add the mass of some truths."""
        before = self._sums.get(name, (0.0, 0.0, 0.0))
        self._sums[name] = (before[0] + true, before[1] + known, before[2] + undefined)

    def shares(self) -> dict[ProbableClass, float]:
        """Return the probability of each class that is known anywhere."""
        return {
            name: min(1.0, max(0.0, true / (known + undefined)))
            for name, (true, known, undefined) in self._sums.items()
            if known > 0.0
        }


def _add_wasting_and_acute(chances: _Chances, child: UncertainChild, piece: Piece) -> None:
    """Add wasting, SAM, MAM, and SAM or MAM or severe stunting as one event."""
    every, total = piece.cells.mass, float(piece.mass.sum())
    severe = low = np.zeros(len(every))
    known = every
    if piece.weight_at_whz is not None:
        below = child.weight.mean_below(piece.weight_at_whz[[0, 1, 2, 6]]) * piece.on_table
        severe, low, known = below[1:] - below[0]
    severe_sum, low_sum, known_sum = float(severe.sum()), float(low.sum()), float(known.sum())
    if piece.weight_at_whz is not None:
        chances.add(ProbableClass.SEVERE_WASTING, true=total * severe_sum, known=total * known_sum)
        chances.add(ProbableClass.WASTING, true=total * low_sum, known=total * known_sum)
    elif child.has_whz:
        for name in (ProbableClass.SEVERE_WASTING, ProbableClass.WASTING):
            chances.add(name, true=0.0, known=0.0, undefined=total)

    # MUAC is independent of length and weight, so "WHZ or MUAC" is one minus neither.
    defined = child.acute[piece.regime.rows]
    mass = float(piece.mass @ defined)
    by_sam, by_mam = (child.share_of_acute_muac(limit) for limit in (MUAC_SAM_BELOW_MM, MUAC_MAM_BELOW_MM))
    sam = by_sam * known_sum + (1.0 - by_sam) * severe_sum
    acute = by_mam * known_sum + (1.0 - by_mam) * low_sum
    for name, true in ((ProbableClass.SAM, sam), (ProbableClass.MAM, acute - sam)):
        chances.add(name, true=mass * true, known=mass * known_sum, undefined=total - mass)

    # By age, over the lengths: severe stunting, else SAM or MAM where they are defined. Columns: every, known, acute.
    plausible, stunted = _stunted(child, piece)
    sums = np.stack([every, known, by_mam * known + (1.0 - by_mam) * low], axis=1)
    short, either = stunted @ sums, plausible @ sums
    urgent = np.where(defined, short[:, 1] + either[:, 2] - short[:, 2], short[:, 0])
    chances.add(
        ProbableClass.SAM_MAM_OR_SEVERE_STUNTING,
        true=float(piece.mass @ urgent),
        known=float(piece.mass @ np.where(defined, either[:, 1], either[:, 0])),
    )


def _stunted(child: UncertainChild, piece: Piece) -> tuple[FloatArray, FloatArray]:
    """Return by age and cell 1 where HAZ is plausible, and 1 where it says severe stunting, each of shape (ages, n)."""
    if child.length_at_haz is None:
        shape = (len(piece.mass), len(piece.cells.mass))
        return np.ones(shape), np.zeros(shape)
    lowest, severe, _, highest = child.length_at_haz[:, piece.regime.rows, None]
    middle = piece.cells.middle
    plausible = (middle >= lowest) & (middle <= highest)
    return plausible.astype(np.float64), (plausible & (middle < severe)).astype(np.float64)


def _add_by_bmi(chances: _Chances, child: UncertainChild, piece: Piece) -> None:
    """Add overweight and obesity, and from five years on thinness."""
    weights = piece.weight_at_whz
    below = (SEVERE_BELOW_Z, MODERATE_BELOW_Z) if weights is None else ()
    above = overweight_cutoffs(Standard.WHO2007 if weights is None else Standard.WHO2006)
    bmi = child.ages.at_z(Index.BAZ, sex=child.sex, z=class_borders(Index.BAZ, below=below, above=above))
    metres = np.maximum(piece.cells.edges + piece.regime.shift_cm, 0.0) / CM_PER_M
    borders = bmi[:, piece.regime.rows, None] * (metres * metres)
    if weights is not None:
        # Plausible by both indices; overweight by either.
        borders[0] = np.maximum(borders[0], weights[0])
        borders[1:] = np.minimum(borders[1:], weights[4:, None])
    inside = np.minimum(np.maximum(borders, borders[0]), borders[-1])
    shares = (child.weight.mean_below(inside) @ piece.on_table @ piece.mass).tolist()
    known = shares[-1] - shares[0]
    chances.add(ProbableClass.OVERWEIGHT, true=shares[-1] - shares[-3], known=known)
    chances.add(ProbableClass.OBESITY, true=shares[-1] - shares[-2], known=known)
    thin = (ProbableClass.SEVERE_THINNESS, ProbableClass.THINNESS)
    if weights is None:
        for name, share in zip(thin, shares[1:3], strict=True):
            chances.add(name, true=share - shares[0], known=known)
    else:
        for name in thin:
            chances.add(name, true=0.0, known=0.0, undefined=float(piece.mass.sum()))


def _add_infant(chances: _Chances, child: UncertainChild, piece: Piece) -> None:
    """Add the infant under 6 months at risk."""
    infant = child.ages.infant[piece.regime.rows]
    older = float(piece.mass[~infant].sum())
    if not infant.any():
        chances.add(ProbableClass.INFANT_AT_RISK, true=0.0, known=0.0, undefined=older)
        return
    rows, mass, settings = piece.regime.rows[infant], piece.mass[infant], child.settings
    borders = []
    if piece.weight_at_whz is not None:
        borders.append(piece.weight_at_whz[[0, 3, 6], None])
    if child.evidence.waz is not None:
        at_waz = class_borders(Index.WAZ, below=(settings.infant_waz_below,))
        borders.append(child.ages.at_z(Index.WAZ, sex=child.sex, z=at_waz)[:, rows, None])
    known, low = np.full(len(rows), piece.on_table.sum()), np.zeros(len(rows))
    if borders:
        # Plausible by both indices; at risk by either. shape (ages, n + 1)
        level = np.zeros((len(rows), len(piece.cells.edges)))
        lowest = np.maximum(borders[0][0], borders[-1][0]) + level
        highest = np.minimum(borders[0][2], borders[-1][2]) + level
        border = np.maximum(borders[0][1], borders[-1][1]) + level
        inside = np.stack([lowest, np.minimum(np.maximum(border, lowest), highest), highest])
        shares = child.weight.mean_below(inside) @ piece.on_table
        known, low = shares[2] - shares[0], shares[1] - shares[0]
    if child.evidence.oedema or child.evidence.weight_criteria:
        low = known
    old_enough = child.ages.days[rows] >= settings.infant_muac_from_days
    by_muac = child.share_of_acute_muac(settings.infant_muac_below_mm) * old_enough
    chances.add(
        ProbableClass.INFANT_AT_RISK,
        true=float(mass @ (by_muac * known + (1.0 - by_muac) * low)),
        known=float(mass @ known),
        undefined=older,
    )

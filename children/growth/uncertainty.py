"""What the errors of a visit's inputs do to its classes: the probability of each.

The probability of a class is the share of true values (age, length or height, weight, MUAC, each independent of the
others) for which the engine would give that class. One truth decides all of them: a length feeds HAZ, WHZ and BAZ at
once, an age the tables, the conversion at 24 months and the case definitions. Ages are followed day by day, lengths in
cells; weight and MUAC are exact in each (see `quadrature.py`). Intervals of z-scores are in `intervals.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from children.growth.borders import class_borders
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
from children.growth.possible_ages import PossibleAges, Regime
from children.growth.quadrature import Cells, Uncertain, uncertain
from children.growth.settings import GrowthSettings
from children.growth.types import GrowthInput, Index, ProbableClass, Sex, Standard

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# Cells of length over +-6 SD. Within a cell the density is taken as level: what that leaves out of a probability is
# below 0.03 (12 / cells)^2, and less where another input's error blurs the border.
CELLS_ALONE = 120
CELLS_WITH_WEIGHT = 120
CELLS_WITH_AGE = 60


_HAZ_BORDERS = class_borders(Index.HAZ, below=(SEVERE_BELOW_Z, MODERATE_BELOW_Z))
_WAZ_BORDERS = class_borders(Index.WAZ, below=(SEVERE_BELOW_Z, MODERATE_BELOW_Z))


def class_probabilities(
    data: GrowthInput, ages: PossibleAges, evidence: Evidence, settings: GrowthSettings
) -> dict[ProbableClass, float]:
    """Return the probability, 0-1, of each class that the point does not leave open.

    `evidence`: of the point, as the classes read it. A class is left open where a z-score that it needs is missing or
    flagged and nothing else decides. Truths whose z-score would be flagged, off the table or before term are excluded
    and the rest scaled to 1. A class that is not defined at a possible age (SAM outside 6-59 months, wasting from five
    years on, thinness below) is not true at it.
    """
    child = _child(data, ages, evidence, settings)
    chances = _Chances()
    _add_stunting(chances, child)
    _add_underweight(chances, child)
    for regime in child.ages.regimes:
        piece = _piece(child, regime)
        _add_wasting_and_acute(chances, child, piece)
        if child.has_baz:
            _add_by_bmi(chances, child, piece)
        _add_infant(chances, child, piece)
    return {name: share for name, share in chances.shares().items() if _decided(name, child)}


def _decided(name: ProbableClass, child: _Child) -> bool:
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
        self._sums: dict[ProbableClass, FloatArray] = {}

    def add(self, name: ProbableClass, *, true: float, known: float, undefined: float = 0.0) -> None:
        """Add the mass of some truths."""
        self._sums[name] = self._sums.get(name, 0.0) + np.array([true, known, undefined])

    def shares(self) -> dict[ProbableClass, float]:
        """Return the probability of each class that is known anywhere."""
        return {
            name: min(1.0, max(0.0, float(true / (known + undefined))))
            for name, (true, known, undefined) in self._sums.items()
            if known > 0.0
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Child:
    """One visit with its errors; what is missing is filled so that it decides nothing.

    acute: ages at which SAM and MAM are defined, shape (ages,). length_at_haz: recorded lengths, cm, at the z of
    _HAZ_BORDERS, shape (4, ages); None where the point has no usable HAZ. has_whz, has_baz: the point does not leave
    that z-score open.
    """

    evidence: Evidence
    settings: GrowthSettings
    sex: Sex
    ages: PossibleAges
    acute: BoolArray
    length: Uncertain
    weight: Uncertain
    muac: Uncertain
    length_at_haz: FloatArray | None
    has_whz: bool
    has_baz: bool
    cells: int

    def share_of_acute_muac(self, limit_mm: float) -> float:
        """Return the probability of a MUAC below `limit_mm`: 0 where not measured, 1 with oedema: it decides alone."""
        if self.evidence.oedema:
            return 1.0
        return 0.0 if self.evidence.muac_mm is None else float(self.muac.below(np.array([limit_mm]))[0])


def _child(data: GrowthInput, ages: PossibleAges, evidence: Evidence, settings: GrowthSettings) -> _Child:
    weight = uncertain(data.weight_kg, data.spreads.weight_kg)
    sex = data.sex or Sex.FEMALE  # without a sex there is no z-score, and no border is asked for
    cells = CELLS_ALONE if weight.is_exact else CELLS_WITH_WEIGHT
    # From five years on the point has no WHZ; younger ages may be possible all the same.
    measured = data.weight_kg is not None and data.length_height_cm is not None and data.sex is not None
    beyond = measured and evidence.standard is Standard.WHO2007 and not evidence.oedema
    return _Child(
        evidence=evidence,
        settings=settings,
        sex=sex,
        ages=ages,
        acute=ages.acute if evidence.age_days is not None else np.array([evidence.acute_defined]),
        length=uncertain(data.length_height_cm, data.spreads.length_height_cm),
        weight=weight,
        muac=uncertain(data.muac_mm, data.spreads.muac_mm),
        length_at_haz=None if evidence.haz is None else ages.at_z(Index.HAZ, sex=sex, z=_HAZ_BORDERS),
        has_whz=evidence.whz is not None or beyond,
        has_baz=evidence.baz is not None and (evidence.whz is not None or beyond),
        cells=CELLS_WITH_AGE if len(ages.days) > 1 else cells,
    )


def _add_stunting(chances: _Chances, child: _Child) -> None:
    if child.length_at_haz is None:
        return
    lowest, severe, moderate, highest = np.nan_to_num(child.length.below(child.length_at_haz)) @ child.ages.mass
    for name, border in ((ProbableClass.SEVERE_STUNTING, severe), (ProbableClass.STUNTING, moderate)):
        chances.add(name, true=border - lowest, known=highest - lowest)


def _add_underweight(chances: _Chances, child: _Child) -> None:
    if child.evidence.waz is None:
        return
    borders = child.ages.at_z(Index.WAZ, sex=child.sex, z=_WAZ_BORDERS)
    lowest, severe, moderate, highest = np.nan_to_num(child.weight.below(borders)) @ child.ages.mass
    for name, border in ((ProbableClass.SEVERE_UNDERWEIGHT, severe), (ProbableClass.UNDERWEIGHT, moderate)):
        chances.add(name, true=border - lowest, known=highest - lowest)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """The truths of one regime: some ages, all lengths in cells.

    mass: of the ages, shape (ages,). cells: of lengths, n. weight_at_whz: at the cells' edges and the seven borders of
    WHZ (lowest plausible, severe, moderate, infant, overweight, obese, highest plausible), shape (7, n + 1); None where
    WHZ plays no part. on_table: which cells have a WHZ, shape (n,).
    """

    regime: Regime
    mass: FloatArray
    cells: Cells
    weight_at_whz: FloatArray | None
    on_table: BoolArray


def _piece(child: _Child, regime: Regime) -> _Piece:
    weighed = child.has_whz and regime.has_whz
    breaks = [regime.breaks_cm()] if weighed else []
    if child.length_at_haz is not None:
        # Of many ages only the border that matters most: the others are blurred.
        which = [0, 1, 3] if len(child.ages.days) == 1 else [1]
        breaks.append(child.length_at_haz[which][:, regime.rows].ravel())
    cells = child.length.cells(child.cells, breaks=np.concatenate([*breaks, np.empty(0)]))
    weights, on_table = None, np.ones(len(cells.mass), dtype=np.bool_)
    if weighed:
        overweight, obesity = overweight_cutoffs(Standard.WHO2006)
        borders = class_borders(
            Index.WHZ,
            below=(SEVERE_BELOW_Z, MODERATE_BELOW_Z, child.settings.infant_wlz_below),
            above=(overweight, obesity),
        )
        weights = regime.weight_at_whz(cells.edges, sex=child.sex, z=borders)
        on_table = regime.on_table(cells.middle)
    return _Piece(
        regime=regime,
        mass=child.ages.mass[regime.rows],
        cells=cells,
        weight_at_whz=weights,
        on_table=on_table,
    )


def _add_wasting_and_acute(chances: _Chances, child: _Child, piece: _Piece) -> None:
    """Add wasting, SAM, MAM, and SAM or MAM or severe stunting as one event."""
    every = known = piece.cells.mass
    severe = low = np.zeros_like(every)
    if piece.weight_at_whz is not None:
        below = child.weight.mean_below(piece.weight_at_whz[[0, 1, 2, 6]]) * (piece.on_table * every)
        severe, low, known = below[1:] - below[0]
    total = float(piece.mass.sum())
    if piece.weight_at_whz is not None:
        for name, true in ((ProbableClass.SEVERE_WASTING, severe), (ProbableClass.WASTING, low)):
            chances.add(name, true=total * true.sum(), known=total * known.sum())
    elif child.has_whz:
        for name in (ProbableClass.SEVERE_WASTING, ProbableClass.WASTING):
            chances.add(name, true=0.0, known=0.0, undefined=total)

    # MUAC is independent of length and weight, so "WHZ or MUAC" is one minus neither.
    muac_sam, muac_mam = (child.share_of_acute_muac(limit) for limit in (MUAC_SAM_BELOW_MM, MUAC_MAM_BELOW_MM))
    sam = muac_sam * known + (1.0 - muac_sam) * severe
    acute = muac_mam * known + (1.0 - muac_mam) * low
    defined = child.acute[piece.regime.rows]
    mass = float(piece.mass @ defined)
    for name, true in ((ProbableClass.SAM, sam), (ProbableClass.MAM, acute - sam)):
        chances.add(name, true=mass * true.sum(), known=mass * known.sum(), undefined=total - mass)

    plausible, stunted = _stunted(child, piece)
    calm = plausible & ~stunted
    chances.add(
        ProbableClass.SAM_MAM_OR_SEVERE_STUNTING,
        true=float(piece.mass @ np.where(defined, stunted @ known + calm @ acute, stunted @ every)),
        known=float(piece.mass @ np.where(defined, plausible @ known, plausible @ every)),
    )


def _stunted(child: _Child, piece: _Piece) -> tuple[BoolArray, BoolArray]:
    """Tell by age and cell where HAZ is plausible and where it says severe stunting, each of shape (ages, n)."""
    if child.length_at_haz is None:
        shape = (len(piece.mass), len(piece.cells.mass))
        return np.ones(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    lowest, severe, _, highest = child.length_at_haz[:, piece.regime.rows, None]
    middle = piece.cells.middle
    plausible = (middle >= lowest) & (middle <= highest)
    return plausible, plausible & (middle < severe)


def _add_by_bmi(chances: _Chances, child: _Child, piece: _Piece) -> None:
    """Add overweight and obesity, and from five years on thinness."""
    weights = piece.weight_at_whz
    below = (SEVERE_BELOW_Z, MODERATE_BELOW_Z) if weights is None else ()
    above = overweight_cutoffs(Standard.WHO2007 if weights is None else Standard.WHO2006)
    bmi = child.ages.at_z(Index.BAZ, sex=child.sex, z=class_borders(Index.BAZ, below=below, above=above))
    metres = np.maximum(piece.cells.edges + piece.regime.shift_cm, 0.0) / CM_PER_M
    borders = bmi[:, piece.regime.rows, None] * np.square(metres)
    if weights is not None:
        # Plausible by both indices; overweight by either.
        borders[0] = np.maximum(borders[0], weights[0])
        borders[1:] = np.minimum(borders[1:], weights[4:, None])
    inside = np.clip(borders, borders[0], borders[-1])
    shares = np.nan_to_num(child.weight.mean_below(inside)) @ (piece.cells.mass * piece.on_table) @ piece.mass
    known, total = shares[-1] - shares[0], float(piece.mass.sum())
    for name, share in zip((ProbableClass.OVERWEIGHT, ProbableClass.OBESITY), shares[-3:-1], strict=True):
        chances.add(name, true=shares[-1] - share, known=known)
    for k, name in enumerate((ProbableClass.SEVERE_THINNESS, ProbableClass.THINNESS), start=1):
        if weights is None:
            chances.add(name, true=shares[k] - shares[0], known=known)
        else:
            chances.add(name, true=0.0, known=0.0, undefined=total)


def _add_infant(chances: _Chances, child: _Child, piece: _Piece) -> None:
    """Add the infant under 6 months at risk."""
    infant = child.ages.infant[piece.regime.rows]
    older = float(piece.mass[~infant].sum())
    if not infant.any():
        chances.add(ProbableClass.INFANT_AT_RISK, true=0.0, known=0.0, undefined=older)
        return
    rows, mass = piece.regime.rows[infant], piece.mass[infant]
    settings, every = child.settings, piece.cells.mass * piece.on_table
    borders = []
    if piece.weight_at_whz is not None:
        borders.append(np.broadcast_to(piece.weight_at_whz[[0, 3, 6], None], (3, len(rows), len(every) + 1)))
    if child.evidence.waz is not None:
        at_waz = child.ages.at_z(
            Index.WAZ, sex=child.sex, z=class_borders(Index.WAZ, below=(settings.infant_waz_below,))
        )
        borders.append(np.broadcast_to(at_waz[:, rows, None], (3, len(rows), len(every) + 1)))
    known, low = np.full(len(rows), every.sum()), np.zeros(len(rows))
    if borders:
        # Plausible by both indices; at risk by either.
        lowest, highest = np.max([b[0] for b in borders], axis=0), np.min([b[2] for b in borders], axis=0)
        border = np.clip(np.max([b[1] for b in borders], axis=0), lowest, highest)
        shares = child.weight.mean_below(np.stack([lowest, border, highest])) @ every
        known, low = shares[2] - shares[0], shares[1] - shares[0]
    if child.evidence.oedema or child.evidence.weight_criteria:
        low = known
    old_enough = child.ages.days[rows] >= settings.infant_muac_from_days
    by_muac = child.share_of_acute_muac(settings.infant_muac_below_mm) * old_enough
    chances.add(
        ProbableClass.INFANT_AT_RISK,
        true=mass @ (by_muac * known + (1.0 - by_muac) * low),
        known=mass @ known,
        undefined=older,
    )

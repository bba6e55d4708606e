"""The true values that a visit with errors allows, cut into pieces in which no rule changes.

A truth is an age, a length or height, a weight and a MUAC, each independent of the others. Ages are followed day by
day, lengths in cells; weight and MUAC stay whole distributions (see `quadrature.py`). Which class is true of which
truths is decided in `probabilities.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from children.growth.classification import MODERATE_BELOW_Z, SEVERE_BELOW_Z, Evidence, overweight_cutoffs
from children.growth.settings import GrowthSettings
from children.growth.types import GrowthInput, Index, Sex, Standard
from children.growth.uncertainty.borders import class_borders
from children.growth.uncertainty.possible_ages import PossibleAges, Regime
from children.growth.uncertainty.quadrature import Cells, Uncertain, uncertain

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# Cells of length over +-6 SD, at one age and at many. Within a cell the density is taken as level: that leaves less
# than 0.03 (12 / cells)^2 out of a probability, and less where the error of the weight or of the age blurs the border.
CELLS_AT_ONE_AGE = 120
CELLS_AT_MANY = 60

# Lowest plausible, severe, moderate, highest plausible.
SEVERITY_BORDERS = {
    index: class_borders(index, below=(SEVERE_BELOW_Z, MODERATE_BELOW_Z)) for index in (Index.HAZ, Index.WAZ)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainChild:
    """One visit with its errors; what is missing is filled so that it decides nothing.

    evidence: of the point. ages: as fine as the cells of lengths allow. acute: ages at which SAM and MAM are defined,
    shape (ages,). length_at_haz: recorded lengths, cm, at the SEVERITY_BORDERS, shape (4, ages); None where the point
    has no usable HAZ. has_whz, has_baz: the point does not leave that z-score open.
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

    def share_of_acute_muac(self, limit_mm: float) -> float:
        """Return the probability of a MUAC below `limit_mm`: 0 where not measured, 1 with oedema: it decides alone."""
        if self.evidence.oedema:
            return 1.0
        return 0.0 if self.evidence.muac_mm is None else float(self.muac.below(np.array([limit_mm]))[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The truths of one regime: some ages, all lengths in cells.

    mass: of the ages, shape (ages,). cells: of lengths, n. weight_at_whz: kg at the cells' edges and the seven borders
    of WHZ (lowest plausible, severe, moderate, infant, overweight, obese, highest plausible), shape (7, n + 1); None
    where WHZ plays no part. on_table: mass of the cells that have a WHZ, or of all where it plays no part, shape (n,).
    """

    regime: Regime
    mass: FloatArray
    cells: Cells
    weight_at_whz: FloatArray | None
    on_table: FloatArray


def uncertain_child(
    data: GrowthInput, ages: PossibleAges, evidence: Evidence, settings: GrowthSettings
) -> UncertainChild:
    """Return the child of `data` with its errors; `evidence` as the classes read the point."""
    sex = data.sex or Sex.FEMALE  # without a sex there is no z-score, and no border is asked for
    # From five years on the point has no WHZ; younger ages may be possible all the same.
    measured = data.weight_kg is not None and data.length_height_cm is not None and data.sex is not None
    beyond = measured and evidence.standard is Standard.WHO2007 and not evidence.oedema
    if data.spreads.length_height_cm is not None:
        ages = ages.blurred()
    length_at_haz = None
    if evidence.haz is not None:
        length_at_haz = ages.at_z(Index.HAZ, sex=sex, z=SEVERITY_BORDERS[Index.HAZ])
    return UncertainChild(
        evidence=evidence,
        settings=settings,
        sex=sex,
        ages=ages,
        acute=ages.acute if evidence.age_days is not None else np.array([evidence.acute_defined]),
        length=uncertain(data.length_height_cm, data.spreads.length_height_cm),
        weight=uncertain(data.weight_kg, data.spreads.weight_kg),
        muac=uncertain(data.muac_mm, data.spreads.muac_mm),
        length_at_haz=length_at_haz,
        has_whz=evidence.whz is not None or beyond,
        has_baz=evidence.baz is not None and (evidence.whz is not None or beyond),
    )


def piece_of(child: UncertainChild, regime: Regime) -> Piece:
    """Return the truths of one regime of ages."""
    weighed = child.has_whz and regime.has_whz
    one_age = len(child.ages.days) == 1
    breaks = [regime.breaks_cm()] if weighed else []
    if child.length_at_haz is not None:
        # Of many ages only the border that matters most: the others are blurred.
        which = [0, 1, 3] if one_age else [1]
        breaks.append(child.length_at_haz[which][:, regime.rows].ravel())
    cells = child.length.cells(
        CELLS_AT_ONE_AGE if one_age else CELLS_AT_MANY, breaks=np.concatenate(breaks) if breaks else np.empty(0)
    )
    weights, on_table = None, cells.mass
    if weighed:
        borders = class_borders(
            Index.WHZ,
            below=(SEVERE_BELOW_Z, MODERATE_BELOW_Z, child.settings.infant_wlz_below),
            above=overweight_cutoffs(Standard.WHO2006),
        )
        weights = regime.weight_at_whz(cells.edges, sex=child.sex, z=borders)
        on_table = cells.mass * regime.on_table(cells.middle)
    mass = child.ages.mass[regime.rows]
    return Piece(regime=regime, mass=mass, cells=cells, weight_at_whz=weights, on_table=on_table)

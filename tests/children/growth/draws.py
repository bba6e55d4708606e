"""Simulates visits with errors: draws true values, computes each like a recorded visit, and counts what it would say.

Written against the case definitions, without the quadrature that it checks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from children.growth import Columns, GrowthInput, Index, ProbableClass, Standard, compute_zscores
from children.growth.columns import POSITION_CODES, SEX_CODES

DRAWS = 200_000
# Five standard errors of a probability of one half from so many draws.
TOLERANCE = 0.006
DAYS_PER_MONTH = 30.4375

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Truths:
    """Drawn true values, shape (DRAWS,); z is rounded and NaN where missing or flagged, raw is neither."""

    age_days: FloatArray
    muac_mm: FloatArray
    z: dict[Index, FloatArray]
    raw: dict[Index, FloatArray]

    def probabilities(self) -> dict[ProbableClass, float]:
        """Return the share of each class among the truths whose z-scores decide it."""
        months = self.age_days / DAYS_PER_MONTH
        acute, infant, school = (months >= 6) & (months < 60), months < 6, months >= 60
        haz, waz, whz, baz = (self.z[index] for index in (Index.HAZ, Index.WAZ, Index.WHZ, Index.BAZ))
        low_arm = infant & (self.muac_mm < 110) & (self.age_days >= 42)
        sam = acute & ((whz < -3) | (self.muac_mm < 115))
        mam = acute & ~sam & ((whz < -2) | (self.muac_mm < 125))
        known_acute = ~acute | ~np.isnan(whz)
        by_either = np.where(school, baz > 1, (whz > 2) | (baz > 2))
        obese = np.where(school, baz > 2, (whz > 3) | (baz > 3))
        known_fat = ~np.isnan(baz) & (school | ~np.isnan(whz))
        known_infant = ~infant | ~(np.isnan(whz) | np.isnan(waz))
        events = {
            ProbableClass.SAM: (sam, known_acute),
            ProbableClass.MAM: (mam, known_acute),
            ProbableClass.SEVERE_STUNTING: (haz < -3, ~np.isnan(haz)),
            ProbableClass.STUNTING: (haz < -2, ~np.isnan(haz)),
            ProbableClass.SEVERE_WASTING: (whz < -3, school | ~np.isnan(whz)),
            ProbableClass.WASTING: (whz < -2, school | ~np.isnan(whz)),
            ProbableClass.SEVERE_UNDERWEIGHT: (waz < -3, ~np.isnan(waz)),
            ProbableClass.UNDERWEIGHT: (waz < -2, ~np.isnan(waz)),
            ProbableClass.SEVERE_THINNESS: (school & (baz < -3), ~np.isnan(baz) | ~school),
            ProbableClass.THINNESS: (school & (baz < -2), ~np.isnan(baz) | ~school),
            ProbableClass.OVERWEIGHT: (by_either, known_fat),
            ProbableClass.OBESITY: (obese, known_fat),
            ProbableClass.INFANT_AT_RISK: (infant & ((whz < -2) | (waz < -2) | low_arm), known_infant),
            ProbableClass.SAM_MAM_OR_SEVERE_STUNTING: (sam | mam | (haz < -3), known_acute & ~np.isnan(haz)),
        }
        return {name: float(event[known].mean()) for name, (event, known) in events.items()}


def draw(data: GrowthInput, *, seed: int = 20, draws: int = DRAWS) -> Truths:
    """Return true values drawn from the spreads of `data`, each independent, and their z-scores by the drawn age."""
    random = np.random.default_rng(seed)

    def drawn(name: str) -> FloatArray:
        value, spread = getattr(data, name), getattr(data.spreads, name)
        base = np.full(draws, np.nan if value is None else float(value))
        if spread is None:
            return base
        # By inversion, from the answer at 4,001 shares; the tails beyond them are 1e-4 of the draws.
        shares = np.concatenate([[1e-7], np.linspace(1e-4, 1 - 1e-4, 4001), [1 - 1e-7]])
        return base + np.interp(random.uniform(size=draws), shares, [spread.quantile(share) for share in shares])

    age = np.floor(drawn("age_days") + 0.5)
    born = age >= 0
    age = age[born]
    length, weight, muac, head = (
        drawn(name)[born] for name in ("length_height_cm", "weight_kg", "muac_mm", "head_circumference_cm")
    )
    columns = Columns.of(
        sex=np.full(len(age), SEX_CODES[data.sex], dtype=np.int8),
        age_days=age,
        position=POSITION_CODES[data.position],
        weight_kg=weight,
        length_height_cm=length,
        muac_mm=muac,
        head_circumference_cm=head,
    )
    first, second = (compute_zscores(columns, standard=standard) for standard in Standard)
    school = age / DAYS_PER_MONTH >= 60
    z, raw = {}, {}
    for index in (Index.HAZ, Index.WAZ, Index.WHZ, Index.BAZ, Index.ACZ, Index.HCZ):
        k = first.indices.index(index)
        z[index] = np.where(first.flagged[k], np.nan, first.z[k])
        raw[index] = first.raw[k]
        if index in second.indices:
            m = second.indices.index(index)
            z[index] = np.where(school, np.where(second.flagged[m], np.nan, second.z[m]), z[index])
            raw[index] = np.where(school, second.raw[m], raw[index])
    return Truths(age_days=age, muac_mm=muac, z=z, raw=raw)

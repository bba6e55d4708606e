"""What the errors of a visit's inputs do to its z-scores: the interval that holds the truth.

Exact where one input of an index has an error: a z-score rises or falls with a length, a weight or an arm, so its
quantiles are those of the input, carried over. Where more have one, the share of truths below a z is added up over ages
and lengths (see `quadrature.py`) and searched for the ends of the interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from children.growth.age import DAYS_PER_MONTH, STANDARD_ENDS_MONTHS
from children.growth.classification import MODERATE_BELOW_Z, SEVERE_BELOW_Z
from children.growth.columns import POSITION_CODES, SEX_CODES, Columns
from children.growth.curves import measurement_at_z
from children.growth.indices import CM_PER_M, INDICES_OF, Z_DECIMALS, ZScoreTable, compute_zscores
from children.growth.types import Assessment, GrowthInput, Index, Sex, Standard
from children.growth.uncertainty.borders import OUTSIDE
from children.growth.uncertainty.possible_ages import PossibleAges, Regime
from children.growth.uncertainty.quadrature import uncertain

FloatArray = npt.NDArray[np.float64]
Interval = tuple[float | None, float | None]

# Of an index of which no input has an error.
NO_INTERVAL: Interval = (None, None)

# Which inputs enter an index besides the age.
INPUTS_OF: dict[Index, tuple[str, ...]] = {
    Index.HAZ: ("length_height_cm",),
    Index.WAZ: ("weight_kg",),
    Index.WHZ: ("length_height_cm", "weight_kg"),
    Index.BAZ: ("length_height_cm", "weight_kg"),
    Index.HCZ: ("head_circumference_cm",),
    Index.ACZ: ("muac_mm",),
}

MEASURED = tuple(dict.fromkeys(name for names in INPUTS_OF.values() for name in names))

# A longer child of the same weight is thinner; everything else raises the z-scores that it enters.
FALLS_WITH_LENGTH = frozenset({Index.WHZ, Index.BAZ})

# The search for the two ends: a coarse row of z, then a fine one about each end; straight between the last ones.
CELLS = 60
COARSE_Z = 17
FINE_Z = 9
# Above every z that a truth may have.
HIGHEST_Z = 1e3
# How far each input reaches, as shares below, and the least half width, z, to begin the coarse row with. Where corners
# are off the table it is too short, and doubled until it holds both ends.
REACH_SHARES = (0.002, 0.998)
LEAST_REACH = 0.02
MAX_WIDENINGS = 12

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
    """Return the action cut-offs that the 80 % intervals cross, whichever error made them."""
    crossed = []
    for index, cutoffs in ACTION_CUTOFFS.items():
        score = assessment.zscores.get(index)
        if score is not None and score.low80 is not None and score.high80 is not None:
            low, high = score.low80, score.high80
            crossed += [CrossedCutoff(index, cutoff) for cutoff in cutoffs if low < cutoff <= high]
    return tuple(crossed)


def with_ends(data: GrowthInput, *, age_days: float | None, level: float = 0.8) -> Columns:
    """Return three rows: the point, then the two quantiles of every input that leave `level` of its truth between them.

    age_days: that z-scores are read at.
    """
    below = 0.5 - level / 2.0
    columns: dict[str, FloatArray | float | None] = {}
    for name in MEASURED:
        spread, value = getattr(data.spreads, name), getattr(data, name)
        columns[name] = value
        if spread is not None and value is not None:
            columns[name] = np.array([value, value + spread.quantile(below), value + spread.quantile(1.0 - below)])
    return Columns.of(
        sex=np.full(3, SEX_CODES[data.sex], dtype=np.int8),
        age_days=age_days,
        position=POSITION_CODES[data.position],
        oedema=bool(data.oedema),
        **columns,
    )


def zscore_intervals(
    data: GrowthInput, ages: PossibleAges, *, table: ZScoreTable, level: float = 0.8
) -> dict[Index, Interval]:
    """Return the interval that holds `level` (0-1) of the truth, by index, as much left out below as above.

    table: z-scores of `with_ends` of the same level. Only indices of which an input has an error; an estimated age
    enters WHZ only near 24 months. Ends have 2 decimals; None on a side that leaves the table, and on both where more
    ages than an end leaves out have no z. Flagged z count as they are.
    """
    if data.sex is None:
        return {}
    tables = sum(regime.has_whz for regime in ages.regimes)
    shares = (0.5 - level / 2.0, 0.5 + level / 2.0)
    out: dict[Index, Interval] = {}
    dated: list[Index] = []
    for index in table.indices:
        inputs = [name for name in INPUTS_OF[index] if getattr(data.spreads, name) is not None]
        by_age = tables > 1 if index is Index.WHZ else len(ages.days) > 1
        if by_age and not inputs:
            dated.append(index)
        elif len(inputs) == 1 and not by_age:
            low, high = (None if math.isnan(end) else end + 0.0 for end in table.column(index)[1:].tolist())
            thinner = inputs[0] == "length_height_cm" and index in FALLS_WITH_LENGTH
            out[index] = (high, low) if thinner else (low, high)
        elif inputs:
            out[index] = _searched(data, ages, index, shares)
    return out | (_over_ages(data, ages, dated, shares) if dated else {})


def _over_ages(
    data: GrowthInput, ages: PossibleAges, indices: Sequence[Index], shares: tuple[float, float]
) -> dict[Index, Interval]:
    """Return quantiles of each z over the possible ages: the lowest z that has the share at or below it."""
    out = {}
    for index, z in zip(indices, _zscores(data, indices, ages.z_days, {}), strict=True):
        order = np.argsort(z)[: np.count_nonzero(~np.isnan(z))]
        if len(order) and z[order[0]] == z[order[-1]]:
            continue  # as firm as if the age were exact
        reached = np.cumsum(ages.mass[order])
        out[index] = NO_INTERVAL
        if len(reached) and 1.0 - reached[-1] <= shares[0]:
            low, high = z[order][np.searchsorted(reached, np.array(shares) * reached[-1])]
            out[index] = (float(low), float(high))
    return out


def _searched(data: GrowthInput, ages: PossibleAges, index: Index, shares: tuple[float, float]) -> Interval:
    """Return quantiles of the z where more than one input has an error."""
    below = _share_below(data, ages, index)
    lowest, highest = below(np.array([-HIGHEST_Z, HIGHEST_Z])).tolist()
    if index is not Index.WHZ and 1.0 - highest > shares[0]:
        return NO_INTERVAL
    # An end that is off the table is not searched for; the median stands in its place.
    reached = (lowest <= shares[0], index is not Index.WHZ or highest >= shares[1])
    scale = 1.0 if index is Index.WHZ else highest
    targets = scale * np.where(reached, shares, 0.5)
    low, high = _reach(data, ages, index)
    for _ in range(MAX_WIDENINGS):
        coarse = np.linspace(low, high, COARSE_Z)
        found = below(coarse)
        too_high, too_low = found[0] > targets[0], found[-1] < targets[1]
        if not too_high and not too_low:
            break
        low, high = low - (high - low) * too_high, high + (high - low) * too_low
    ends = np.interp(targets, found, coarse)
    fine = ends[:, None] + (coarse[1] - coarse[0]) * np.linspace(-1.0, 1.0, FINE_Z)
    found = below(fine.ravel()).reshape(fine.shape)
    first, last = (np.interp(target, row, z) for target, row, z in zip(targets, found, fine, strict=True))
    return (
        round(float(first), Z_DECIMALS) if reached[0] else None,
        round(float(last), Z_DECIMALS) if reached[1] else None,
    )


def _share_below(data: GrowthInput, ages: PossibleAges, index: Index) -> Callable[[FloatArray], FloatArray]:
    """Return the function that gives the share of truths, 0-1, whose z is below each of some z.

    Of WHZ among the ages below five years; a length off the table counts on its side.
    """
    assert data.sex is not None
    sex: Sex = data.sex
    if len(INPUTS_OF[index]) == 1:
        name = INPUTS_OF[index][0]
        value = uncertain(getattr(data, name), getattr(data.spreads, name))

        def by_one(z: FloatArray) -> FloatArray:
            share: FloatArray = value.below(_at_z(ages, index, sex, z)) @ ages.mass
            return share

        return by_one

    length = uncertain(data.length_height_cm, data.spreads.length_height_cm)
    weight = uncertain(data.weight_kg, data.spreads.weight_kg)
    if not length.is_exact:
        ages = ages.blurred()
    regimes = [regime for regime in ages.regimes if regime.has_whz or index is Index.BAZ]
    pieces = []
    for regime in regimes:
        if index is Index.WHZ:
            cells = length.cells(CELLS, breaks=regime.breaks_cm())
            # Beyond the end of the table a child is thinner than any z, before its beginning fatter.
            beyond = float(cells.mass @ (cells.middle + regime.shift_cm > regime.table_cm[1]))
            pieces.append((regime, cells.edges, cells.mass * regime.on_table(cells.middle), beyond))
        else:
            cells = length.cells(CELLS, breaks=np.empty(0))
            pieces.append((regime, cells.edges, cells.mass, 0.0))
    served = sum(float(ages.mass[regime.rows].sum()) for regime in regimes)

    def by_two(z: FloatArray) -> FloatArray:
        total = np.zeros(len(z))
        bmi = _at_z(ages, index, sex, z) if index is Index.BAZ else np.empty(0)
        for regime, edges, mass, beyond in pieces:
            by_age = ages.mass[regime.rows]
            if index is Index.WHZ:
                borders = _weight_at_whz(regime, sex, z, edges)
                total += (weight.mean_below(borders) @ mass + beyond) * by_age.sum()
            else:
                metres = np.maximum(edges + regime.shift_cm, 0.0) / CM_PER_M
                total += weight.mean_below(bmi[:, regime.rows, None] * (metres * metres)) @ mass @ by_age
        return total / served

    return by_two


def _at_z(ages: PossibleAges, index: Index, sex: Sex, z: FloatArray) -> FloatArray:
    """Return the measurements that have each z at each age, shape (len(z), ages), as recorded, or OUTSIDE."""
    out = np.full((len(z), len(ages.z_days)), np.nan)
    for standard, rows in ((Standard.WHO2006, ~ages.from_five), (Standard.WHO2007, ages.from_five)):
        if index in INDICES_OF[standard] and rows.any():
            days = ages.z_days[rows]
            flat = measurement_at_z(
                index, sex=sex, at=np.tile(days, len(z)), z=np.repeat(z, len(days)), standard=standard
            )
            out[:, rows] = flat.reshape(len(z), -1)
    out = np.where(np.isnan(out), OUTSIDE, out)
    return out - ages.shift_cm if index is Index.HAZ else out


def _weight_at_whz(regime: Regime, sex: Sex, z: FloatArray, recorded_cm: FloatArray) -> FloatArray:
    """Return the weights, kg, that have each z at each recorded length, shape (len(z), n)."""
    length = np.clip(recorded_cm + regime.shift_cm, *regime.table_cm)
    at, scores = np.tile(length, len(z)), np.repeat(z, len(length))
    weights: FloatArray = measurement_at_z(Index.WHZ, sex=sex, at=at, z=scores, position=regime.position)
    return weights.reshape(len(z), -1)


def _reach(data: GrowthInput, ages: PossibleAges, index: Index) -> tuple[float, float]:
    """Return a z below and one above most of the truth: at the corners of the inputs' reach, as far as on a table."""
    ends: dict[str, FloatArray] = {}
    for name in INPUTS_OF[index]:
        spread, value = getattr(data.spreads, name), getattr(data, name)
        ends[name] = np.array([value + (0.0 if spread is None else spread.quantile(share)) for share in REACH_SHARES])
    days = ages.z_days[[0, len(ages.z_days) // 2, -1]]
    grid = np.meshgrid(days, *ends.values())
    corners = {name: axis.ravel() for name, axis in zip(ends, grid[1:], strict=True)}
    z = _zscores(data, [index], grid[0].ravel(), corners)[0]
    known = z[~np.isnan(z)]
    if not len(known):
        return -LEAST_REACH, LEAST_REACH
    middle, half = (known.max() + known.min()) / 2.0, max(LEAST_REACH, (known.max() - known.min()) / 2.0)
    return float(middle - half), float(middle + half)


def _zscores(
    data: GrowthInput, indices: Collection[Index], z_days: FloatArray, values: Mapping[str, FloatArray]
) -> FloatArray:
    """Return the rounded z of the indices at n ages or values, by the standard of each age; shape (len(indices), n).

    values: in place of those of `data`. NaN if missing.
    """
    needed = dict.fromkeys(name for index in indices for name in INPUTS_OF[index])
    given = {name: values.get(name, getattr(data, name)) for name in needed}
    from_five = z_days >= STANDARD_ENDS_MONTHS * DAYS_PER_MONTH
    out = None
    for standard, rows in ((Standard.WHO2006, ~from_five), (Standard.WHO2007, from_five)):
        if rows.any():
            columns = Columns.of(
                sex=SEX_CODES[data.sex],
                age_days=z_days,
                position=POSITION_CODES[data.position],
                oedema=bool(data.oedema),
                **given,
            )
            table = compute_zscores(columns, indices=indices, standard=standard)
            found = np.stack([table.column(index) for index in indices])
            out = found if out is None else np.where(rows, found, out)
    assert out is not None
    return out + 0.0  # never -0.0

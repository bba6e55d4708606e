"""Shares and means of groups with standard errors by Taylor linearisation.

A group is a domain: units of the design without a child of the group count as zeros. No loop over children or groups.
Source: Lumley (2010), Complex Surveys, ch. 2; the rules of R's survey package, `svymean` of a subset.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from children.growth.columns import FloatArray
from children.growth.survey.design import Design
from children.growth.survey.groups import Partition
from children.growth.survey.sample import IntArray

CategoryArray = npt.NDArray[np.int8]

MISSING_CATEGORY = -1


@dataclass(frozen=True, slots=True)
class Shares:
    """Of g groups and j outcomes: weighted and plain number of children, shape (g,); share (0-1) and se, (g, j)."""

    population: FloatArray
    children: FloatArray
    share: FloatArray
    se: FloatArray


@dataclass(frozen=True, slots=True)
class Means:
    """Of g groups: mean, its standard error, and the standard deviation of the children; NaN where undefined."""

    mean: FloatArray
    se: FloatArray
    sd: FloatArray


class Domain:
    """The groups of one partition within a design; made once and used for every outcome."""

    def __init__(self, design: Design, partition: Partition) -> None:
        codes = partition.codes
        self._rows: IntArray | slice = slice(None) if (codes >= 0).all() else np.flatnonzero(codes >= 0)
        self._design = design
        self._groups = len(partition.names)
        self._group = codes[self._rows]
        self._weight = None if design.weight is None else design.weight[self._rows]
        strata = len(design.psus)
        self._unit: IntArray | None = None
        if design.psu is None or design.stratum_of_psu is None:
            self._part = self._group * strata + design.stratum[self._rows]
        else:
            pairs = self._group * len(design.stratum_of_psu) + design.psu[self._rows]
            used = np.bincount(pairs, minlength=self._groups * len(design.stratum_of_psu)) > 0
            units = np.flatnonzero(used)
            self._unit = (np.cumsum(used) - 1)[pairs]
            self._group_of_unit = units // len(design.stratum_of_psu)
            stratum = design.stratum_of_psu[units % len(design.stratum_of_psu)]
            self._part = self._group_of_unit * strata + stratum

    def shares(self, category: CategoryArray, outcomes: FloatArray) -> Shares:
        """Return the shares of outcomes.

        category: of each row, shape (n,), MISSING_CATEGORY leaves the row out. outcomes: shape (k, j), 1 where a child
        of category k has outcome j, else 0.
        """
        width = len(outcomes) + 1  # the first column takes the missing
        column = category[self._rows] + 1
        children = self._tally(self._group, column, width, None)
        counted = children if self._weight is None else self._tally(self._group, column, width, self._weight > 0)
        totals = self._tally(self._group, column, width, self._weight)
        population = totals.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = (totals @ outcomes) / population[:, None]
        # Sums in another order differ in the last digit; who all have an outcome are exactly 1.
        share[(counted @ outcomes == counted.sum(axis=1)[:, None]) & (counted.sum(axis=1) > 0)[:, None]] = 1.0
        square = self._share_squares(column, width, outcomes, share)
        with np.errstate(invalid="ignore", divide="ignore"):
            se = np.sqrt(square) / population[:, None]
        return Shares(population, children.sum(axis=1), share, se)

    def means(self, values: FloatArray) -> Means:
        """Return mean, standard error and standard deviation of values, shape (n,), NaN where missing."""
        z = values[self._rows]
        known = ~np.isnan(z)
        weight = known.astype(np.float64) if self._weight is None else np.where(known, self._weight, 0.0)
        z = np.where(known, z, 0.0)
        total = self._sum(weight)
        children = self._sum(known if self._design.simple else weight > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self._sum(weight * z) / total
            distance = z - mean[self._group]
            influence = weight * np.where(known, distance, 0.0)
            square = self._sum(np.where(known, influence * distance, 0.0))
            sd = np.sqrt(square / total * children / (children - 1.0))
            if self._unit is None:
                squares = self._spread_of_children(
                    _sums(self._part, influence, self._parts)[:, None],
                    _sums(self._part, influence**2, self._parts)[:, None],
                )
            else:
                squares = self._spread_of_units(_sums(self._unit, influence, len(self._group_of_unit))[:, None])
            se = np.sqrt(squares[:, 0]) / total
        sd[children <= 1] = np.nan
        return Means(mean, se, sd)

    @property
    def _parts(self) -> int:
        return self._groups * len(self._design.psus)

    def _sum(self, values: npt.NDArray[np.generic]) -> FloatArray:
        return _sums(self._group, values, self._groups)

    def _tally(
        self, places: IntArray, column: CategoryArray, width: int, weight: npt.NDArray[np.generic] | None
    ) -> FloatArray:
        """Return sums of weight by place and category, shape (places, categories), the missing left out."""
        size = self._size(places)
        return _sums(places * width + column, weight, size * width).reshape(size, width)[:, 1:]

    def _size(self, places: IntArray) -> int:
        if places is self._group:
            return self._groups
        return self._parts if places is self._part else len(self._group_of_unit)

    def _share_squares(self, column: CategoryArray, width: int, outcomes: FloatArray, share: FloatArray) -> FloatArray:
        """Return the variance of shares times the squared population, shape (g, j)."""
        share = np.nan_to_num(share, nan=0.0)
        if self._unit is not None:
            totals = self._tally(self._unit, column, width, self._weight)
            return self._spread_of_units(
                totals @ outcomes - share[self._group_of_unit] * totals.sum(axis=1, keepdims=True)
            )
        weight, square = self._weight, None if self._weight is None else self._weight**2
        totals, squares = (self._tally(self._part, column, width, part) for part in (weight, square))
        r = np.repeat(share, len(self._design.psus), axis=0)
        rest = 1.0 - outcomes
        return self._spread_of_children(
            (1.0 - r) * (totals @ outcomes) - r * (totals @ rest),
            (1.0 - r) ** 2 * (squares @ outcomes) + r**2 * (squares @ rest),
        )

    def _spread_of_units(self, sums: FloatArray) -> FloatArray:
        """Return the variance of the total of PSU sums, shape (units, j) -> (g, j)."""
        totals = self._by_part(sums)
        means = totals / self._psus_of_part
        means[self._lonely_part] = 0.0
        present = np.bincount(self._part, minlength=self._parts)[:, None]
        squares = self._by_part((sums - means[self._part]) ** 2) + (self._psus_of_part - present) * means**2
        return self._scaled(squares)

    def _spread_of_children(self, totals: FloatArray, squares: FloatArray) -> FloatArray:
        """Return the same where each child is a PSU, from sums and sums of squares by part, shape (parts, j)."""
        centred = np.where(self._lonely_part[:, None], squares, squares - totals**2 / self._psus_of_part)
        return self._scaled(np.maximum(centred, 0.0))

    def _by_part(self, sums: FloatArray) -> FloatArray:
        return np.stack([_sums(self._part, column, self._parts) for column in sums.T], axis=1)

    @property
    def _psus_of_part(self) -> FloatArray:
        return np.tile(self._design.psus.astype(np.float64), self._groups)[:, None]

    @property
    def _lonely_part(self) -> npt.NDArray[np.bool_]:
        return np.tile(self._design.psus == 1, self._groups)

    def _scaled(self, squares: FloatArray) -> FloatArray:
        """Return n/(n - 1) times the squares of each stratum, added up.

        A stratum of one PSU has no spread of its own: "adjust" takes its distance from the mean of all, which is 0, and
        no factor. A survey of one child has no standard error.
        """
        psus = self._design.psus.astype(np.float64)
        factor = np.where(psus > 1, psus / np.maximum(psus - 1.0, 1.0), np.nan if self._design.simple else 1.0)
        by_stratum = squares.reshape(self._groups, len(psus), -1)
        out: FloatArray = np.einsum("gsj,s->gj", by_stratum, factor)
        return out


def _sums(places: IntArray, weight: npt.NDArray[np.generic] | None, size: int) -> FloatArray:
    """Return the sum of weight (None: the number of rows) at each of `size` places."""
    return np.bincount(places, weights=weight, minlength=size).astype(np.float64, copy=False)

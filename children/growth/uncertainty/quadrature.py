"""Adding up probability over a length in cells, with the error of the weight taken whole in each cell.

A class of a given length and age is a range of weights. The weight at its border is straight along a cell of lengths,
so the share of weights below it, averaged over the cell, has an exact form for every spread, an exact weight included.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from children.growth.uncertainty.spread import EXACTLY, Exactly, Spread

FloatArray = npt.NDArray[np.float64]

# Borders closer than this, in the unit of the input, are one: their difference would be rounding.
SAME_BORDER = 1e-7


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A recorded value and the spread of the truth about it."""

    value: float
    spread: Spread

    @property
    def is_exact(self) -> bool:
        """Tell whether the truth is the recorded value."""
        return isinstance(self.spread, Exactly)

    def below(self, border: FloatArray) -> FloatArray:
        """Return the share of the truth below each border, 0-1;"""
        return self.spread.cdf(border - self.value)

    def mean_below(self, border: FloatArray) -> FloatArray:
        """Return the share of the truth below a border, averaged along each cell.

        border: at the edges of the cells, shape (..., n + 1), straight between them. Returns shape (..., n).
        """
        deviation = border - self.value
        integral = self.spread.cdf_integral(deviation)
        width, grown = deviation[..., 1:] - deviation[..., :-1], integral[..., 1:] - integral[..., :-1]
        flat = np.abs(width) < SAME_BORDER
        if not flat.any():
            return grown / width
        return np.where(flat, self.spread.cdf(deviation[..., 1:]), grown / np.where(flat, 1.0, width))

    def cells(self, count: int, *, breaks: FloatArray) -> Cells:
        """Return about `count` cells that hold the whole truth; no cell reaches over one of `breaks`."""
        edges = self.spread.edges(count)
        if self.is_exact:
            return Cells(self.value + edges, np.ones(1))
        inside = breaks[(breaks > self.value + edges[0]) & (breaks < self.value + edges[-1])]
        if len(inside):
            edges = np.sort(np.concatenate([edges, inside - self.value]))
        below = self.spread.cdf(edges)
        return Cells(self.value + edges, below[1:] - below[:-1])


def uncertain(value: float | None, spread: Spread | None) -> Uncertain:
    """Return the value with its spread; a missing value stands at 0, where nobody asks for it."""
    return Uncertain(0.0 if value is None else value, EXACTLY if spread is None else spread)


@dataclass(frozen=True, slots=True)
class Cells:
    """Neighbouring pieces of one input. edges: shape (n + 1,), ascending. mass: shape (n,)."""

    edges: FloatArray
    mass: FloatArray

    @property
    def middle(self) -> FloatArray:
        """The middle of each cell, shape (n,)."""
        middle: FloatArray = 0.5 * (self.edges[1:] + self.edges[:-1])
        return middle

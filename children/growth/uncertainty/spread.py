"""The error of one measurement as a distribution: where the true value may lie beside the recorded one.

A spread is the distribution of *truth minus recorded value*, in the unit of the field. It answers four questions: the
value below which a share of the truth lies, the share below a value, the integral of that share, and edges of cells for
quadrature. Where an error comes from is for the caller to know; what it does to z-scores is in `probabilities.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from statistics import NormalDist
from typing import Protocol

import numpy as np
import numpy.typing as npt

from children.growth.errors import MeasurementError
from children.growth.lms import centiles

FloatArray = npt.NDArray[np.float64]

_NORMAL = NormalDist()

# The distribution function is read from a table, straight between scores 0.0005 apart: within 1e-8, and ten times as
# fast as computing it for the few hundred values that one visit needs.
_TABLE_REACH = 8.0
_TABLE_STEPS = 32_000

# Half the width of an 80 % interval of a normal error, in standard deviations.
INTERVAL80_SD = _NORMAL.inv_cdf(0.9)

# Cells reach from -6 to +6 standard deviations: what lies outside is 2e-9.
CELLS_REACH_SD = 6.0


class Spread(Protocol):
    """A distribution of truth minus recorded value; every array may have any shape."""

    @property
    def sd(self) -> float:
        """The standard deviation, in the unit of the field; of `QuantileSpread` that of a normal as wide."""

    def quantile(self, share: float) -> float:
        """Return the deviation below which `share` (0-1, exclusive) of the truth lies."""

    def cdf(self, deviation: FloatArray) -> FloatArray:
        """Return the share of the truth, 0-1, below each deviation."""

    def cdf_integral(self, deviation: FloatArray) -> FloatArray:
        """Return the integral of `cdf` from minus infinity to each deviation."""

    def edges(self, cells: int) -> FloatArray:
        """Return edges of about `cells` cells that hold the whole distribution, ascending."""


@dataclass(frozen=True, slots=True)
class NormalSpread:
    """A normal error without bias. sd: standard deviation, > 0.

    Raises MeasurementError("spread_not_positive").
    """

    sd: float

    def __post_init__(self) -> None:
        """Refuse a width that is no width."""
        _require_width(self.sd)

    def quantile(self, share: float) -> float:
        """Return the deviation below which `share` of the truth lies."""
        return self.sd * _NORMAL.inv_cdf(share)

    def cdf(self, deviation: FloatArray) -> FloatArray:
        """Return the share of the truth below each deviation."""
        return _normal_cdf(deviation / self.sd)

    def cdf_integral(self, deviation: FloatArray) -> FloatArray:
        """Return the integral of `cdf`."""
        return self.sd * _normal_cdf_integral(deviation / self.sd)

    def edges(self, cells: int) -> FloatArray:
        """Return edges of equal width over +-6 SD."""
        return self.sd * _even_scores(cells)


@dataclass(frozen=True, slots=True)
class UniformSpread:
    """Every value within +-half_width is as likely as any other, e.g. a birth date known to the month.

    Raises MeasurementError("spread_not_positive").
    """

    half_width: float

    def __post_init__(self) -> None:
        """Refuse a width that is no width."""
        _require_width(self.half_width)

    @property
    def sd(self) -> float:
        """The standard deviation."""
        return self.half_width / math.sqrt(3.0)

    def quantile(self, share: float) -> float:
        """Return the deviation below which `share` of the truth lies."""
        return self.half_width * (2.0 * share - 1.0)

    def cdf(self, deviation: FloatArray) -> FloatArray:
        """Return the share of the truth below each deviation."""
        return np.clip(0.5 + 0.5 * deviation / self.half_width, 0.0, 1.0)

    def cdf_integral(self, deviation: FloatArray) -> FloatArray:
        """Return the integral of `cdf`."""
        inside = np.clip(deviation + self.half_width, 0.0, 2.0 * self.half_width)
        return inside * inside / (4.0 * self.half_width) + np.maximum(deviation - self.half_width, 0.0)

    def edges(self, cells: int) -> FloatArray:
        """Return edges of equal width over the whole."""
        return self.half_width * np.linspace(-1.0, 1.0, cells + 1)


@dataclass(frozen=True, slots=True)
class QuantileSpread:
    """An error known by some of its quantiles, e.g. the 5, 10, 50, 90 and 95 % of a scan; may be skewed or biased.

    pairs: (share below, deviation), two or more, shares within 0-1 exclusive, both ascending. Between two pairs the
    deviation is straight in the normal score of the share, and beyond the outermost pairs it continues with the slope
    of the last two: a piecewise normal distribution, so the quantiles of a normal give that normal back.
    Raises MeasurementError: spread_too_few_quantiles, spread_not_a_share, spread_not_ascending.
    """

    pairs: tuple[tuple[float, float], ...]
    _scores: FloatArray = field(init=False, repr=False, compare=False)
    _knots: FloatArray = field(init=False, repr=False, compare=False)
    _slopes: FloatArray = field(init=False, repr=False, compare=False)
    _integral_at: FloatArray = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the pairs and work out what `cdf` and `cdf_integral` need of each piece."""
        if len(self.pairs) < 2:
            raise MeasurementError("spread_too_few_quantiles", "An error by quantiles needs two or more of them.")
        shares = [share for share, _ in self.pairs]
        if not all(0.0 < share < 1.0 for share in shares):
            raise MeasurementError("spread_not_a_share", "The share below a quantile lies between 0 and 1, exclusive.")
        knots = np.array([deviation for _, deviation in self.pairs], dtype=np.float64)
        scores = np.array([_NORMAL.inv_cdf(share) for share in shares])
        if not (np.isfinite(knots).all() and (np.diff(knots) > 0.0).all() and (np.diff(scores) > 0.0).all()):
            raise MeasurementError(
                "spread_not_ascending", "The quantiles of an error rise with the share below them. Check their order."
            )
        slopes = np.diff(scores) / np.diff(knots)
        # Of each piece the integral at its left knot; the first piece reaches to minus infinity.
        pieces = np.diff(_normal_cdf_integral(np.stack([scores[:-1], scores[1:]])), axis=0)[0] / slopes
        start = _normal_cdf_integral(scores[:1]) / slopes[0]
        object.__setattr__(self, "_scores", scores)
        object.__setattr__(self, "_knots", knots)
        object.__setattr__(self, "_slopes", slopes)
        object.__setattr__(self, "_integral_at", np.concatenate([start, start + np.cumsum(pieces)[:-1]]))

    @classmethod
    def around(cls, value: float, quantiles: Mapping[float, float]) -> QuantileSpread:
        """Return the spread of truth whose quantiles are `quantiles` (share: value), about the recorded `value`."""
        return cls(tuple((share, quantile - value) for share, quantile in sorted(quantiles.items())))

    @property
    def sd(self) -> float:
        """The standard deviation of a normal error whose 80 % interval is as wide."""
        return (self.quantile(0.9) - self.quantile(0.1)) / (2.0 * INTERVAL80_SD)

    def quantile(self, share: float) -> float:
        """Return the deviation below which `share` of the truth lies."""
        return float(self._deviation_at(np.array([_NORMAL.inv_cdf(share)]))[0])

    def cdf(self, deviation: FloatArray) -> FloatArray:
        """Return the share of the truth below each deviation."""
        return _normal_cdf(self._score_of(deviation)[0])

    def cdf_integral(self, deviation: FloatArray) -> FloatArray:
        """Return the integral of `cdf`."""
        score, piece = self._score_of(deviation)
        grown = _normal_cdf_integral(score) - _normal_cdf_integral(self._scores)[piece]
        integral: FloatArray = self._integral_at[piece] + grown / self._slopes[piece]
        return integral

    def edges(self, cells: int) -> FloatArray:
        """Return edges at equal steps of the normal score over +-6, and the pairs themselves."""
        return np.union1d(self._deviation_at(_even_scores(cells)), self._knots)

    def _deviation_at(self, score: FloatArray) -> FloatArray:
        piece = np.clip(np.searchsorted(self._scores, score) - 1, 0, len(self._slopes) - 1)
        deviation: FloatArray = self._knots[piece] + (score - self._scores[piece]) / self._slopes[piece]
        return deviation

    def _score_of(self, deviation: FloatArray) -> tuple[FloatArray, npt.NDArray[np.intp]]:
        piece = np.clip(np.searchsorted(self._knots, deviation) - 1, 0, len(self._slopes) - 1)
        return self._scores[piece] + (deviation - self._knots[piece]) * self._slopes[piece], piece


@dataclass(frozen=True, slots=True)
class Exactly:
    """No error: the truth is what was recorded. Stands in where a computation wants a spread for every input."""

    @property
    def sd(self) -> float:
        """Zero."""
        return 0.0

    def quantile(self, share: float) -> float:
        """Return zero."""
        return 0.0

    def cdf(self, deviation: FloatArray) -> FloatArray:
        """Return 1 above zero and 0 elsewhere."""
        return (deviation > 0.0).astype(np.float64)

    def cdf_integral(self, deviation: FloatArray) -> FloatArray:
        """Return the deviation where it is above zero, else 0."""
        return np.maximum(deviation, 0.0)

    def edges(self, cells: int) -> FloatArray:
        """Return one cell without width."""
        return np.zeros(2)


EXACTLY = Exactly()


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSpreads:
    """The errors of one visit's inputs, each independent of the others; None is exact. Units are those of GrowthInput.

    age_days: of an estimated birth date, older is positive; whole days count, rounded to the nearest.
    """

    length_height_cm: Spread | None = None
    weight_kg: Spread | None = None
    muac_mm: Spread | None = None
    head_circumference_cm: Spread | None = None
    age_days: Spread | None = None

    @property
    def any(self) -> bool:
        """Tell whether any input has an error."""
        return any(getattr(self, name) is not None for name in SPREAD_FIELDS)


SPREAD_FIELDS = tuple(part.name for part in fields(InputSpreads))
NO_SPREADS = InputSpreads()


def _require_width(width: float) -> None:
    if not (math.isfinite(width) and width > 0.0):
        raise MeasurementError(
            "spread_not_positive",
            f"The width of an error is {width:g}; it must be above 0. An exact value has none.",
        )


@cache
def _even_scores(cells: int) -> FloatArray:
    return np.linspace(-CELLS_REACH_SD, CELLS_REACH_SD, cells + 1)


@cache
def _normal_table() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return scores, the normal distribution function F at each, and its integral x F(x) + f(x)."""
    scores = np.linspace(-_TABLE_REACH, _TABLE_REACH, _TABLE_STEPS + 1)
    below = centiles(scores) / 100.0
    density = np.exp(-0.5 * scores * scores) / math.sqrt(2.0 * math.pi)
    return scores, below, scores * below + density


def _normal_cdf(score: FloatArray) -> FloatArray:
    scores, below, _ = _normal_table()
    return np.interp(score, scores, below)


def _normal_cdf_integral(score: FloatArray) -> FloatArray:
    scores, _, integral = _normal_table()
    return np.maximum(np.interp(score, scores, integral), score)

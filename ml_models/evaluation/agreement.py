"""Statistics of agreement between estimates and truth, each with its 95 % interval. Knows no child and no file.

Every function returns None where too few values are given to say anything.
Sources: Bland & Altman 1999, Stat Methods Med Res 8:135-160 (limits of agreement); Wilson 1927, J Am Stat Assoc
22:209-212 (shares); Fisher 1921, Metron 1:3-32 (correlation); Abramowitz & Stegun 1964, 26.7.5 (Student's t); Wilson &
Hilferty 1931, PNAS 17:684-688 (chi-square); Ulijaszek & Kerr 1999, Br J Nutr 82:165-177 (technical error).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: Two-sided 95 %.
_UPPER = 0.975
_Z = NormalDist().inv_cdf(_UPPER)
# Resamplings of a mean absolute error; its distribution is skewed. The seed makes a report repeatable.
_RESAMPLINGS, _SEED = 1000, 20261
_MIN_FOR_SPREAD = 3
_MIN_FOR_CORRELATION = 4
_MIN_FOR_CHI_SQUARE = 10


@dataclass(frozen=True)
class Figure:
    """A value with the ends of its 95 % interval and how many sessions it rests on."""

    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Limits:
    """Limits of agreement: between them lie 95 % of the differences, if they are normal."""

    lower: Figure
    upper: Figure


def share(hits: BoolArray) -> Figure | None:
    """Return the share of True with Wilson's interval."""
    n = int(hits.size)
    return None if n == 0 else wilson(int(hits.sum()), n)


def wilson(count: int, n: int) -> Figure:
    """Return `count` of `n` (> 0) as a share with Wilson's interval."""
    p, z2 = count / n, _Z * _Z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return Figure(p, max(0.0, centre - half), min(1.0, centre + half), n)


def mean_absolute(errors: FloatArray) -> Figure | None:
    """Return the mean absolute error; its interval by resampling sessions."""
    n = int(errors.size)
    if n == 0:
        return None
    sizes = np.abs(errors)
    if n < _MIN_FOR_SPREAD:
        return Figure(float(sizes.mean()), None, None, n)
    rng = np.random.default_rng(_SEED)
    means = sizes[rng.integers(0, n, (_RESAMPLINGS, n))].mean(axis=1)
    low, high = np.quantile(means, (1 - _UPPER, _UPPER))
    return Figure(float(sizes.mean()), float(low), float(high), n)


def bias(errors: FloatArray) -> Figure | None:
    """Return the mean error with its t interval."""
    n = int(errors.size)
    if n == 0:
        return None
    mean = float(errors.mean())
    if n < _MIN_FOR_SPREAD:
        return Figure(mean, None, None, n)
    half = _t(n - 1) * float(errors.std(ddof=1)) / math.sqrt(n)
    return Figure(mean, mean - half, mean + half, n)


def standard_deviation(errors: FloatArray) -> Figure | None:
    """Return the SD of the errors around their mean; its interval takes them as normal."""
    n = int(errors.size)
    return None if n < _MIN_FOR_SPREAD else _spread(float(np.square(errors - errors.mean()).sum()), n - 1, n)


def technical_error(errors: FloatArray) -> Figure | None:
    """Return the technical error of measurement, the root of sum(error^2) / 2n, which a bias makes larger, too.

    Its interval takes the errors as normal around zero.
    """
    n = int(errors.size)
    return None if n < _MIN_FOR_SPREAD else _spread(float(np.square(errors).sum()) / 2, n, n)


def _spread(sum_of_squares: float, freedom: int, n: int) -> Figure:
    """Return the root of a mean square with the interval that chi-square gives it."""
    if freedom < _MIN_FOR_CHI_SQUARE:
        return Figure(math.sqrt(sum_of_squares / freedom), None, None, n)
    low, high = (math.sqrt(sum_of_squares / _chi_square(z, freedom)) for z in (_Z, -_Z))
    return Figure(math.sqrt(sum_of_squares / freedom), low, high, n)


def limits_of_agreement(errors: FloatArray) -> Limits | None:
    """Return mean +- 1.96 SD of the errors, each limit with Bland and Altman's interval."""
    n = int(errors.size)
    if n < _MIN_FOR_SPREAD:
        return None
    mean, sd = float(errors.mean()), float(errors.std(ddof=1))
    half = _t(n - 1) * sd * math.sqrt(1 / n + _Z * _Z / (2 * (n - 1)))
    lower, upper = mean - _Z * sd, mean + _Z * sd
    return Limits(Figure(lower, lower - half, lower + half, n), Figure(upper, upper - half, upper + half, n))


def correlation(truth: FloatArray, estimate: FloatArray) -> Figure | None:
    """Return Pearson's r with Fisher's interval."""
    n = int(truth.size)
    if n < _MIN_FOR_CORRELATION or not truth.std() or not estimate.std():
        return None
    r = float(np.corrcoef(truth, estimate)[0, 1])
    if abs(r) >= 1:
        return Figure(r, None, None, n)
    half = _Z / math.sqrt(n - 3)
    return Figure(r, math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half), n)


def slope(truth: FloatArray, estimate: FloatArray) -> Figure | None:
    """Return the slope of the straight line of estimate on truth: below 1 the estimates shrink towards the average."""
    n = int(truth.size)
    if n < _MIN_FOR_CORRELATION or not truth.std():
        return None
    centred = truth - truth.mean()
    spread = float(centred @ centred)
    value = float(centred @ estimate) / spread
    rest = estimate - estimate.mean() - value * centred
    half = _t(n - 2) * math.sqrt(float(rest @ rest) / (n - 2) / spread)
    return Figure(value, value - half, value + half, n)


def _chi_square(z: float, freedom: int) -> float:
    """Return the quantile of chi-square at the standard normal `z`, within 1 % from 10 degrees of freedom on."""
    part = 2 / (9 * freedom)
    return freedom * (1 - part + z * math.sqrt(part)) ** 3


def _t(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t; exact for 1 and 2 degrees of freedom, else within 0.5 %."""
    if freedom == 1:
        return math.tan(math.pi * (_UPPER - 0.5))
    if freedom == 2:
        return (2 * _UPPER - 1) / math.sqrt(2 * _UPPER * (1 - _UPPER))
    z, f = _Z, float(freedom)
    return (
        z
        + (z**3 + z) / (4 * f)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * f**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * f**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * f**4)
    )

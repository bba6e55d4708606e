"""Single checks of data quality: digit preference, age heaping, ratios of ages and sexes, shape of a distribution.

Children count alike; sampling weights say nothing of how well somebody measures.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np

from children.growth.columns import BOY_CODE, GIRL_CODE, CodeArray, FloatArray
from children.growth.survey.distributions import chi_square_upper_tail
from children.growth.survey.ratings import Rating, rate_digit_score

FINAL_DIGITS = 10
MONTHS_PER_YEAR = 12
PER_CENT = 100.0

# Children of 6-29 months to those of 30-59 months in a growing population. Source: SMART Manual 2.0; nipnTK.
EXPECTED_AGE_RATIO = 0.85
AGE_RATIO_FROM, AGE_RATIO_SPLIT, AGE_RATIO_BELOW = 6, 30, 60

# Boys to girls. Source: SMART Manual 2.0.
EXPECTED_SEX_RATIO = 1.0

# Correction of a chi-square test of two counts. Source: Yates 1934; as R's prop.test, which nipnTK calls.
YATES = 0.5


@dataclass(frozen=True, slots=True)
class DigitPreference:
    """How evenly the final digits of a measurement are spread; counts of 0 to 9.

    score: 100 sqrt(chi-square/(9 n)), 0 even to 100 one digit only; None without measurements.
    Source: WHO MONICA Project, e-publication 9 (1998).
    """

    counts: tuple[int, ...]
    score: float | None
    rating: Rating | None


@dataclass(frozen=True, slots=True)
class RatioTest:
    """How many are in the first group to one in the second, against what is expected; p of a chi-square test, df 1.

    ratio is None without a second group, p without children.
    """

    first: int
    second: int
    ratio: float | None
    expected_ratio: float
    p: float | None


@dataclass(frozen=True, slots=True)
class AgeHeaping:
    """Whether ages in completed months gather at whole years (12, 24, 36, ...).

    p: of a chi-square test of the month within the year, df 11; None without children. Expected is an even spread over
    the months of the range.
    """

    children: int
    at_whole_years_percent: float | None
    expected_percent: float
    p: float | None


@dataclass(frozen=True, slots=True)
class Shape:
    """Of n values: standard deviation (n - 1), skewness and excess kurtosis from moments; NaN where undefined."""

    n: int
    mean: float
    sd: float
    skewness: float
    kurtosis: float


def digit_preference(values: FloatArray, *, per_unit: int) -> DigitPreference:
    """Return the digit preference of values read to 1/per_unit: 10 for kg and cm to 0.1, 1 for mm; NaN is left out."""
    read = np.round(values[~np.isnan(values)] * per_unit)
    counts = np.bincount(np.mod(read, FINAL_DIGITS).astype(np.intp), minlength=FINAL_DIGITS)
    n = int(counts.sum())
    if n == 0:
        return DigitPreference(tuple(counts.tolist()), None, None)
    even = n / FINAL_DIGITS
    chi_square = float(np.square(counts - even).sum()) / even
    score = PER_CENT * sqrt(chi_square / (n * (FINAL_DIGITS - 1)))
    return DigitPreference(tuple(counts.tolist()), score, rate_digit_score(score))


def sex_ratio(sex: CodeArray) -> RatioTest:
    """Return boys to girls."""
    return ratio_test(
        int(np.count_nonzero(sex == BOY_CODE)), int(np.count_nonzero(sex == GIRL_CODE)), expected=EXPECTED_SEX_RATIO
    )


def age_ratio(months: FloatArray) -> RatioTest:
    """Return children of 6-29 to children of 30-59 completed months."""
    young = np.count_nonzero((months >= AGE_RATIO_FROM) & (months < AGE_RATIO_SPLIT))
    old = np.count_nonzero((months >= AGE_RATIO_SPLIT) & (months < AGE_RATIO_BELOW))
    return ratio_test(int(young), int(old), expected=EXPECTED_AGE_RATIO)


def ratio_test(first: int, second: int, *, expected: float) -> RatioTest:
    """Return the ratio of two counts, tested against an expected one with Yates's correction."""
    n = first + second
    if n == 0:
        return RatioTest(0, 0, None, expected, None)
    share = expected / (expected + 1.0)
    off = abs(first - n * share)
    chi_square = (off - min(YATES, off)) ** 2 / (n * share * (1.0 - share))
    return RatioTest(
        first, second, first / second if second else None, expected, chi_square_upper_tail(chi_square, df=1)
    )


def age_heaping(months: FloatArray, *, first_month: int, below_month: int) -> AgeHeaping:
    """Return the heaping of ages from `first_month` to below `below_month`, at least a year apart."""
    completed = np.floor(months[(months >= first_month) & (months < below_month)]).astype(np.intp)
    counts = np.bincount(completed % MONTHS_PER_YEAR, minlength=MONTHS_PER_YEAR)
    possible = np.bincount(np.arange(first_month, below_month) % MONTHS_PER_YEAR, minlength=MONTHS_PER_YEAR)
    expected_share = possible / possible.sum()
    n = int(counts.sum())
    at_years = PER_CENT * float(expected_share[0])
    if n == 0:
        return AgeHeaping(0, None, at_years, None)
    expected = n * expected_share
    chi_square = float((np.square(counts - expected) / expected).sum())
    p = chi_square_upper_tail(chi_square, df=MONTHS_PER_YEAR - 1)
    return AgeHeaping(n, PER_CENT * float(counts[0]) / n, at_years, p)


def shape_of(values: FloatArray) -> Shape:
    """Return mean, spread and shape of values without NaN."""
    n = len(values)
    if n < 2:
        return Shape(n, float(values[0]) if n else nan, nan, nan, nan)
    mean = float(values.mean())
    distance = values - mean
    squares = float(np.square(distance).sum())
    sd = sqrt(squares / (n - 1))
    if squares == 0.0:
        return Shape(n, mean, sd, nan, nan)
    skewness = sqrt(n) * float((distance**3).sum()) / squares**1.5
    return Shape(n, mean, sd, skewness, n * float((distance**4).sum()) / squares**2 - 3.0)

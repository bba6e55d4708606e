"""How good is good enough: the rating bands and penalty points of a survey's data quality.

Sources: SMART Manual 2.0 (2017), plausibility check; the R packages nipnTK and mwana. The checks are mwana's eight for
weight-for-height; ENA for SMART adds two. One difference: mwana rates skewness and excess kurtosis with their sign, so
that -2 is excellent; here their size is rated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isnan


class Rating(StrEnum):
    """SMART's words, best first."""

    EXCELLENT = "excellent"
    GOOD = "good"
    ACCEPTABLE = "acceptable"
    PROBLEMATIC = "problematic"


class Check(StrEnum):
    """The checks that make up the overall score."""

    FLAGGED = "flagged"  # % of weight-for-height more than 3 z from the survey's mean
    SEX_RATIO = "sex_ratio"  # p
    AGE_RATIO = "age_ratio"  # p
    WEIGHT_DIGITS = "weight_digits"  # digit preference score
    LENGTH_HEIGHT_DIGITS = "length_height_digits"
    STANDARD_DEVIATION = "standard_deviation"  # of weight-for-height z
    SKEWNESS = "skewness"
    KURTOSIS = "kurtosis"  # excess


FLAGGED_PERCENT_UP_TO = (2.5, 5.0, 7.5)
RATIO_P_ABOVE = (0.1, 0.05, 0.001)
SD_BETWEEN = ((0.9, 1.1), (0.85, 1.15), (0.8, 1.2))
SHAPE_BELOW = (0.2, 0.4, 0.6)
DIGIT_SCORE_BELOW = (8.0, 12.0, 20.0)
OVERALL_UP_TO = (9, 14, 24)

# Points of excellent, good, acceptable, problematic.
HEAVY_POINTS, MIDDLE_POINTS, LIGHT_POINTS = (0, 5, 10, 20), (0, 2, 4, 10), (0, 1, 3, 5)
POINTS = {
    Check.FLAGGED: HEAVY_POINTS,
    Check.SEX_RATIO: MIDDLE_POINTS,
    Check.AGE_RATIO: MIDDLE_POINTS,
    Check.WEIGHT_DIGITS: MIDDLE_POINTS,
    Check.LENGTH_HEIGHT_DIGITS: MIDDLE_POINTS,
    Check.STANDARD_DEVIATION: HEAVY_POINTS,
    Check.SKEWNESS: LIGHT_POINTS,
    Check.KURTOSIS: LIGHT_POINTS,
}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: its value (see Check), rating and penalty points; all None where it can't be made."""

    value: float | None
    rating: Rating | None
    points: int | None


@dataclass(frozen=True, slots=True)
class OverallScore:
    """The checks and their sum: 0-9 excellent, 10-14 good, 15-24 acceptable, 25 and more problematic.

    points and rating are None if any check can't be made.
    """

    checks: Mapping[Check, CheckResult]
    points: int | None
    rating: Rating | None


def rate(check: Check, value: float | None) -> CheckResult:
    """Return the rating and points of a value; NaN and None can't be rated."""
    if value is None or isnan(value):
        return CheckResult(None, None, None)
    step = _steps_failed(check, value)
    return CheckResult(value, tuple(Rating)[step], POINTS[check][step])


def overall_score(values: Mapping[Check, float | None]) -> OverallScore:
    """Return the score of a survey whose checks gave `values`."""
    checks = {check: rate(check, values.get(check)) for check in Check}
    points = [result.points for result in checks.values() if result.points is not None]
    if len(points) < len(checks):
        return OverallScore(checks, None, None)
    total = sum(points)
    return OverallScore(checks, total, tuple(Rating)[sum(total > limit for limit in OVERALL_UP_TO)])


def rate_digit_score(score: float | None) -> Rating | None:
    """Return the rating of a digit preference score."""
    return rate(Check.WEIGHT_DIGITS, score).rating


def _steps_failed(check: Check, value: float) -> int:
    """Return how many of a check's three limits the value fails; they are ever wider."""
    if check is Check.FLAGGED:
        return sum(value > limit for limit in FLAGGED_PERCENT_UP_TO)
    if check in (Check.SEX_RATIO, Check.AGE_RATIO):
        return sum(value <= limit for limit in RATIO_P_ABOVE)
    if check is Check.STANDARD_DEVIATION:
        return sum(not low < value < high for low, high in SD_BETWEEN)
    if check in (Check.SKEWNESS, Check.KURTOSIS):
        return sum(abs(value) >= limit for limit in SHAPE_BELOW)
    return sum(value >= limit for limit in DIGIT_SCORE_BELOW)

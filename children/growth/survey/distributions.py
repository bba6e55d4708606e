"""Student's t and chi-square, without SciPy: what confidence limits and tests of a survey need."""

from __future__ import annotations

from math import erfc, exp, fabs, inf, isinf, isnan, lgamma, log, log1p, nan, sqrt
from statistics import NormalDist

# Lentz's continued fractions and the series stop at this relative change, a few units of the last place.
_RELATIVE_STOP = 1e-16
_TINY = 1e-300
_MOST_TERMS = 10_000

# From here on the first omitted term of the series of log B(a, 1/2), 1/(640 a^5), is below 1e-15.
_SERIES_FROM = 400.0

# Beyond this Student's t and the normal quantile differ by less than 3e-9.
_NORMAL_FROM_DF = 1e9


def student_t_quantile(probability: float, *, df: float) -> float:
    """Return the quantile of Student's t with `df` degrees of freedom (> 0, may be infinite).

    probability: in (0, 1). NaN where `df` <= 0. Relative error below 1e-11 up to a million degrees, 4e-9 beyond.
    """
    if isnan(df) or df <= 0.0:
        return nan
    normal = NormalDist().inv_cdf(probability)
    if isinf(df) or df > _NORMAL_FROM_DF:
        return normal
    if probability == 0.5:
        return 0.0
    tail = min(probability, 1.0 - probability)
    quantile = _upper_quantile(tail, df=df, start=fabs(normal))
    return quantile if probability > 0.5 else -quantile


def student_t_upper_tail(t: float, *, df: float) -> float:
    """Return P(T > t) for t >= 0 and finite `df` > 0: half of the incomplete beta I_x(df/2, 1/2), x = df/(df + t^2).

    Source: DLMF 8.17.22, on the side where the fraction converges fast.
    """
    if t <= 0.0:
        return 0.5
    square = t * t
    a, x, complement = 0.5 * df, df / (df + square), square / (df + square)
    front = exp(-_log_beta_half(a) - a * log1p(square / df) + 0.5 * log(complement))
    if x < (a + 1.0) / (a + 2.5):
        return 0.5 * front * _beta_fraction(x, a, 0.5) / a
    return 0.5 - front * _beta_fraction(complement, 0.5, a)


def chi_square_upper_tail(statistic: float, *, df: int) -> float:
    """Return P(X > statistic) of chi-square with `df` >= 1 degrees of freedom; the p-value of a chi-square test."""
    if isnan(statistic):
        return nan
    if statistic <= 0.0:
        return 1.0
    if df == 1:
        return erfc(sqrt(0.5 * statistic))
    return _regularised_upper_gamma(0.5 * df, 0.5 * statistic)


def _upper_quantile(tail: float, *, df: float, start: float) -> float:
    """Return t > 0 with P(T > t) = tail < 0.5: Newton's steps, kept inside a bracket that only shrinks."""
    low, high = 0.0, max(start, 1.0)
    while student_t_upper_tail(high, df=df) > tail:
        low, high = high, high * 4.0
    log_constant = -_log_beta_half(0.5 * df) - 0.5 * log(df)
    t = min(max(start, low), high)
    for _step in range(200):
        excess = student_t_upper_tail(t, df=df) - tail
        if excess > 0.0:
            low = t
        else:
            high = t
        density = exp(log_constant - 0.5 * (df + 1.0) * log1p(t * t / df))
        newton = t + excess / density if density > 0.0 else inf
        following = newton if low < newton < high else 0.5 * (low + high)
        if fabs(following - t) <= 1e-15 * t:
            return following
        t = following
    return t


def _log_beta_half(a: float) -> float:
    """Return log B(a, 1/2): for large a by the series of DLMF 5.11.13, as two large lgamma differ in too few digits."""
    if a < _SERIES_FROM:
        return lgamma(a) + lgamma(0.5) - lgamma(a + 0.5)
    return lgamma(0.5) - 0.5 * log(a) + 1.0 / (8.0 * a) - 1.0 / (192.0 * a**3)


def _beta_fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of the incomplete beta function by Lentz's method."""
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        for term in (even, odd):
            d = 1.0 / _away_from_zero(1.0 + term * d)
            c = _away_from_zero(1.0 + term / c)
            value *= c * d
        if fabs(c * d - 1.0) <= _RELATIVE_STOP:
            break
    return value


def _regularised_upper_gamma(a: float, x: float) -> float:
    """Return Q(a, x) for a, x > 0. Sources: DLMF 8.11.4 (series of P) and 8.9.2 (continued fraction of Q)."""
    front = exp(a * log(x) - x - lgamma(a))
    if x < a + 1.0:
        term = total = 1.0 / a
        for k in range(1, _MOST_TERMS):
            term *= x / (a + k)
            total += term
            if term <= _RELATIVE_STOP * total:
                break
        return 1.0 - front * total
    b = x + 1.0 - a
    c, d = 1.0 / _TINY, 1.0 / b
    value = d
    for k in range(1, _MOST_TERMS):
        term = -k * (k - a)
        b += 2.0
        d = 1.0 / _away_from_zero(term * d + b)
        c = _away_from_zero(b + term / c)
        value *= c * d
        if fabs(c * d - 1.0) <= _RELATIVE_STOP:
            break
    return front * value


def _away_from_zero(value: float) -> float:
    return value if fabs(value) > _TINY else _TINY

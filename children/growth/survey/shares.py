"""A share of children with its 95 % interval, for counts that are not a weighted sample.

Wilson's interval: it stays within 0 and 1 and holds for few children and rare conditions. It takes children as
independent; within a clinic they are not quite, so the true interval is somewhat wider. A sample with clusters goes
through `prevalence.py`.
Source: Wilson 1927, J Am Stat Assoc 22:209-212; Brown, Cai, DasGupta 2001, Stat Sci 16:101-133.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `n` children: value, low and high are shares from 0 to 1; None when n is 0."""

    count: int
    n: int
    value: float | None
    low: float | None
    high: float | None


def share_of(count: int, n: int) -> Share:
    """Return a share with Wilson's 95 % interval. Raises ValueError unless 0 <= count <= n."""
    if not 0 <= count <= n:
        raise ValueError(f"{count} of {n} is no share.")
    if n == 0:
        return Share(count=0, n=0, value=None, low=None, high=None)
    value = count / n
    middle = value + Z_95**2 / (2 * n)
    half = Z_95 * sqrt(value * (1 - value) / n + Z_95**2 / (4 * n**2))
    scale = 1 + Z_95**2 / n
    # Rounding must not put the share itself outside: at 0 of n the lower limit is 0, at n of n the upper one is 1.
    low, high = min(value, (middle - half) / scale), max(value, (middle + half) / scale)
    return Share(count=count, n=n, value=value, low=max(0.0, low), high=min(1.0, high))

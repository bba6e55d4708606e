"""The figures of a set of pairs: bias, agreement, correlation, and what the errors do to the class of a child.

The statistics are those of `ml_models.evaluation.agreement`, intervals of shares those of `children.growth.survey`.
They take pairs as independent; two scans of one child are not quite, so the true intervals are somewhat wider.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from children.growth.survey import Share, share_of
from ml_models.evaluation.agreement import (
    Figure,
    Limits,
    bias,
    correlation,
    limits_of_agreement,
    standard_deviation,
    technical_error,
)
from predictions.accuracy.paired_rows import PairedRow

#: Absolute errors in cm within which a share of pairs is told.
WITHIN_CM = (1.0, 1.4)
STUNTED_BELOW_Z, SEVERELY_STUNTED_BELOW_Z = -2.0, -3.0

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Finding:
    """How well HAZ of a scan below a cut-off finds HAZ by hand below it. Shares have Wilson's interval.

    `sensitivity`: of those below by hand. `specificity`: of the others. `ppv`: of those whom the scan calls.
    """

    sensitivity: Share
    specificity: Share
    ppv: Share


@dataclass(frozen=True)
class PairedFigures:
    """Figures of `pairs` pairs of `children` children, in cm; None where too few pairs speak.

    `correlation`: of the lengths themselves. `haz_correlation`: of the z-scores, which age does not flatter.
    `within`: share of pairs by the limits of WITHIN_CM.
    """

    pairs: int
    children: int
    bias: Figure | None
    sd: Figure | None
    limits: Limits | None
    technical_error: Figure | None
    within: dict[float, Share]
    correlation: Figure | None
    haz_correlation: Figure | None
    stunting: Finding
    severe_stunting: Finding


def paired_figures(rows: Sequence[PairedRow]) -> PairedFigures:
    """Return the figures of `rows`."""
    estimate, by_hand = _column(rows, "estimate_cm"), _column(rows, "by_hand_cm")
    errors = estimate - by_hand
    assessed = [row for row in rows if row.estimate_haz is not None and row.by_hand_haz is not None]
    estimate_haz, by_hand_haz = _column(assessed, "estimate_haz"), _column(assessed, "by_hand_haz")
    # Values have two decimals: 1.4 is within 1.4 cm, whatever binary fractions make of it.
    sizes = np.abs(errors.round(2))
    return PairedFigures(
        pairs=len(rows),
        children=len({row.child_id for row in rows}),
        bias=bias(errors),
        sd=standard_deviation(errors),
        limits=limits_of_agreement(errors),
        technical_error=technical_error(errors),
        within={limit: share_of(int((sizes <= limit).sum()), len(rows)) for limit in WITHIN_CM},
        correlation=correlation(by_hand, estimate),
        haz_correlation=correlation(by_hand_haz, estimate_haz),
        stunting=_finding(by_hand_haz, estimate_haz, STUNTED_BELOW_Z),
        severe_stunting=_finding(by_hand_haz, estimate_haz, SEVERELY_STUNTED_BELOW_Z),
    )


def split_rows(rows: Sequence[PairedRow], key: Callable[[PairedRow], str]) -> dict[str, list[PairedRow]]:
    """Return the rows of each group, by key in order of first appearance."""
    groups: dict[str, list[PairedRow]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)


def _finding(by_hand_z: FloatArray, estimate_z: FloatArray, below: float) -> Finding:
    true, called = by_hand_z < below, estimate_z < below
    both = int((true & called).sum())
    return Finding(
        sensitivity=share_of(both, int(true.sum())),
        specificity=share_of(int((~true & ~called).sum()), int((~true).sum())),
        ppv=share_of(both, int(called.sum())),
    )


def _column(rows: Sequence[PairedRow], name: str) -> FloatArray:
    return np.array([getattr(row, name) for row in rows], dtype=np.float64)

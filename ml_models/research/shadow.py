"""Runs a model on stored sessions, beside what was measured by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml_models.estimator import Estimator
from ml_models.research.comparison import Comparison, HeightErrors, compare
from ml_models.research.training_set import PairedSession


def height_errors(estimator: Estimator, sessions: Sequence[PairedSession]) -> HeightErrors:
    """Return the errors of length or height of `sessions`, all of which have one measured by hand."""
    error, inside = np.full(len(sessions), np.nan), np.zeros(len(sessions), dtype=bool)
    for index, session in enumerate(sessions):
        height = estimator.estimate(session.features).height_cm
        if height is None:
            continue
        truth = session.truth["height_cm"]
        low, high = height.intervals[90]
        error[index], inside[index] = height.mean - truth, low <= truth <= high
    return HeightErrors(label=estimator.version, error_cm=error, inside_90=inside)


def compare_on(sessions: Sequence[PairedSession], *, active: Estimator, candidate: Estimator) -> Comparison:
    """Compare two models on the same sessions; those without a length or height measured by hand are left out."""
    measured = [session for session in sessions if "height_cm" in session.truth]
    return compare(
        height_errors(active, measured),
        height_errors(candidate, measured),
        child=[session.child for session in measured],
        is_lying=np.array([session.features.is_lying for session in measured], dtype=bool),
    )

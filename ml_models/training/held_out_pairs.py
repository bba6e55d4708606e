"""How far a model is from children measured by hand: the figures of `metrics["held_out_pairs"]`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_models.estimator import PERCENTS, Estimator
from ml_models.networks.proportions import QUANTITIES
from ml_models.research.comparison import HeightErrors, bootstrap_interval
from ml_models.training.calibration import POSTURES
from ml_models.training.pairs import PairRows

FloatArray = NDArray[np.float64]

WITHIN_CM = (1.0, 1.4)
#: Children of a posture and cue below which a row of figures says nothing.
FEWEST_CHILDREN = 5


@dataclass(frozen=True)
class Answers:
    """What a model said of n sessions. `mean`: (n, 4), NaN where it said nothing; `inside`: whether the truth lies in
    the interval, (n, 4, len(PERCENTS))."""

    mean: FloatArray
    inside: NDArray[np.bool_]

    def put(self, sessions: NDArray[np.bool_], others: Answers) -> None:
        """Take over the answers to some of the sessions."""
        self.mean[sessions], self.inside[sessions] = others.mean, others.inside

    def height_errors(self, label: str, rows: PairRows) -> HeightErrors:
        """Return the errors of length or height, for a comparison."""
        return HeightErrors(label, self.mean[:, 0] - rows.measured[:, 0], self.inside[:, 0, PERCENTS.index(90)])


def answers_of(estimator: Estimator, rows: PairRows) -> Answers:
    """Ask a model about every session."""
    answers = no_answers(len(rows.sessions))
    for index, session in enumerate(rows.sessions):
        estimate = estimator.estimate(session.features)
        for column, name in enumerate(QUANTITIES):
            quantity = getattr(estimate, name)
            if quantity is not None:
                truth = rows.measured[index, column]
                answers.mean[index, column] = quantity.mean
                answers.inside[index, column] = [
                    low <= truth <= high for low, high in (quantity.intervals[percent] for percent in PERCENTS)
                ]
    return answers


def no_answers(sessions: int) -> Answers:
    """Return answers to be filled."""
    return Answers(
        mean=np.full((sessions, len(QUANTITIES)), np.nan),
        inside=np.zeros((sessions, len(QUANTITIES), len(PERCENTS)), dtype=bool),
    )


def pair_figures(rows: PairRows, answers: Answers, seed: int = 1) -> list[dict[str, Any]]:
    """Return one row of figures for each posture and scale cue with enough children."""
    figures = []
    for is_lying, posture in POSTURES.items():
        for is_marker, cue in ((True, "marker"), (False, "distance")):
            chosen = (rows.is_lying == is_lying) & (rows.is_marker == is_marker)
            part = rows.take(chosen)
            if part.children >= FEWEST_CHILDREN:
                about = {"posture": posture, "cue": cue, "children": part.children, "sessions": int(chosen.sum())}
                figures.append(about | _figures(part, answers.mean[chosen], answers.inside[chosen], seed))
    return figures


def _figures(rows: PairRows, mean: FloatArray, inside: NDArray[np.bool_], seed: int) -> dict[str, Any]:
    error = mean - rows.measured
    found: dict[str, Any] = {}
    for index, name in enumerate(QUANTITIES):
        known = ~np.isnan(error[:, index])
        if len(np.unique(rows.child[known])) >= FEWEST_CHILDREN:
            size = np.abs(error[known, index])
            low, high = bootstrap_interval(size, rows.child[known], np.random.default_rng(seed))
            shares = inside[known, index].mean(axis=0)
            found[name] = {
                "n": int(known.sum()),
                "mae": round(float(np.mean(size)), 3),
                "mae_interval": [round(low, 3), round(high, 3)],
                "bias": round(float(np.mean(error[known, index])), 3),
                "coverage": {str(p): round(float(share), 3) for p, share in zip(PERCENTS, shares, strict=True)},
            }
    size = np.abs(error[~np.isnan(error[:, 0]), 0])
    if size.size:
        found["within_cm"] = {str(limit): round(float(np.mean(size <= limit)), 3) for limit in WITHIN_CM}
    return found


def joined(parts: Sequence[tuple[NDArray[np.bool_], Answers]], sessions: int) -> Answers:
    """Join the answers to parts of the sessions, as cross-validation gives them."""
    whole = no_answers(sessions)
    for chosen, answers in parts:
        whole.put(chosen, answers)
    return whole

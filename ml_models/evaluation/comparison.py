"""Estimates beside truth as columns, and what age and sex alone would have said of the same children.

One entry a session, in the table's order; NaN where nothing is known. Decides which sessions count: those that must be
measured, were, and have a truth. Computes no figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from children.growth import Index
from children.growth.age import FIRST_HEIGHT_DAY
from ml_models.estimator import PERCENTS
from ml_models.evaluation.predictions_file import quantities
from ml_models.evaluation.sessions import Outcome
from ml_models.evaluation.sessions_file import TRUTH_QUANTITIES, SessionRow
from ml_models.evaluation.who import INDEX_FOR_AGE, value_for_age, zscores

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Words = NDArray[np.str_]

WHO_MEDIAN_Z = 0.0


@dataclass(frozen=True)
class Comparison:
    """Columns of n sessions. Arrays have shape (n,); words are empty where nothing is known.

    `true`, `estimated`: by quantity, in its unit. `low`, `high`: by quantity and percent. `true_z`, `estimated_z`: by
    index, of the truth and of the estimate, from the same engine. `for_age`: by quantity, the value of the set's own
    mean z at the child's age and sex; `who_median`: that of z = 0.
    """

    session_id: Words
    sex: Words
    age_days: FloatArray
    posture: Words
    cue: Words
    skin_tone: FloatArray
    marker_mismatch_cm: FloatArray
    expected_reason: Words
    reason: Words
    confidence: FloatArray
    true: Mapping[str, FloatArray]
    estimated: Mapping[str, FloatArray]
    low: Mapping[str, Mapping[int, FloatArray]]
    high: Mapping[str, Mapping[int, FloatArray]]
    true_z: Mapping[Index, FloatArray]
    estimated_z: Mapping[Index, FloatArray]
    for_age: Mapping[str, FloatArray]
    who_median: Mapping[str, FloatArray]

    @property
    def must_be_measured(self) -> BoolArray:
        """Sessions that nothing speaks against measuring."""
        return np.asarray(self.expected_reason == "")

    @property
    def succeeded(self) -> BoolArray:
        """Sessions that gave a length."""
        return np.asarray(self.reason == "")

    def known(self, name: str) -> BoolArray:
        """Sessions whose error in `name` counts: to be measured, measured, with a truth."""
        return np.asarray(
            self.must_be_measured & np.isfinite(self.true[name]) & np.isfinite(self.estimated[name]) & self.succeeded
        )


def compare(rows: Sequence[SessionRow], outcomes: Mapping[str, Outcome]) -> Comparison:
    """Set the outcomes of `rows` beside their truth. Rows that could not be understood are left out."""
    rows = [row for row in rows if row.subject is not None]
    found = [outcomes[row.session_id] for row in rows]
    estimates = [{} if one.estimate is None else quantities(one.estimate) for one in found]
    subjects = [row.subject for row in rows if row.subject is not None]
    sex, age_days = [one.sex for one in subjects], np.array([float(one.age_days) for one in subjects])
    lying = np.array([_lying(row, outcome) for row, outcome in zip(rows, found, strict=True)], dtype=np.bool_)
    filmed_lying = [told if one.is_lying is None else one.is_lying for one, told in zip(found, lying, strict=True)]
    true = {name: _floats([row.truth.values.get(name) for row in rows]) for name in TRUTH_QUANTITIES}
    given = {name: [one.get(name) for one in estimates] for name in TRUTH_QUANTITIES}
    estimated = {name: _floats([None if q is None else q.mean for q in column]) for name, column in given.items()}
    ends = [
        {
            name: {p: _floats([None if q is None else q.intervals[p][end] for q in column]) for p in PERCENTS}
            for name, column in given.items()
        }
        for end in (0, 1)
    ]
    true_z = zscores(sex=sex, age_days=age_days, is_lying=lying, values=true)
    mean_z = {name: _mean(true_z[index]) for name, index in INDEX_FOR_AGE.items()}
    at_z = {
        key: {name: value_for_age(name, z[name], sex=sex, age_days=age_days, is_lying=lying) for name in true}
        for key, z in (("set", mean_z), ("who", dict.fromkeys(true, WHO_MEDIAN_Z)))
    }
    return Comparison(
        session_id=np.array([row.session_id for row in rows], dtype=np.str_),
        sex=np.array(sex, dtype=np.str_),
        age_days=age_days,
        posture=np.where(lying, "lying", "standing"),
        cue=np.array(["" if one.estimate is None else one.estimate.cue.value for one in found], dtype=np.str_),
        skin_tone=_floats([row.truth.skin_tone for row in rows]),
        marker_mismatch_cm=_floats([row.truth.marker_mismatch_cm for row in rows]),
        expected_reason=np.array([row.truth.expected_reason or "" for row in rows], dtype=np.str_),
        reason=np.array(["" if one.reason is None else one.reason.value for one in found], dtype=np.str_),
        confidence=_floats([None if one.estimate is None else one.estimate.confidence for one in found]),
        true=true,
        estimated=estimated,
        low=ends[0],
        high=ends[1],
        true_z=true_z,
        estimated_z=zscores(sex=sex, age_days=age_days, is_lying=np.array(filmed_lying), values=estimated),
        for_age=at_z["set"],
        who_median=at_z["who"],
    )


def _lying(row: SessionRow, outcome: Outcome) -> bool:
    """How the truth was taken: as the table tells, else as the estimate was made, else as the standard asks."""
    if row.is_lying is not None:
        return row.is_lying
    if outcome.is_lying is not None:
        return outcome.is_lying
    assert row.subject is not None  # `compare` leaves the others out
    return row.subject.age_days < FIRST_HEIGHT_DAY


def _floats(values: Sequence[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _mean(z: FloatArray) -> float:
    return float(z[np.isfinite(z)].mean()) if np.isfinite(z).any() else WHO_MEDIAN_Z

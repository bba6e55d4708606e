"""The drift chart: it finds a shift soon, keeps still without one, and is not moved by one wrong pair."""

from __future__ import annotations

import numpy as np
import pytest

from ml_models.evaluation.drift import BASELINE, DECISION, watch_drift

RUNS = 200


def errors(rng, *, before=0.3, after=0.3, pairs=100, sd=1.2):
    return np.concatenate([rng.normal(before, sd, BASELINE), rng.normal(after, sd, pairs)])


@pytest.mark.parametrize("shift_cm", [1.2, -1.2])
def test_a_shift_of_one_sd_is_found_within_forty_five_pairs(shift_cm):
    rng = np.random.default_rng(1)

    charts = [watch_drift(errors(rng, after=0.3 + shift_cm, pairs=45)) for _ in range(RUNS)]

    assert sum(chart.is_on for chart in charts) > 0.9 * RUNS
    assert {chart.is_upward for chart in charts if chart.is_on} == {shift_cm > 0}


def test_a_bias_that_was_always_there_is_no_drift():
    rng = np.random.default_rng(2)

    alarms = sum(watch_drift(errors(rng, before=2.0, after=2.0)).is_on for _ in range(RUNS))

    assert alarms < 0.08 * RUNS


def test_one_scan_of_another_child_raises_no_alarm():
    quiet = np.tile([0.3 - 1.0, 0.3 + 1.0], BASELINE)
    quiet[BASELINE + 20] = 40.0

    assert not watch_drift(quiet).is_on


def test_an_alarm_tells_where_it_began_and_ends_with_the_drift():
    steady = [-1.0, 1.0] * (BASELINE // 2)
    drifting = watch_drift(np.array([*steady, *[2.0] * 10]))
    over = watch_drift(np.array([*steady, *[2.0] * 10, *[-1.0] * 40]))

    assert drifting.upper[drifting.alarm_at] > DECISION >= drifting.upper[drifting.alarm_at - 1]
    assert max(over.upper) > DECISION
    assert over.upper[-1] == 0.0


def test_too_few_pairs_say_nothing():
    assert watch_drift(np.zeros(BASELINE)) is None
    assert watch_drift(np.zeros(BASELINE + 5)) is None

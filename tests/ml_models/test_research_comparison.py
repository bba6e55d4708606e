"""When a second model counts as worse than the first, on the same sessions."""

from __future__ import annotations

import numpy as np
import pytest

from ml_models.research.comparison import Comparison, HeightErrors, bootstrap_interval, compare

SESSIONS = 200


def errors(label: str, error_cm: np.ndarray, reach_cm: float = 2.5) -> HeightErrors:
    return HeightErrors(label=label, error_cm=error_cm, inside_90=np.abs(error_cm) <= reach_cm)


def compared(active: np.ndarray, candidate: np.ndarray, *, reach_cm: float = 2.5) -> Comparison:
    children = [f"c{index // 2}" for index in range(len(active))]
    is_lying = np.arange(len(active)) % 4 < 2
    return compare(errors("old", active), errors("new", candidate, reach_cm), child=children, is_lying=is_lying)


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(3).normal(0, 1, SESSIONS)


def test_the_table_tells_both_models_over_all_and_by_posture(noise: np.ndarray) -> None:
    comparison = compared(noise, noise / 2)

    overall = comparison.rows[0]
    assert [row["group"] for row in comparison.rows] == ["all", "lying", "standing"]
    assert (overall["sessions"], overall["children"]) == (200, 100)
    assert overall["active_mae_cm"] == pytest.approx(np.mean(np.abs(noise)), abs=0.005)
    assert overall["candidate_within_1_4_cm"] == pytest.approx(np.mean(np.abs(noise / 2) <= 1.4), abs=0.005)
    low, high = overall["mae_difference_interval_cm"]
    assert low < overall["mae_difference_cm"] < high < 0


def test_a_better_model_meets_no_objection(noise: np.ndarray) -> None:
    assert compared(noise, noise / 2).objections == ()


def test_the_same_model_meets_no_objection(noise: np.ndarray) -> None:
    assert compared(noise, noise).objections == ()


def test_a_larger_error_is_objected_to(noise: np.ndarray) -> None:
    objections = compared(noise, noise * 1.2).objections

    assert objections[0].startswith("Its mean absolute error is")


def test_a_bias_is_objected_to_even_where_the_error_is_smaller(noise: np.ndarray) -> None:
    objections = compared(noise, noise / 4 + 0.5).objections

    assert len(objections) == 1
    assert objections[0].startswith("Its bias is +")


def test_intervals_that_are_too_narrow_are_objected_to(noise: np.ndarray) -> None:
    objections = compared(noise, noise / 2, reach_cm=0.2).objections

    assert len(objections) == 1
    assert "90 % intervals" in objections[0]


def test_fewer_estimates_are_objected_to(noise: np.ndarray) -> None:
    shy = noise / 2
    shy[:10] = np.nan

    comparison = compared(noise, shy)

    assert comparison.rows[0]["sessions"] == 190
    assert comparison.objections == ("It gives 190 estimates where the active model gives 200.",)


def test_a_posture_that_became_worse_is_objected_to_though_the_whole_is_better(noise: np.ndarray) -> None:
    is_lying = np.arange(SESSIONS) % 4 < 2
    candidate = np.where(is_lying, noise * 1.5, noise * 0.2)

    assert [text for text in compared(noise, candidate).objections if "children lying" in text]


def test_without_a_common_session_nothing_is_compared(noise: np.ndarray) -> None:
    assert compared(noise, np.full(SESSIONS, np.nan)).objections == (
        "There is no session of which both models gave a length or height.",
    )


def test_many_sessions_of_few_children_widen_the_interval() -> None:
    child_effect = np.random.default_rng(4).normal(0, 1, 10)
    values = np.repeat(child_effect, 50)
    clustered = np.repeat(np.arange(10), 50).astype(str)
    single = np.arange(500).astype(str)

    low, high = bootstrap_interval(values, clustered, np.random.default_rng(1))
    naive_low, naive_high = bootstrap_interval(values, single, np.random.default_rng(1))

    assert high - low > 3 * (naive_high - naive_low)

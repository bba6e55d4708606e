"""The baselines say what they should be able to say, and no more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml_models.synthetic.children import load_lms, zscores
from ml_models.training.baselines import AgeAndSex, Baseline, fit_baselines, fit_ridge, solve_ridge
from ml_models.training.dataset import View
from ml_models.training.reference_rows import tell_all
from ml_models.training.telling import PROTOCOL_HABITS
from ml_models.training.told import ToldSessions
from ml_models.types import ScaleCue
from tests.ml_models.reference_tables import film_table


@pytest.fixture(scope="module")
def baselines() -> dict[str, Baseline]:
    training = tell_all(film_table(150, seed=40), 4, PROTOCOL_HABITS, np.random.default_rng(41), tuple(View))
    return {baseline.name: baseline for baseline in fit_baselines(training, load_lms())}


@pytest.fixture(scope="module")
def held_out() -> list[ToldSessions]:
    return tell_all(film_table(60, seed=42), 2, PROTOCOL_HABITS, np.random.default_rng(43), tuple(View))


def height_mae(baseline: Baseline, sessions: ToldSessions) -> float:
    return float(np.mean(np.abs(baseline.predict(sessions)[:, 0] - sessions.measured[:, 0])))


def test_ridge_is_least_squares_with_penalty_rows() -> None:
    rng = np.random.default_rng(1)
    inputs, targets, penalty = rng.normal(3, 2, (40, 5)), rng.normal(size=(40, 4)), 0.1
    scaled = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
    rows = np.concatenate([scaled, np.sqrt(penalty * 40) * np.eye(5)])
    expected = np.linalg.lstsq(rows, np.concatenate([targets - targets.mean(axis=0), np.zeros((5, 4))]), rcond=None)[0]

    fit = solve_ridge(inputs, targets, penalty)

    np.testing.assert_allclose(fit.weights, expected, atol=1e-10)
    np.testing.assert_allclose(fit.predict(inputs), scaled @ expected + targets.mean(axis=0), atol=1e-10)


def test_ridge_without_penalty_is_least_squares() -> None:
    rng = np.random.default_rng(2)
    inputs, targets = rng.normal(3, 2, (40, 5)), rng.normal(size=(40, 4))
    design = np.concatenate([inputs, np.ones((40, 1))], axis=1)

    expected = design @ np.linalg.lstsq(design, targets, rcond=None)[0]

    np.testing.assert_allclose(solve_ridge(inputs, targets, 0.0).predict(inputs), expected, atol=1e-10)


def test_ridge_takes_a_missing_input_for_its_mean() -> None:
    rng = np.random.default_rng(3)
    inputs, targets = rng.normal(size=(60, 3)), rng.normal(size=(60, 4))
    fit = solve_ridge(inputs, targets, 0.01)

    missing = fit.predict(np.array([[1.0, np.nan, 2.0]]))

    np.testing.assert_allclose(missing, fit.predict(np.array([[1.0, inputs[:, 1].mean(), 2.0]])))


def test_ridge_stands_an_input_that_is_always_missing() -> None:
    rng = np.random.default_rng(4)
    inputs, targets = rng.normal(size=(60, 3)), rng.normal(size=(60, 4))
    without = solve_ridge(inputs[:, :2], targets, 0.01).predict(inputs[:, :2])
    inputs[:, 2] = np.nan

    np.testing.assert_allclose(solve_ridge(inputs, targets, 0.01).predict(inputs), without)


def test_penalty_is_chosen_on_children_kept_from_the_fit() -> None:
    """Twenty children with five rows each: what tells children apart in noise does not tell new children."""
    rng = np.random.default_rng(5)
    child = np.repeat(np.arange(100), 5)
    inputs = np.repeat(rng.normal(size=(100, 90)), 5, axis=0)
    targets = np.repeat(rng.normal(size=(100, 4)), 5, axis=0)

    chosen = fit_ridge(inputs, targets, child)

    assert np.linalg.norm(chosen.weights) < 0.5 * np.linalg.norm(solve_ridge(inputs, targets, 1e-4).weights)


def test_age_and_sex_gives_every_child_the_mean_z_score(held_out: list[ToldSessions]) -> None:
    lms = load_lms()
    sessions = held_out[0].take(held_out[0].age_days > 91)

    predicted = AgeAndSex(np.array([-1.0, -0.5, 0.0, 0.5]), lms).predict(sessions)

    np.testing.assert_allclose(
        zscores(predicted, sessions.is_girl, sessions.age_days, lms),
        np.broadcast_to([-1.0, -0.5, 0.0, 0.5], predicted.shape),
        atol=1e-9,
    )


def test_geometry_knows_neither_age_nor_sex(baselines: dict[str, Baseline], held_out: list[ToldSessions]) -> None:
    sessions = held_out[0]
    child = replace(sessions.films[0], age_days=sessions.age_days[::-1], is_girl=~sessions.is_girl)
    other = replace(sessions, films=(child,))

    np.testing.assert_array_equal(baselines["geometry"].predict(sessions), baselines["geometry"].predict(other))


def test_geometry_grows_with_the_told_distance(baselines: dict[str, Baseline], held_out: list[ToldSessions]) -> None:
    sessions = held_out[0]
    farther = replace(sessions, lenses=(replace(sessions.lenses[0], depth_cm=1.1 * sessions.lenses[0].depth_cm),))

    ratio = baselines["geometry"].predict(farther)[:, 0] / baselines["geometry"].predict(sessions)[:, 0]

    np.testing.assert_allclose(ratio, 1.1)


@pytest.mark.parametrize("cue", [ScaleCue.MARKER, ScaleCue.DISTANCE])
@pytest.mark.parametrize("view", list(View))
def test_ridge_beats_age_and_sex_on_new_children(
    baselines: dict[str, Baseline], held_out: list[ToldSessions], view: View, cue: ScaleCue
) -> None:
    sessions = next(part for part in held_out if part.view is view and part.cue is cue)

    ridge, age_and_sex = (height_mae(baselines[name], sessions) for name in ("ridge on segments x age", "age + sex"))
    assert ridge < 0.7 * age_and_sex

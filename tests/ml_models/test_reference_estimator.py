"""What the reference network's estimator gives, and when it gives nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml_models.estimator import PERCENTS, WeightsError, read_weights
from ml_models.networks.reference import QUANTITIES
from ml_models.reasons import ReasonCode
from ml_models.reference_estimator import ReferenceEstimator
from ml_models.synthetic.film_table import save_films
from ml_models.training.dataset import View
from ml_models.training.reference import train_reference
from ml_models.training.reference_calibration import fit_spread
from ml_models.training.reference_config import ReferenceConfig
from ml_models.training.reference_rows import tell_all
from ml_models.training.telling import PROTOCOL_HABITS
from ml_models.training.told import ToldSessions
from ml_models.training.told_rows import told_features, told_reference_inputs
from ml_models.types import ScaleCue, SessionFeatures, Subject
from tests.ml_models.reference_tables import film_table


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    for seed, name in enumerate(("train", "calibration", "test")):
        save_films(film_table(150 if name == "calibration" else 30, seed=20 + seed), folder / f"{name}.npz")
    config = ReferenceConfig(
        projected=2000,
        repeats=3,
        batch=128,
        epochs=6,
        calibration_repeats=4,
        test_repeats=1,
        train_films=folder / "train.npz",
        calibration_films=folder / "calibration.npz",
        test_films=folder / "test.npz",
    )
    return train_reference(config, folder)


@pytest.fixture(scope="module")
def estimator(trained: Path) -> ReferenceEstimator:
    return ReferenceEstimator(*read_weights(trained))


@pytest.fixture(scope="module")
def fresh() -> list[ToldSessions]:
    """Films that are neither trained nor calibrated on."""
    return tell_all(film_table(150, seed=31), 2, PROTOCOL_HABITS, np.random.default_rng(32))


@pytest.fixture(scope="module")
def session(fresh: list[ToldSessions]) -> SessionFeatures:
    """A lying session of a child between three months and two years, with a marker."""
    lying = next(part for part in fresh if part.view is View.LYING_ABOVE and part.cue is ScaleCue.MARKER)
    return told_features(lying.take(np.flatnonzero((lying.age_days > 91) & (lying.age_days < 731))[:1]))[0]


def test_estimate_names_its_version_and_nests_its_intervals(
    estimator: ReferenceEstimator, session: SessionFeatures
) -> None:
    estimate = estimator.estimate(session)

    assert estimate.model_version == estimator.version == "reference-0.1.0"
    for name in QUANTITIES:
        quantity = getattr(estimate, name)
        (low50, high50), (low80, high80), (low90, high90) = (quantity.intervals[p] for p in PERCENTS)
        assert low90 < low80 < low50 < quantity.mean < high50 < high80 < high90
        assert high50 - quantity.mean < quantity.sd < high80 - quantity.mean


def test_served_estimate_is_the_batch_prediction(estimator: ReferenceEstimator, session: SessionFeatures) -> None:
    assert session.reference_inputs is not None
    estimate = estimator.estimate(session)
    predicted = estimator.predict(session.reference_inputs[None].astype(np.float64))[0]

    assert [getattr(estimate, name).mean for name in QUANTITIES] == pytest.approx(list(predicted), rel=1e-6)


def test_arm_circumference_is_in_millimetres(estimator: ReferenceEstimator, session: SessionFeatures) -> None:
    muac = estimator.estimate(session).muac_mm

    assert muac is not None
    assert 90 < muac.mean < 220


def test_arm_circumference_has_no_estimate_before_its_standard_begins(
    estimator: ReferenceEstimator, session: SessionFeatures
) -> None:
    before, on = (estimator.estimate(replace(session, subject=Subject("F", age))) for age in (90, 91))

    assert before.muac_mm is None
    assert before.height_cm is not None
    assert on.muac_mm is not None


def without_distance(session: SessionFeatures) -> SessionFeatures:
    assert session.reference_inputs is not None
    inputs = session.reference_inputs.copy()
    inputs[66 + 3] = np.nan
    return replace(session, reference_inputs=inputs)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda session: replace(session, cue=ScaleCue.NONE, scale_relative_sd=None),
        lambda session: replace(session, scale_relative_sd=None),
        lambda session: replace(session, reference_inputs=None),
        lambda session: replace(session, subject=Subject("F", 1827)),
        without_distance,
    ],
    ids=["no cue", "no SD of the scale", "no inputs", "too old", "no distance"],
)
def test_nothing_is_estimated(estimator: ReferenceEstimator, session: SessionFeatures, spoil) -> None:
    estimate = estimator.estimate(spoil(session))

    assert [getattr(estimate, name) for name in QUANTITIES] == [None] * 4
    assert estimate.confidence is None


def test_landmarks_of_another_pose_model_are_refused(estimator: ReferenceEstimator, session: SessionFeatures) -> None:
    estimate = estimator.estimate(replace(session, pose_backend="openpose/1.0+0123456789ab"))

    assert estimate.height_cm is None
    assert estimate.refused is ReasonCode.POSE_MODEL_DIFFERS


def test_interval_widens_and_confidence_falls_with_the_scales_uncertainty(
    trained: Path, session: SessionFeatures
) -> None:
    manifest, tensors = read_weights(trained)
    for group in manifest["calibration"]["groups"]:
        group["spread"]["height_cm"] = [0.01, 1.0]
    estimator = ReferenceEstimator(manifest, tensors)
    estimates = [estimator.estimate(replace(session, scale_relative_sd=sd)) for sd in (0.005, 0.02, 0.04, 0.08)]
    widths = [e.height_cm.intervals[90][1] - e.height_cm.intervals[90][0] for e in estimates]
    confidences = [e.confidence for e in estimates]

    assert widths == sorted(widths)
    assert widths[-1] > widths[0]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= confidence <= 1 for confidence in confidences)


@pytest.mark.parametrize("percent", PERCENTS)
def test_intervals_cover_films_never_trained_or_calibrated_on(
    estimator: ReferenceEstimator, fresh: list[ToldSessions], percent: int
) -> None:
    inside = []
    for part in fresh:
        predicted = estimator.predict(told_reference_inputs(part))
        reach = estimator.half_widths(
            predicted,
            is_lying=part.is_lying,
            is_marker=part.cue is ScaleCue.MARKER,
            age_days=part.age_days,
            relative_sd=part.relative_sd,
        )
        inside.append(np.abs(predicted - part.measured) <= reach[PERCENTS.index(percent)])

    assert np.mean(np.concatenate(inside)) == pytest.approx(percent / 100, abs=0.06)


def test_confidence_is_the_share_of_estimates_within_its_band(
    estimator: ReferenceEstimator, fresh: list[ToldSessions]
) -> None:
    told, within = [], []
    for part in fresh:
        some = part.take(np.arange(0, len(part), 5))
        estimates = [estimator.estimate(session) for session in told_features(some)]
        told += [estimate.confidence for estimate in estimates]
        errors = np.array([estimate.height_cm.mean for estimate in estimates]) - some.measured[:, 0]
        within += list(np.abs(errors) <= 1.4)

    assert np.mean(told) == pytest.approx(np.mean(within), abs=0.08)


def test_weights_for_other_inputs_are_refused(trained: Path) -> None:
    manifest, tensors = read_weights(trained)

    with pytest.raises(WeightsError) as refusal:
        ReferenceEstimator({**manifest, "input_names": manifest["input_names"][:-1]}, tensors)
    assert refusal.value.code == "features_differ"


def test_weights_of_another_kind_are_refused(trained: Path) -> None:
    manifest, tensors = read_weights(trained)

    with pytest.raises(WeightsError):
        ReferenceEstimator({**manifest, "kind": "residual"}, tensors)


def test_spread_of_known_errors_is_found() -> None:
    rng = np.random.default_rng(1)
    relative_sd = rng.uniform(0.002, 0.08, 40_000)
    error = rng.normal(size=40_000) * np.hypot(0.015, 0.8 * relative_sd)

    assert fit_spread(error, relative_sd) == pytest.approx((0.015, 0.8), rel=0.1)


def test_errors_that_do_not_grow_with_the_scale_have_no_gain() -> None:
    relative_sd = np.linspace(0.01, 0.05, 100)

    floor, gain = fit_spread(np.linspace(0.04, 0.01, 100), relative_sd)

    assert gain == 0.0
    assert floor == pytest.approx(np.sqrt(np.mean(np.linspace(0.04, 0.01, 100) ** 2)))

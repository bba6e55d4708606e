"""What the shipped estimator promises."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml_models.estimator import MANIFEST, PERCENTS, WeightsError
from ml_models.features import feature_names
from ml_models.inference import DEFAULT_WEIGHTS, NetworkEstimator, load_estimator
from ml_models.reasons import ReasonCode
from ml_models.synthetic.children import load_lms, zscores
from ml_models.synthetic.film_table import TEST_FILMS, load_films
from ml_models.training.dataset import Rows, usable
from ml_models.training.telling import PROTOCOL_HABITS
from ml_models.training.train import told_sessions
from ml_models.types import ScaleCue, SessionFeatures, Subject


@pytest.fixture(scope="module")
def estimator() -> NetworkEstimator:
    return load_estimator()


@pytest.fixture(scope="module")
def rendered() -> Rows:
    """Children that no weight and no calibration has seen, told with the errors of operators, phones and markers."""
    return told_sessions(usable(load_films(TEST_FILMS)), 2, PROTOCOL_HABITS, load_lms(), np.random.default_rng(3))


def session(rows: Rows, index: int) -> SessionFeatures:
    return SessionFeatures(
        names=feature_names(),
        values=rows.values[index].astype(np.float32),
        subject=Subject("F" if rows.is_girl[index] else "M", int(rows.age_days[index])),
        is_lying=bool(rows.is_lying[index]),
        cue=ScaleCue.MARKER if rows.is_marker[index] else ScaleCue.DISTANCE,
        scale_relative_sd=float(rows.relative_sd[index]),
    )


def predicted(estimator: NetworkEstimator, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    return estimator.predict(
        values=rows.values,
        is_girl=rows.is_girl,
        age_days=rows.age_days,
        is_lying=rows.is_lying,
        relative_sd=rows.relative_sd,
    )


def test_estimate_names_its_version_and_nests_its_intervals(estimator: NetworkEstimator, rendered: Rows) -> None:
    estimate = estimator.estimate(session(rendered, 0))

    assert estimate.model_version == estimator.version == DEFAULT_WEIGHTS.name
    assert estimate.height_cm is not None
    (low50, high50), (low80, high80), (low90, high90) = (estimate.height_cm.intervals[p] for p in PERCENTS)
    assert low90 < low80 < low50 < estimate.height_cm.mean < high50 < high80 < high90


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    directory = tmp_path / "weights"
    shutil.copytree(DEFAULT_WEIGHTS, directory)
    payload = bytearray((directory / "weights.safetensors").read_bytes())
    payload[-1] ^= 1
    (directory / "weights.safetensors").write_bytes(payload)

    with pytest.raises(WeightsError) as refusal:
        load_estimator(directory)
    assert refusal.value.code == "sha256_mismatch"


def test_shipped_weights_were_trained_from_the_tables_beside_them() -> None:
    manifest = json.loads((DEFAULT_WEIGHTS / MANIFEST).read_text())

    for name, digest in manifest["training"]["data_sha256"].items():
        assert hashlib.sha256((TEST_FILMS.parent / name).read_bytes()).hexdigest() == digest


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as refusal:
        load_estimator(tmp_path)
    assert refusal.value.code == "weights_missing"


def test_weights_for_other_features_are_refused(tmp_path: Path) -> None:
    directory = tmp_path / "weights"
    shutil.copytree(DEFAULT_WEIGHTS, directory)
    manifest = json.loads((directory / MANIFEST).read_text())
    manifest["feature_names"] = manifest["feature_names"][:-1]
    (directory / MANIFEST).write_text(json.dumps(manifest))

    with pytest.raises(WeightsError) as refusal:
        load_estimator(directory)
    assert refusal.value.code == "features_differ"


def test_without_a_scale_nothing_is_estimated(estimator: NetworkEstimator, rendered: Rows) -> None:
    unscaled = replace(session(rendered, 0), cue=ScaleCue.NONE, scale_relative_sd=None)

    estimate = estimator.estimate(unscaled)

    assert estimate.height_cm is None
    assert estimate.weight_kg is None
    assert estimate.confidence is None


def test_a_child_past_the_trained_ages_gets_no_estimate(estimator: NetworkEstimator, rendered: Rows) -> None:
    old = replace(session(rendered, 0), subject=Subject("F", 2500))

    assert estimator.estimate(old).height_cm is None


def test_arm_circumference_has_no_estimate_before_its_standard_begins(
    estimator: NetworkEstimator, rendered: Rows
) -> None:
    infant = int(np.flatnonzero(rendered.age_days < 91)[0])

    estimate = estimator.estimate(session(rendered, infant))

    assert estimate.height_cm is not None
    assert estimate.muac_mm is None


def test_stunted_children_are_not_pulled_to_the_median(estimator: NetworkEstimator, rendered: Rows) -> None:
    """With a good scale, severely stunted children keep their height-for-age within a third of a z-score on average."""
    good = rendered.take((rendered.z[:, 0] < -3) & (rendered.relative_sd < 0.02))
    log_mean, _ = predicted(estimator, good)
    haz = zscores(np.exp(log_mean), good.is_girl, good.age_days, load_lms())[:, 0]

    assert len(haz) > 20
    assert np.mean(haz - good.z[:, 0]) < 0.33


def test_a_film_told_farther_away_gives_a_child_as_much_longer(estimator: NetworkEstimator, rendered: Rows) -> None:
    row = replace(session(rendered, int(np.argmin(rendered.relative_sd))), scale_relative_sd=0.005)
    lengths = np.array([not name.endswith("_parallax") for name in row.names])
    farther = replace(row, values=np.where(lengths, row.values * 1.04, row.values).astype(np.float32))

    near, far = (estimator.estimate(told).height_cm for told in (row, farther))

    assert near is not None
    assert far is not None
    assert far.mean / near.mean == pytest.approx(1.04, abs=0.006)


def test_interval_widens_with_the_scales_uncertainty(estimator: NetworkEstimator, rendered: Rows) -> None:
    row = session(rendered, int(np.flatnonzero(~rendered.is_marker)[0]))
    widths, confidences = [], []
    for relative_sd in (0.01, 0.03, 0.06, 0.1):
        estimate = estimator.estimate(replace(row, scale_relative_sd=relative_sd))
        assert estimate.height_cm is not None
        assert estimate.confidence is not None
        low, high = estimate.height_cm.intervals[90]
        widths.append(high - low)
        confidences.append(estimate.confidence)

    assert widths == sorted(widths)
    assert widths[-1] > 2 * widths[0]
    assert confidences == sorted(confidences, reverse=True)


@pytest.mark.parametrize("factor", [0.45, 1.8])
def test_a_size_that_no_child_has_is_refused_not_clipped(
    estimator: NetworkEstimator, rendered: Rows, factor: float
) -> None:
    row = session(rendered, int(np.flatnonzero(~rendered.is_lying)[0]))
    lengths = np.array([not name.endswith("_parallax") for name in row.names])
    impossible = replace(row, values=np.where(lengths, row.values * factor, row.values).astype(np.float32))

    estimate = estimator.estimate(impossible)

    assert estimate.height_cm is None
    assert estimate.refused is ReasonCode.IMPLAUSIBLE_SIZE


def test_a_body_of_other_proportions_is_refused(estimator: NetworkEstimator, rendered: Rows) -> None:
    """Legs of an adult on the trunk of a child."""
    row = session(rendered, int(np.flatnonzero(~rendered.is_lying)[0]))
    of_legs = (".thigh", ".shank", "hips_above_soles", "knees_above_soles")
    legs = np.array([name.endswith(of_legs) for name in row.names])
    strange = replace(row, values=np.where(legs, row.values * 1.6, row.values).astype(np.float32))

    assert estimator.estimate(strange).refused is ReasonCode.UNFAMILIAR_BODY


def test_nearly_every_child_is_familiar(estimator: NetworkEstimator, rendered: Rows) -> None:
    refused = [estimator.estimate(session(rendered, index)).refused for index in range(0, len(rendered.z), 5)]

    assert np.mean([reason is None for reason in refused]) > 0.99


def test_another_pose_model_is_refused(estimator: NetworkEstimator, rendered: Rows) -> None:
    foreign = replace(session(rendered, 0), pose_backend="openpose-body25/1.0+0123456789ab")

    assert estimator.estimate(foreign).refused is ReasonCode.POSE_MODEL_DIFFERS


@pytest.mark.parametrize("percent", PERCENTS)
def test_intervals_cover_rendered_children_never_trained_or_calibrated_on(
    estimator: NetworkEstimator, rendered: Rows, percent: int
) -> None:
    log_mean, log_sd = predicted(estimator, rendered)
    reach = estimator.factors(percent, rendered.is_lying, rendered.is_marker, rendered.age_days) * log_sd

    covered = np.mean(np.abs(np.log(rendered.measured) - log_mean)[:, 0] <= reach[:, 0])

    assert covered == pytest.approx(percent / 100, abs=0.05)


def test_confidence_is_the_share_of_estimates_within_its_band(estimator: NetworkEstimator, rendered: Rows) -> None:
    estimates = [estimator.estimate(session(rendered, index)) for index in range(0, len(rendered.z), 7)]
    heights = [e.height_cm.mean for e in estimates if e.height_cm is not None]
    within = np.abs(np.array(heights) - rendered.measured[::7, 0]) <= 1.4

    assert np.mean([e.confidence for e in estimates]) == pytest.approx(np.mean(within), abs=0.08)


def test_served_estimate_is_the_batch_prediction(estimator: NetworkEstimator, rendered: Rows) -> None:
    estimate = estimator.estimate(session(rendered, 5))
    log_mean, _ = predicted(estimator, rendered.take(np.array([5])))

    assert estimate.height_cm is not None
    assert estimate.height_cm.mean == pytest.approx(float(np.exp(log_mean[0, 0])), rel=1e-5)


def test_serving_needs_neither_the_body_model_nor_the_web() -> None:
    """Neither anny nor moderngl, nor Django, is imported by the estimator."""
    code = "import sys; from ml_models.inference import load_estimator; load_estimator(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert not {"anny", "moderngl", "django"} & set(done.stdout.split())


def test_weights_of_an_unknown_kind_are_refused(tmp_path: Path) -> None:
    directory = tmp_path / "weights"
    shutil.copytree(DEFAULT_WEIGHTS, directory)
    manifest = json.loads((directory / MANIFEST).read_text())
    (directory / MANIFEST).write_text(json.dumps({**manifest, "kind": "crystal_ball"}))

    with pytest.raises(WeightsError) as refusal:
        load_estimator(directory)
    assert refusal.value.code == "kind_unknown"


def test_without_an_outline_there_is_still_a_height(estimator: NetworkEstimator, rendered: Rows) -> None:
    """A film whose mask failed: its widths are missing, nothing else."""
    row = session(rendered, int(np.flatnonzero(~rendered.is_lying)[0]))
    of_outline = np.array(["outline" in name or "_width_" in name for name in row.names])
    blind = replace(row, values=np.where(of_outline, np.nan, row.values).astype(np.float32))

    seen, unseen = estimator.estimate(row), estimator.estimate(blind)

    assert seen.height_cm is not None
    assert unseen.height_cm is not None
    assert unseen.height_cm.mean == pytest.approx(seen.height_cm.mean, rel=0.08)

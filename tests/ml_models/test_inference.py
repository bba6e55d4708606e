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

from ml_models.features import feature_names
from ml_models.inference import DEFAULT_WEIGHTS, MANIFEST, PERCENTS, NetworkEstimator, WeightsError, load_estimator
from ml_models.synthetic.body_table import load_body_table
from ml_models.synthetic.children import load_lms, zscores
from ml_models.synthetic.errors import errors_of, is_gross, load_errors
from ml_models.synthetic.film_table import TEST_FILMS, load_films
from ml_models.training.dataset import Rows, rendered_rows, simulated_rows
from ml_models.types import ScaleCue, SessionFeatures, Subject


@pytest.fixture(scope="module")
def estimator() -> NetworkEstimator:
    return load_estimator()


@pytest.fixture(scope="module")
def fresh() -> Rows:
    """Children of the body table, filmed anew with a seed that training did not use."""
    return simulated_rows(load_body_table(), 4000, load_errors(), load_lms(), np.random.default_rng(987))


@pytest.fixture(scope="module")
def rendered() -> Rows:
    films = load_films(TEST_FILMS)
    return rendered_rows(films.take(~is_gross(errors_of(films))), 6, load_lms(), np.random.default_rng(3))


def session(rows: Rows, index: int) -> SessionFeatures:
    return SessionFeatures(
        names=feature_names(),
        values=rows.values[index].astype(np.float32),
        subject=Subject("F" if rows.is_girl[index] else "M", int(rows.age_days[index])),
        is_lying=bool(rows.is_lying[index]),
        cue=ScaleCue.MARKER if rows.is_marker[index] else ScaleCue.DISTANCE,
        scale_relative_sd=float(rows.relative_sd[index]),
    )


def predicted_z(estimator: NetworkEstimator, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    return estimator.predict_z(
        values=rows.values,
        is_girl=rows.is_girl,
        age_days=rows.age_days,
        is_lying=rows.is_lying,
        is_marker=rows.is_marker,
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
    """With a good scale, severely stunted children keep their height-for-age within a fifth of a z-score on average."""
    good = rendered.take((rendered.z[:, 0] < -3) & (rendered.relative_sd < 0.02))
    mean, _ = predicted_z(estimator, good)

    assert len(mean) > 20
    assert np.mean(mean[:, 0] - good.z[:, 0]) < 0.2


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


def test_an_implausible_body_is_not_clipped(estimator: NetworkEstimator, rendered: Rows) -> None:
    index = int(np.flatnonzero((rendered.relative_sd < 0.01) & ~rendered.is_lying)[0])
    row = session(rendered, index)
    lengths = np.array([not name.endswith("_parallax") for name in row.names])
    huge = replace(row, values=np.where(lengths, row.values * 1.5, row.values))

    estimate = estimator.estimate(huge)

    assert estimate.height_cm is not None
    assert estimate.height_cm.mean > 1.25 * rendered.measured[index, 0]


@pytest.mark.parametrize("percent", PERCENTS)
@pytest.mark.parametrize("is_lying", [True, False])
def test_intervals_cover_freshly_filmed_children(
    estimator: NetworkEstimator, fresh: Rows, is_lying: bool, percent: int
) -> None:
    rows = fresh.take(fresh.is_lying == is_lying)
    mean, sd = predicted_z(estimator, rows)
    reach = estimator.factors(percent, rows.is_lying, rows.is_marker, rows.age_days)[:, 0] * sd[:, 0]

    covered = np.mean(np.abs(rows.z[:, 0] - mean[:, 0]) <= reach)

    assert covered == pytest.approx(percent / 100, abs=0.10)


@pytest.mark.parametrize("percent", PERCENTS)
def test_intervals_cover_rendered_children_never_trained_or_calibrated_on(
    estimator: NetworkEstimator, rendered: Rows, percent: int
) -> None:
    mean, sd = predicted_z(estimator, rendered)
    reach = estimator.factors(percent, rendered.is_lying, rendered.is_marker, rendered.age_days)[:, 0] * sd[:, 0]

    covered = np.mean(np.abs(rendered.z[:, 0] - mean[:, 0]) <= reach)

    assert covered == pytest.approx(percent / 100, abs=0.08)


def test_confidence_is_the_share_of_estimates_within_its_band(estimator: NetworkEstimator, rendered: Rows) -> None:
    estimates = [estimator.estimate(session(rendered, index)) for index in range(0, len(rendered.z), 7)]
    heights = [e.height_cm.mean for e in estimates if e.height_cm is not None]
    within = np.abs(np.array(heights) - rendered.measured[::7, 0]) <= 1.4

    assert np.mean([e.confidence for e in estimates]) == pytest.approx(np.mean(within), abs=0.08)


def test_served_estimate_is_the_batch_prediction(estimator: NetworkEstimator, rendered: Rows) -> None:
    estimate = estimator.estimate(session(rendered, 5))
    mean, _ = predicted_z(estimator, rendered.take(np.array([5])))
    one = rendered.take(np.array([5]))
    values = one.measured.copy()
    assert estimate.height_cm is not None
    values[0, 0] = estimate.height_cm.mean

    assert zscores(values, one.is_girl, one.age_days, load_lms())[0, 0] == pytest.approx(mean[0, 0], abs=1e-3)


def test_serving_needs_neither_the_body_model_nor_the_web() -> None:
    """Neither anny nor moderngl, nor Django, is imported by the estimator."""
    code = "import sys; from ml_models.inference import load_estimator; load_estimator(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert not {"anny", "moderngl", "django"} & set(done.stdout.split())

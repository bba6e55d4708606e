"""A tiny run goes from the tables to weights that load, and the same seed gives the same bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ml_models.inference import MANIFEST, load_estimator
from ml_models.networks.residual import ResidualNetwork, gaussian_loss
from ml_models.training.calibration import LEVELS, conformal_quantiles
from ml_models.training.config import TrainingConfig
from ml_models.training.train import train

TINY = replace(
    TrainingConfig(),
    name="tiny",
    simulated_rows=400,
    rendered_repeats=1,
    calibration_repeats=1,
    test_repeats=1,
    members=1,
    hidden=8,
    epochs=2,
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(TINY, tmp_path_factory.mktemp("first"))


def test_training_writes_weights_that_load(trained: Path) -> None:
    assert load_estimator(trained).version == "tiny-0.1.0"


def test_the_same_seed_gives_the_same_weights_and_manifest(trained: Path, tmp_path: Path) -> None:
    again = train(TINY, tmp_path)

    assert (again / "weights.safetensors").read_bytes() == (trained / "weights.safetensors").read_bytes()
    assert (again / MANIFEST).read_text() == (trained / MANIFEST).read_text()


def test_another_seed_gives_other_weights(trained: Path, tmp_path: Path) -> None:
    other = train(replace(TINY, seed=2), tmp_path)

    assert (other / "weights.safetensors").read_bytes() != (trained / "weights.safetensors").read_bytes()


def test_manifest_says_what_it_was_trained_on_and_how_well_it_does(trained: Path) -> None:
    manifest = json.loads((trained / MANIFEST).read_text())

    assert "Nothing is known of real children" in manifest["training"]["description"]
    assert set(manifest["training"]["data_sha256"]) >= {"bodies.npz", "landmark_errors.json", "films_train.npz"}
    for part in manifest["metrics"].values():
        assert all("baseline_mae" in figures["height_cm"] for figures in part)


def test_unknown_targets_do_not_count_in_the_loss() -> None:
    mean, log_sd = torch.zeros(2, 4), torch.zeros(2, 4)
    target = torch.tensor([[1.0, 1.0, float("nan"), 1.0], [1.0, 1.0, 1.0, 1.0]])

    assert float(gaussian_loss(mean, log_sd, target, torch.ones(2))) == pytest.approx(0.5)


def test_missing_inputs_count_as_the_mean() -> None:
    network = ResidualNetwork(3, 8)
    network.mean = torch.tensor([1.0, 2.0, 3.0])
    missing, at_mean = torch.tensor([[1.0, float("nan"), 0.0]]), torch.tensor([[1.0, 2.0, 0.0]])

    torch.testing.assert_close(network(missing), network(at_mean))


def test_conformal_quantiles_are_raised_for_few_films() -> None:
    ratio = np.linspace(0, 1, 1001)

    few, many = conformal_quantiles(ratio, 20), conformal_quantiles(ratio, 20000)

    assert few[LEVELS.index(0.8)] == pytest.approx(0.84, abs=0.002)
    assert many[LEVELS.index(0.8)] == pytest.approx(0.80, abs=0.002)

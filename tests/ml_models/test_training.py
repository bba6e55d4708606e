"""A tiny run goes from the tables to weights that load, and the same seed gives the same bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ml_models.estimator import MANIFEST
from ml_models.features import feature_names
from ml_models.inference import load_estimator
from ml_models.networks.proportions import POWERS, ProportionsNetwork, network_inputs
from ml_models.synthetic.children import load_lms
from ml_models.synthetic.film_table import TEST_FILMS, load_films, save_films
from ml_models.training.calibration import LEVELS, conformal_quantiles
from ml_models.training.config import TrainingConfig
from ml_models.training.dataset import View, told_rows, usable
from ml_models.training.telling import PROTOCOL_HABITS
from ml_models.training.train import train
from ml_models.types import ScaleCue

TINY = replace(
    TrainingConfig(),
    name="tiny",
    repeats=1,
    calibration_repeats=2,
    test_repeats=1,
    members=1,
    hidden=8,
    epochs=2,
    batch=32,
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TrainingConfig:
    """The settings with a few films of the test table in the place of each table."""
    films = load_films(TEST_FILMS)
    folder = tmp_path_factory.mktemp("tables")
    paths = [folder / f"{part}.npz" for part in ("train", "calibration", "test")]
    for number, path in enumerate(paths):
        save_films(films.take(films.child % 3 == number), path)
    return replace(TINY, train_films=paths[0], calibration_films=paths[1], test_films=paths[2])


@pytest.fixture(scope="module")
def trained(tiny: TrainingConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tiny, tmp_path_factory.mktemp("first"))


def test_training_writes_weights_that_load(trained: Path) -> None:
    assert load_estimator(trained).version == f"tiny-{TrainingConfig.version}"


def test_the_same_seed_gives_the_same_weights(tiny: TrainingConfig, trained: Path, tmp_path: Path) -> None:
    again = train(tiny, tmp_path)

    assert (again / "weights.safetensors").read_bytes() == (trained / "weights.safetensors").read_bytes()
    first, second = (json.loads((folder / MANIFEST).read_text()) for folder in (trained, again))
    assert first["calibration"] == second["calibration"]


def test_another_seed_gives_other_weights(tiny: TrainingConfig, trained: Path, tmp_path: Path) -> None:
    other = train(replace(tiny, seed=2), tmp_path)

    assert (other / "weights.safetensors").read_bytes() != (trained / "weights.safetensors").read_bytes()


def test_manifest_says_what_it_was_trained_on_and_how_well_it_does(trained: Path) -> None:
    manifest = json.loads((trained / MANIFEST).read_text())

    assert any("no child behind this model is real" in line for line in manifest["card"]["trained_on"])
    assert set(manifest["training"]["data_sha256"]) >= {"train.npz", "calibration.npz", "test.npz"}
    for part in manifest["metrics"].values():
        assert part
        assert all("baseline_mae" in figures["height_cm"] for figures in part)


def test_the_record_keeps_every_epoch(trained: Path) -> None:
    lines = [json.loads(line) for line in (trained / "training.jsonl").read_text().splitlines()]

    assert [line["epoch"] for line in lines if line["event"] == "epoch"] == [0, 1]


def test_an_error_of_the_scale_changes_neither_inputs_nor_targets() -> None:
    """Told exactly or told wrong, the network sees the same proportions: a wrong scale cannot be learnt away."""
    films = usable(load_films(TEST_FILMS))
    lms, rng = load_lms(), np.random.default_rng(4)

    exact = told_rows(films, View.LYING_ABOVE, ScaleCue.DISTANCE, None, lms, rng)
    told = told_rows(films, View.LYING_ABOVE, ScaleCue.DISTANCE, PROTOCOL_HABITS, lms, rng)

    extent = feature_names().index("lying_above.crown_soles")
    assert np.abs(told.values[:, extent] / exact.values[:, extent] - 1).max() > 0.02
    np.testing.assert_allclose(told.inputs, exact.inputs, atol=0.06)
    np.testing.assert_allclose(told.ratios / POWERS, exact.ratios / POWERS, atol=0.06)


def test_a_child_scaled_as_a_whole_keeps_its_proportions() -> None:
    films = usable(load_films(TEST_FILMS))
    rows = told_rows(films, View.STANDING_FRONT, ScaleCue.MARKER, None, load_lms(), np.random.default_rng(0))
    larger = rows.values * np.where(np.array([n.endswith("_parallax") for n in feature_names()]), 1.0, 1.1)

    again = network_inputs(larger, rows.is_girl, rows.age_days, rows.is_lying)

    np.testing.assert_allclose(again, rows.inputs, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(POWERS, [1, 3, 1, 1])


def test_unknown_targets_do_not_count_in_the_loss() -> None:
    network = ProportionsNetwork(3, 8)
    rows = torch.zeros(2, 3)
    answer = network(rows).detach()
    target = answer + torch.tensor([[0.1, 0.1, float("nan"), 0.1], [0.1, 0.1, 0.1, 0.1]])

    assert float(network.loss(rows, target)) == pytest.approx(float(network.loss(rows, answer + 0.1)))


def test_missing_inputs_count_as_the_mean() -> None:
    network = ProportionsNetwork(3, 8)
    network.mean = torch.tensor([1.0, 2.0, 3.0])
    missing, at_mean = torch.tensor([[1.0, float("nan"), 0.0]]), torch.tensor([[1.0, 2.0, 0.0]])

    torch.testing.assert_close(network(missing), network(at_mean))


def test_conformal_quantiles_are_raised_for_few_films() -> None:
    ratio = np.linspace(0, 1, 1001)

    few, many = conformal_quantiles(ratio, 20), conformal_quantiles(ratio, 20000)

    assert few[LEVELS.index(0.8)] == pytest.approx(0.84, abs=0.002)
    assert many[LEVELS.index(0.8)] == pytest.approx(0.80, abs=0.002)

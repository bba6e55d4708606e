"""A small training learns, keeps its best epoch, and leaves weights that load and say where they come from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from ml_models.estimator import MANIFEST, WeightsError, read_weights
from ml_models.networks.reference import OUTPUTS, QUANTITIES, ReferenceNetwork
from ml_models.reference_estimator import ReferenceEstimator
from ml_models.synthetic.film_table import save_films
from ml_models.training.reference import RECORD, fit_network, train_reference
from ml_models.training.reference_config import ReferenceConfig
from ml_models.training.reference_rows import NetworkRows
from ml_models.training.tracking import TrainingRecord, read_epochs
from tests.ml_models.reference_tables import film_table

EPOCHS = 8


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> ReferenceConfig:
    folder = tmp_path_factory.mktemp("tables")
    files = {name: folder / f"films_{name}.npz" for name in ("train", "calibration", "test")}
    for seed, (name, path) in enumerate(files.items()):
        save_films(film_table(40 if name == "train" else 25, seed=10 + seed), path)
    return ReferenceConfig(
        name="tiny",
        projected=600,
        repeats=2,
        batch=64,
        epochs=EPOCHS,
        calibration_repeats=2,
        test_repeats=2,
        train_films=files["train"],
        calibration_films=files["calibration"],
        test_films=files["test"],
    )


@pytest.fixture(scope="module")
def trained(config: ReferenceConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_reference(config, tmp_path_factory.mktemp("weights"))


def test_loss_falls(trained: Path) -> None:
    epochs = read_epochs(trained / RECORD)

    assert len(epochs) == EPOCHS
    assert epochs[-1]["train_loss"] < 0.7 * epochs[0]["train_loss"]
    assert min(epoch["validation_loss"] for epoch in epochs) < epochs[0]["validation_loss"]


def test_mae_and_r2_of_every_measure_are_kept_each_epoch(trained: Path) -> None:
    for epoch in read_epochs(trained / RECORD):
        for name in OUTPUTS:
            assert epoch[f"mae_{name}"] > 0
            assert epoch[f"r2_{name}"] <= 1


def test_height_is_learnt(trained: Path) -> None:
    best = max(epoch["r2_height_cm"] for epoch in read_epochs(trained / RECORD))

    assert best > 0.6


def test_best_epoch_is_the_one_that_is_kept(trained: Path) -> None:
    losses = [epoch["validation_loss"] for epoch in read_epochs(trained / RECORD)]

    assert json.loads((trained / MANIFEST).read_text())["training"]["best_epoch"] == int(np.argmin(losses))


def test_same_seed_gives_the_same_bytes(config: ReferenceConfig, trained: Path, tmp_path: Path) -> None:
    again = train_reference(config, tmp_path)

    for name in ("weights.safetensors", RECORD):
        assert (again / name).read_bytes() == (trained / name).read_bytes()
    # The commit may differ: somebody may commit between two runs.
    first, second = (json.loads((folder / MANIFEST).read_text()) for folder in (trained, again))
    assert first["metrics"] == second["metrics"]
    assert first["calibration"] == second["calibration"]


def test_another_seed_gives_other_weights(config: ReferenceConfig, trained: Path, tmp_path: Path) -> None:
    other = train_reference(replace(config, seed=5, epochs=1), tmp_path)

    assert (other / "weights.safetensors").read_bytes() != (trained / "weights.safetensors").read_bytes()


def test_nothing_but_safetensors_json_and_the_record_is_written(trained: Path) -> None:
    assert sorted(path.name for path in trained.iterdir()) == [MANIFEST, RECORD, "weights.safetensors"]
    with safe_open(trained / "weights.safetensors", framework="pt") as file:
        assert set(file.keys()) == set(ReferenceNetwork().state_dict())


def test_manifest_says_what_the_weights_are_and_where_they_come_from(config: ReferenceConfig, trained: Path) -> None:
    manifest = json.loads((trained / MANIFEST).read_text())

    assert (manifest["name"], manifest["version"], manifest["kind"]) == ("tiny", "0.1.0", "reference")
    assert manifest["sha256"] == hashlib.sha256((trained / "weights.safetensors").read_bytes()).hexdigest()
    training = manifest["training"]
    assert training["config"]["seed"] == config.seed
    assert training["data_sha256"]["films_test.npz"] == hashlib.sha256(config.test_films.read_bytes()).hexdigest()
    assert "code_commit" in training
    assert "no child behind this model is real" in manifest["card"]["trained_on"][0]


def test_manifest_has_held_out_figures_of_every_view_and_cue(trained: Path) -> None:
    figures = json.loads((trained / MANIFEST).read_text())["metrics"]["rendered_test_films"]

    assert {(row["view"], row["cue"]) for row in figures} == {
        (view, cue) for view in ("standing_front", "standing_side", "lying_above") for cue in ("marker", "distance")
    }
    for row in figures:
        for name in QUANTITIES:
            assert row[name]["mae"] > 0
            assert set(row[name]["coverage"]) == {"50", "80", "90"}


def test_loaded_weights_give_bit_equal_predictions(trained: Path) -> None:
    rows = np.random.default_rng(1).normal(size=(20, 75))
    first, second = (ReferenceEstimator(*read_weights(trained)).predict(rows) for _ in range(2))
    _, tensors = read_weights(trained)
    network = ReferenceNetwork()
    network.load_state_dict(tensors)
    with torch.no_grad():
        direct = network.eval()(torch.as_tensor(rows, dtype=torch.float32)).numpy().astype(np.float64)

    assert first.tobytes() == second.tobytes()
    assert first.tobytes() == (direct * [1.0, 1.0, 10.0, 1.0]).tobytes()


def test_altered_weights_are_refused(config: ReferenceConfig, trained: Path, tmp_path: Path) -> None:
    for file in (MANIFEST, "weights.safetensors"):
        (tmp_path / file).write_bytes((trained / file).read_bytes())
    payload = bytearray((tmp_path / "weights.safetensors").read_bytes())
    payload[-1] ^= 1
    (tmp_path / "weights.safetensors").write_bytes(payload)

    with pytest.raises(WeightsError) as refusal:
        read_weights(tmp_path)
    assert refusal.value.code == "sha256_mismatch"


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError) as refusal:
        read_weights(tmp_path)
    assert refusal.value.code == "weights_missing"


def noise(count: int) -> NetworkRows:
    """Targets that have nothing to do with the inputs: validation cannot go on improving."""
    rng = np.random.default_rng(4)
    return NetworkRows(rng.normal(size=(count, 75)), rng.normal(size=(count, 4)))


def test_learning_rate_falls_on_a_plateau_and_training_stops(config: ReferenceConfig, tmp_path: Path) -> None:
    patient = replace(config, epochs=60, schedule_patience=2, stop_patience=6)
    with TrainingRecord(tmp_path / RECORD, "noise", {}) as record:
        best = fit_network(patient, noise(256), noise(64), tmp_path / "checkpoint.safetensors", record)

    epochs = read_epochs(tmp_path / RECORD)
    assert len(epochs) == best + 6 + 1 < 60
    assert epochs[0]["learning_rate"] == pytest.approx(1e-3)
    assert epochs[-1]["learning_rate"] == pytest.approx(1e-4)

"""Train, calibrate, measure and write the reference network.

    python -m ml_models.training.reference --out ml_models/weights

Runs from the tables in ml_models/synthetic/data alone; minutes on one CPU thread, on CUDA where there is one. The same
seed, tables and versions of numpy and torch give the same bytes on a CPU.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save
from torch import Tensor

from ml_models.estimator import MANIFEST, PERCENTS
from ml_models.networks.reference import (
    OUTPUTS,
    QUANTITIES,
    ReferenceNetwork,
    predict_quantities,
    standardised_loss,
)
from ml_models.networks.reference_inputs import input_names
from ml_models.reference_estimator import KIND, ReferenceEstimator
from ml_models.synthetic.body_table import TABLE_FILE, load_body_table
from ml_models.synthetic.children import MAX_AGE_DAYS, MUAC_FROM_DAY, load_lms
from ml_models.synthetic.errors import load_errors
from ml_models.synthetic.film_table import FilmTable, load_films
from ml_models.training.calibration import LEVELS
from ml_models.training.card import CARD
from ml_models.training.dataset import usable
from ml_models.training.held_out import held_out_figures, mae_and_r2
from ml_models.training.plots import draw_learning_curves
from ml_models.training.projected import projected_films
from ml_models.training.reference_calibration import fit_reference_calibration
from ml_models.training.reference_config import ReferenceConfig
from ml_models.training.reference_rows import NetworkRows, network_rows, tell_all
from ml_models.training.telling import PROTOCOL_HABITS, TRAINING_HABITS
from ml_models.training.told_rows import told_reference_inputs
from ml_models.training.tracking import TrainingRecord, code_commit
from ml_models.types import ScaleCue

FloatArray = NDArray[np.float64]

RECORD = "training.jsonl"
PROJECTED = "Beside them bodies that were projected without rendering, with the pose model's measured errors."


def train_reference(config: ReferenceConfig, out: Path) -> Path:
    """Run one training; returns the directory of weights, manifest and record below `out`."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(config.seed)
    training, validation = _split_rows(config, rng)
    directory = out / f"{config.name}-{config.version}"
    directory.mkdir(parents=True, exist_ok=True)
    checkpoint = directory / "checkpoint.safetensors"
    with TrainingRecord(directory / RECORD, f"{config.name}-{config.version}", config.settings()) as record:
        best_epoch = fit_network(config, training, validation, checkpoint, record)
        tensors = load_file(checkpoint)
        manifest = _manifest(config, tensors, checkpoint, best_epoch, rng)
        os.replace(checkpoint, directory / manifest["weights_file"])
        (directory / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        tags = {"name": config.name, "version": config.version, "kind": KIND, "sha256": manifest["sha256"]}
        files = [directory / MANIFEST, directory / manifest["weights_file"]]
        record.end(_flat(manifest["metrics"]["rendered_test_films"]), tags, files)
    return directory


def fit_network(
    config: ReferenceConfig, training: NetworkRows, validation: NetworkRows, checkpoint: Path, record: TrainingRecord
) -> int:
    """Train one network; `checkpoint` holds the epoch that does best on the validation rows, whose number returns."""
    torch.manual_seed(config.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    generator = torch.Generator().manual_seed(config.seed)
    inputs, targets = (_tensor(values, device) for values in (training.inputs, training.targets))
    network = ReferenceNetwork().to(device)
    network.fit_scaling(inputs, targets)
    optimizer = torch.optim.Adam(network.parameters(), lr=config.learning_rate)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=config.schedule_patience)
    best, best_epoch = float("inf"), 0
    for epoch in range(config.epochs):
        train_loss = _train_epoch(network, optimizer, inputs, targets, config.batch, generator)
        loss, figures = _validate(network, validation, device)
        rate = optimizer.param_groups[0]["lr"]
        schedule.step(loss)
        record.epoch(epoch, {"train_loss": train_loss, "validation_loss": loss, "learning_rate": rate, **figures})
        print(
            f"epoch {epoch}: loss {train_loss:.4f}, validation {loss:.4f}, "
            f"height MAE {figures['mae_height_cm']:.2f} cm",
            flush=True,
        )
        if loss < best:
            best, best_epoch = loss, epoch
            checkpoint.write_bytes(save({name: t.cpu().contiguous() for name, t in network.state_dict().items()}))
        elif epoch - best_epoch >= config.stop_patience:
            break
    return best_epoch


def _train_epoch(
    network: ReferenceNetwork,
    optimizer: torch.optim.Optimizer,
    inputs: Tensor,
    targets: Tensor,
    batch: int,
    generator: torch.Generator,
) -> float:
    """One pass over all rows in whole batches (a last row alone has no batch variance); returns the mean loss."""
    network.train()
    order = torch.randperm(len(inputs), generator=generator).to(inputs.device)
    batch = min(batch, len(inputs))
    losses = []
    for step in range(len(inputs) // batch):
        rows = order[step * batch : (step + 1) * batch]
        optimizer.zero_grad()
        loss = standardised_loss(network, inputs[rows], targets[rows])
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.detach())
    return float(torch.stack(losses).mean())


def _validate(
    network: ReferenceNetwork, validation: NetworkRows, device: torch.device
) -> tuple[float, dict[str, float]]:
    """Loss, and MAE and R2 of each output in its unit."""
    network.eval()
    with torch.no_grad():
        rows, targets = _tensor(validation.inputs, device), _tensor(validation.targets, device)
        loss = float(standardised_loss(network, rows, targets))
        predicted = network(rows).cpu().numpy().astype(np.float64)
    return loss, mae_and_r2(validation.targets, predicted, OUTPUTS)


def _split_rows(config: ReferenceConfig, rng: np.random.Generator) -> tuple[NetworkRows, NetworkRows]:
    """Training rows, and validation rows of other bodies and other children on film."""
    table, errors, films = load_body_table(config.bodies), load_errors(config.errors), _usable(config.train_films)
    order = rng.permutation(len(table.age_days))
    kept_out, kept_out_films = order % config.validation_every == 0, films.child % config.validation_every == 0
    parts = []
    for body_rows, shown, share in (
        (order[~kept_out], films.take(~kept_out_films), 1.0),
        (order[kept_out], films.take(kept_out_films), 1 / config.validation_every),
    ):
        projected = projected_films(table, body_rows, round(config.projected * share), errors, films, rng)
        told = [*tell_all(projected, 1, TRAINING_HABITS, rng), *tell_all(shown, config.repeats, TRAINING_HABITS, rng)]
        parts.append(network_rows(told))
    return parts[0], parts[1]


def _manifest(
    config: ReferenceConfig, tensors: dict[str, Tensor], checkpoint: Path, best_epoch: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Everything beside the weights: calibration on one set of films, figures on another."""
    network = ReferenceNetwork()
    network.load_state_dict(tensors)
    network.eval()
    told = tell_all(_usable(config.calibration_films), config.calibration_repeats, PROTOCOL_HABITS, rng)
    predicted = [predict_quantities(network, told_reference_inputs(part)) for part in told]
    manifest: dict[str, Any] = {
        "name": config.name,
        "version": config.version,
        "kind": KIND,
        "weights_file": "weights.safetensors",
        "sha256": hashlib.sha256(checkpoint.read_bytes()).hexdigest(),
        "pose_backend": config.pose_backend,
        "input_names": input_names(),
        "quantities": QUANTITIES,
        "age_days": [0, MAX_AGE_DAYS],
        "muac_from_day": MUAC_FROM_DAY,
        "calibration": {
            "levels": LEVELS,
            "groups": fit_reference_calibration(told, predicted),
        },
        "training": {
            "config": config.settings(),
            "best_epoch": best_epoch,
            "data_sha256": config.data_sha256(),
            "code_commit": code_commit(),
        },
        "card": {**CARD, "trained_on": (*CARD["trained_on"], PROJECTED)},
    }
    estimator = ReferenceEstimator(json.loads(json.dumps(manifest)), tensors)
    manifest["metrics"] = {"rendered_test_films": _held_out(config, estimator, rng)}
    return manifest


def _held_out(
    config: ReferenceConfig, estimator: ReferenceEstimator, rng: np.random.Generator
) -> list[dict[str, object]]:
    lms = load_lms()
    figures: list[dict[str, object]] = []
    for part in tell_all(_usable(config.test_films), config.test_repeats, PROTOCOL_HABITS, rng):
        predicted = estimator.predict(told_reference_inputs(part))
        reach = estimator.half_widths(
            predicted,
            is_lying=part.is_lying,
            is_marker=part.cue is ScaleCue.MARKER,
            age_days=part.age_days,
            relative_sd=part.relative_sd,
        )
        inside = np.abs(predicted - part.measured) <= reach
        shares = inside.mean(axis=1)  # (percents, quantities)
        found = held_out_figures(part, predicted, lms)
        quantities = {
            name: {
                **found[name],
                "coverage": {str(p): round(float(shares[row, index]), 3) for row, p in enumerate(PERCENTS)},
            }
            for index, name in enumerate(QUANTITIES)
        }
        children = len(np.unique(part.child))
        figures.append({"view": part.view.value, "cue": part.cue.value, "children": children, **quantities})
    return figures


def _usable(path: Path) -> FilmTable:
    return usable(load_films(path))


def _flat(figures: list[dict[str, Any]]) -> dict[str, float]:
    """Held-out MAE and r by view, cue and quantity, as a tracking server wants them."""
    return {
        f"test_{row['view']}_{row['cue']}_{name}_{key}": row[name][key]
        for row in figures
        for name in QUANTITIES
        for key in ("mae", "z_r")
        if row[name][key] is not None
    }


def _tensor(values: FloatArray, device: torch.device) -> Tensor:
    return torch.as_tensor(values, dtype=torch.float32, device=device)


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "weights")
    parser.add_argument("--data", type=Path, default=TABLE_FILE.parent, help="folder of the tables")
    parser.add_argument("--seed", type=int, default=ReferenceConfig.seed)
    parser.add_argument("--version", default=ReferenceConfig.version)
    arguments = parser.parse_args()
    config = ReferenceConfig(seed=arguments.seed, version=arguments.version)
    files = {n: arguments.data / v.name for n, v in asdict(config).items() if isinstance(v, Path)}
    directory = train_reference(replace(config, **files), arguments.out)
    draw_learning_curves(directory / RECORD, directory / "learning_curves.png")
    print(f"wrote {directory}")


if __name__ == "__main__":
    main()

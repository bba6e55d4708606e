"""Train, calibrate, measure and write the weights that are shipped.

    python -m ml_models.training.train --out ml_models/weights

Runs from the tables in ml_models/synthetic/data alone, on one CPU thread, in minutes; the same seed and tables give the
same bytes on the same versions of numpy and torch.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save

from ml_models.features import feature_names
from ml_models.inference import MANIFEST, NetworkEstimator
from ml_models.networks.residual import QUANTITIES, ResidualNetwork, ensemble, gaussian_loss
from ml_models.synthetic.body_table import load_body_table
from ml_models.synthetic.children import LMS_FILE, MAX_AGE_DAYS, load_lms
from ml_models.synthetic.errors import errors_of, is_gross, load_errors
from ml_models.synthetic.film_table import FilmTable, load_films
from ml_models.training.calibration import LEVELS, fit_calibration
from ml_models.training.config import TrainingConfig
from ml_models.training.dataset import Rows, join_rows, rendered_rows, simulated_rows
from ml_models.training.metrics import held_out_metrics
from ml_models.types import ScaleCue

FloatArray = NDArray[np.float64]

DESCRIPTION = (
    "Simulated children only: Anny bodies sized after WHO 2006 with wide tails, landmarks projected with MediaPipe's "
    "measured bias and noise, and clothed rendered films seen by MediaPipe itself. Nothing is known of real children."
)


def train(config: TrainingConfig, out: Path) -> Path:
    """Run one training; returns the directory of weights, manifest and metrics below `out`."""
    torch.set_num_threads(1)
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    lms = load_lms()
    training, validation = _training_rows(config, lms, rng)
    members = [_train_member(config, training, validation, config.seed + index) for index in range(config.members)]

    calibration_films = usable(load_films(config.calibration_films))
    calibration = rendered_rows(calibration_films, config.calibration_repeats, lms, rng)
    mean, sd = ensemble(members, calibration.inputs)
    groups = fit_calibration(calibration, mean, sd, config.calibration_repeats)

    tensors = {f"member{i}.{name}": t.contiguous() for i, m in enumerate(members) for name, t in m.state_dict().items()}
    tensors["lms"] = torch.as_tensor(lms, dtype=torch.float32)
    payload = save(tensors)
    directory = out / f"{config.name}-{config.version}"
    manifest: dict[str, Any] = {
        "name": config.name,
        "version": config.version,
        "weights_file": "weights.safetensors",
        "sha256": hashlib.sha256(payload).hexdigest(),
        "feature_names": feature_names(),
        "quantities": QUANTITIES,
        "inputs": training.inputs.shape[1],
        "hidden": config.hidden,
        "members": config.members,
        "age_days": [0, MAX_AGE_DAYS],
        "calibration": {"levels": LEVELS, "groups": groups},
        "training": {"description": DESCRIPTION, "config": _settings(config), "data_sha256": _data_hashes(config)},
    }
    estimator = NetworkEstimator(json.loads(json.dumps(manifest)), tensors)
    baseline_z = np.nanmean(training.z, axis=0)
    test_films = usable(load_films(config.test_films))
    usual = {ScaleCue.MARKER: config.test_marker_sd, ScaleCue.DISTANCE: config.test_distance_sd}
    test = rendered_rows(test_films, config.test_repeats, lms, rng, usual)
    exact = rendered_rows(test_films, config.test_repeats, lms, rng, dict.fromkeys(usual, config.test_exact_sd))
    manifest["metrics"] = {
        "rendered_test_films": held_out_metrics(test, estimator, baseline_z),
        "rendered_test_films_exact_scale": held_out_metrics(exact.take(exact.is_marker), estimator, baseline_z),
        "simulated_test_children": held_out_metrics(validation, estimator, baseline_z),
    }
    directory.mkdir(parents=True, exist_ok=True)
    (directory / manifest["weights_file"]).write_bytes(payload)
    (directory / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
    return directory


def usable(films: FilmTable) -> FilmTable:
    """Films whose pose a quality gate would let through."""
    return films.take(~is_gross(errors_of(films)))


def _training_rows(config: TrainingConfig, lms: FloatArray, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Training rows and simulated validation rows of other bodies."""
    table, errors = load_body_table(config.bodies), load_errors(config.errors)
    order = rng.permutation(len(table.age_days))
    cut = round(len(order) * config.validation_share)
    validation = simulated_rows(table.take(order[:cut]), config.simulated_rows // 8, errors, lms, rng)
    training = simulated_rows(table.take(order[cut:]), config.simulated_rows, errors, lms, rng)
    films = usable(load_films(config.train_films))
    return join_rows([training, rendered_rows(films, config.rendered_repeats, lms, rng)]), validation


def _train_member(config: TrainingConfig, training: Rows, validation: Rows, seed: int) -> ResidualNetwork:
    """One network, from its own seed, kept at the epoch that does best on the validation rows."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    inputs, targets = _tensors(training)
    check_inputs, check_targets = _tensors(validation)
    weight = torch.ones(len(inputs))
    weight[4 * (config.simulated_rows // 4) :] = config.rendered_weight
    network = ResidualNetwork(inputs.shape[1], config.hidden)
    network.mean = torch.nanmean(inputs, dim=0)
    deviation = torch.nan_to_num(inputs - network.mean, nan=0.0)
    known = (~torch.isnan(inputs)).sum(dim=0)
    network.scale = torch.sqrt((deviation**2).sum(dim=0) / known).clamp_min(1e-6)
    optimizer = torch.optim.AdamW(network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    steps = config.epochs * (len(inputs) // config.batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    best, best_state, waited = float("inf"), copy.deepcopy(network.state_dict()), 0
    for epoch in range(config.epochs):
        network.train()
        order = torch.randperm(len(inputs), generator=generator)
        for step in range(len(inputs) // config.batch):
            rows = order[step * config.batch : (step + 1) * config.batch]
            optimizer.zero_grad()
            mean, log_sd = network(inputs[rows])
            loss = gaussian_loss(mean, log_sd, targets[rows], weight[rows])
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            schedule.step()
        network.eval()
        with torch.no_grad():
            mean, log_sd = network(check_inputs)
            score = float(gaussian_loss(mean, log_sd, check_targets, torch.ones(len(check_inputs))))
            height_error = float(torch.mean(torch.abs(mean[:, 0] - check_targets[:, 0])))
        print(f"seed {seed} epoch {epoch}: validation nll {score:.4f}, haz error {height_error:.3f}", flush=True)
        if score < best:
            best, best_state, waited = score, copy.deepcopy(network.state_dict()), 0
        else:
            waited += 1
            if waited > config.patience:
                break
    network.load_state_dict(best_state)
    return network.eval()


def _tensors(rows: Rows) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.as_tensor(rows.inputs, dtype=torch.float32), torch.as_tensor(rows.z, dtype=torch.float32)


def _settings(config: TrainingConfig) -> dict[str, object]:
    values = {field.name: getattr(config, field.name) for field in fields(config)}
    return {name: value.name if isinstance(value, Path) else value for name, value in values.items()}


def _data_hashes(config: TrainingConfig) -> dict[str, str]:
    files = [v for v in (getattr(config, f.name) for f in fields(config)) if isinstance(v, Path)]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in [*files, LMS_FILE]}


def main() -> None:
    """Train from the command line."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "weights")
    parser.add_argument("--seed", type=int, default=TrainingConfig.seed)
    parser.add_argument("--version", default=TrainingConfig.version)
    arguments = parser.parse_args()
    directory = train(replace(TrainingConfig(), seed=arguments.seed, version=arguments.version), arguments.out)
    print(f"wrote {directory}")


if __name__ == "__main__":
    main()

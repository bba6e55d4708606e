"""Train, calibrate, measure and write the weights that are shipped.

    python -m ml_models.training.train --out ml_models/weights

Runs from the tables of rendered films in ml_models/synthetic/data alone, on one CPU thread, in minutes, on CUDA where
there is one; the same seed and tables give the same bytes on a CPU with the same versions of numpy and torch.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save

from ml_models.estimator import MANIFEST
from ml_models.familiarity import fit_familiarity
from ml_models.features import feature_names
from ml_models.inference import KIND, NetworkEstimator
from ml_models.networks.proportions import QUANTITIES, ProportionsNetwork, ensemble, views_seen
from ml_models.synthetic.children import LMS_FILE, MAX_AGE_DAYS, MUAC, MUAC_FROM_DAY, load_lms
from ml_models.synthetic.film_table import FilmTable, load_films
from ml_models.training.calibration import LEVELS, fit_calibration
from ml_models.training.card import CARD
from ml_models.training.config import TrainingConfig
from ml_models.training.dataset import Rows, View, join_rows, told_rows, usable
from ml_models.training.metrics import held_out_metrics
from ml_models.training.telling import PROTOCOL_HABITS, TRAINING_HABITS, Habits
from ml_models.training.tracking import TrainingRecord, code_commit
from ml_models.types import ScaleCue

FloatArray = NDArray[np.float64]

RECORD = "training.jsonl"
#: A normal distribution's SD over its median absolute deviation.
NORMAL_SD_OF_MAD, CLIP_SDS = 1.4826, 3.0
CUES = (ScaleCue.MARKER, ScaleCue.DISTANCE)


def train(config: TrainingConfig, out: Path) -> Path:
    """Run one training; returns the directory of weights, manifest, metrics and record below `out`."""
    torch.set_num_threads(1)
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    lms = load_lms()
    films = usable(load_films(config.train_films))
    training, validation = _training_rows(films, config, lms, rng)
    directory = out / f"{config.name}-{config.version}"
    settings = _settings(config)
    with TrainingRecord(directory / RECORD, directory.name, settings) as record:
        members = [_train_member(config, training, validation, index, record) for index in range(config.members)]
        tensors = {f"member{i}.{n}": t.contiguous() for i, m in enumerate(members) for n, t in m.state_dict().items()}
        tensors["lms"] = torch.as_tensor(_at_every_age(lms))
        payload = save(tensors)
        manifest: dict[str, Any] = {
            "kind": KIND,
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
            "pose_backend": config.pose_backend,
            "muac_from_day": MUAC_FROM_DAY,
            "ratio_covariance": _error_covariance(members, validation),
            "familiarity": fit_familiarity(_exact_rows(films, lms, rng).values),
            "calibration": {"levels": LEVELS, "groups": []},
            "training": {"config": settings, "data_sha256": _data_hashes(config), "code_commit": code_commit()},
            "card": dict(CARD),
        }
        manifest["calibration"]["groups"] = _calibration(config, NetworkEstimator(manifest, tensors), lms, rng)
        estimator = NetworkEstimator(json.loads(json.dumps(manifest)), tensors)
        manifest["metrics"] = _metrics(config, estimator, np.nanmean(training.z, axis=0), lms, rng)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / manifest["weights_file"]).write_bytes(payload)
        (directory / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
        tags = {"name": config.name, "version": config.version, "kind": KIND, "sha256": manifest["sha256"]}
        summary = {
            f"{row['view']}.{row['cue']}.height_mae_cm": row["height_cm"]["mae"]
            for row in manifest["metrics"]["rendered_test_films"]
            if row["part"] == "all"
        }
        record.end(summary, tags, [directory / MANIFEST, directory / manifest["weights_file"]])
    return directory


def told_sessions(
    films: FilmTable, repeats: int, habits: Habits | None, lms: FloatArray, rng: np.random.Generator
) -> Rows:
    """Every child of `films`, by every view and scale cue, told `repeats` times."""
    return join_rows(
        [told_rows(films, view, cue, habits, lms, rng) for _ in range(repeats) for view in View for cue in CUES]
    )


def _exact_rows(films: FilmTable, lms: FloatArray, rng: np.random.Generator) -> Rows:
    return join_rows([told_rows(films, view, ScaleCue.MARKER, None, lms, rng) for view in View])


def _training_rows(
    films: FilmTable, config: TrainingConfig, lms: FloatArray, rng: np.random.Generator
) -> tuple[Rows, Rows]:
    """Training rows and validation rows of other children."""
    numbers = np.unique(films.child)
    kept_out = rng.random(len(numbers)) < config.validation_share
    is_validation = np.isin(films.child, numbers[kept_out])
    training = told_sessions(films.take(~is_validation), config.repeats, TRAINING_HABITS, lms, rng)
    validation = told_sessions(films.take(is_validation), 2, TRAINING_HABITS, lms, rng)
    return training, validation


def _at_every_age(lms: FloatArray) -> FloatArray:
    """WHO parameters with the first known day of the arm's standard at the days before it."""
    known = lms.copy()
    known[MUAC, :, :MUAC_FROM_DAY] = lms[MUAC, :, MUAC_FROM_DAY : MUAC_FROM_DAY + 1]
    return known


def _error_covariance(members: list[ProportionsNetwork], rows: Rows) -> dict[str, list[list[float]]]:
    """Covariance of the four ratios' errors, (4, 4), by the films of a session.

    Errors count up to CLIP_SDS of their robust SD: a few slips of the pose would else widen every estimate.
    """
    errors = rows.ratios - ensemble(members, rows.inputs)
    known = ~np.isnan(errors).any(axis=1)
    robust_sd = NORMAL_SD_OF_MAD * np.nanmedian(np.abs(errors), axis=0)
    errors = np.clip(errors, -CLIP_SDS * robust_sd, CLIP_SDS * robust_sd)
    views = np.array(views_seen(rows.values))
    return {
        str(films): (errors[chosen].T @ errors[chosen] / chosen.sum()).tolist()
        for films in np.unique(views)
        for chosen in [known & (views == films)]
    }


def _calibration(
    config: TrainingConfig, estimator: NetworkEstimator, lms: FloatArray, rng: np.random.Generator
) -> list[dict[str, object]]:
    films = usable(load_films(config.calibration_films))
    rows = told_sessions(films, config.calibration_repeats, PROTOCOL_HABITS, lms, rng)
    log_mean, log_sd = estimator.predict(
        values=rows.values, is_girl=rows.is_girl, age_days=rows.age_days, is_lying=rows.is_lying,
        relative_sd=rows.relative_sd,
    )  # fmt: skip
    return fit_calibration(rows, log_mean, log_sd)


def _metrics(
    config: TrainingConfig,
    estimator: NetworkEstimator,
    baseline_z: FloatArray,
    lms: FloatArray,
    rng: np.random.Generator,
) -> dict[str, list[dict[str, object]]]:
    films = usable(load_films(config.test_films))
    told = told_sessions(films, config.test_repeats, PROTOCOL_HABITS, lms, rng)
    exact = _exact_rows(films, lms, rng)
    return {
        "rendered_test_films": held_out_metrics(told, estimator, baseline_z),
        "rendered_test_films_exact_scale": held_out_metrics(exact, estimator, baseline_z),
    }


def _train_member(
    config: TrainingConfig, training: Rows, validation: Rows, index: int, record: TrainingRecord
) -> ProportionsNetwork:
    """One network, from its own seed, kept at the epoch that does best on the validation rows."""
    torch.manual_seed(config.seed + index)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    generator = torch.Generator().manual_seed(config.seed + index)
    (inputs, targets), (check_inputs, check_targets) = _tensors(training, device), _tensors(validation, device)
    network = ProportionsNetwork(inputs.shape[1], config.hidden, config.dropout).to(device)
    network.fit_scaling(inputs, targets)
    optimizer = torch.optim.AdamW(network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    steps = len(inputs) // config.batch
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config.epochs * steps)
    best, best_state, waited = float("inf"), copy.deepcopy(network.state_dict()), 0
    for epoch in range(config.epochs):
        network.train()
        order = torch.randperm(len(inputs), generator=generator).to(device)
        for step in range(steps):
            rows = order[step * config.batch : (step + 1) * config.batch]
            optimizer.zero_grad()
            loss = network.loss(inputs[rows], targets[rows])
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            schedule.step()
        network.eval()
        with torch.no_grad():
            score = float(network.loss(check_inputs, check_targets))
            errors = torch.nanmean(torch.abs(network(check_inputs) - check_targets), dim=0)
        figures = {f"{name}_relative_mae": float(error) for name, error in zip(QUANTITIES, errors, strict=True)}
        record.epoch(
            epoch, {"member": index, "training_loss": float(loss.detach()), "validation_loss": score, **figures}
        )
        height = 100 * figures["height_cm_relative_mae"]
        print(f"member {index} epoch {epoch}: validation loss {score:.4f}, height {height:.3f} %", flush=True)
        if score < best:
            best, best_state, waited = score, copy.deepcopy(network.state_dict()), 0
        else:
            waited += 1
            if waited > config.patience:
                break
    network.load_state_dict(best_state)
    return network.eval().cpu()


def _tensors(rows: Rows, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    return (
        torch.as_tensor(rows.inputs, dtype=torch.float32, device=device),
        torch.as_tensor(rows.ratios, dtype=torch.float32, device=device),
    )


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
    parser.add_argument("--data", type=Path, default=TrainingConfig().train_films.parent, help="folder of the tables")
    parser.add_argument("--seed", type=int, default=TrainingConfig.seed)
    parser.add_argument("--version", default=TrainingConfig.version)
    arguments = parser.parse_args()
    config = TrainingConfig(
        seed=arguments.seed,
        version=arguments.version,
        train_films=arguments.data / TrainingConfig().train_films.name,
        calibration_films=arguments.data / TrainingConfig().calibration_films.name,
        test_films=arguments.data / TrainingConfig().test_films.name,
    )
    print(f"wrote {train(config, arguments.out)}")


if __name__ == "__main__":
    main()

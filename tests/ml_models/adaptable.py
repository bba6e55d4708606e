"""A small model to adapt, and children measured by hand on whom it is wrong in a known way."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

from ml_models.features import feature_names
from ml_models.inference import KIND
from ml_models.networks.proportions import POWERS, QUANTITIES, ProportionsNetwork, network_inputs
from ml_models.research.training_set import PairedSession, write_training_set
from ml_models.synthetic.children import load_lms
from ml_models.training.calibration import AGE_BANDS, LEVELS, POSTURES
from ml_models.types import ScaleCue, ScanType, SessionFeatures, Subject

POSE = "mediapipe-pose-full/0.10.31+abea360102e8"
#: Lying and standing children are of one size and about two years old.
HEIGHT_CM, AGE_DAYS = 86.0, (680, 780)
#: What the untaught network says of everyone, over height ** POWERS.
SIZES = np.array([1.0, 11.8 / 86.0**3, 152.0 / 86.0, 47.3 / 86.0])
#: SD of the network's error as its manifest tells it, and of the scale.
RATIO_SD, SCALE_SD = 0.008, 0.01
#: |error| / SD of a normal distribution at LEVELS.
NORMAL = [0.0, 0.126, 0.253, 0.385, 0.524, 0.674, 0.842, 0.994, 1.036, 1.15, 1.282, 1.44, 1.645, 1.96, 2.576]


def write_base(out: Path, **changed: Any) -> Path:
    """Write a model that takes every child's height to be the crown-soles distance; return its folder."""
    torch.manual_seed(5)
    seen = [pair.features for pair in make_pairs(100, short_cm=dict.fromkeys(POSTURES, 0.0), telling=0.03)]
    rows = network_inputs(
        np.stack([one.values for one in seen]).astype(np.float64),
        np.array([one.subject.sex == "F" for one in seen]),
        np.array([one.subject.age_days for one in seen]),
        np.array([one.is_lying for one in seen]),
    )
    inputs = rows.shape[1]
    members = [ProportionsNetwork(inputs, 8) for _ in range(2)]
    tensors = {"lms": torch.as_tensor(np.nan_to_num(load_lms(), nan=1.0), dtype=torch.float32)}
    for index, member in enumerate(members):
        scaled = torch.as_tensor(rows, dtype=torch.float32)
        member.fit_scaling(scaled, torch.zeros(len(rows), len(QUANTITIES)))
        with torch.no_grad():
            for parameter in (*member.hidden[-1].parameters(), member.straight.bias):
                parameter.zero_()
            member.output_mean.copy_(torch.as_tensor(np.log(SIZES)))
            member.output_scale.fill_(0.02)
        tensors |= {f"member{index}.{name}": value.contiguous() for name, value in member.state_dict().items()}
    payload = save(tensors)
    views = ("lying_above", "standing_front", "standing_side", "standing_front+standing_side")
    manifest = {
        "kind": KIND,
        "name": "tiny",
        "version": "0.1.0",
        "weights_file": "weights.safetensors",
        "sha256": hashlib.sha256(payload).hexdigest(),
        "feature_names": feature_names(),
        "quantities": QUANTITIES,
        "inputs": inputs,
        "hidden": 8,
        "members": 2,
        "age_days": [0, 1826],
        "muac_from_day": 91,
        "pose_backend": POSE,
        "ratio_covariance": {view: (np.eye(4) * (RATIO_SD * POWERS) ** 2).tolist() for view in views},
        "familiarity": {},
        "calibration": {"levels": LEVELS, "groups": _groups()},
        "training": {"config": {"seed": 1}, "data_sha256": {"films": "ab"}},
        "metrics": {"rendered_test_films": [{"posture": "lying", "children": 9, "height_cm": {"mae": 1.0}}]},
        "card": {"trained_on": ["Rendered children only."], "must_not": ["Diagnosis."], "failure_modes": ["Scale."]},
        **changed,
    }
    folder = out / "tiny-0.1.0"
    folder.mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(payload)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def _groups() -> list[dict[str, Any]]:
    return [
        {
            "posture": POSTURES[is_lying],
            "cue": cue,
            "age_days": [low, high],
            "children": 30,
            "factors": dict.fromkeys(QUANTITIES, NORMAL),
        }
        for is_lying, bands in AGE_BANDS.items()
        for cue in ("marker", "distance")
        for low, high in bands
    ]


def make_pairs(
    children: int, *, short_cm: dict[bool, float], seed: int = 3, noise: float = 1.0, telling: float = 0.0
) -> list[PairedSession]:
    """Return two sessions of each child, lying and standing children in turn.

    The crown-soles distance of a film is `short_cm` (by lying or not) short of the height, with `noise` times the
    error that the model expects. `telling`: how much longer or shorter, in shares, a child with a long or short trunk
    really is: what the untaught network does not know.
    """
    rng = np.random.default_rng(seed)
    pairs = []
    for number in range(children):
        is_lying = bool(number % 2)
        height = HEIGHT_CM * np.exp(rng.normal(0, 0.04))
        subject = Subject(sex="FM"[rng.integers(2)], age_days=int(rng.integers(*AGE_DAYS)))
        trunk = rng.normal()
        for repeat in range(2):
            error = noise * rng.normal(0, np.hypot(RATIO_SD, SCALE_SD))
            extent = (height - short_cm[is_lying]) * np.exp(error - telling * trunk)
            measured = SIZES * height**POWERS * np.exp(rng.normal(0, 0.01, 4) * np.array([0, 1, 1, 1]))
            pairs.append(
                PairedSession(
                    session=f"s{number:04d}-{repeat}",
                    child=f"c{number:04d}",
                    features=_features(subject, is_lying, float(extent), float(trunk)),
                    truth=dict(zip(QUANTITIES, (round(float(value), 3) for value in measured), strict=True)),
                )
            )
    return pairs


def _features(subject: Subject, is_lying: bool, extent_cm: float, trunk: float) -> SessionFeatures:
    names = feature_names()
    view = ScanType.LYING_ABOVE if is_lying else ScanType.STANDING_FRONT
    values = np.full(len(names), np.nan, dtype=np.float32)
    told = {"crown_soles": extent_cm, "trunk": extent_cm * (0.3 + 0.05 * trunk), "distance": 200.0}
    for name, value in told.items():
        values[names.index(f"{view.value}.{name}")] = value
    return SessionFeatures(
        names=names,
        values=values,
        subject=subject,
        is_lying=is_lying,
        cue=ScaleCue.MARKER,
        scale_relative_sd=SCALE_SD,
        pose_backend=POSE,
    )


def write_pairs(directory: Path, pairs: list[PairedSession]) -> Path:
    """Write a training set of clinic pairs."""
    facts = {"name": "First pairs", "origin": "clinic_pairs", "ethics_reference": "EC 2026/7"}
    write_training_set(directory, pairs, facts)
    return directory

"""Models to serve and rows to ask, for the tests of the scoring service."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from ml_models.inference import DEFAULT_WEIGHTS
from ml_models.synthetic.film_table import save_films
from ml_models.training.reference import train_reference
from ml_models.training.reference_config import ReferenceConfig
from ml_models.types import SessionFeatures
from predictions.feature_rows import features_as_json
from tests.ml_models.reference_tables import film_table

SCHEMAS = Path(__file__).parents[2] / "ml_models/score_schema"
EXAMPLES = SCHEMAS / "examples"


def schema(name: str) -> dict[str, Any]:
    """Return a schema of the scoring service: request, response or error."""
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text())


def example(name: str) -> Any:
    """Return a shipped example."""
    return json.loads((EXAMPLES / f"{name}.json").read_text())


def make_model_folder(folder: Path) -> Path:
    """Fill `folder` with the shipped model and a reference network that is trained in a second, and return it."""
    tables = folder / "tables"
    tables.mkdir(parents=True)
    for seed, name in enumerate(("train", "calibration", "test")):
        save_films(film_table(30, seed=40 + seed), tables / f"{name}.npz")
    config = ReferenceConfig(
        projected=300, repeats=1, batch=128, epochs=2, calibration_repeats=1, test_repeats=1,
        train_films=tables / "train.npz", calibration_films=tables / "calibration.npz",
        test_films=tables / "test.npz",
    )  # fmt: skip
    models = folder / "models"
    train_reference(config, models)
    shutil.copytree(DEFAULT_WEIGHTS, models / DEFAULT_WEIGHTS.name)
    return models


def keypoint_row(features: SessionFeatures) -> dict[str, Any]:
    """Return what a caller sends of `features` to ask the reference network, everything told."""
    row = features_as_json(features)
    inputs = row["reference_inputs"]
    told = {name: row[name] for name in ("is_lying", "cue", "scale_relative_sd", "pose_backend")}
    return {"pose_keypoints": inputs[:66], "metadata": inputs[66:], **told}

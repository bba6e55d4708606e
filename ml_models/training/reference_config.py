"""The settings of one training run of the reference network."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path

from ml_models.synthetic.body_table import TABLE_FILE
from ml_models.synthetic.children import LMS_FILE
from ml_models.synthetic.errors import ERRORS_FILE
from ml_models.synthetic.film_table import CALIBRATION_FILMS, TEST_FILMS, TRAIN_FILMS
from ml_models.training.config import TrainingConfig


@dataclass(frozen=True)
class ReferenceConfig:
    """Everything that decides the weights, besides the content of the data files.

    `*repeats`: how often each film is told anew per scale cue; `projected`: films without rendering beside the rendered
    ones; `validation_every`: of this many bodies and children on film one is kept from training; `schedule_patience`:
    epochs without gain before the learning rate falls to a tenth, `stop_patience` before training ends; `pose_backend`:
    name of the pose model that looked at the films, no other may be served.
    """

    name: str = "reference"
    version: str = "0.1.0"
    seed: int = 20261
    pose_backend: str = TrainingConfig.pose_backend
    projected: int = 30_000
    repeats: int = 10
    validation_every: int = 8
    batch: int = 512
    epochs: int = 100
    learning_rate: float = 1e-3
    schedule_patience: int = 10
    stop_patience: int = 25
    calibration_repeats: int = 20
    test_repeats: int = 20
    bodies: Path = TABLE_FILE
    errors: Path = ERRORS_FILE
    train_films: Path = TRAIN_FILMS
    calibration_films: Path = CALIBRATION_FILMS
    test_films: Path = TEST_FILMS

    def settings(self) -> dict[str, object]:
        """The fields, files by their names alone."""
        return {name: value.name if isinstance(value, Path) else value for name, value in asdict(self).items()}

    def data_sha256(self) -> dict[str, str]:
        """Hash of every file that is read."""
        files = [*(value for value in asdict(self).values() if isinstance(value, Path)), LMS_FILE]
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

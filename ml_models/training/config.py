"""The settings of one training run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ml_models.synthetic.film_table import CALIBRATION_FILMS, TEST_FILMS, TRAIN_FILMS


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that decides the weights, besides the content of the data files.

    `pose_backend`: name of the pose model that looked at the films of the tables; no other may be served.
    `repeats`, `calibration_repeats`, `test_repeats`: how often each rendered film is told anew, with other errors of
    operator, phone and marker. `validation_share`: of the training children, kept out to stop in time.
    """

    name: str = "proportions"
    version: str = "0.2.0"
    pose_backend: str = "mediapipe-pose-full/0.10.31+abea360102e8"
    seed: int = 20261
    repeats: int = 6
    validation_share: float = 0.12
    members: int = 5
    hidden: int = 128
    dropout: float = 0.4
    batch: int = 512
    epochs: int = 16
    patience: int = 10
    learning_rate: float = 2e-3
    weight_decay: float = 3e-1
    calibration_repeats: int = 20
    test_repeats: int = 20
    train_films: Path = field(default=TRAIN_FILMS)
    calibration_films: Path = field(default=CALIBRATION_FILMS)
    test_films: Path = field(default=TEST_FILMS)

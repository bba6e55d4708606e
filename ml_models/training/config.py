"""The settings of one training run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ml_models.synthetic.body_table import TABLE_FILE
from ml_models.synthetic.errors import ERRORS_FILE
from ml_models.synthetic.film_table import CALIBRATION_FILMS, TEST_FILMS, TRAIN_FILMS


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that decides the weights, besides the content of the data files.

    `rendered_repeats`: how often each rendered training film is told anew; `rendered_weight`: what a rendered row
    counts against a simulated one; `calibration_repeats` and `test_repeats` likewise for the films held out.
    `test_marker_sd`, `test_distance_sd`: the relative scale SDs at which the figures are given, about what
    `ml_models.scale` says of a marker at 2 m, and of a tape and a known phone. `test_exact_sd`: the same with next to
    no scale error, which shows what pose and body leave open.
    """

    name: str = "segments"
    version: str = "0.1.0"
    seed: int = 20261
    simulated_rows: int = 80_000
    rendered_repeats: int = 20
    rendered_weight: float = 1.0
    validation_share: float = 0.12
    members: int = 3
    hidden: int = 96
    batch: int = 512
    epochs: int = 40
    patience: int = 6
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    calibration_repeats: int = 20
    test_repeats: int = 20
    test_marker_sd: float = 0.02
    test_distance_sd: float = 0.034
    test_exact_sd: float = 0.003
    bodies: Path = field(default=TABLE_FILE)
    errors: Path = field(default=ERRORS_FILE)
    train_films: Path = field(default=TRAIN_FILMS)
    calibration_films: Path = field(default=CALIBRATION_FILMS)
    test_films: Path = field(default=TEST_FILMS)

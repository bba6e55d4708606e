"""Pictures of a training and of a comparison are drawn from what was kept."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ml_models.networks.reference import OUTPUTS
from ml_models.training.plots import COLOURS, band_means, draw_error_by_age, draw_learning_curves
from ml_models.training.reference_rows import tell_all
from ml_models.training.telling import PROTOCOL_HABITS
from ml_models.training.tracking import TrainingRecord
from tests.ml_models.reference_tables import film_table


def colours_in(picture: Path) -> set[str]:
    """Colours of the pixels of a PNG, as #RRGGBB."""
    blue, green, red = (channel.astype(np.int64) for channel in cv2.split(cv2.imread(str(picture))))
    return {f"#{code:06X}" for code in np.unique(red << 16 | green << 8 | blue)}


def test_learning_curves_show_every_measure(tmp_path: Path) -> None:
    with TrainingRecord(tmp_path / "training.jsonl", "reference-0.1.0", {}) as record:
        for epoch in range(5):
            figures = {f"{key}_{name}": 1 / (epoch + 2) for key in ("mae", "r2") for name in OUTPUTS}
            record.epoch(
                epoch, {"train_loss": 1.0, "validation_loss": 1.0 - 0.1 * epoch, "learning_rate": 1e-3, **figures}
            )

    draw_learning_curves(tmp_path / "training.jsonl", tmp_path / "curves.png")

    assert {COLOURS[1], COLOURS[4], COLOURS[3], COLOURS[2]} <= colours_in(tmp_path / "curves.png")


def test_error_by_age_shows_every_model(tmp_path: Path) -> None:
    parts = tell_all(film_table(20, seed=70), 1, PROTOCOL_HABITS, np.random.default_rng(71))
    predicted = {f"model {number}": [part.measured + number for part in parts] for number in range(3)}

    draw_error_by_age(parts, predicted, tmp_path / "errors.png")

    colours = colours_in(tmp_path / "errors.png")
    assert set(COLOURS[:3]) <= colours
    assert not set(COLOURS[3:]) & colours


def test_same_record_gives_the_same_picture(tmp_path: Path) -> None:
    parts = tell_all(film_table(20, seed=70), 1, PROTOCOL_HABITS, np.random.default_rng(71))
    for name in ("first", "second"):
        draw_error_by_age(parts, {"model": [part.measured for part in parts]}, tmp_path / f"{name}.png")

    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()


def test_means_of_age_bands_leave_out_what_is_missing() -> None:
    months, means = band_means(np.array([1.0, 2.0, 4.0, 5.0, 50.0]), np.array([1.0, 3.0, np.nan, 7.0, np.nan]))

    assert months == pytest.approx([1.5, 5.0])
    assert means == pytest.approx([2.0, 7.0])

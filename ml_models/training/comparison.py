"""All models on the same held-out rendered films, told with the same errors: one table.

    python -m ml_models.training.comparison --weights ml_models/weights/segments-* ml_models/weights/reference-* \\
        --out artefacts/comparison

Baselines are fitted here, on the training films; models come with their weights. Each film is a session of its own.
Writes comparison.json, comparison.md and error_by_age.png (the picture only with matplotlib, requirements-dev.txt).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ml_models.estimator import Estimator, read_weights
from ml_models.inference import load_estimator
from ml_models.networks.reference import QUANTITIES
from ml_models.reference_estimator import KIND, ReferenceEstimator
from ml_models.synthetic.children import load_lms
from ml_models.synthetic.film_table import TEST_FILMS, TRAIN_FILMS
from ml_models.training.baselines import fit_baselines
from ml_models.training.config import TrainingConfig
from ml_models.training.held_out import held_out_figures
from ml_models.training.reference_rows import rendered_films
from ml_models.training.told import ToldFilms, load_usable
from ml_models.training.told_rows import told_sessions
from ml_models.types import ScaleCue, SessionFeatures

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ComparisonConfig:
    """`train_repeats`, `test_repeats`: how often each film is told anew per cue, for fitting baselines and for figures.

    `seed` fixes the told errors; the SDs of the scale are those of the training figures.
    """

    train_films: Path = TRAIN_FILMS
    test_films: Path = TEST_FILMS
    train_repeats: int = 8
    test_repeats: int = 4
    seed: int = 20264
    marker_sd: float = TrainingConfig.test_marker_sd
    distance_sd: float = TrainingConfig.test_distance_sd


@dataclass(frozen=True)
class ComparedModel:
    """Predictions of one model, (n, 4) of QUANTITIES for each part of the held-out films."""

    name: str
    predicted: list[FloatArray]


def compare(weights: Sequence[Path], config: ComparisonConfig) -> tuple[list[ToldFilms], list[ComparedModel]]:
    """Predict the held-out films with every baseline and with the model of each directory in `weights`."""
    lms = load_lms()
    rng = np.random.default_rng(config.seed)
    training = rendered_films(load_usable(config.train_films), config.train_repeats, rng)
    sds = {ScaleCue.MARKER: config.marker_sd, ScaleCue.DISTANCE: config.distance_sd}
    held_out = rendered_films(load_usable(config.test_films), config.test_repeats, rng, sds)
    models = [
        ComparedModel(baseline.name, [baseline.predict(part) for part in held_out])
        for baseline in fit_baselines(training, lms)
    ]
    sessions = [told_sessions(part) for part in tqdm(held_out, desc="sessions", unit="part")]
    for directory in weights:
        estimator = load_model(directory)
        models.append(ComparedModel(estimator.version, [estimate_all(estimator, part) for part in sessions]))
    return held_out, models


def load_model(directory: Path) -> Estimator:
    """Load weights of either kind; raises WeightsError as `read_weights` does."""
    manifest, tensors = read_weights(directory)
    return ReferenceEstimator(manifest, tensors) if manifest.get("kind") == KIND else load_estimator(directory)


def estimate_all(estimator: Estimator, sessions: Sequence[SessionFeatures]) -> FloatArray:
    """Means of the estimates, (n, 4), NaN where the model gave none."""
    rows = []
    for session in sessions:
        estimate = estimator.estimate(session)
        found = [getattr(estimate, name) for name in QUANTITIES]
        rows.append([np.nan if quantity is None else quantity.mean for quantity in found])
    return np.array(rows)


def figures_of(held_out: Sequence[ToldFilms], models: Sequence[ComparedModel]) -> list[dict[str, Any]]:
    """One entry for each view, cue and model, in that order."""
    lms = load_lms()
    return [
        {
            "view": part.scan_type.value,
            "cue": part.cue.value,
            "scale_relative_sd": round(float(np.median(part.relative_sd)), 4),
            "model": model.name,
            "rows": len(part),
            "children": len(np.unique(part.child)),
            **held_out_figures(part, model.predicted[index], lms),
        }
        for index, part in enumerate(held_out)
        for model in models
    ]


def comparison_table(figures: Sequence[dict[str, Any]]) -> str:
    """The figures as one Markdown table."""
    header = ["films", "cue, scale SD", "children", "model", "n", "height MAE cm", "bias cm", "HAZ r", "weight MAE kg",
              "MUAC MAE mm", "MUAC z r", "head MAE cm"]  # fmt: skip
    lines = [_row(header), _row(["---"] * len(header))]
    for entry in figures:
        height, weight, arm, head = (entry[name] for name in QUANTITIES)
        lines.append(
            _row(
                [
                    entry["view"].replace("_", " "),
                    f"{entry['cue']}, {100 * entry['scale_relative_sd']:.1f} %",
                    str(entry["children"]),
                    entry["model"],
                    str(height["n"]),
                    _number(height["mae"], "{:.2f}"),
                    _number(height["bias"], "{:+.2f}"),
                    _number(height["z_r"], "{:.3f}"),
                    _number(weight["mae"], "{:.2f}"),
                    _number(arm["mae"], "{:.1f}"),
                    _number(arm["z_r"], "{:.2f}"),
                    _number(head["mae"], "{:.2f}"),
                ]
            )
        )
    return "\n".join(lines) + "\n"


def write_comparison(held_out: Sequence[ToldFilms], models: Sequence[ComparedModel], out: Path) -> str:
    """Write JSON, Markdown and, where matplotlib is installed, the picture below `out`; returns the Markdown."""
    out.mkdir(parents=True, exist_ok=True)
    figures = figures_of(held_out, models)
    table = comparison_table(figures)
    (out / "comparison.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (out / "comparison.md").write_text(table, encoding="utf-8")
    if importlib.util.find_spec("matplotlib") is not None:
        from ml_models.training.plots import draw_error_by_age  # optional, requirements-dev.txt

        draw_error_by_age(held_out, {model.name: model.predicted for model in models}, out / "error_by_age.png")
    return table


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _number(value: float | None, layout: str) -> str:
    return "-" if value is None else layout.format(value)


def main() -> None:
    """Compare from the command line."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--weights", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=TEST_FILMS.parent, help="folder of the film tables")
    arguments = parser.parse_args()
    config = ComparisonConfig(
        train_films=arguments.data / TRAIN_FILMS.name, test_films=arguments.data / TEST_FILMS.name
    )  # fmt: skip
    held_out, models = compare(arguments.weights, config)
    print(write_comparison(held_out, models, arguments.out))


if __name__ == "__main__":
    main()

"""All models on the same sessions of held-out rendered films, told with the same errors: one table.

    python -m ml_models.training.comparison --weights ml_models/weights/proportions-* ml_models/weights/reference-* \\
        --out artefacts/comparison

Baselines are fitted here, on the training films told as the held-out ones are; models come with their weights. A child
filmed from the front and from the side is three sessions: either film alone, and both together.
Writes comparison.json, comparison.md and error_by_age.png.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ml_models.estimator import Estimator
from ml_models.inference import load_estimator
from ml_models.networks.reference import QUANTITIES
from ml_models.synthetic.children import load_lms
from ml_models.synthetic.film_table import TEST_FILMS, TRAIN_FILMS, load_films
from ml_models.training.baselines import fit_baselines
from ml_models.training.dataset import View, usable
from ml_models.training.held_out import held_out_figures
from ml_models.training.plots import draw_error_by_age
from ml_models.training.reference_rows import tell_all
from ml_models.training.telling import PROTOCOL_HABITS
from ml_models.training.told import ToldSessions
from ml_models.training.told_rows import told_features
from ml_models.types import SessionFeatures

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ComparisonConfig:
    """`train_repeats`, `test_repeats`: how often each film is told anew per cue, for fitting baselines and for figures.

    `seed` fixes the errors that are told.
    """

    train_films: Path = TRAIN_FILMS
    test_films: Path = TEST_FILMS
    train_repeats: int = 8
    test_repeats: int = 4
    seed: int = 20264


@dataclass(frozen=True)
class ComparedModel:
    """Predictions of one model, (n, 4) of QUANTITIES for each part of the held-out films."""

    name: str
    predicted: list[FloatArray]


def compare(weights: Sequence[Path], config: ComparisonConfig) -> tuple[list[ToldSessions], list[ComparedModel]]:
    """Predict the held-out sessions with every baseline and with the model of each directory in `weights`."""
    lms = load_lms()
    rng = np.random.default_rng(config.seed)
    views = tuple(View)
    training = tell_all(usable(load_films(config.train_films)), config.train_repeats, PROTOCOL_HABITS, rng, views)
    held_out = tell_all(usable(load_films(config.test_films)), config.test_repeats, PROTOCOL_HABITS, rng, views)
    models = [
        ComparedModel(baseline.name, [baseline.predict(part) for part in held_out])
        for baseline in fit_baselines(training, lms)
    ]
    sessions = [told_features(part) for part in tqdm(held_out, desc="sessions", unit="part")]
    for directory in weights:
        estimator = load_estimator(directory)
        models.append(ComparedModel(estimator.version, [estimate_all(estimator, part) for part in sessions]))
    return held_out, models


def estimate_all(estimator: Estimator, sessions: Sequence[SessionFeatures]) -> FloatArray:
    """Means of the estimates, (n, 4), NaN where the model gave none."""
    rows = []
    for session in sessions:
        estimate = estimator.estimate(session)
        found = [getattr(estimate, name) for name in QUANTITIES]
        rows.append([np.nan if quantity is None else quantity.mean for quantity in found])
    return np.array(rows)


def figures_of(held_out: Sequence[ToldSessions], models: Sequence[ComparedModel]) -> list[dict[str, Any]]:
    """One entry for each view, cue and model, in that order."""
    lms = load_lms()
    return [
        {
            "view": part.view.value,
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


def write_comparison(held_out: Sequence[ToldSessions], models: Sequence[ComparedModel], out: Path) -> str:
    """Write JSON, Markdown and the picture below `out`; returns the Markdown."""
    out.mkdir(parents=True, exist_ok=True)
    figures = figures_of(held_out, models)
    table = comparison_table(figures)
    (out / "comparison.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (out / "comparison.md").write_text(table, encoding="utf-8")
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

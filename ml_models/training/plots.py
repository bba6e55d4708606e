"""Pictures of a training and of a comparison, as PNG files.

python -m ml_models.training.plots ml_models/weights/reference-0.1.0/training.jsonl learning_curves.png
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ml_models.networks.reference_inputs import DAYS_PER_MONTH
from ml_models.training.told import ToldSessions
from ml_models.training.tracking import read_epochs

FloatArray = NDArray[np.float64]

#: Bands in which errors are averaged, months: a fan of means over single months would show chance.
AGE_BANDS_MONTHS = (0, 3, 6, 9, 12, 18, 24, 30, 36, 42, 48, 54, 60)
#: Told apart by colour and by mark; Okabe and Ito's colours (2008) are told apart with any colour vision.
COLOURS = ("#999999", "#E69F00", "#009E73", "#D55E00", "#0072B2", "#CC79A7", "#56B4E9")
MARKS = ("o", "s", "^", "D", "v", "P", "X")
DPI = 110


def draw_learning_curves(record: Path, out: Path) -> None:
    """Draw loss, learning rate and, for each measure, MAE and R2 of the validation rows over the epochs of a record."""
    epochs = read_epochs(record)
    measures = [key.removeprefix("mae_") for key in epochs[0] if key.startswith("mae_")]
    figure = Figure(figsize=(12.0, 6.6), layout="constrained")
    loss, *axes, rate = figure.subplots(2, (2 + len(measures)) // 2).flat
    steps = [entry["epoch"] for entry in epochs]
    for key, label, colour in (("train_loss", "training", COLOURS[1]), ("validation_loss", "validation", COLOURS[4])):
        loss.plot(steps, [entry[key] for entry in epochs], color=colour, label=label)
    loss.set(title="loss (SDs of the targets, squared)", ylim=(0, None))
    loss.legend()
    rate.semilogy(steps, [entry["learning_rate"] for entry in epochs], color=COLOURS[2])
    rate.set(title="learning rate")
    for axis, measure in zip(axes, measures, strict=True):
        name, unit = measure.rsplit("_", 1)
        axis.plot(steps, [entry[f"mae_{measure}"] for entry in epochs], color=COLOURS[4])
        axis.set(title=name.replace("_", " "), ylim=(0, None))
        axis.set_ylabel(f"MAE, {unit}", color=COLOURS[4])
        right = axis.twinx()
        right.plot(steps, [entry[f"r2_{measure}"] for entry in epochs], color=COLOURS[3], linestyle="--")
        right.set(ylim=(0, 1))
        right.set_ylabel("R2 (dashed)", color=COLOURS[3])
    best = min(epochs, key=lambda entry: entry["validation_loss"])["epoch"]
    for axis in (loss, *axes, rate):
        axis.axvline(best, color="#444444", linewidth=0.8, linestyle=":")
        axis.grid(alpha=0.3)
        axis.set(xlabel="epoch")
    figure.suptitle(f"Validation children of projected and rendered films; dotted: epoch {best}, which is kept")
    _save(figure, out)


def draw_error_by_age(
    held_out: Sequence[ToldSessions], predicted: Mapping[str, Sequence[FloatArray]], out: Path
) -> None:
    """Draw mean absolute height error and bias in age bands, one column for each view and cue.

    `predicted`: by model, QUANTITIES (n, 4) of each part of `held_out`.
    """
    figure = Figure(figsize=(max(2.3 * len(held_out), 7.0), 6.4), layout="constrained")
    axes = figure.subplots(2, len(held_out), sharey="row", squeeze=False)
    for column, part in enumerate(held_out):
        for number, (model, predictions) in enumerate(predicted.items()):
            error = predictions[column][:, 0] - part.measured[:, 0]
            for row, values in enumerate((np.abs(error), error)):
                months, means = band_means(part.age_days / DAYS_PER_MONTH, values)
                axes[row, column].plot(
                    months,
                    means,
                    color=COLOURS[number % len(COLOURS)],
                    marker=MARKS[number % len(MARKS)],
                    ms=4,
                    label=model,
                )
        axes[0, column].set(title=f"{part.view.value.replace('_', ' ')}\n{part.cue.value}")
        axes[1, column].axhline(0, color="#444444", linewidth=0.8)
        axes[1, column].set(xlabel="age, months")
        for axis in axes[:, column]:
            axis.grid(alpha=0.3)
    axes[0, 0].set_ylim(bottom=0)
    axes[0, 0].set_ylabel("mean absolute height error, cm")
    axes[1, 0].set_ylabel("bias (estimate - truth), cm")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    figure.suptitle("Held-out rendered children: error of height by age")
    _save(figure, out)


def band_means(months: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean age and mean value of every age band with values; both (bands,)."""
    band = np.digitize(months, AGE_BANDS_MONTHS)
    known = ~np.isnan(values)
    rows = [(band == number) & known for number in np.unique(band[known])]
    return np.array([months[row].mean() for row in rows]), np.array([values[row].mean() for row in rows])


def _save(figure: Figure, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    metadata: dict[str, Any] = {"Software": None}  # the same picture has the same bytes
    with mpl.rc_context({"font.size": 9}):
        figure.savefig(out, dpi=DPI, metadata=metadata)


def main() -> None:
    """Draw the learning curves of one record."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("record", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    draw_learning_curves(arguments.record, arguments.out)


if __name__ == "__main__":
    main()

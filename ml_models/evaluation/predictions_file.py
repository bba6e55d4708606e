"""Writes `predictions.csv`: one row a session in the order of the table, an empty cell where nothing is known.

`height_cm` is recumbent length where the child lay. z-scores are those of the estimates, by WHO 2006.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ml_models.estimator import PERCENTS
from ml_models.evaluation.sessions import Outcome
from ml_models.evaluation.sessions_file import SessionRow
from ml_models.evaluation.who import ZSCORES, zscores
from ml_models.types import AnthropometryEstimate, QuantityEstimate

#: Decimals of each quantity: a tenth of what a trained measurer can tell apart.
DECIMALS = {"height_cm": 2, "weight_kg": 3, "muac_mm": 1, "head_circumference_cm": 2}
_Z_DECIMALS = 3

COLUMNS = (
    *("session_id", "status", "reason", "scale_cue", "confidence", "model_version"),
    *(
        column
        for name in DECIMALS
        for column in (name, *(f"{name}_{end}{percent}" for percent in PERCENTS for end in ("lo", "hi")))
    ),
    *(index.value for index in ZSCORES),
)


def quantities(estimate: AnthropometryEstimate) -> dict[str, QuantityEstimate | None]:
    """Return the estimated quantities by their names."""
    return {
        "height_cm": estimate.height_cm,
        "weight_kg": estimate.weight_kg,
        "muac_mm": estimate.muac_mm,
        "head_circumference_cm": estimate.head_circumference_cm,
    }


def write_predictions(
    path: Path, rows: Sequence[SessionRow], outcomes: Mapping[str, Outcome], *, model_version: str
) -> None:
    """Write one row for each of `rows`; `outcomes` by session."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(_cells(row, outcomes[row.session_id], model_version) for row in rows)


def _cells(row: SessionRow, outcome: Outcome, model_version: str) -> dict[str, str]:
    cells = {
        "session_id": row.session_id,
        "status": "succeeded" if outcome.succeeded else "unusable",
        "reason": "" if outcome.reason is None else outcome.reason.value,
        "model_version": model_version,
    }
    if outcome.estimate is None:
        return cells
    cells["scale_cue"] = outcome.estimate.cue.value
    if outcome.estimate.confidence is not None:
        cells["confidence"] = f"{outcome.estimate.confidence:.3f}"
    for name, quantity in quantities(outcome.estimate).items():
        if quantity is None:
            continue
        decimals = DECIMALS[name]
        cells[name] = f"{quantity.mean:.{decimals}f}"
        for percent, (low, high) in quantity.intervals.items():
            cells[f"{name}_lo{percent}"] = f"{low:.{decimals}f}"
            cells[f"{name}_hi{percent}"] = f"{high:.{decimals}f}"
    return cells | _zscore_cells(row, outcome)


def _zscore_cells(row: SessionRow, outcome: Outcome) -> dict[str, str]:
    assert row.subject is not None  # a session with an estimate was understood
    assert outcome.estimate is not None
    found = quantities(outcome.estimate)
    values = {name: np.array([np.nan if one is None else one.mean]) for name, one in found.items()}
    table = zscores(
        sex=[row.subject.sex],
        age_days=np.array([float(row.subject.age_days)]),
        is_lying=np.array([bool(outcome.is_lying)]),
        values=values,
    )
    return {
        index.value: f"{float(table[index][0]):.{_Z_DECIMALS}f}"
        for index in ZSCORES
        if math.isfinite(float(table[index][0]))
    }

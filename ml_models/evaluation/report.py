"""Writes the report of an evaluation: `report.json` with every figure, `report.html` to be read, pictures beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ml_models.evaluation.comparison import Comparison
from ml_models.evaluation.figures import groups, session_figures, yield_figures
from ml_models.evaluation.goals import check_goals
from ml_models.evaluation.page import render_page
from ml_models.evaluation.plots import draw_plots

#: Goes up when a field of report.json changes its meaning.
FORMAT = 1


def write_report(folder: Path, data: Comparison, about: Mapping[str, object]) -> Path:
    """Write report.json, report.html and its pictures (PNG) into `folder`; returns the page."""
    report = build_report(data, about)
    (folder / "report.json").write_text(json.dumps(report, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    plots = draw_plots(data, report)
    for plot in plots:
        (folder / f"{plot.name}.png").write_bytes(plot.png)
    page = folder / "report.html"
    page.write_text(render_page(report, plots), encoding="utf-8")
    return page


def build_report(data: Comparison, about: Mapping[str, object]) -> dict[str, Any]:
    """Return all figures: overall, by group, yields and goals."""
    everyone = np.ones(len(data.session_id), dtype=np.bool_)
    overall = session_figures(data, everyone)
    by = {
        dimension: {name: session_figures(data, members) for name, members in parts.items()}
        for dimension, parts in groups(data).items()
    }
    yields = yield_figures(data)
    return {
        "format": FORMAT,
        "about": dict(about),
        "yield": yields,
        "overall": overall,
        "by": by,
        "goals": [asdict(goal) for goal in check_goals(overall, by, yields)],
    }

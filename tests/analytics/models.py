"""A model version with everything that its page can show."""

from __future__ import annotations

from typing import Any

QUANTITIES = {"height_cm": 0.84, "weight_kg": 0.47, "muac_mm": 6.31, "head_circumference_cm": 0.72}


def figures_row(view: str, cue: str, part: str = "all", **figures: Any) -> dict[str, Any]:
    """Return one row of figures as training writes it."""
    quantities = {
        name: {
            "mae": mae,
            "baseline_mae": 4 * mae,
            "bias": -0.11,
            "z_correlation": 0.97,
            "coverage": {"50": 0.51, "80": 0.81, "90": 0.9},
        }
        for name, mae in QUANTITIES.items()
    }
    told = {"view": view, "cue": cue, "part": part, "children": 412, "scale_relative_sd_median": 0.0123}
    further = {
        "within_cm": {"1.0": 0.66, "1.4": 0.83},
        "haz_slope": 0.99,
        "stunting": {"sensitivity": 0.91, "specificity": None},
    }
    return told | quantities | further | figures


def rendered_metrics() -> dict[str, Any]:
    """Return the figures of a manifest: whole groups, skin tones, and a part."""
    whole = [figures_row(view, cue) for view in ("lying_above", "standing_front") for cue in ("marker", "distance")]
    toned = [figures_row("standing_front", "marker", f"skin tone {tone}") for tone in range(6)]
    return {"rendered_test_films": [*whole, *toned, figures_row("standing_front", "marker", "HAZ < -2")]}


def version_fields(**changed: Any) -> dict[str, Any]:
    """Return the fields of a model version of rendered children."""
    return {
        "name": "proportions",
        "version": "0.2.0",
        "kind": "proportions",
        "sha256": "c641e33cb10a290213df85385732416f018ba236c4a8dfe87939dc41761ce6f1",
        "metrics": rendered_metrics(),
        "lineage": {
            "config": {"seed": 20261},
            "data_sha256": {"films_train.npz": "471733c24aacc8a52e5f3c1b1bd8816b1bda077d45eb1b8b0cae592e39c95a3b"},
        },
        "card": {
            "trained_on": ["Rendered children only: no child behind this model is real."],
            "must_not": ["Diagnosis, treatment or discharge decisions.", "Prevalence."],
            "failure_modes": ["An error of 1 % of the distance is an error of 1 % of the height."],
        },
        "code_commit": "9ebde0b4a1c2d3e4f5061728394a5b6c7d8e9f00",
        **changed,
    }

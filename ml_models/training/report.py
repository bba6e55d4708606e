"""The held-out figures of a manifest as Markdown, for docs/model_card.md.

python -m ml_models.training.report ml_models/weights/proportions-0.2.0 [--parts all "marker within 3 cm"]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from ml_models.estimator import MANIFEST

HEADER = (
    "| films | cue, scale SD | part | children | height MAE cm | age + sex | bias cm | HAZ r | in 50/80/90 % "
    "| within 1.4 cm | HAZ slope | stunting se / sp | weight MAE kg | age + sex | WAZ r "
    "| MUAC MAE mm | age + sex | head MAE cm | age + sex |"
)


def metrics_table(figures: list[dict[str, Any]]) -> str:
    """One row for each view and cue."""
    lines = [HEADER, "|---" * (HEADER.count("|") - 1) + "|"]
    for row in figures:
        height, weight, arm, head = (
            row[name] for name in ("height_cm", "weight_kg", "muac_mm", "head_circumference_cm")
        )
        covered = " / ".join(f"{100 * share:.0f}" for share in height["coverage"].values())
        stunting = " / ".join(_two_digits(share) for share in row["stunting"].values())
        cells = [
            row["view"].replace("_", " "),
            f"{row['cue']}, {100 * row['scale_relative_sd_median']:.1f} %",
            row["part"],
            str(row["children"]),
            f"**{height['mae']:.2f}**",
            f"{height['baseline_mae']:.2f}",
            f"{height['bias']:+.2f}",
            _two_digits(height["z_correlation"]),
            covered,
            f"{100 * row['within_cm']['1.4']:.0f} %",
            f"{row['haz_slope']:.2f}",
            stunting,
            f"{weight['mae']:.2f}",
            f"{weight['baseline_mae']:.2f}",
            _two_digits(weight["z_correlation"]),
            f"{arm['mae']:.1f}",
            f"{arm['baseline_mae']:.1f}",
            f"{head['mae']:.2f}",
            f"{head['baseline_mae']:.2f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _two_digits(share: float | None) -> str:
    return "-" if share is None else f"{share:.2f}"


def main() -> None:
    """Print the tables of one weights directory."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--parts", nargs="+", help="which parts of the children; all of them by default")
    arguments = parser.parse_args()
    manifest = json.loads((arguments.directory / MANIFEST).read_text())
    for name, figures in manifest["metrics"].items():
        chosen = [row for row in figures if not arguments.parts or row["part"] in arguments.parts]
        print(f"\n### {name.replace('_', ' ')}\n\n{metrics_table(chosen)}")


if __name__ == "__main__":
    main()

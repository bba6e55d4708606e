"""The table of rendered sessions: what operator and phone tell, and the exact truth beside it.

The columns are those that `ml_models.evaluation` reads; every told number carries the errors of real tools.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_models.evaluation.who import INDEX_FOR_AGE, ZSCORES, zscores
from ml_models.synthetic.children import QUANTITIES
from ml_models.synthetic.films import HEIGHT_PX, WIDTH_PX
from ml_models.synthetic.rendered_films import Camera
from ml_models.synthetic.session_plans import (
    DISTANCE_ERROR,
    FOCAL_ERROR,
    FPS,
    HEIGHT_ERROR_CM,
    ROLL_ERROR_DEG,
    TILT_ERROR_DEG,
    SessionPlan,
)
from ml_models.types import ScanType

COLUMNS = (
    "session_id", "sex", "age_days", "position", "files", "fx", "fy", "cx", "cy", "width", "height", "fps",
    "measured_distance_cm", "camera_height_cm", "camera_tilt_deg", "camera_roll_deg", "marker_id", "marker_size_mm",
    "height_cm", "weight_kg", "muac_mm", "head_circumference_cm", "haz", "waz", "whz", "acz", "hcz", "skin_tone",
    "true_fx", "true_distance_cm", "true_camera_height_cm", "true_camera_tilt_deg", "true_camera_roll_deg",
    "marker_depth_mismatch_cm", "expected_reason",
)  # fmt: skip
INDICES = (*ZSCORES, INDEX_FOR_AGE["head_circumference_cm"])
DECIMALS = {"height_cm": 2, "weight_kg": 3, "muac_mm": 1, "head_circumference_cm": 2}


def session_row(
    plan: SessionPlan, measured: NDArray[np.float64], files: Mapping[ScanType, Path], camera: Camera
) -> dict[str, str]:
    """Return one row by COLUMNS. `measured`: QUANTITIES of the body, shape (4,)."""
    rng = np.random.default_rng([*plan.seed, 3])
    told_focal = camera.focal_px * (1 + FOCAL_ERROR * rng.normal())
    sex, age = "F" if plan.child.is_girl[0] else "M", int(plan.child.age_days[0])
    values = {name: measured[index : index + 1] for index, name in enumerate(QUANTITIES)}
    z = zscores(sex=[sex], age_days=np.array([float(age)]), is_lying=np.array([plan.is_lying]), values=values)
    row = {
        "session_id": plan.session_id,
        "sex": sex,
        "age_days": str(age),
        "position": "lying" if plan.is_lying else "standing",
        "files": ";".join(f"{scan_type.value}:{path.name}" for scan_type, path in files.items()),
        "fx": f"{told_focal:.1f}",
        "fy": f"{told_focal:.1f}",
        "cx": f"{WIDTH_PX / 2 - 0.5}",
        "cy": f"{HEIGHT_PX / 2 - 0.5}",
        "width": str(WIDTH_PX),
        "height": str(HEIGHT_PX),
        "fps": str(FPS),
        "measured_distance_cm": f"{camera.distance_cm * (1 + DISTANCE_ERROR * rng.normal()):.0f}.0",
        "camera_height_cm": f"{camera.height_cm + HEIGHT_ERROR_CM * rng.normal():.0f}.0",
        "camera_tilt_deg": f"{camera.tilt_deg + TILT_ERROR_DEG * rng.normal():.1f}",
        "camera_roll_deg": f"{camera.roll_deg + ROLL_ERROR_DEG * rng.normal():.1f}",
        "marker_id": "" if plan.marker_id is None else str(plan.marker_id),
        "marker_size_mm": "" if plan.marker_id is None else f"{10 * plan.marker_cm:.0f}",
        "skin_tone": str(plan.skin_tone),
        "true_fx": f"{camera.focal_px:.2f}",
        "true_distance_cm": f"{camera.distance_cm:.2f}",
        "true_camera_height_cm": f"{camera.height_cm:.1f}",
        "true_camera_tilt_deg": f"{camera.tilt_deg:.2f}",
        "true_camera_roll_deg": f"{camera.roll_deg:.2f}",
        "marker_depth_mismatch_cm": "" if plan.mismatch_cm is None else f"{plan.mismatch_cm:.2f}",
        "expected_reason": "" if plan.expected_reason is None else plan.expected_reason.value,
    }
    row |= {name: f"{values[name][0]:.{DECIMALS[name]}f}" for name in QUANTITIES}
    row |= {index.value: f"{z[index][0]:.3f}" if np.isfinite(z[index][0]) else "" for index in INDICES}
    return row


def write_table(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Write sessions.csv, sorted by session."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: row["session_id"]))

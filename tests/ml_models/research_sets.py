"""Small research data sets on disk."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ml_models.features import feature_names
from ml_models.research import landmark_table

DATASET = {"name": "Field study", "ethics_reference": "EC 2026/7", "kind": "features"}
#: The body in front of the camera of `landmark_rows`: 90 cm tall, 200 cm away, focal length 1000 px of 720 x 1280.
STATURE_CM, DEPTH_CM, FX, SIZE = 90.0, 200.0, 1000.0, (720, 1280)

Cells = Mapping[str, Any]


def session_row(number: int, **cells: Any) -> dict[str, Any]:
    """Return a standing girl with a marker; `cells` replace what is told."""
    return {
        "session_id": f"visit {number}",
        "child_id": f"girl {number}",
        "sex": "F",
        "age_days": 1000 + number,
        "position": "standing",
        "height_cm": 90.0 + number,
        "weight_kg": 13.1,
        "muac_mm": "",
        "head_circumference_cm": "",
        "scale_cue": "marker",
        "scale_relative_sd": 0.02,
        **cells,
    }


def feature_cells(extent_cm: float = 90.0) -> dict[str, Any]:
    """Return cells of every feature: the extent of a front film, the others missing."""
    return dict.fromkeys(feature_names(), "") | {"standing_front.crown_soles": extent_cm}


def camera_cells() -> dict[str, Any]:
    """Return the cells of a camera that looks straight at the child."""
    return {"width": SIZE[0], "height": SIZE[1], "fx": FX, "camera_tilt_deg": 0, "depth_cm": DEPTH_CM}


def landmark_rows(session_id: str, frames: int = 3, scan_type: str = "standing_front") -> list[dict[str, Any]]:
    """Return frames of an upright figure: crown, soles, and every landmark between, shoulders above ankles."""
    height_px = STATURE_CM * FX / DEPTH_CM
    top = (SIZE[1] - height_px) / 2
    shares = np.linspace(0.05, 0.97, landmark_table.POINTS)
    rows = []
    for frame in range(frames):
        cells: dict[str, Any] = {"session_id": session_id, "scan_type": scan_type, "frame": frame}
        for index, share in enumerate(shares):
            side = 0.03 if index % 2 else -0.03
            cells |= {f"x_{index}": 0.5 + side, f"y_{index}": (top + share * height_px) / SIZE[1]}
            cells[f"visibility_{index}"] = 0.9
        cells |= {"crown_x": 0.5, "crown_y": top / SIZE[1], "soles_x": 0.5, "soles_y": (top + height_px) / SIZE[1]}
        rows.append(cells)
    return rows


def write_csv(path: Path, rows: Sequence[Cells]) -> None:
    """Write rows with the columns of the first."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_dataset(directory: Path, **told: Any) -> None:
    """Write dataset.json."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "dataset.json").write_text(json.dumps(DATASET | told))


def feature_set(directory: Path, rows: Sequence[Cells] | None = None, **told: Any) -> Path:
    """Write a data set of feature rows."""
    write_dataset(directory, **told)
    write_csv(directory / "sessions.csv", rows or [session_row(n) | feature_cells() for n in range(3)])
    return directory


def landmark_set(directory: Path, frames: Sequence[Cells] | None = None, **cells: Any) -> Path:
    """Write a data set of one session of landmarks."""
    write_dataset(directory, kind="landmarks")
    write_csv(directory / "sessions.csv", [session_row(0) | camera_cells() | cells])
    write_csv(directory / "landmarks.csv", frames or landmark_rows("visit 0"))
    return directory

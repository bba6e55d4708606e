"""Rendered films reduced to what training needs: what the pose model found in each frame beside what was true.

Loading needs numpy alone; `sessions` makes the tables.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

DATA = Path(__file__).parent / "data"
#: Films to train and measure errors on, to calibrate the intervals with, and to report on: different seeds each.
TRAIN_FILMS, CALIBRATION_FILMS, TEST_FILMS = (DATA / f"films_{part}.npz" for part in ("train", "calibration", "test"))
#: Pixels are kept in whole multiples of this in 16 bits, outlines likewise in shares of the crown-soles distance.
STEP_PX, STEP_OUTLINE = 0.1, 1 / 4096
_UNKNOWN = np.iinfo(np.int16).min


@dataclass(frozen=True)
class FilmTable:
    """One row a film. `child`: number of the body within its seed and posture; a front and a side film of one number
    show the same clothed child. `frames_px`: the 35 points found in each frame, (n, frames, 35, 2), NaN where unknown;
    `seen`: visibility of the 33 landmarks, (n, frames, 33); `outline`: as in `PoseSequence`, (n, frames, levels, 2);
    `true_px`: median over frames of the true points, (n, 35, 2); cameras as in `films.Cameras`, children as in
    `children.ChildDraw`; `measured`: QUANTITIES of the body (n, 4); `skin_tone`: 0 light to 5 dark."""

    scan_type: NDArray[np.str_]
    child: NDArray[np.int64]
    frames_px: FloatArray
    seen: FloatArray
    outline: FloatArray
    true_px: FloatArray
    facing_left: NDArray[np.bool_]
    focal_px: FloatArray
    distance_cm: FloatArray
    depth_cm: FloatArray
    tilt_deg: FloatArray
    roll_deg: FloatArray
    height_cm: FloatArray
    is_girl: NDArray[np.bool_]
    age_days: NDArray[np.int64]
    measured: FloatArray
    skin_tone: NDArray[np.int64]

    @property
    def pixels_per_cm(self) -> FloatArray:
        """Scale of the true picture in the body plane, shape (n,)."""
        return np.asarray(self.focal_px / self.depth_cm)

    @property
    def found_px(self) -> FloatArray:
        """Median over frames of the points found, (n, 35, 2), NaN where not found."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", category=RuntimeWarning)
            return np.asarray(np.nanmedian(self.frames_px, axis=1))

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> FilmTable:
        """The chosen rows."""
        return FilmTable(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def join_films(tables: Sequence[FilmTable]) -> FilmTable:
    """Concatenate."""
    return FilmTable(**{f.name: np.concatenate([getattr(t, f.name) for t in tables]) for f in fields(FilmTable)})


def save_films(films: FilmTable, path: Path | BinaryIO) -> None:
    """Write to a compressed npz: points and outlines in whole steps, other numbers in 32 bits."""
    columns = {field.name: getattr(films, field.name) for field in fields(films)}
    small = {name: v.astype(np.float32) if v.dtype == np.float64 else v for name, v in columns.items()}
    small["frames_px"] = _to_steps(films.frames_px, STEP_PX)
    small["outline"] = _to_steps(films.outline, STEP_OUTLINE)
    small["seen"] = np.round(np.nan_to_num(films.seen) * 255).astype(np.uint8)
    np.savez_compressed(path, allow_pickle=False, **small)


def load_films(path: Path) -> FilmTable:
    """Read what `save_films` wrote."""
    with np.load(path) as archive:
        columns = {field.name: archive[field.name] for field in fields(FilmTable)}
    columns["frames_px"] = _from_steps(columns["frames_px"], STEP_PX)
    columns["outline"] = _from_steps(columns["outline"], STEP_OUTLINE)
    columns["seen"] = columns["seen"] / 255.0
    return FilmTable(**{n: v.astype(np.float64) if v.dtype == np.float32 else v for n, v in columns.items()})


def _to_steps(values: FloatArray, step: float) -> NDArray[np.int16]:
    whole = np.clip(np.round(values / step), _UNKNOWN + 1, -(_UNKNOWN + 1))
    return np.where(np.isnan(whole), _UNKNOWN, whole).astype(np.int16)


def _from_steps(whole: NDArray[np.int16], step: float) -> FloatArray:
    return np.where(whole == _UNKNOWN, np.nan, whole * step)

"""Rendered films reduced to what training needs: the 35 points that the pose model found beside the true ones.

Loading needs numpy alone; `sessions` makes the tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

DATA = Path(__file__).parent / "data"
#: Films to train and measure errors on, to calibrate the intervals with, and to report on: different seeds each.
TRAIN_FILMS, CALIBRATION_FILMS, TEST_FILMS = (DATA / f"films_{part}.npz" for part in ("train", "calibration", "test"))


@dataclass(frozen=True)
class FilmTable:
    """One row a film. `found_px`, `true_px`: median over frames of the 35 points (n, 35, 2), NaN where not found;
    `found_frames`: how many frames had a pose; cameras as in `films.Cameras`, children as in `children.ChildDraw`;
    `measured`: QUANTITIES of the body (n, 4); `skin_tone`: 0 light to 5 dark."""

    scan_type: NDArray[np.str_]
    found_px: FloatArray
    true_px: FloatArray
    found_frames: NDArray[np.int64]
    facing_left: NDArray[np.bool_]
    focal_px: FloatArray
    distance_cm: FloatArray
    depth_cm: FloatArray
    tilt_deg: FloatArray
    roll_deg: FloatArray
    is_girl: NDArray[np.bool_]
    age_days: NDArray[np.int64]
    measured: FloatArray
    skin_tone: NDArray[np.int64]

    @property
    def pixels_per_cm(self) -> FloatArray:
        """Scale of the true picture in the body plane, shape (n,)."""
        return np.asarray(self.focal_px / self.depth_cm)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> FilmTable:
        """The chosen rows."""
        return FilmTable(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def join_films(tables: Sequence[FilmTable]) -> FilmTable:
    """Concatenate."""
    return FilmTable(**{f.name: np.concatenate([getattr(t, f.name) for t in tables]) for f in fields(FilmTable)})


def save_films(films: FilmTable, path: Path) -> None:
    """Write to a compressed npz, pixels and centimetres in 32 bits."""
    columns = {field.name: getattr(films, field.name) for field in fields(films)}
    small = {name: v.astype(np.float32) if v.dtype == np.float64 else v for name, v in columns.items()}
    np.savez_compressed(path, allow_pickle=False, **small)


def load_films(path: Path) -> FilmTable:
    """Read what `save_films` wrote."""
    with np.load(path) as archive:
        columns = {field.name: archive[field.name] for field in fields(FilmTable)}
    return FilmTable(**{n: v.astype(np.float64) if v.dtype == np.float32 else v for n, v in columns.items()})

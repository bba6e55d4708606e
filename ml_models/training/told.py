"""Films as operator and phone tell them: simulated or rendered ones, with the wrong distance, focal length, tilt and
camera height that come with them.

What a model reads of them: `told_rows`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_models.features import CROWN, SOLES
from ml_models.synthetic.body_table import BodyTable
from ml_models.synthetic.errors import LandmarkErrors, apply_errors, covariates_of, errors_of, is_gross
from ml_models.synthetic.film_table import FilmTable, load_films
from ml_models.synthetic.films import Cameras, told_geometry, true_points_px
from ml_models.types import ScaleCue, ScanType

FloatArray = NDArray[np.float64]

#: Relative SD of the scale, drawn log-uniformly: from exact to an unknown phone's focal length.
SCALE_SD = {ScaleCue.MARKER: (0.003, 0.06), ScaleCue.DISTANCE: (0.006, 0.12)}
#: Operators tell the camera's height in this share of sessions, with this SD in cm.
HEIGHT_TOLD_SHARE, HEIGHT_ERROR_CM = 0.7, 3.0
#: Share of simulated films whose mask shows no crown, and of those that shows no soles.
MISSING_END_SHARE = 0.03
#: Whole bodies are made larger or smaller by this SD, so that proportions say less of stature.
RESIZE_SD = 0.03
#: Ranges of what the tables do not keep of a film (units in `reference_inputs`), drawn evenly and apart from the child:
#: so a network learns that they say nothing of it. Luminance and length are even in their logarithms.
LIGHTING, VIDEO_QUALITY, FRAME_COUNT, DURATION_S = (0.03, 0.7), (0.5, 1.0), (3, 16), (1.0, 60.0)


@dataclass(frozen=True)
class ToldFilms:
    """Films of one scan type, told with one scale cue, one row a film.

    `frames_px`: the 35 points found in each frame, (n, frames, 35, 2), NaN where not found; `seen`: visibility of the
    33 landmarks, (n, frames, 33); `outline`: as in `PoseSequence`, (n, frames, levels, 2), None for simulated films.
    Told, wrong as drawn: `focal_px`, `depth_cm`, `normal` (n, 3), `height_cm` of the camera, NaN where untold;
    `relative_sd` of the scale. Drawn: the last four. The child: `measured` in QUANTITIES (n, 4), `child` its number.
    """

    scan_type: ScanType
    cue: ScaleCue
    frames_px: FloatArray
    seen: FloatArray
    outline: FloatArray | None
    focal_px: FloatArray
    depth_cm: FloatArray
    normal: FloatArray
    height_cm: FloatArray
    relative_sd: FloatArray
    is_girl: NDArray[np.bool_]
    age_days: NDArray[np.int64]
    measured: FloatArray
    child: NDArray[np.int64]
    lighting: FloatArray
    video_quality: FloatArray
    frame_count: FloatArray
    duration_s: FloatArray

    def __len__(self) -> int:
        return len(self.age_days)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> ToldFilms:
        """The chosen rows."""
        columns: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        arrays: dict[str, Any] = {name: v[rows] for name, v in columns.items() if isinstance(v, np.ndarray)}
        return replace(self, **arrays)


def load_usable(path: Path) -> FilmTable:
    """Read the films of a table whose pose a quality gate would let through."""
    films = load_films(path)
    return films.take(~is_gross(errors_of(films)))


def tell_rendered(
    films: FilmTable, scan_type: ScanType, cue: ScaleCue, rng: np.random.Generator, relative_sd: float | None = None
) -> ToldFilms:
    """Tell every film of `scan_type` once. Without `relative_sd` the scale's SD is drawn as in training."""
    chosen = films.take(np.flatnonzero(films.scan_type == scan_type.value))
    count = len(chosen.age_days)
    sds = _draw_sds(cue, count, rng) if relative_sd is None else np.full(count, relative_sd)
    nothing = np.zeros(count)
    cameras = Cameras(
        rotation=np.empty(0), position=np.empty(0), focal_px=chosen.focal_px, distance_cm=chosen.distance_cm,
        depth_cm=chosen.depth_cm, tilt_deg=chosen.tilt_deg, pan_deg=nothing, roll_deg=chosen.roll_deg,
        height_cm=chosen.height_cm,
    )  # fmt: skip
    return _tell(
        scan_type, cue, cameras, sds, chosen.frames_px, chosen.seen, chosen.outline,
        chosen.is_girl, chosen.age_days, chosen.measured, chosen.child, rng,
    )  # fmt: skip


def tell_simulated(
    table: BodyTable,
    rows: NDArray[np.intp],
    scan_type: ScanType,
    cue: ScaleCue,
    errors: LandmarkErrors,
    confidences: FloatArray,
    rng: np.random.Generator,
) -> ToldFilms:
    """Film the bodies `rows` of `table` once each, with the measured errors of the pose model.

    `confidences`: mean visibilities of rendered films to draw from.
    """
    bodies, count = _resized(table.take(rows), rng), len(rows)
    points, cameras, facing_left = true_points_px(bodies, scan_type, rng)
    pixels_per_cm = cameras.focal_px / cameras.depth_cm
    drawn = errors.draw(covariates_of(scan_type, bodies.measured[:, 0], cameras.tilt_deg, pixels_per_cm), rng)
    found = apply_errors(points, drawn, pixels_per_cm * bodies.measured[:, 0], facing_left)
    for end in (CROWN, SOLES):
        found[rng.random(count) < MISSING_END_SHARE, end] = np.nan
    seen = np.broadcast_to(rng.choice(confidences, count)[:, None, None], (count, 1, 33))
    return _tell(
        scan_type, cue, cameras, _draw_sds(cue, count, rng), found[:, None], seen, None,
        bodies.is_girl, bodies.age_days, bodies.measured, rows, rng,
    )  # fmt: skip


def _tell(
    scan_type: ScanType,
    cue: ScaleCue,
    cameras: Cameras,
    sds: FloatArray,
    frames_px: FloatArray,
    seen: FloatArray,
    outline: FloatArray | None,
    is_girl: NDArray[np.bool_],
    age_days: NDArray[np.int64],
    measured: FloatArray,
    child: NDArray[np.int64] | NDArray[np.intp],
    rng: np.random.Generator,
) -> ToldFilms:
    count = len(age_days)
    lens = told_geometry(scan_type, cameras, cue, 1 + sds * rng.normal(size=count), rng)
    told_height = cameras.height_cm + rng.normal(0, HEIGHT_ERROR_CM, count)
    return ToldFilms(
        scan_type=scan_type,
        cue=cue,
        frames_px=frames_px,
        seen=seen,
        outline=outline,
        focal_px=lens.fx,
        depth_cm=lens.depth_cm,
        normal=lens.normal,
        height_cm=np.where(rng.random(count) < HEIGHT_TOLD_SHARE, told_height, np.nan),
        relative_sd=sds,
        is_girl=is_girl,
        age_days=age_days,
        measured=measured,
        child=np.asarray(child, dtype=np.int64),
        lighting=_log_uniform(LIGHTING, count, rng),
        video_quality=rng.uniform(*VIDEO_QUALITY, count),
        frame_count=rng.integers(FRAME_COUNT[0], FRAME_COUNT[1] + 1, count).astype(np.float64),
        duration_s=_log_uniform(DURATION_S, count, rng),
    )


def _draw_sds(cue: ScaleCue, count: int, rng: np.random.Generator) -> FloatArray:
    return _log_uniform(SCALE_SD[cue], count, rng)


def _log_uniform(limits: tuple[float, float], count: int, rng: np.random.Generator) -> FloatArray:
    return np.asarray(np.exp(rng.uniform(np.log(limits[0]), np.log(limits[1]), count)))


def _resized(bodies: BodyTable, rng: np.random.Generator) -> BodyTable:
    factor = np.exp(rng.normal(0, RESIZE_SD, len(bodies.age_days)))
    powers = factor[:, None] ** np.array([1.0, 3.0, 1.0, 1.0])  # height, weight, arm, head
    return BodyTable(
        bodies.points * factor[:, None, None], bodies.joints * factor[:, None, None], bodies.weights,
        bodies.crown_count, bodies.is_girl, bodies.age_days, bodies.measured * powers,
    )  # fmt: skip

"""Training rows: sessions of rendered films, told to the pipeline's own feature code with errors.

Decides which films make a session and what of a film counts as usable.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ml_models.features import CROWN, MIN_VISIBILITY, SEGMENTS, SOLES, FilmGeometry, segments
from ml_models.networks.proportions import POWERS, log_extent, network_inputs
from ml_models.synthetic.children import zscores
from ml_models.synthetic.errors import errors_of, is_gross
from ml_models.synthetic.film_table import FilmTable
from ml_models.synthetic.films import HEIGHT_PX, WIDTH_PX
from ml_models.training.telling import Habits, ToldLens, draw_errors, exact_lens, told_lens
from ml_models.types import ScaleCue, ScanType

FloatArray = NDArray[np.float64]


class View(StrEnum):
    """Which films a session has."""

    LYING_ABOVE = "lying_above"
    STANDING_FRONT = "standing_front"
    STANDING_SIDE = "standing_side"
    STANDING_BOTH = "standing_front_and_side"

    @property
    def scan_types(self) -> tuple[ScanType, ...]:
        """The films."""
        if self is View.STANDING_BOTH:
            return ScanType.STANDING_FRONT, ScanType.STANDING_SIDE
        return (ScanType(self.value),)


@dataclass(frozen=True)
class Rows:
    """Told sessions. `inputs`: of the network, (n, inputs); `ratios`: its targets, log sizes over the true crown-soles
    distance, (n, 4); `values`: session features (n, names); `z`: of the sizes `measured`, (n, 4); `child`: which body
    of its posture, (n,); `marker_behind_cm`: the body plane, NaN without a marker."""

    inputs: FloatArray
    ratios: FloatArray
    values: FloatArray
    z: FloatArray
    is_girl: NDArray[np.bool_]
    age_days: NDArray[np.int64]
    is_lying: NDArray[np.bool_]
    is_marker: NDArray[np.bool_]
    relative_sd: FloatArray
    measured: FloatArray
    child: NDArray[np.int64]
    skin_tone: NDArray[np.int64]
    marker_behind_cm: FloatArray
    view: NDArray[np.str_]

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Rows:
        """The chosen rows."""
        return Rows(**{name: column[rows] for name, column in vars(self).items()})


def join_rows(parts: list[Rows]) -> Rows:
    """Concatenate."""
    return Rows(**{name: np.concatenate([vars(part)[name] for part in parts]) for name in vars(parts[0])})


def usable(films: FilmTable) -> FilmTable:
    """Films that a quality gate would let through: the whole child in the picture, no grossly wrong pose."""
    ends = films.true_px[:, (CROWN, SOLES)]  # (n, 2, 2)
    inside = ((ends > 0) & (ends < np.array([WIDTH_PX, HEIGHT_PX]))).all(axis=(1, 2))
    return films.take(inside & ~is_gross(errors_of(films)))


def told_rows(
    films: FilmTable, view: View, cue: ScaleCue, habits: Habits | None, lms: FloatArray, rng: np.random.Generator
) -> Rows:
    """Every child of `films` that was filmed as `view` asks, told once; without `habits` told exactly."""
    chosen = films_of(films, view)
    count = len(chosen[0].age_days)
    errors = None if habits is None else draw_errors(count, cue, habits, rng)
    values = np.full((count, len(ScanType), len(SEGMENTS)), np.nan)
    sds, size, scale_error = np.zeros(count), np.ones(count), np.zeros(count)
    for scan_type, table in zip(view.scan_types, chosen, strict=True):
        lens = exact_lens(table, scan_type) if errors is None else told_lens(table, scan_type, errors)
        values[:, list(ScanType).index(scan_type)] = film_segments(table, lens)
        sds += lens.relative_sd / len(chosen)
        scale_error += lens.log_scale_error / len(chosen)
        size = lens.size
    children = chosen[0]
    flat = values.reshape(count, -1)
    lying = np.full(count, view is View.LYING_ABOVE)
    measured = children.measured * size[:, None] ** POWERS
    true_extent = log_extent(flat) - scale_error
    return Rows(
        inputs=network_inputs(flat, children.is_girl, children.age_days, lying),
        ratios=np.log(measured) - POWERS * true_extent[:, None],
        values=flat,
        z=zscores(measured, children.is_girl, children.age_days, lms),
        is_girl=children.is_girl,
        age_days=children.age_days,
        is_lying=lying,
        is_marker=np.full(count, cue is ScaleCue.MARKER),
        relative_sd=sds,
        measured=measured,
        child=children.child,
        skin_tone=children.skin_tone,
        marker_behind_cm=np.full(count, np.nan) if errors is None else errors.marker_behind_cm,
        view=np.full(count, view.value),
    )


def film_segments(films: FilmTable, lens: ToldLens) -> FloatArray:
    """Median segments over frames, (n, len(SEGMENTS)), as `features.session_features` takes them."""
    count, frames = films.frames_px.shape[:2]

    def per_frame(column: FloatArray) -> FloatArray:
        return np.repeat(column[:, None], frames, axis=1)

    geometry = FilmGeometry(
        fx=per_frame(lens.focal_px),
        fy=per_frame(lens.focal_px),
        cx=np.full((count, frames), WIDTH_PX / 2 - 0.5),
        cy=np.full((count, frames), HEIGHT_PX / 2 - 0.5),
        depth_cm=per_frame(lens.depth_cm),
        normal=per_frame(lens.normal),
    )
    points = films.frames_px.copy()  # (n, frames, 35, 2)
    points[:, :, :33][films.seen < MIN_VISIBILITY] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=RuntimeWarning)  # what no frame shows stays NaN
        return np.asarray(np.nanmedian(segments(points, geometry, films.outline), axis=1))


def films_of(films: FilmTable, view: View) -> tuple[FilmTable, ...]:
    """One table for each film of a session of `view`, rows in step; of two films only the children who have both."""
    tables = [films.take(films.scan_type == scan_type.value) for scan_type in view.scan_types]
    if len(tables) == 1:
        return tuple(tables)
    _, *rows = np.intersect1d(tables[0].child, tables[1].child, return_indices=True)
    return tuple(table.take(chosen) for table, chosen in zip(tables, rows, strict=True))

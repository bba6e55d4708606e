"""Training rows: simulated and rendered films of table children, told to the pipeline's own feature code with errors.

Decides which posture is filmed at which age, how good scales are, and what is missing how often.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_models.features import CROWN, SEGMENTS, SOLES, segments
from ml_models.networks.residual import network_inputs
from ml_models.synthetic.body_table import BodyTable
from ml_models.synthetic.children import zscores
from ml_models.synthetic.errors import LandmarkErrors, apply_errors, covariates_of
from ml_models.synthetic.film_table import FilmTable
from ml_models.synthetic.films import Cameras, told_geometry, true_points_px
from ml_models.types import ScaleCue, ScanType

FloatArray = NDArray[np.float64]

#: Lying films up to this age in days, standing ones from this age: a month or four either way of the standard's 731.
LYING_BELOW_DAYS, STANDING_FROM_DAYS = 860, 600
#: Relative SD of the scale, drawn log-uniformly: from exact to an unknown phone's focal length.
SCALE_SD = {ScaleCue.MARKER: (0.003, 0.06), ScaleCue.DISTANCE: (0.006, 0.12)}
#: Shares of sessions with front, side, both films; of films whose mask shows no crown or no soles.
STANDING_MIX = (0.5, 0.15, 0.35)
MISSING_END_SHARE = 0.03
#: Share of the variance of the scale's error that the films of a session have in common: one operator, one phone.
SHARED_SCALE_ERROR = 0.6
#: Whole bodies are made larger or smaller by this SD, so that proportions say less of stature.
RESIZE_SD = 0.03


@dataclass(frozen=True)
class Rows:
    """Training or test rows. `inputs`: (n, inputs); `values`: session features (n, names); `z`: targets (n, 4);
    `child`: which body of the table or of the films, (n,)."""

    inputs: FloatArray
    values: FloatArray
    z: FloatArray
    is_girl: NDArray[np.bool_]
    age_days: NDArray[np.int64]
    is_lying: NDArray[np.bool_]
    is_marker: NDArray[np.bool_]
    relative_sd: FloatArray
    measured: FloatArray
    child: NDArray[np.int64]

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Rows:
        """The chosen rows."""
        return Rows(**{name: column[rows] for name, column in vars(self).items()})


def join_rows(parts: list[Rows]) -> Rows:
    """Concatenate."""
    return Rows(**{name: np.concatenate([vars(part)[name] for part in parts]) for name in vars(parts[0])})


def simulated_rows(
    table: BodyTable, count: int, errors: dict[ScanType, LandmarkErrors], lms: FloatArray, rng: np.random.Generator
) -> Rows:
    """About `count` sessions of children of `table`, projected with the measured errors of the pose model."""
    lying_pool = np.flatnonzero(table.age_days < LYING_BELOW_DAYS)
    standing_pool = np.flatnonzero(table.age_days >= STANDING_FROM_DAYS)
    parts = []
    for cue in (ScaleCue.MARKER, ScaleCue.DISTANCE):
        for is_lying, pool in ((True, lying_pool), (False, standing_pool)):
            chosen = rng.choice(pool, count // 4)
            bodies = _resized(table.take(chosen), rng)
            children = _Children(bodies.is_girl, bodies.age_days, bodies.measured, chosen)
            blocks, sds = _simulated_blocks(bodies, is_lying, cue, errors, rng)
            parts.append(_rows(blocks, children, is_lying, cue, sds, lms))
    return join_rows(parts)


def rendered_rows(
    films: FilmTable,
    repeats: int,
    lms: FloatArray,
    rng: np.random.Generator,
    scale_sd: dict[ScaleCue, float] | None = None,
) -> Rows:
    """Every rendered film `repeats` times per cue, each time told with other errors of operator and phone.

    `scale_sd`: one relative SD per cue; without it they are drawn as in training.
    """
    parts = []
    for scan_type in ScanType:
        numbers = np.repeat(np.flatnonzero(films.scan_type == scan_type.value), repeats)
        chosen = films.take(numbers)
        children = _Children(chosen.is_girl, chosen.age_days, chosen.measured, numbers)
        for cue in (ScaleCue.MARKER, ScaleCue.DISTANCE):
            if len(chosen.age_days):
                drawn = _draw_sds(cue, len(chosen.age_days), rng)
                sds = np.full_like(drawn, scale_sd[cue]) if scale_sd else drawn
                block = film_block(chosen, scan_type, cue, sds, rng)
                parts.append(_rows({scan_type: block}, children, scan_type.is_lying, cue, sds, lms))
    return join_rows(parts)


def film_block(
    films: FilmTable, scan_type: ScanType, cue: ScaleCue, sds: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Segments, (n, SEGMENTS), of rendered films of one scan type, told with errors of size `sds`."""
    cameras = Cameras(
        rotation=np.empty(0), position=np.empty(0), focal_px=films.focal_px, distance_cm=films.distance_cm,
        depth_cm=films.depth_cm, tilt_deg=films.tilt_deg, roll_deg=films.roll_deg,
    )  # fmt: skip
    scale = 1 + sds * rng.normal(size=len(sds))
    return segments(films.found_px, told_geometry(scan_type, cameras, cue, scale, rng))


@dataclass(frozen=True)
class _Children:
    is_girl: NDArray[np.bool_]
    age_days: NDArray[np.int64]
    measured: FloatArray
    child: NDArray[np.int64]


def _simulated_blocks(
    bodies: BodyTable,
    is_lying: bool,
    cue: ScaleCue,
    errors: dict[ScanType, LandmarkErrors],
    rng: np.random.Generator,
) -> tuple[dict[ScanType, FloatArray], FloatArray]:
    """Segments by scan type, each (n, SEGMENTS), and the scale's SDs, (n,), of one session of every body."""
    count = len(bodies.age_days)
    sds = _draw_sds(cue, count, rng)
    shared = rng.normal(size=count)
    blocks: dict[ScanType, FloatArray] = {}
    if is_lying:
        wanted = {ScanType.LYING_ABOVE: np.ones(count, dtype=bool)}
    else:
        mix = rng.choice(3, count, p=STANDING_MIX)
        wanted = {ScanType.STANDING_FRONT: mix != 1, ScanType.STANDING_SIDE: mix != 0}
    for scan_type, has_view in wanted.items():
        points, cameras, facing_left = true_points_px(bodies, scan_type, rng)
        pixels_per_cm = cameras.focal_px / cameras.depth_cm
        covariates = covariates_of(scan_type, bodies.measured[:, 0], cameras.tilt_deg, pixels_per_cm)
        drawn = errors[scan_type].draw(covariates, rng)
        found = apply_errors(points, drawn, pixels_per_cm * bodies.measured[:, 0], facing_left)
        for end in (CROWN, SOLES):
            found[rng.random(count) < MISSING_END_SHARE, end] = np.nan
        own = rng.normal(size=count)
        scale = 1 + sds * (np.sqrt(SHARED_SCALE_ERROR) * shared + np.sqrt(1 - SHARED_SCALE_ERROR) * own)
        blocks[scan_type] = segments(found, told_geometry(scan_type, cameras, cue, scale, rng))
        blocks[scan_type][~has_view] = np.nan
    return blocks, sds


def _rows(
    blocks: dict[ScanType, FloatArray],
    children: _Children,
    is_lying: bool,
    cue: ScaleCue,
    sds: FloatArray,
    lms: FloatArray,
) -> Rows:
    count = len(children.age_days)
    girl, age_days = children.is_girl, children.age_days
    empty = np.full((count, len(SEGMENTS)), np.nan)
    values = np.concatenate([blocks.get(scan_type, empty) for scan_type in ScanType], axis=1)
    is_marker = np.full(count, cue is ScaleCue.MARKER)
    lying = np.full(count, is_lying)
    return Rows(
        inputs=network_inputs(values, girl, age_days, lying, is_marker, sds, lms),
        values=values,
        z=zscores(children.measured, girl, age_days, lms),
        is_girl=girl,
        age_days=age_days,
        is_lying=lying,
        is_marker=is_marker,
        relative_sd=sds,
        measured=children.measured,
        child=children.child,
    )


def _draw_sds(cue: ScaleCue, count: int, rng: np.random.Generator) -> FloatArray:
    low, high = SCALE_SD[cue]
    return np.exp(rng.uniform(np.log(low), np.log(high), count))


def _resized(bodies: BodyTable, rng: np.random.Generator) -> BodyTable:
    factor = np.exp(rng.normal(0, RESIZE_SD, len(bodies.age_days)))
    powers = factor[:, None] ** np.array([1.0, 3.0, 1.0, 1.0])  # height, weight, arm, head
    return BodyTable(
        bodies.points * factor[:, None, None], bodies.joints * factor[:, None, None], bodies.weights,
        bodies.crown_count, bodies.is_girl, bodies.age_days, bodies.measured * powers,
    )  # fmt: skip

"""A small film table of simulated children, in place of the rendered ones: quick, and no file of data is needed."""

from __future__ import annotations

from functools import cache

import numpy as np

from ml_models.synthetic.body_table import load_body_table
from ml_models.synthetic.errors import apply_errors, covariates_of, load_errors
from ml_models.synthetic.film_table import FilmTable, join_films
from ml_models.synthetic.films import true_points_px
from ml_models.training.reference_rows import LYING_BELOW_DAYS, STANDING_FROM_DAYS
from ml_models.types import OUTLINE_LEVELS, ScanType

FRAMES = 3
#: Frame-to-frame SD of the found points, px.
JITTER_PX = 0.8


@cache
def film_table(films: int, seed: int) -> FilmTable:
    """`films` films of each scan type, FRAMES frames each, without outlines."""
    rng = np.random.default_rng(seed)
    return join_films([_films(scan_type, films, rng) for scan_type in ScanType])


def _films(scan_type: ScanType, count: int, rng: np.random.Generator) -> FilmTable:
    table = load_body_table()
    of_age = table.age_days < LYING_BELOW_DAYS if scan_type.is_lying else table.age_days >= STANDING_FROM_DAYS
    child = rng.choice(np.flatnonzero(of_age), count, replace=False)
    bodies = table.take(child)
    true_px, cameras, facing_left = true_points_px(bodies, scan_type, rng)
    pixels_per_cm = cameras.focal_px / cameras.depth_cm
    covariates = covariates_of(scan_type, bodies.measured[:, 0], cameras.tilt_deg, pixels_per_cm)
    errors = load_errors()[scan_type].draw(covariates, rng)
    found = apply_errors(true_px, errors, pixels_per_cm * bodies.measured[:, 0], facing_left)
    return FilmTable(
        scan_type=np.full(count, scan_type.value),
        child=child,
        frames_px=found[:, None] + rng.normal(0, JITTER_PX, (count, FRAMES, 35, 2)),
        seen=rng.uniform(0.8, 1.0, (count, FRAMES, 33)),
        outline=np.full((count, FRAMES, OUTLINE_LEVELS, 2), np.nan),
        true_px=true_px,
        facing_left=facing_left,
        focal_px=cameras.focal_px,
        distance_cm=cameras.distance_cm,
        depth_cm=cameras.depth_cm,
        tilt_deg=cameras.tilt_deg,
        roll_deg=cameras.roll_deg,
        height_cm=cameras.height_cm,
        is_girl=bodies.is_girl,
        age_days=bodies.age_days,
        measured=bodies.measured,
        skin_tone=rng.integers(0, 6, count),
    )

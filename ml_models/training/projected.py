"""Films of table bodies that nobody rendered: exact points with the measured errors of the pose model.

Cheap and many; a model that has seen nothing else is biased on rendered films, so they only come on top of those.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_models.synthetic.body_table import BodyTable
from ml_models.synthetic.errors import LandmarkErrors, apply_errors, covariates_of
from ml_models.synthetic.film_table import FilmTable, join_films
from ml_models.synthetic.films import true_points_px
from ml_models.training.told_rows import confidence_of
from ml_models.types import OUTLINE_LEVELS, ScanType

#: Lying films up to this age in days, standing ones from this age: a month or four either way of the standard's 731.
LYING_BELOW_DAYS, STANDING_FROM_DAYS = 860, 600
#: Shares of the films by scan type.
SHARES = {ScanType.LYING_ABOVE: 0.5, ScanType.STANDING_FRONT: 0.35, ScanType.STANDING_SIDE: 0.15}


def projected_films(
    table: BodyTable,
    rows: NDArray[np.intp],
    count: int,
    errors: dict[ScanType, LandmarkErrors],
    rendered: FilmTable,
    rng: np.random.Generator,
) -> FilmTable:
    """About `count` films of the bodies `rows` of `table`, one frame each, without outlines.

    They are seen with the confidences of the films of `rendered`. `child` is the body's row; skin has no tone here: -1.
    """
    confidences, age_days = confidence_of(rendered), table.age_days[rows]
    parts = []
    for scan_type, share in SHARES.items():
        of_age = age_days < LYING_BELOW_DAYS if scan_type.is_lying else age_days >= STANDING_FROM_DAYS
        chosen = rng.choice(rows[of_age], round(count * share))
        parts.append(project(table, chosen, scan_type, errors[scan_type], rng.choice(confidences, len(chosen)), rng))
    return join_films(parts)


def project(
    table: BodyTable,
    rows: NDArray[np.intp],
    scan_type: ScanType,
    errors: LandmarkErrors,
    confidences: NDArray[np.float64],
    rng: np.random.Generator,
) -> FilmTable:
    """Film the bodies `rows` once each; `confidences`: visibility of all points of each film, (n,)."""
    bodies, count = table.take(rows), len(rows)
    points, cameras, facing_left = true_points_px(bodies, scan_type, rng)
    pixels_per_cm = cameras.focal_px / cameras.depth_cm
    drawn = errors.draw(covariates_of(scan_type, bodies.measured[:, 0], cameras.tilt_deg, pixels_per_cm), rng)
    found = apply_errors(points, drawn, pixels_per_cm * bodies.measured[:, 0], facing_left)
    return FilmTable(
        scan_type=np.full(count, scan_type.value),
        child=np.asarray(rows, dtype=np.int64),
        frames_px=found[:, None],
        seen=np.broadcast_to(confidences[:, None, None], (count, 1, 33)),
        outline=np.full((count, 1, OUTLINE_LEVELS, 2), np.nan),
        true_px=points,
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
        skin_tone=np.full(count, -1),
    )

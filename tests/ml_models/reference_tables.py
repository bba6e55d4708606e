"""A small film table of projected children, in place of the rendered ones: quick, and no file of films is needed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from ml_models.synthetic.body_table import load_body_table
from ml_models.synthetic.errors import load_errors
from ml_models.synthetic.film_table import FilmTable, join_films
from ml_models.training.projected import LYING_BELOW_DAYS, STANDING_FROM_DAYS, project
from ml_models.types import OUTLINE_LEVELS, ScanType

FRAMES = 3
#: Frame-to-frame SD of the found points, px.
JITTER_PX = 0.8


@cache
def film_table(films: int, seed: int) -> FilmTable:
    """`films` children lying and as many standing, these from the front and from the side, FRAMES frames each."""
    rng = np.random.default_rng(seed)
    table, errors = load_body_table(), load_errors()
    lying = rng.choice(np.flatnonzero(table.age_days < LYING_BELOW_DAYS), films, replace=False)
    standing = rng.choice(np.flatnonzero(table.age_days >= STANDING_FROM_DAYS), films, replace=False)
    parts = [
        project(table, lying if t.is_lying else standing, t, errors[t], np.full(films, 0.9), rng) for t in ScanType
    ]
    return _several_frames(join_films(parts), rng)


def _several_frames(films: FilmTable, rng: np.random.Generator) -> FilmTable:
    count = len(films.age_days)
    return replace(
        films,
        frames_px=films.frames_px + rng.normal(0, JITTER_PX, (count, FRAMES, 35, 2)),
        seen=rng.uniform(0.8, 1.0, (count, FRAMES, 33)),
        outline=np.full((count, FRAMES, OUTLINE_LEVELS, 2), np.nan),
        skin_tone=rng.integers(0, 6, count),
    )

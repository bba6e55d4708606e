"""Chunks of films that nobody rendered: points of the body table projected, quickly, the same for the same chunk."""

from __future__ import annotations

import io
from functools import cache

import numpy as np

from ml_models.synthetic.body_table import BodyTable, load_body_table
from ml_models.synthetic.chunks import Chunk
from ml_models.synthetic.errors import load_errors
from ml_models.synthetic.film_table import save_films
from ml_models.synthetic.sessions import AGE_DAYS
from ml_models.training.projected import project


def make_fake(chunk: Chunk) -> bytes:
    """Return the npz file of `chunk.films` films."""
    bodies = _bodies()
    rng = np.random.default_rng([chunk.seed, len(chunk.scan_type), chunk.number])
    low, high = AGE_DAYS[chunk.scan_type]
    rows = rng.choice(np.flatnonzero((bodies.age_days >= low) & (bodies.age_days < high)), chunk.films)
    errors = load_errors()[chunk.scan_type]
    buffer = io.BytesIO()
    save_films(project(bodies, rows, chunk.scan_type, errors, rng.uniform(0.8, 1.0, chunk.films), rng), buffer)
    return buffer.getvalue()


@cache
def _bodies() -> BodyTable:
    return load_body_table()

"""Make one chunk of films as the bytes of its npz file: the same on every process and machine.

Rendered chunks need requirements-training.txt, EGL and the pose model; projected ones numpy alone.
"""

from __future__ import annotations

import io
import os
from functools import cache
from pathlib import Path

import numpy as np
import torch

from ml_models.pose import PoseEstimator, load_pose_estimator
from ml_models.synthetic.bodies import BodyModel
from ml_models.synthetic.body_table import BodyTable, load_body_table
from ml_models.synthetic.chunks import Chunk, Kind
from ml_models.synthetic.errors import load_errors
from ml_models.synthetic.film_table import FilmTable, load_films, save_films
from ml_models.synthetic.render import Renderer
from ml_models.synthetic.sessions import AGE_DAYS, render_chunk
from ml_models.training.projected import project
from ml_models.training.told_rows import confidence_of
from ml_models.types import ScanType


def make_rendered(chunk: Chunk) -> bytes:
    """Render the chunk's films and look at them. Raises ValueError for a projected chunk."""
    if chunk.kind is not Kind.RENDERED:
        raise ValueError(f"{chunk.name} is not rendered")
    model, renderer, estimator = _tools()
    return _content(render_chunk(chunk.scan_type, chunk.seed, chunk.number, model, renderer, estimator))


def make_projected(chunk: Chunk, errors: Path, bodies: Path, rendered: Path) -> bytes:
    """Project the chunk's films. `errors`: table of the pose model's errors, `bodies`: body table, `rendered`: films
    whose confidences are drawn from."""
    table, confidences = _seen(bodies, rendered)
    rng = np.random.default_rng([chunk.seed, 20 + list(ScanType).index(chunk.scan_type), chunk.number])
    low, high = AGE_DAYS[chunk.scan_type]
    rows = rng.choice(np.flatnonzero((table.age_days >= low) & (table.age_days < high)), chunk.films)
    films = project(
        table, rows, chunk.scan_type, load_errors(errors)[chunk.scan_type], rng.choice(confidences, len(rows)), rng
    )
    return _content(films)


def _content(films: FilmTable) -> bytes:
    buffer = io.BytesIO()
    save_films(films, buffer)
    return buffer.getvalue()


@cache
def _tools() -> tuple[BodyModel, Renderer, PoseEstimator]:
    os.environ.setdefault("LP_NUM_THREADS", "1")  # the software renderer; processes share the cores
    torch.set_num_threads(1)
    return BodyModel(), Renderer(), load_pose_estimator()


@cache
def _seen(bodies: Path, rendered: Path) -> tuple[BodyTable, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    return load_body_table(bodies), confidence_of(load_films(rendered))

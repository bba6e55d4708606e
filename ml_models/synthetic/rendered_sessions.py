"""Render a folder of scan sessions with exact truth, as `python -m ml_models.evaluate` reads it.

    python -m ml_models.synthetic.rendered_sessions --count 120 --seed 7 --out DIR [--bad 20] [--jobs 2]

Writes DIR/sessions.csv and DIR/videos/*.mp4. Needs requirements-training.txt and EGL; about ten seconds a film on one
core. The same count and seed give the same sessions whatever the number of processes; finished sessions are kept when
the command is run again.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from pathlib import Path

import torch
from tqdm import tqdm

from ml_models.synthetic.bodies import BodyModel
from ml_models.synthetic.film_renderer import FilmRenderer
from ml_models.synthetic.refused_sessions import draw_refused, render_refused
from ml_models.synthetic.rendered_films import render_session
from ml_models.synthetic.session_plans import SessionPlan, draw_plans
from ml_models.synthetic.session_table import session_row, write_table

ROWS, VIDEOS, TABLE = "rows", "videos", "sessions.csv"


def render_folder(
    *, count: int, refused: int, seed: int, out: Path, jobs: int, progress: Callable[[int], object] = lambda _: None
) -> Path:
    """Render `count` sessions that must be measured and `refused` that must not, return the table's path.

    `progress` is called with 1 for every session done. A session that is there already is not rendered again.
    """
    (out / VIDEOS).mkdir(parents=True, exist_ok=True)
    (out / ROWS).mkdir(exist_ok=True)
    plans = [*draw_plans(count, seed), *draw_refused(refused, seed)]
    missing = [plan for plan in plans if not _row_path(out, plan).exists()]
    progress(len(plans) - len(missing))
    if jobs == 1:
        for plan in missing:
            _render_one(plan, out)
            progress(1)
    elif missing:
        spawn = multiprocessing.get_context("spawn")  # a forked process may not share a graphics context
        with ProcessPoolExecutor(jobs, mp_context=spawn) as pool:
            for done in as_completed([pool.submit(_render_one, plan, out) for plan in missing]):
                done.result()
                progress(1)
    rows = [json.loads(_row_path(out, plan).read_text(encoding="utf-8")) for plan in plans]
    write_table(out / TABLE, rows)
    return out / TABLE


def _render_one(plan: SessionPlan, out: Path) -> None:
    """Render one session; its row is written last and at once, so that it stands for a finished session."""
    model, renderer = _tools()
    if plan.expected_reason is None:
        bodies, files, camera = render_session(plan, model, renderer, out / VIDEOS)
    else:
        film = render_refused(plan, model, renderer, out / VIDEOS)
        bodies, files, camera = film.bodies, {plan.scan_types[0]: film.path}, film.camera
    path = _row_path(out, plan)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(session_row(plan, bodies.measured[0], files, camera)), encoding="utf-8")
    unfinished.replace(path)


def _row_path(out: Path, plan: SessionPlan) -> Path:
    return out / ROWS / f"{plan.session_id}.json"


@cache
def _tools() -> tuple[BodyModel, FilmRenderer]:
    os.environ.setdefault("LP_NUM_THREADS", "1")  # the software renderer; processes share the cores
    torch.set_num_threads(1)
    return BodyModel(), FilmRenderer()


def main() -> None:
    """Render sessions from the command line."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--count", type=int, required=True, help="sessions that must be measured")
    parser.add_argument("--bad", type=int, default=0, help="sessions that must be refused")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    arguments = parser.parse_args()
    with tqdm(total=arguments.count + arguments.bad, unit="session") as bar:
        render_folder(
            count=arguments.count, refused=arguments.bad, seed=arguments.seed, out=arguments.out,
            jobs=arguments.jobs, progress=bar.update,
        )  # fmt: skip


if __name__ == "__main__":
    main()

"""Synthetic training films a minute on one core, rendered and projected.

Yardstick, in the same run: the pose model looking at the frames of one film. No rendered film costs less than that,
for looking at it is a part of making it. Seconds are this process's own on all its threads, so that other work on the
machine counts little. Goals: a rendered film in at most 4 looks, at least 500 projected films a look.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np

from ml_models.pose import load_pose_estimator
from ml_models.synthetic.body_table import load_body_table
from ml_models.synthetic.chunk_maker import make_rendered
from ml_models.synthetic.chunks import RENDERED_FILMS, Chunk, Kind, Part
from ml_models.synthetic.errors import load_errors
from ml_models.synthetic.sessions import FRAMES
from ml_models.training.projected import project
from ml_models.types import SampledFrames, ScanType

SAMPLE = Path(__file__).resolve().parent.parent / "tests" / "data" / "videos" / "A003_lying.mp4"
RENDERED_WIDTH, RENDERED_HEIGHT = 432, 768
PROJECTED_FILMS, LOOKS, ROUNDS, SEED = 2000, 25, 3, 424242
GOAL_LOOKS_A_FILM, GOAL_PROJECTED_A_LOOK = 4.0, 500.0


def main() -> None:
    """Print films a minute and their ratio to the yardstick."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    look_s = measure_looks()
    print(f"  yardstick: the pose model on the {FRAMES} frames of a film {look_s:.3f} s")
    projected_s = median_seconds(project_films, rounds) / PROJECTED_FILMS
    print(f"  projected {60 / projected_s:,.0f} films a minute and core")
    print(f"  ratio: {look_s / projected_s:,.0f} projected films a look (goal at least {GOAL_PROJECTED_A_LOOK:g})")
    if importlib.util.find_spec("anny") is None:
        print("  rendered: not measured, requirements-training.txt is not installed here")
        return
    chunks = iter(range(rounds + 1))
    rendered_s = median_seconds(lambda: render_films(next(chunks)), rounds) / RENDERED_FILMS
    print(f"  rendered {60 / rendered_s:.1f} films a minute and core")
    print(f"  ratio: {rendered_s / look_s:.2f} looks a rendered film (goal at most {GOAL_LOOKS_A_FILM:g})")


def median_seconds(work: Callable[[], object], rounds: int) -> float:
    """Median CPU seconds of `work`; a first round fills caches."""
    seconds = []
    for _round in range(rounds + 1):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return statistics.median(seconds[1:])


def measure_looks() -> float:
    """Return the CPU seconds that the pose model takes for the frames of one film."""
    with av.open(str(SAMPLE)) as container:
        frames = [
            frame.reformat(width=RENDERED_WIDTH, height=RENDERED_HEIGHT, format="rgb24").to_ndarray()
            for frame in container.decode(video=0)
        ]
    chosen = np.stack(frames[:: len(frames) // FRAMES][:FRAMES])
    film = SampledFrames(chosen, np.arange(FRAMES) / 3, 720, 1280, RENDERED_WIDTH / 720, 1.0, 15.0, "none")
    estimator = load_pose_estimator()
    return median_seconds(lambda: estimator.estimate(film), LOOKS)


def project_films() -> None:
    """Project PROJECTED_FILMS films of standing children."""
    rng = np.random.default_rng(SEED)
    table = load_body_table()
    rows = rng.choice(np.flatnonzero(table.age_days >= 731), PROJECTED_FILMS)
    errors = load_errors()[ScanType.STANDING_FRONT]
    project(table, rows, ScanType.STANDING_FRONT, errors, np.full(PROJECTED_FILMS, 0.9), rng)


def render_films(number: int) -> None:
    """Make one chunk of rendered films of standing children."""
    make_rendered(Chunk(Kind.RENDERED, Part.TRAIN, SEED, ScanType.STANDING_FRONT, number, RENDERED_FILMS))


if __name__ == "__main__":
    main()

"""A 10 s 1080p30 film, upload finished -> assessment stored, against its floor; and the gpu worker's memory.

Yardstick ("floor"), measured in the same run and in turn with the pipeline: decoding the frames that are used, in this
process, and the pose model on them. Goal: at most 1.5 floors, never over 30 s; a gpu worker under 1.5 GB over 50 films.

The inference of a session, from film to estimate, is also set against its own decoding and pose stages: everything that
this project adds to them (checks, scale, features, networks) may cost three tenths of them. Goal: at most 1.3.
"""

from __future__ import annotations

import argparse
import io
import statistics
import tempfile
import time
from pathlib import Path

import av
import numpy as np
import psutil

from benchmarks.films import SAMPLE, full_hd_film
from benchmarks.stage import make_child, private_portal

FILM_SECONDS = 10
AGE_DAYS, SEX = 304, "F"
FACTS = {"marker_used": True, "marker_id": 4, "marker_size_mm": 160}
ROUNDS = 5
WORKER_FILMS = 50
GOAL_RATIO, GOAL_SECONDS, GOAL_WORKER_MB = 1.5, 30.0, 1500
GOAL_INFERENCE_RATIO = 1.3
# Stages that are neither inference nor its yardstick: how fast storage is says nothing of the model.
NOT_INFERENCE = {"fetching"}
YARDSTICK = {"decoding", "pose"}


def main() -> None:
    """Print seconds per stage, the ratio to the floor, and the gpu worker's memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--worker-films", type=int, default=WORKER_FILMS)
    arguments = parser.parse_args()
    with private_portal() as servers:
        film = full_hd_film(seconds=FILM_SECONDS)
        measure_pipeline(film, rounds=arguments.rounds)
        measure_worker(servers.folder, films=arguments.worker_films)


def measure_pipeline(film: bytes, *, rounds: int) -> None:
    """Run pipeline and floor in turn and print medians."""
    from predictions.models import Prediction
    from predictions.pipeline import STAGES, process_session, warm_up

    warm_up()
    pipeline_seconds, floor_seconds = [], []
    for round_number in range(rounds + 1):
        session = queue_session(film)
        started = time.perf_counter()
        process_session(session.pk)
        elapsed = time.perf_counter() - started
        floor = measure_floor(film)
        if round_number:  # the first round fills caches
            pipeline_seconds.append(elapsed)
            floor_seconds.append(floor)
    stages = [row.stage_seconds for row in Prediction.objects.order_by("created_at")][1:]
    if len(stages) != rounds:
        raise SystemExit(f"only {len(stages)} of {rounds} films gave an estimate")
    for stage, _step in STAGES:
        print(f"  {stage.value:10s} {statistics.median(row[stage.value] for row in stages):7.3f} s")
    pipeline, floor = statistics.median(pipeline_seconds), statistics.median(floor_seconds)
    ratio = statistics.median(a / b for a, b in zip(pipeline_seconds, floor_seconds, strict=True))
    print(f"  pipeline {pipeline:.2f} s (never over {GOAL_SECONDS:g}), floor {floor:.2f} s")
    print(f"  ratio to the floor {ratio:.2f} (goal at most {GOAL_RATIO})")
    inference = statistics.median(inference_ratio(row) for row in stages)
    print(f"  inference to its decoding and pose {inference:.2f} (goal at most {GOAL_INFERENCE_RATIO})")
    print(f"  what that takes in workers: manage.py estimate_costs --seconds-per-film {pipeline:.2f}")


def inference_ratio(stage_seconds: dict[str, float]) -> float:
    """Return what one session cost from film to estimate, as a multiple of its decoding and pose stages."""
    inference = sum(seconds for stage, seconds in stage_seconds.items() if stage not in NOT_INFERENCE)
    return inference / sum(stage_seconds[stage] for stage in YARDSTICK)


def queue_session(film: bytes):
    """Return a queued session of a new child with `film`."""
    from django.core.files.base import ContentFile

    from scans.services import attach_video, start_session, submit_session

    child, worker = make_child(age_days=AGE_DAYS, sex=SEX)
    session = start_session(child=child, started_by=worker, facts=FACTS)
    attach_video(session=session, scan_type="lying_above", upload=ContentFile(film, name="film.mp4"))
    return submit_session(session=session)


def measure_floor(film: bytes) -> float:
    """Return the seconds that decoding the used frames and the pose model on them take, in this process."""
    from django.conf import settings

    from ml_models.pose import load_pose_estimator
    from ml_models.types import SampledFrames

    estimator = load_pose_estimator(settings.POSE_BACKEND)
    started = time.perf_counter()
    images = decode_used_frames(film, count=settings.SCAN_FRAME_COUNT)
    frames = SampledFrames(
        images=images,
        times_s=np.arange(len(images), dtype=np.float64),
        width=images.shape[2],
        height=images.shape[1],
        scale=1.0,
        duration_s=FILM_SECONDS,
        fps=30.0,
        codec="h264",
    )
    estimator.estimate(frames)
    return time.perf_counter() - started


def decode_used_frames(film: bytes, *, count: int) -> np.ndarray:
    """Return `count` evenly spaced frames, RGB, shape (count, height, width, 3), each sought by its key frame."""
    images = []
    with av.open(io.BytesIO(film)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        duration = float(stream.duration * stream.time_base)
        for index in range(count):
            wanted = (index + 0.5) / count * duration
            container.seek(int(wanted / stream.time_base), stream=stream)
            for frame in container.decode(stream):
                if frame.time >= wanted - 1 / 60:
                    images.append(frame.to_ndarray(format="rgb24"))
                    break
    return np.stack(images)


def measure_worker(folder: Path, *, films: int) -> None:
    """Send `films` films through a real gpu worker and print its peak memory."""
    from django.db import connection

    from scans.models import ScanSession
    from tests.servers import process_env, start_worker, wait_until

    sessions = [queue_session(SAMPLE.read_bytes()) for _film in range(films)]
    env = process_env(database=connection.settings_dict["NAME"], SCAN_REPUBLISH_SECONDS="600")
    worker = start_worker(queue="gpu", env=env, logs=Path(tempfile.mkdtemp(dir=folder)))
    peak = 0
    try:
        process = psutil.Process(worker.pid)

        def all_ended() -> bool:
            nonlocal peak
            peak = max(peak, process.memory_info().rss)
            return not ScanSession.objects.filter(pk__in=[s.pk for s in sessions]).in_progress().exists()

        started = time.perf_counter()
        wait_until(all_ended, timeout=600, what="the worker to finish its films")
        elapsed = time.perf_counter() - started
    finally:
        worker.terminate()
    print(f"  gpu worker: {films} films of 2 s, {elapsed / films:.2f} s each, peak {peak / 1e6:.0f} MB", end="")
    print(f" (goal under {GOAL_WORKER_MB} MB)")


if __name__ == "__main__":
    main()

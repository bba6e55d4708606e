"""Real workers on the test database, with leases of seconds, and films that kill or hang them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from django.db import connection

from scans.models import ScanSession
from tests.servers import RunningProcess, process_env, start_beat, start_worker

LEASE_SECONDS = "3"
FRAMES_PER_SECOND = 15
MARKER = {"marker_used": True, "marker_id": 4, "marker_size_mm": 160, "focal_length_px": "1160.5"}


@pytest.fixture
def worker_env() -> dict[str, str]:
    """The environment of workers in these tests: everything that waits, waits for seconds."""
    return process_env(
        database=connection.settings_dict["NAME"],
        SCAN_LEASE_SECONDS=LEASE_SECONDS,
        SCAN_SWEEP_SECONDS="1",
        SCAN_REPUBLISH_SECONDS="5",
        POSE_BACKEND="tests.faults.pose.FaultyPoseEstimator",
    )


@pytest.fixture
def start_gpu_worker(worker_env: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., RunningProcess]]:
    """Return a starter of real gpu workers; they are ended after the test."""
    started: list[RunningProcess] = []

    def start(**changes: str) -> RunningProcess:
        logs = tmp_path / f"gpu-{len(started)}"
        worker = start_worker(queue="gpu", env={**worker_env, **changes}, logs=logs)
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.terminate()


@pytest.fixture
def sweeping(worker_env: dict[str, str], tmp_path: Path) -> Iterator[None]:
    """A real beat and a real default worker sweep the ledger meanwhile."""
    worker = start_worker(queue="default", env=worker_env, logs=tmp_path / "default")
    beat = start_beat(env=worker_env, logs=tmp_path / "beat")
    yield
    for process in (beat, worker):
        process.terminate()


@pytest.fixture
def good_session(make_session, make_child):
    """Return a maker of sessions whose film the pipeline can measure."""

    def make() -> ScanSession:
        return make_session(child=make_child(age_days=304, sex="F"), film="A003_lying.mp4", **MARKER)

    return make


def noise_film(side_px: int) -> bytes:
    """Return two seconds of sharp noise, h264 in mp4, `side_px` square: readable, bright, and no child in it."""
    rng = np.random.default_rng(side_px)
    target = io.BytesIO()
    with av.open(target, mode="w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND)
        stream.width = stream.height = side_px
        stream.pix_fmt = "yuv420p"
        for _frame in range(2 * FRAMES_PER_SECOND):
            pixels = rng.integers(60, 255, (side_px // 4, side_px // 4, 3), dtype=np.uint8)
            image = pixels.repeat(4, axis=0).repeat(4, axis=1)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return target.getvalue()

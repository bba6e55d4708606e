"""The decoding process is shut in: what it cannot do, and that it never outlives its work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from ml_models.reasons import ReasonCode
from ml_models.video import PROJECT_ROOT, VideoError, VideoLimits, sample_frames
from tests.ml_models import films

CONFINE = """
import os, socket, sys
from ml_models.confinement import confine
from ml_models.decode import load_decoder
load_decoder()
confine(parent_pid=os.getppid(), memory_bytes=1 << 30, cpu_s=1)
"""


def confined(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CONFINE + code], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=30
    )


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/hostname')",
        "open('/dev/null', 'w')",
        "socket.socket()",
        "os.fork() or open('/etc/hostname')",
        "bytearray(2 << 30)",
    ],
    ids=["read a file", "write a file", "connect", "fork and read", "take 2 GB"],
)
def test_a_decoder_that_was_taken_over_cannot(attempt):
    result = confined(attempt)

    assert "OSError: [Errno 24]" in result.stderr or "MemoryError" in result.stderr


def test_a_decoder_that_spins_is_stopped():
    result = confined("\nwhile True: pass")

    assert result.returncode in (-signal.SIGXCPU, -signal.SIGKILL)


def test_nothing_of_the_workers_environment_reaches_the_decoder(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    seen = {}

    def popen(*args, **kwargs):
        seen.update(kwargs)
        raise InterruptedError

    monkeypatch.setattr(subprocess, "Popen", popen)
    with pytest.raises(InterruptedError):
        sample_frames(films.write_film(tmp_path / "film.mp4"), limits=VideoLimits())

    assert set(seen["env"]) == {"OPENBLAS_NUM_THREADS"}


def test_a_film_that_takes_too_long_is_given_up(tmp_path):
    film = films.write_film(tmp_path / "film.mp4")
    started = time.monotonic()

    with pytest.raises(VideoError) as caught:
        sample_frames(film, limits=VideoLimits(wall_clock_s=0.05))

    assert caught.value.code is ReasonCode.DECODE_TIMEOUT
    assert time.monotonic() - started < 5


def test_a_film_that_needs_too_much_memory_is_refused(tmp_path):
    film = films.write_film(tmp_path / "film.mp4", size=(1920, 1080), seconds=1.2, options={"preset": "ultrafast"})

    with pytest.raises(VideoError) as caught:
        sample_frames(film, limits=replace(VideoLimits(), memory_bytes=250 * 1024 * 1024))

    assert caught.value.code is ReasonCode.DECODE_FAILED


def test_the_decoder_dies_with_the_worker():
    """A worker that is killed leaves no decoder behind, even one that waits for ever."""
    silent_read, silent_write = os.pipe()  # a film that never comes and never ends
    job = {
        "parent_pid": "PID",
        "demuxer": "mov",
        "limits": asdict(VideoLimits()),
        "frame_count": 12,
        "max_side_px": 640,
    }
    worker = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, subprocess, sys, time\n"
            "job = sys.argv[1].replace('\"PID\"', str(os.getpid()))\n"
            "decoder = subprocess.Popen([sys.executable, '-m', 'ml_models.decode', job], process_group=0)\n"
            "print(decoder.pid, flush=True)\n"
            "time.sleep(60)",
            json.dumps(job),
        ],
        stdin=silent_read,
        stdout=subprocess.PIPE,
        cwd=PROJECT_ROOT,
        text=True,
    )
    assert worker.stdout is not None
    decoder = Path("/proc") / worker.stdout.readline().strip()
    wait_until(lambda: limit_of(decoder, "Max open files").split()[3:4] == ["3"], seconds=20)
    assert running(decoder)

    worker.kill()
    worker.communicate()
    wait_until(lambda: not running(decoder), seconds=5)
    os.close(silent_read)
    os.close(silent_write)


def limit_of(process: Path, name: str) -> str:
    lines = (process / "limits").read_text().splitlines() if process.exists() else []
    return next((line for line in lines if line.startswith(name)), "")


def running(process: Path) -> bool:
    try:
        return "\nState:\tZ" not in (process / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)

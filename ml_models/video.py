"""Evenly spaced upright frames of a film that nobody has to trust.

Decides what film is accepted and keeps the decoder at arm's length: the film's bytes are only ever parsed by libav in
a separate process (`ml_models.decode`) that can open no file and no socket, has limits on memory, CPU and time, and
dies with this one. Does not judge what the picture shows (`ml_models.quality`). Imports no decoder itself.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from ml_models.camera_tags import check_camera
from ml_models.container import ContainerKind, check_container
from ml_models.reasons import ADVICE, ReasonCode
from ml_models.types import SampledFrames

PROJECT_ROOT = Path(__file__).resolve().parent.parent

# Longest side of a sampled frame. 1080p films come through whole, so that a marker's corners keep their pixels; of a
# 4096 px film twelve frames stay below 140 MB.
DEFAULT_MAX_SIDE_PX = 1920
DEFAULT_FRAME_COUNT = 12

# Longest JSON line that the decoder may answer with before the pixels.
_MAX_HEADER_BYTES = 65536


@dataclass(frozen=True)
class VideoLimits:
    """What film is accepted, and what its decoding may cost."""

    min_duration_s: float = 1.0
    max_duration_s: float = 60.0
    max_bytes: int = 200 * 1000 * 1000
    max_side_px: int = 4096
    max_fps: float = 120.0
    codecs: tuple[str, ...] = ("h264", "hevc", "vp9")
    wall_clock_s: float = 30.0
    cpu_s: int = 30
    # Address space, not resident memory: twelve 1920 px frames, 16 reference pictures of 4096 px, the libraries.
    memory_bytes: int = 1536 * 1024 * 1024


class VideoError(Exception):
    """A film that cannot be read: a `code` for programs, a `message` for people (what, the limit, what to do)."""

    def __init__(self, code: ReasonCode, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def video_error(code: ReasonCode, fact: str) -> VideoError:
    """Return the VideoError for `fact` (what happened and the limit), followed by the advice of `code`."""
    return VideoError(code, f"{fact} {ADVICE[code]}")


def sample_frames(
    path: str | os.PathLike[str],
    *,
    limits: VideoLimits,
    frame_count: int = DEFAULT_FRAME_COUNT,
    max_side_px: int = DEFAULT_MAX_SIDE_PX,
) -> SampledFrames:
    """Return `frame_count` upright frames of the film at `path`, one from each equal part of its duration.

    Fewer frames come back when the film holds fewer pictures or some are damaged (at least half of `frame_count`).
    `max_side_px` bounds the longer side of the returned frames; they are never enlarged.
    Raises VideoError; a missing file raises FileNotFoundError.
    """
    with open(path, "rb", buffering=0) as film:  # the decoder shares its position, which a buffer would hide
        kind = _check_file(film, limits)
        job = {
            "parent_pid": os.getpid(),
            "demuxer": kind.value,
            "limits": asdict(limits),
            "frame_count": frame_count,
            "max_side_px": max_side_px,
        }
        return _run_decoder(film, job, limits)


def _check_file(film: IO[bytes], limits: VideoLimits) -> ContainerKind:
    """Return the container of `film`, raise VideoError for what its size and outermost structure already tell."""
    size = os.fstat(film.fileno()).st_size
    if size == 0:
        raise video_error(ReasonCode.EMPTY_FILE, "The file is empty.")
    if size > limits.max_bytes:
        raise video_error(
            ReasonCode.TOO_LARGE, f"The film has {size / 1e6:.0f} MB; the limit is {limits.max_bytes / 1e6:.0f} MB."
        )
    kind, problem = check_container(film, size)
    film.seek(0)
    if problem is not None:
        raise video_error(*problem)
    if kind is None:
        raise video_error(ReasonCode.NOT_A_VIDEO, "The file is not an MP4, MOV or WebM film.")
    return kind


def _run_decoder(film: IO[bytes], job: dict[str, Any], limits: VideoLimits) -> SampledFrames:
    """Return what the decoding process makes of `film`; kill its whole group when it takes too long."""
    process = subprocess.Popen(
        [sys.executable, "-E", "-s", "-m", "ml_models.decode", json.dumps(job)],
        stdin=film,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Nothing of the worker's environment (database, keys) reaches it; one BLAS thread saves address space.
        env={"OPENBLAS_NUM_THREADS": "1"},
        cwd=PROJECT_ROOT,
        process_group=0,
    )
    assert process.stdout is not None  # both are PIPE
    assert process.stderr is not None
    timed_out = threading.Event()

    def kill() -> None:
        timed_out.set()
        _kill_group(process)

    watchdog = threading.Timer(limits.wall_clock_s, kill)
    watchdog.daemon = True
    watchdog.start()
    try:
        frames = _read_frames(process.stdout, job)
        process.wait()
    finally:
        watchdog.cancel()
        if process.poll() is None:
            _kill_group(process)
        complaint = process.stderr.read(_MAX_HEADER_BYTES).decode(errors="replace")
        process.stdout.close()
        process.stderr.close()
        process.wait()
    if timed_out.is_set() or (frames is None and process.returncode in (-signal.SIGXCPU, -signal.SIGKILL)):
        raise video_error(
            ReasonCode.DECODE_TIMEOUT, f"Reading the film took longer than {limits.wall_clock_s:.0f} s, the limit."
        )
    if frames is None:
        error = video_error(ReasonCode.DECODE_FAILED, "The film could not be read: the decoder stopped unexpectedly.")
        error.add_note(f"decoder ended with {process.returncode}: {complaint[-2000:]}")
        raise error
    return frames


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the decoder and whatever it may have started; it leads its own process group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it ended by itself in the meantime


def _read_frames(stream: IO[bytes], job: dict[str, Any]) -> SampledFrames | None:
    """Return the decoder's answer (one JSON line, then the pixels), None if it broke off.

    The answer is checked like any input: a film may have taken the decoder over. Raises VideoError with the reason
    that the decoder gave.
    """
    line = stream.readline(_MAX_HEADER_BYTES)
    try:
        answer = json.loads(line)
        if "code" in answer:
            raise VideoError(ReasonCode(answer["code"]), str(answer["message"])[:500])
        count, height, width = (int(n) for n in answer["shape"])
        times = np.asarray(answer["times_s"], dtype=np.float64)
        plausible = 1 <= count <= job["frame_count"] and 1 <= max(height, width) <= job["max_side_px"]
        if not plausible or times.shape != (count,):
            return None
        images = np.empty((count, height, width, 3), dtype=np.uint8)
        if _fill(stream, images.data.cast("B")) < images.nbytes:
            return None
        return SampledFrames(
            images=images,
            times_s=times,
            width=int(answer["width"]),
            height=int(answer["height"]),
            scale=float(answer["scale"]),
            duration_s=float(answer["duration_s"]),
            fps=float(answer["fps"]),
            codec=str(answer["codec"])[:20],
            camera=check_camera(**answer["camera"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _fill(stream: IO[bytes], buffer: memoryview) -> int:
    """Read `stream` into `buffer` until it is full or the stream ends; return the bytes read."""
    done = 0
    while done < len(buffer):
        got = stream.readinto(buffer[done:])  # type: ignore[attr-defined]
        if not got:
            break
        done += got
    return done

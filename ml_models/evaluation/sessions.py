"""Measures the sessions of a table, in processes of their own.

Decides what a session that goes wrong is called; the measuring itself is `ml_models.measuring`. A film that kills its
process costs its own session only: what was under way with it is tried again, one session at a time.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import torch

from ml_models.estimator import Estimator
from ml_models.evaluation.sessions_file import SessionRow
from ml_models.inference import load_estimator
from ml_models.measuring import UnusableError, measure_session, no_length_reason
from ml_models.pose import load_pose_estimator
from ml_models.quality import ReasonCode
from ml_models.types import AnthropometryEstimate
from ml_models.video import VideoLimits

logger = logging.getLogger(__name__)

_STDERR = 2  # the file descriptor: native code does not know sys.stderr


@dataclass(frozen=True)
class Setup:
    """With what sessions are measured; `log`: file for failures with their tracebacks and for
    what native libraries say."""

    weights: Path
    pose_backend: str
    log: Path


@dataclass(frozen=True)
class Outcome:
    """What came of one session: a length or a reason, never both.

    `estimate` is also kept where it has no length. `problem`: a sentence for people about what went wrong beside the
    film itself.
    """

    session_id: str
    reason: ReasonCode | None = None
    estimate: AnthropometryEstimate | None = None
    is_lying: bool | None = None
    problem: str | None = None

    @property
    def succeeded(self) -> bool:
        """True where a length was given."""
        return self.reason is None


def measure_rows(rows: Sequence[SessionRow], setup: Setup, *, jobs: int) -> Iterator[Outcome]:
    """Yield the outcome of every row as it comes, in any order."""
    waiting = []
    for row in rows:
        if row.problem is None:
            waiting.append(row)
        else:
            yield Outcome(row.session_id, reason=ReasonCode.PROCESSING_FAILED, problem=row.problem)
    while waiting:
        lost: list[SessionRow] = []
        yield from _measure_in_pool(waiting, setup, jobs=jobs, lost=lost)
        # A broken pool does not say on which film it broke: it is among the first ones undone, begun or handed out.
        suspects, waiting = lost[: 2 * jobs + 1], lost[2 * jobs + 1 :]
        for row in suspects:
            yield from _measure_alone(row, setup)


def _measure_alone(row: SessionRow, setup: Setup) -> Iterator[Outcome]:
    gone: list[SessionRow] = []
    yield from _measure_in_pool([row], setup, jobs=1, lost=gone)
    if gone:
        problem = f"Session {row.session_id}: its film ended the process that read it."
        yield Outcome(row.session_id, reason=ReasonCode.WORKER_LOST, problem=problem)


def _measure_in_pool(
    rows: Sequence[SessionRow], setup: Setup, *, jobs: int, lost: list[SessionRow]
) -> Iterator[Outcome]:
    """Yield outcomes as they come; put the rows that a broken pool left undone into `lost`, in their order."""
    # Spawned, not forked: native libraries with threads do not survive a fork.
    context = multiprocessing.get_context("spawn")
    workers = min(jobs, len(rows))
    undone: set[str] = set()
    with ProcessPoolExecutor(workers, context, initializer=_start_worker, initargs=(setup,)) as pool:
        try:
            futures = {pool.submit(measure_row, row, setup): row for row in rows}
            for future in as_completed(futures):
                try:
                    yield future.result()
                except BrokenProcessPool:
                    undone.add(futures[future].session_id)
        finally:
            pool.shutdown(cancel_futures=True)  # where the reader has gone, what waits is not begun
    lost.extend(row for row in rows if row.session_id in undone)


def describe(setup: Setup) -> tuple[str, str]:
    """Return the names of model and pose backend. Raises WeightsError and PoseBackendError."""
    with native_messages_in(setup.log):
        return _model(setup.weights).version, load_pose_estimator(setup.pose_backend).name


@contextmanager
def native_messages_in(log: Path) -> Iterator[None]:
    """Within it, whatever native libraries write to this process's standard error goes to the file `log`."""
    screen = os.dup(_STDERR)
    _send_messages_to(log)
    try:
        yield
    finally:
        os.dup2(screen, _STDERR)
        os.close(screen)


def _send_messages_to(log: Path) -> None:
    with log.open("ab") as stream:
        os.dup2(stream.fileno(), _STDERR)


def _start_worker(setup: Setup) -> None:
    # MediaPipe talks while it works, and the progress bar is the parent's.
    _send_messages_to(setup.log)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def measure_row(row: SessionRow, setup: Setup) -> Outcome:
    """Measure one session; whatever happens has a reason."""
    assert row.subject is not None  # rows with a problem are not measured
    try:
        answer = measure_session(
            row.films,
            row.subject,
            pose_estimator=load_pose_estimator(setup.pose_backend),
            model=_model(setup.weights),
            limits=VideoLimits(),
        )
    except UnusableError as unusable:
        return Outcome(row.session_id, reason=unusable.reason)
    except OSError as error:
        name = Path(error.filename).name if error.filename else "its film"
        problem = f"Session {row.session_id}: {name} cannot be opened: {error.strerror or error}."
        return Outcome(row.session_id, reason=ReasonCode.EMPTY_FILE, problem=problem)
    except Exception as error:
        # The boundary of a run over many films: one that nothing above foresaw is logged whole and costs itself only.
        logger.exception("session %s failed", row.session_id)
        problem = f"Session {row.session_id}: {type(error).__name__}: {error} (see {setup.log.name})."
        return Outcome(row.session_id, reason=ReasonCode.PROCESSING_FAILED, problem=problem)
    return Outcome(
        row.session_id,
        reason=no_length_reason(answer.estimate),
        estimate=answer.estimate,
        is_lying=answer.features.is_lying,
    )


@cache
def _model(weights: Path) -> Estimator:
    return load_estimator(weights)

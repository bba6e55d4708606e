"""One scan session, from claimed row to stored answer: the list of stages is `STAGES`.

Runs on the gpu worker alone. No transaction is open while a stage works; the last step stores everything at once, for
the attempt that still owns the session.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from django.conf import settings

from ml_models.features import session_features
from ml_models.intrinsics import intrinsics_for
from ml_models.pose import PoseEstimator, load_pose_estimator
from ml_models.pose.people import find_people
from ml_models.quality import QualityReport, ReasonCode, check_frames, check_pose, check_scale
from ml_models.scale import estimate_scale
from ml_models.types import (
    AnthropometryEstimate,
    CameraIntrinsics,
    CaptureFacts,
    PoseSequence,
    SampledFrames,
    SessionFeatures,
    Subject,
    ViewObservation,
)
from ml_models.video import VideoError, VideoLimits, sample_frames
from predictions.backends import PredictionBackend
from predictions.backends.local import LocalBackend
from predictions.lease import LeaseKeeper
from predictions.models import ModelVersion
from predictions.registry import active_model
from predictions.services import Provenance, store_prediction
from scans.facts import capture_facts
from scans.ledger import Claim, claim_session, end_without_estimate, release_session, report_stage
from scans.models import ScanSession, ScanVideo
from scans.storage import fetched_film

logger = logging.getLogger(__name__)


class UnusableFilmError(Exception):
    """A film cannot be measured; `reason` says why."""

    def __init__(self, reason: ReasonCode) -> None:
        super().__init__(reason.value)
        self.reason = reason


class LostClaimError(Exception):
    """Another attempt, or a withdrawn consent, has taken the session: stop and store nothing."""


@dataclass
class FilmRun:
    """What the stages learn of one film."""

    video: ScanVideo
    facts: CaptureFacts
    path: Path | None = None
    frames: SampledFrames | None = None
    intrinsics: CameraIntrinsics | None = None
    pose: PoseSequence | None = None
    view: ViewObservation | None = None
    quality: dict[str, object] = field(default_factory=dict)


@dataclass
class SessionRun:
    """What the stages learn of one session; each stage fills what the next one reads."""

    session: ScanSession
    subject: Subject
    films: list[FilmRun]
    backend: PredictionBackend
    cleanup: ExitStack
    features: SessionFeatures | None = None
    estimate: AnthropometryEstimate | None = None
    seconds: dict[str, float] = field(default_factory=dict)


def process_session(session_id: uuid.UUID) -> None:
    """Claim a session, run its stages and store the answer; returns at once when there is nothing to claim."""
    claim = claim_session(session_id)
    if claim is None:
        return
    with LeaseKeeper(claim), ExitStack() as cleanup:
        try:
            _run_stages(claim, cleanup)
        except LostClaimError:
            logger.info("session %s was taken over, attempt %d stores nothing", session_id, claim.attempt)
        except UnusableFilmError as unusable:
            end_without_estimate(claim, state=ScanSession.State.UNUSABLE, reason=unusable.reason)
        except OSError:
            # Storage or network are away for a moment: the sweeper sends the session again, attempts are counted.
            logger.warning("session %s goes back to the queue", session_id, exc_info=True)
            release_session(claim)
        except Exception:
            # The boundary of a task: whatever a film does to native libraries ends here, is logged whole and is shown.
            logger.exception("session %s failed", session_id)
            end_without_estimate(claim, state=ScanSession.State.FAILED, reason=ReasonCode.PROCESSING_FAILED)


def warm_up() -> None:
    """Load the pose model and the active estimator into this process."""
    _pose_estimator()
    _backend(active_model()[1])


def _run_stages(claim: Claim, cleanup: ExitStack) -> None:
    model, folder = active_model()
    run = _start_run(claim, _backend(folder), cleanup)
    for stage, step in STAGES:
        if not report_stage(claim, stage):
            raise LostClaimError
        started = time.perf_counter()
        step(run)
        run.seconds[stage.value] = round(time.perf_counter() - started, 4)
    report_stage(claim, ScanSession.Stage.STORING)
    _store(claim, run, model)


def _start_run(claim: Claim, backend: PredictionBackend, cleanup: ExitStack) -> SessionRun:
    session = ScanSession.objects.select_related("child__clinic__programme").get(pk=claim.session_id)
    films = [FilmRun(video=video, facts=capture_facts(session, video.scan_type)) for video in session.videos.all()]
    filmed_on = session.child.clinic.programme.day_of(session.recorded_at)
    age_days = session.child.age_days_on(filmed_on)
    return SessionRun(
        session=session,
        subject=Subject(sex=session.child.sex, age_days=age_days),
        films=films,
        backend=backend,
        cleanup=cleanup,
    )


def _fetch(run: SessionRun) -> None:
    for film in run.films:
        film.path = run.cleanup.enter_context(fetched_film(film.video))


def _decode(run: SessionRun) -> None:
    limits = VideoLimits(
        min_duration_s=settings.SCAN_MIN_SECONDS,
        max_duration_s=settings.SCAN_MAX_SECONDS,
        max_bytes=settings.SCAN_MAX_BYTES,
    )
    for film in run.films:
        assert film.path is not None
        try:
            film.frames = sample_frames(film.path, limits=limits, frame_count=settings.SCAN_FRAME_COUNT)
        except VideoError as error:
            raise UnusableFilmError(error.code) from error
        film.intrinsics = intrinsics_for(film.facts, film.frames.width, film.frames.height)


def _check_pictures(run: SessionRun) -> None:
    for film in run.films:
        assert film.frames is not None
        _accept_or_refuse(film, check_frames(film.frames))


def _find_body(run: SessionRun) -> None:
    estimator = _pose_estimator()
    for film in run.films:
        assert film.frames is not None
        people = find_people(estimator, film.frames)
        film.pose = people.child
        second_seen_share = people.second_seen / people.probed if people.probed else 0.0
        report = check_pose(
            _size(film.frames), people.child, film.facts, subject=run.subject, second_seen_share=second_seen_share
        )
        _accept_or_refuse(film, report)


def _find_scale(run: SessionRun) -> None:
    for film in run.films:
        assert film.frames is not None
        assert film.pose is not None
        assert film.intrinsics is not None
        scale = estimate_scale(film.frames, film.pose, film.facts, film.intrinsics)
        _accept_or_refuse(film, check_scale(film.facts, scale))
        film.view = ViewObservation(
            facts=film.facts,
            intrinsics=film.intrinsics,
            frame_size=_size(film.frames),
            pose=film.pose,
            scale=scale,
        )


def _estimate(run: SessionRun) -> None:
    views = [film.view for film in run.films if film.view is not None]
    run.features = session_features(views, run.subject)
    run.estimate = run.backend.estimate(run.features)


STAGES: tuple[tuple[ScanSession.Stage, Callable[[SessionRun], None]], ...] = (
    (ScanSession.Stage.FETCHING, _fetch),
    (ScanSession.Stage.DECODING, _decode),
    (ScanSession.Stage.QUALITY, _check_pictures),
    (ScanSession.Stage.POSE, _find_body),
    (ScanSession.Stage.SCALE, _find_scale),
    (ScanSession.Stage.ESTIMATE, _estimate),
)


def _store(claim: Claim, run: SessionRun, model: ModelVersion) -> None:
    assert run.estimate is not None
    stored = store_prediction(
        claim=claim,
        estimate=run.estimate,
        is_lying=run.films[0].facts.scan_type.is_lying,
        provenance=Provenance(
            model_version=model,
            backend=run.backend.name,
            pose_backend=_pose_estimator().name,
            quality={film.video.scan_type: film.quality for film in run.films},
            stage_seconds=run.seconds,
            frames_used=sum(int(film.pose.detected.sum()) for film in run.films if film.pose is not None),
        ),
    )
    if stored is None:
        raise LostClaimError


def _accept_or_refuse(film: FilmRun, report: QualityReport) -> None:
    film.quality.update({name: round(float(value), 4) for name, value in report.figures.items()})
    if not report.accepted:
        raise UnusableFilmError(report.reasons[0])


def _size(frames: SampledFrames) -> tuple[int, int]:
    return frames.width, frames.height


def _pose_estimator() -> PoseEstimator:
    return load_pose_estimator(settings.POSE_BACKEND)


@cache
def _backend(folder: Path) -> PredictionBackend:
    return LocalBackend(folder)

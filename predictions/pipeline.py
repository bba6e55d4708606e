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

from cgm_portal.errors import StoreUnavailableError
from ml_models.measuring import (
    DecodedFilm,
    Figures,
    Film,
    FoundBody,
    MeasuredView,
    SessionAnswer,
    UnusableError,
    check_pictures,
    decode,
    estimate_session,
    find_body,
    find_scale,
)
from ml_models.networks.reference_inputs import film_facts
from ml_models.pose import PoseEstimator, load_pose_estimator
from ml_models.quality import ReasonCode
from ml_models.types import CaptureFacts, Subject
from ml_models.video import VideoLimits
from predictions.backends import PredictionBackend
from predictions.backends.fallback import SessionServing
from predictions.backends.local import LocalBackend
from predictions.frames import FilmedFrames, keep_review_frames
from predictions.lease import LeaseKeeper
from predictions.models import ModelVersion
from predictions.registry import active_model
from predictions.services import Provenance, store_prediction
from predictions.shadow_run import runner as shadow
from scans.facts import capture_facts
from scans.ledger import (
    Claim,
    claim_session,
    end_without_estimate,
    postpone_session,
    release_session,
    report_stage,
)
from scans.models import ScanSession, ScanVideo
from scans.storage import fetched_film

logger = logging.getLogger(__name__)


class LostClaimError(Exception):
    """Another attempt, or a withdrawn consent, has taken the session: stop and store nothing."""


@dataclass
class FilmRun:
    """What the stages learn of one film."""

    video: ScanVideo
    facts: CaptureFacts
    path: Path | None = None
    decoded: DecodedFilm | None = None
    body: FoundBody | None = None
    measured: MeasuredView | None = None
    quality: dict[str, float] = field(default_factory=dict)

    def note(self, figures: Figures) -> None:
        """Keep the figures by which a stage accepted the film."""
        self.quality.update({name: round(float(value), 4) for name, value in figures.items()})


@dataclass
class SessionRun:
    """What the stages learn of one session; each stage fills what the next one reads."""

    session: ScanSession
    subject: Subject
    films: list[FilmRun]
    serving: SessionServing
    cleanup: ExitStack
    answer: SessionAnswer | None = None
    seconds: dict[str, float] = field(default_factory=dict)


def process_session(session_id: uuid.UUID) -> None:
    """Claim a session, run its stages and store the answer; returns at once when there is nothing to claim."""
    claim = claim_session(session_id)
    if claim is None:
        return
    films: list[FilmRun] = []
    answered = False
    with LeaseKeeper(claim), ExitStack() as cleanup:
        try:
            _run_stages(claim, cleanup, films)
            answered = True
        except LostClaimError:
            logger.info("session %s was taken over, attempt %d stores nothing", session_id, claim.attempt)
        except UnusableError as unusable:
            end_without_estimate(claim, state=ScanSession.State.UNUSABLE, reason=unusable.reason)
        except StoreUnavailableError as away:
            # Without a traceback: the SDK's errors may hold addresses of films.
            logger.warning("session %s waits: %s", session_id, away)
            postpone_session(claim)
        except OSError:
            # Storage or network are away for a moment: the sweeper sends the session again, attempts are counted.
            logger.warning("session %s goes back to the queue", session_id, exc_info=True)
            release_session(claim)
        except Exception:
            # The boundary of a task: whatever a film does to native libraries ends here, is logged whole and is shown.
            logger.exception("session %s failed", session_id)
            end_without_estimate(claim, state=ScanSession.State.FAILED, reason=ReasonCode.PROCESSING_FAILED)
    if answered:
        shadow.ask(session_id)
    decoded = [FilmedFrames(film.video.scan_type, film.decoded.frames) for film in films if film.decoded is not None]
    if decoded:  # the answer is out; pictures for its review take their time
        keep_review_frames(session_id, decoded, _pose_estimator)


def warm_up() -> None:
    """Load the pose model and the active estimator into this process."""
    _pose_estimator()
    _backend(active_model()[1])


def _run_stages(claim: Claim, cleanup: ExitStack, films: list[FilmRun]) -> None:
    """Run the stages; `films` is filled with what they learn, also where one of them ends the session."""
    model, folder = active_model()
    serving = SessionServing(session_id=claim.session_id, model_version=model.label, local=_backend(folder))
    run = _start_run(claim, serving, cleanup)
    films += run.films
    for stage, step in STAGES:
        if not report_stage(claim, stage):
            raise LostClaimError
        started = time.perf_counter()
        step(run)
        run.seconds[stage.value] = round(time.perf_counter() - started, 4)
    report_stage(claim, ScanSession.Stage.STORING)
    _store(claim, run, model)


def _start_run(claim: Claim, serving: SessionServing, cleanup: ExitStack) -> SessionRun:
    session = ScanSession.objects.select_related("child__clinic__programme").get(pk=claim.session_id)
    films = [FilmRun(video=video, facts=capture_facts(session, video.scan_type)) for video in session.videos.all()]
    filmed_on = session.child.clinic.programme.day_of(session.recorded_at)
    age_days = session.child.age_days_on(filmed_on)
    return SessionRun(
        session=session,
        subject=Subject(sex=session.child.sex, age_days=age_days),
        films=films,
        serving=serving,
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
        film.decoded = decode(
            Film(path=film.path, facts=film.facts), limits=limits, frame_count=settings.SCAN_FRAME_COUNT
        )


def _check_pictures(run: SessionRun) -> None:
    for film in run.films:
        assert film.decoded is not None
        film.note(check_pictures(film.decoded))


def _find_body(run: SessionRun) -> None:
    estimator = _pose_estimator()
    for film in run.films:
        assert film.decoded is not None
        film.body = find_body(film.decoded, run.subject, estimator)
        film.note(film.body.figures)


def _find_scale(run: SessionRun) -> None:
    for film in run.films:
        assert film.decoded is not None
        assert film.body is not None
        film.measured = find_scale(film.decoded, film.body)
        film.note(film.measured.figures)


def _estimate(run: SessionRun) -> None:
    views, facts = [], []
    for film in run.films:
        assert film.decoded is not None
        assert film.measured is not None
        views.append(film.measured.view)
        facts.append(film_facts(film.decoded.frames, film.quality))
    run.answer = estimate_session(views, facts, run.subject, run.serving)


STAGES: tuple[tuple[ScanSession.Stage, Callable[[SessionRun], None]], ...] = (
    (ScanSession.Stage.FETCHING, _fetch),
    (ScanSession.Stage.DECODING, _decode),
    (ScanSession.Stage.QUALITY, _check_pictures),
    (ScanSession.Stage.POSE, _find_body),
    (ScanSession.Stage.SCALE, _find_scale),
    (ScanSession.Stage.ESTIMATE, _estimate),
)


def _store(claim: Claim, run: SessionRun, model: ModelVersion) -> None:
    assert run.answer is not None
    served = run.serving.served
    stored = store_prediction(
        claim=claim,
        estimate=run.answer.estimate,
        is_lying=run.answer.features.is_lying,
        features=run.answer.features,
        provenance=Provenance(
            model_version=model,
            backend=served.backend,
            fallback_reason=served.fallback_reason or "",
            endpoint_seconds=served.endpoint_s,
            pose_backend=_pose_estimator().name,
            quality={film.video.scan_type: film.quality for film in run.films},
            stage_seconds=run.seconds,
            frames_used=sum(int(film.body.pose.detected.sum()) for film in run.films if film.body is not None),
        ),
    )
    if stored is None:
        raise LostClaimError


def _pose_estimator() -> PoseEstimator:
    return load_pose_estimator(settings.POSE_BACKEND, weights_dir=Path(settings.POSE_WEIGHTS_DIR))


@cache
def _backend(folder: Path) -> PredictionBackend:
    return LocalBackend(folder)

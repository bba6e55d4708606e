"""The stages of one scan session, from films on disk to an estimate: the one measuring path of the project.

The gpu worker's pipeline and `python -m ml_models.evaluate` call these functions, so a figure of a report is a figure
of the portal. Decides the order of the work and what ends it (`UnusableError`); how each step is done belongs to the
modules that it calls. Knows no database, no settings and no storage.

One film that cannot be measured makes its session unusable: nobody knows which of two films shows the child that is
meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ml_models.features import session_features
from ml_models.intrinsics import FOCAL_SD_FROM_PHONE, intrinsics_for
from ml_models.networks.reference_inputs import FilmFacts, film_facts, with_reference_inputs
from ml_models.pose import PoseEstimator
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
from ml_models.video import DEFAULT_FRAME_COUNT, VideoError, VideoLimits, sample_frames

Figures = Mapping[str, float]

# A told camera belongs to a film when both sides of the picture ask for the same enlargement, but for rounding.
_SAME_ASPECT = 0.005


class UnusableError(Exception):
    """A session that cannot be measured; `reason` says why, `figures` what was found of the film that it is about."""

    def __init__(self, reason: ReasonCode, figures: Figures | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.figures = dict(figures or {})


class EstimatesSession(Protocol):
    """A model, in this process or elsewhere."""

    def estimate(self, features: SessionFeatures) -> AnthropometryEstimate:
        """Return the estimate for one session."""
        ...


@dataclass(frozen=True)
class ToldCamera:
    """Pinhole camera as a table tells it, in px of an upright picture of `width` x `height` px."""

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int

    def for_film(self, width: int, height: int) -> CameraIntrinsics | None:
        """Return the camera in px of an upright film of `width` x `height` px, None for a film of another shape.

        Pixel centres are at whole numbers.
        """
        across, down = width / self.width, height / self.height
        if abs(across / down - 1) > _SAME_ASPECT:
            return None
        return CameraIntrinsics(
            fx=self.fx * across,
            fy=self.fy * down,
            cx=(self.cx + 0.5) * across - 0.5,
            cy=(self.cy + 0.5) * down - 0.5,
            focal_relative_sd=FOCAL_SD_FROM_PHONE,
        )


@dataclass(frozen=True)
class Film:
    """One film to be measured; `camera` where more is told of it than `facts.focal_length_px`."""

    path: Path
    facts: CaptureFacts
    camera: ToldCamera | None = None


@dataclass(frozen=True)
class DecodedFilm:
    """What is read of one film."""

    facts: CaptureFacts
    frames: SampledFrames
    intrinsics: CameraIntrinsics

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the upright film in px."""
        return self.frames.width, self.frames.height


@dataclass(frozen=True)
class FoundBody:
    """The child in one film, and the figures by which the film was accepted."""

    pose: PoseSequence
    figures: Figures


@dataclass(frozen=True)
class MeasuredView:
    """All that the features need of one film, and the figures by which its scale was accepted."""

    view: ViewObservation
    figures: Figures


@dataclass(frozen=True)
class SessionAnswer:
    """What is known at the end of a session; `figures`: by scan type."""

    features: SessionFeatures
    estimate: AnthropometryEstimate
    figures: Mapping[str, Figures] = field(default_factory=dict)


def decode(film: Film, *, limits: VideoLimits, frame_count: int = DEFAULT_FRAME_COUNT) -> DecodedFilm:
    """Read evenly spaced frames of `film` and settle its camera.

    Raises UnusableError for a film that cannot be read, OSError for a file that cannot be opened.
    """
    try:
        frames = sample_frames(film.path, limits=limits, frame_count=frame_count)
    except VideoError as error:
        raise UnusableError(error.code) from error
    told = film.camera.for_film(frames.width, frames.height) if film.camera is not None else None
    return DecodedFilm(
        facts=film.facts,
        frames=frames,
        intrinsics=told or intrinsics_for(film.facts, frames.width, frames.height, written=frames.camera),
    )


def check_pictures(film: DecodedFilm) -> Figures:
    """Return the figures of the pictures. Raises UnusableError for pictures too dark or blurred."""
    return _accepted(check_frames(film.frames))


def find_body(film: DecodedFilm, subject: Subject, estimator: PoseEstimator) -> FoundBody:
    """Find the child in every frame. Raises UnusableError without one whole child seen from the right side."""
    people = find_people(estimator, film.frames)
    second_seen_share = people.second_seen / people.probed if people.probed else 0.0
    report = check_pose(film.size, people.child, film.facts, subject=subject, second_seen_share=second_seen_share)
    return FoundBody(pose=people.child, figures=_accepted(report))


def find_scale(film: DecodedFilm, body: FoundBody) -> MeasuredView:
    """Find how far the child was. Raises UnusableError where what was claimed of the scale is not seen."""
    scale = estimate_scale(film.frames, body.pose, film.facts, film.intrinsics)
    figures = _accepted(check_scale(film.facts, scale))
    view = ViewObservation(
        facts=film.facts, intrinsics=film.intrinsics, frame_size=film.size, pose=body.pose, scale=scale
    )
    return MeasuredView(view=view, figures=figures)


def estimate_session(
    views: Sequence[ViewObservation], facts: Sequence[FilmFacts], subject: Subject, model: EstimatesSession
) -> SessionAnswer:
    """Fuse the films and ask the model. An estimate without a height is an answer, too: its reader decides.

    `facts`: light, sharpness and length of each film, in the order of `views`.
    """
    fused = session_features(views, subject)
    features = with_reference_inputs(fused, list(zip(views, facts, strict=True)))
    return SessionAnswer(features=features, estimate=model.estimate(features))


def no_length_reason(estimate: AnthropometryEstimate) -> ReasonCode | None:
    """Return why an estimate has no length or height, None where it has one."""
    if estimate.height_cm is not None:
        return None
    return estimate.refused or ReasonCode.NO_USABLE_ESTIMATE


def measure_session(
    films: Sequence[Film],
    subject: Subject,
    *,
    pose_estimator: PoseEstimator,
    model: EstimatesSession,
    limits: VideoLimits,
    frame_count: int = DEFAULT_FRAME_COUNT,
) -> SessionAnswer:
    """Run all stages, each over all films before the next begins. Raises as the stages do."""
    decoded = [decode(film, limits=limits, frame_count=frame_count) for film in films]
    pictures = [check_pictures(film) for film in decoded]
    bodies = [find_body(film, subject, pose_estimator) for film in decoded]
    measured = [find_scale(film, body) for film, body in zip(decoded, bodies, strict=True)]
    facts = [film_facts(film.frames, seen) for film, seen in zip(decoded, pictures, strict=True)]
    answer = estimate_session([one.view for one in measured], facts, subject, model)
    figures = {
        film.facts.scan_type.value: {**seen, **body.figures, **one.figures}
        for film, seen, body, one in zip(decoded, pictures, bodies, measured, strict=True)
    }
    return SessionAnswer(features=answer.features, estimate=answer.estimate, figures=figures)


def _accepted(report: QualityReport) -> Figures:
    """Return the figures of an accepted film; raise UnusableError with the most important reason otherwise."""
    if not report.accepted:
        raise UnusableError(report.reasons[0], report.figures)
    return report.figures

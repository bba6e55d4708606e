"""What models read of told films: metric segments, the reference network's inputs, whole sessions.

All follow from one draw of errors (`told`), so that models are compared on the same sessions.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from ml_models.features import CROWN, MIN_VISIBILITY, SOLES, FilmGeometry, segments, session_features
from ml_models.networks.reference_inputs import (
    DAYS_PER_MONTH,
    FilmFacts,
    input_rows,
    standard_keypoints,
    with_reference_inputs,
)
from ml_models.synthetic.film_table import FilmTable
from ml_models.synthetic.films import FOCAL_ERROR, HEIGHT_PX, WIDTH_PX
from ml_models.training.told import ToldFilms
from ml_models.types import (
    CameraIntrinsics,
    CaptureFacts,
    PoseSequence,
    ScaleEstimate,
    SessionFeatures,
    Subject,
    ViewObservation,
)

FloatArray = NDArray[np.float64]

#: Principal point of a film whose pixel centres are at whole numbers.
CENTRE_PX = (WIDTH_PX / 2 - 0.5, HEIGHT_PX / 2 - 0.5)


def confidence_of(films: FilmTable | ToldFilms) -> FloatArray:
    """Mean visibility over the frames with a pose, (n,)."""
    detected = ~np.isnan(films.frames_px[:, :, 0, 0])  # (n, frames)
    return np.asarray((films.seen.mean(axis=2) * detected).sum(axis=1) / np.maximum(detected.sum(axis=1), 1))


def told_segments(films: ToldFilms) -> FloatArray:
    """Metric segments, median over frames, (n, len(SEGMENTS))."""
    count, frames = films.frames_px.shape[:2]
    lens = FilmGeometry(
        fx=_per_frame(films.focal_px, frames),
        fy=_per_frame(films.focal_px, frames),
        cx=np.full((count, frames), CENTRE_PX[0]),
        cy=np.full((count, frames), CENTRE_PX[1]),
        depth_cm=_per_frame(films.depth_cm, frames),
        normal=np.repeat(films.normal[:, None], frames, axis=1),
    )
    points = films.frames_px.copy()  # (n, frames, 35, 2)
    points[:, :, :33][films.seen < MIN_VISIBILITY] = np.nan
    return _median_of_frames(segments(points, lens, films.outline))


def told_reference_inputs(films: ToldFilms) -> FloatArray:
    """Rows of the reference network, (n, 75), as `reference_inputs.with_reference_inputs` makes them one by one."""
    points = films.frames_px[:, :, :33].copy()
    points[films.seen < MIN_VISIBILITY] = np.nan
    count = len(films)
    keypoints = standard_keypoints(
        _median_of_frames(points),
        films.focal_px,
        films.focal_px,
        np.full(count, CENTRE_PX[0]),
        np.full(count, CENTRE_PX[1]),
    )
    return input_rows(
        keypoints,
        {
            "age_months": films.age_days / DAYS_PER_MONTH,
            "is_girl": films.is_girl.astype(np.float64),
            "device_height_cm": films.height_cm,
            "distance_cm": films.depth_cm,
            "lighting": films.lighting,
            "video_quality": films.video_quality,
            "pose_confidence": confidence_of(films),
            "frame_count": films.frame_count,
            "duration_s": films.duration_s,
        },
    )


def told_sessions(films: ToldFilms) -> list[SessionFeatures]:
    """Each film as a session of its own, through the pipeline's feature code."""
    sessions = []
    for row in range(len(films)):
        subject = Subject("F" if films.is_girl[row] else "M", int(films.age_days[row]))
        view = _view(films, row)
        facts = FilmFacts(
            float(films.lighting[row]), float(films.video_quality[row]), float(films.duration_s[row])
        )  # fmt: skip
        sessions.append(with_reference_inputs(session_features([view], subject), [(view, facts)]))
    return sessions


def _view(films: ToldFilms, row: int) -> ViewObservation:
    points = films.frames_px[row] / np.array([WIDTH_PX, HEIGHT_PX])  # (frames, 35, 2)
    depth_guess = np.zeros((*points.shape[:1], 33, 1))
    landmarks = np.concatenate([points[:, :33], depth_guess, films.seen[row][..., None]], axis=2)
    detected = ~np.isnan(points[:, 0, 0])
    landmarks[~detected] = np.nan
    height, focal = float(films.height_cm[row]), float(films.focal_px[row])
    return ViewObservation(
        facts=CaptureFacts(films.scan_type, camera_height_cm=None if np.isnan(height) else height),
        intrinsics=CameraIntrinsics(focal, focal, *CENTRE_PX, focal_relative_sd=FOCAL_ERROR),
        frame_size=(WIDTH_PX, HEIGHT_PX),
        pose=PoseSequence(
            landmarks=landmarks.astype(np.float32),
            detected=detected,
            crown=points[:, CROWN].astype(np.float32),
            soles=points[:, SOLES].astype(np.float32),
            backend="table",
            outline=None if films.outline is None else films.outline[row].astype(np.float32),
        ),
        scale=ScaleEstimate(
            cue=films.cue,
            depth_cm=float(films.depth_cm[row]),
            relative_sd=float(films.relative_sd[row]),
            plane_normal=(float(films.normal[row, 0]), float(films.normal[row, 1]), float(films.normal[row, 2])),
        ),
    )


def _per_frame(values: FloatArray, frames: int) -> FloatArray:
    return np.repeat(values[:, None], frames, axis=1)


def _median_of_frames(values: FloatArray) -> FloatArray:
    """Median over axis 1; what is missing in every frame stays NaN without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=RuntimeWarning)
        return np.asarray(np.nanmedian(values, axis=1))

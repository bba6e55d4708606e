"""What models read of told sessions: metric segments, the reference network's inputs, the pipeline's own features.

All follow from one draw of errors (`told`), so that models are compared on the same sessions.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from ml_models.features import CROWN, MIN_VISIBILITY, SOLES, session_features
from ml_models.networks.reference_inputs import (
    DAYS_PER_MONTH,
    FilmFacts,
    input_rows,
    standard_keypoints,
    with_reference_inputs,
)
from ml_models.synthetic.film_table import FilmTable
from ml_models.synthetic.films import HEIGHT_PX, WIDTH_PX
from ml_models.training.config import TrainingConfig
from ml_models.training.dataset import film_segments
from ml_models.training.telling import FOCAL_TOLD_SD
from ml_models.training.told import ToldSessions
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


def confidence_of(films: FilmTable) -> FloatArray:
    """Mean visibility over the frames with a pose, (n,)."""
    detected = ~np.isnan(films.frames_px[:, :, 0, 0])  # (n, frames)
    return np.asarray((films.seen.mean(axis=2) * detected).sum(axis=1) / np.maximum(detected.sum(axis=1), 1))


def told_segments(sessions: ToldSessions) -> FloatArray:
    """Metric segments of each film of the view, (films, n, len(SEGMENTS))."""
    return np.stack([film_segments(*film) for film in zip(sessions.films, sessions.lenses, strict=True)])


def told_reference_inputs(sessions: ToldSessions) -> FloatArray:
    """Rows of the reference network, (n, 75), as `reference_inputs.with_reference_inputs` makes them one by one.

    A view's first film is the one that the network reads. The number of frames is drawn: tables keep fewer than a film
    has.
    """
    films, lens = sessions.films[0], sessions.lenses[0]
    points = films.frames_px[:, :, :33].copy()  # (n, frames, 33, 2)
    points[films.seen < MIN_VISIBILITY] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=RuntimeWarning)  # what no frame shows stays NaN
        middle = np.nanmedian(points, axis=1)
    centre = [np.full(len(sessions), value) for value in CENTRE_PX]
    return input_rows(
        standard_keypoints(middle, lens.focal_px, lens.focal_px, *centre),
        {
            "age_months": sessions.age_days / DAYS_PER_MONTH,
            "is_girl": sessions.is_girl.astype(np.float64),
            "device_height_cm": lens.height_cm,
            "distance_cm": lens.depth_cm,
            "lighting": sessions.lighting,
            "video_quality": sessions.video_quality,
            "pose_confidence": confidence_of(films),
            "frame_count": sessions.frame_count,
            "duration_s": sessions.duration_s,
        },
    )


def told_features(sessions: ToldSessions) -> list[SessionFeatures]:
    """Each session through the pipeline's feature code, with the reference network's inputs.

    Rendered films were seen by the pose model of `TrainingConfig`, projected ones have its errors.
    """
    found = []
    for row in range(len(sessions)):
        subject = Subject("F" if sessions.is_girl[row] else "M", int(sessions.age_days[row]))
        facts = FilmFacts(
            lighting=float(sessions.lighting[row]),
            video_quality=float(sessions.video_quality[row]),
            duration_s=float(sessions.duration_s[row]),
        )
        views = [_view(sessions, film, row) for film in range(len(sessions.films))]
        found.append(with_reference_inputs(session_features(views, subject), [(view, facts) for view in views]))
    return found


def _view(sessions: ToldSessions, film: int, row: int) -> ViewObservation:
    table, lens = sessions.films[film], sessions.lenses[film]
    points = table.frames_px[row] / np.array([WIDTH_PX, HEIGHT_PX])  # (frames, 35, 2)
    no_depth = np.zeros((len(points), 33, 1))
    landmarks = np.concatenate([points[:, :33], no_depth, table.seen[row][..., None]], axis=2)
    detected = ~np.isnan(points[:, 0, 0])
    landmarks[~detected] = np.nan
    height, focal = float(lens.height_cm[row]), float(lens.focal_px[row])
    return ViewObservation(
        facts=CaptureFacts(sessions.view.scan_types[film], camera_height_cm=None if np.isnan(height) else height),
        intrinsics=CameraIntrinsics(focal, focal, *CENTRE_PX, focal_relative_sd=FOCAL_TOLD_SD),
        frame_size=(WIDTH_PX, HEIGHT_PX),
        pose=PoseSequence(
            landmarks=landmarks.astype(np.float32),
            detected=detected,
            crown=points[:, CROWN].astype(np.float32),
            soles=points[:, SOLES].astype(np.float32),
            backend=TrainingConfig.pose_backend,
            outline=table.outline[row].astype(np.float32),
        ),
        scale=ScaleEstimate(
            cue=sessions.cue,
            depth_cm=float(lens.depth_cm[row]),
            relative_sd=float(lens.relative_sd[row]),
            plane_normal=(float(lens.normal[row, 0]), float(lens.normal[row, 1]), float(lens.normal[row, 2])),
        ),
    )

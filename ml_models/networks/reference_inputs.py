"""The 75 numbers that the reference network reads of a session: 33 keypoints x 2, then nine facts.

Keypoints are the median over the frames with a pose, in 0-1 of the picture that a standard camera (upright 9:16, focal
length 0.8 of the picture's height, no roll undone) would have taken from the same place: the network is told no focal
length, and 0-1 of the phone's own picture would make a child under a longer lens a taller one. Missing is NaN.

The facts, in the order of `reference.METADATA`:

| name | unit and meaning |
|---|---|
| age_months | completed days / 30.4375 |
| is_girl | 1 girl, 0 boy |
| device_height_cm | camera above the floor or the mat as the operator tells it, or missing |
| distance_cm | camera to the body plane along the optical axis, from whatever cue gave the scale |
| lighting | median over frames of the mean luminance, share of white, linear |
| video_quality | 0-1: 1 sharp, 0.5 as blurred as the quality gate lets through, 0 twice as blurred |
| pose_confidence | mean visibility of the 33 landmarks over frames with a pose, 0-1 |
| frame_count | frames with a pose |
| duration_s | length of the film |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ml_models.features import MIN_VISIBILITY
from ml_models.networks.reference import INPUTS, KEYPOINT_INPUTS, METADATA
from ml_models.quality import MAX_BLUR_SHARE
from ml_models.types import SampledFrames, ScanType, SessionFeatures, ViewObservation

FloatArray = NDArray[np.float64]

STANDARD_FOCAL_PER_HEIGHT = 0.8
STANDARD_WIDTH_PER_HEIGHT = 9 / 16
DAYS_PER_MONTH = 30.4375
#: Of several films the first of these is read.
VIEW_ORDER = (ScanType.LYING_ABOVE, ScanType.STANDING_FRONT, ScanType.STANDING_SIDE)


@dataclass(frozen=True)
class FilmFacts:
    """What the network is told of a film beside its view; NaN where nobody measured it. Units: see the module."""

    lighting: float
    video_quality: float
    duration_s: float


def film_facts(frames: SampledFrames, figures: Mapping[str, float]) -> FilmFacts:
    """Return the facts of one film from its frames and the figures of its quality report."""
    blur = figures.get("blur_share", np.nan)
    return FilmFacts(
        lighting=figures.get("mean_luminance", np.nan),
        video_quality=float(np.clip(1 - blur / (2 * MAX_BLUR_SHARE), 0.0, 1.0)),
        duration_s=frames.duration_s,
    )


def with_reference_inputs(
    features: SessionFeatures, films: Sequence[tuple[ViewObservation, FilmFacts]]
) -> SessionFeatures:
    """Return `features` with the inputs of the session's first film of their posture and scale cue.

    Without such a film, or without a pose in it, they stay None.
    """
    chosen = [
        (view, facts)
        for view, facts in films
        if view.facts.scan_type.is_lying == features.is_lying
        and view.scale.cue is features.cue
        and view.pose.detected.any()
    ]
    if not chosen:
        return features
    view, facts = min(chosen, key=lambda film: VIEW_ORDER.index(film[0].facts.scan_type))
    row = _view_inputs(view, facts, features.subject.age_days / DAYS_PER_MONTH, features.subject.sex == "F")
    return replace(features, reference_inputs=row.astype(np.float32))


def standard_keypoints(points_px: FloatArray, fx: FloatArray, fy: FloatArray, cx: FloatArray, cy: FloatArray) -> (
    FloatArray
):  # fmt: skip
    """Return pixels, (..., points, 2), as 0-1 of the standard camera's picture; the lens's fields are (...,)."""
    across = (points_px[..., 0] - cx[..., None]) / fx[..., None]  # tangents of the angle off the optical axis
    down = (points_px[..., 1] - cy[..., None]) / fy[..., None]
    per_width = STANDARD_FOCAL_PER_HEIGHT / STANDARD_WIDTH_PER_HEIGHT
    return np.stack([0.5 + across * per_width, 0.5 + down * STANDARD_FOCAL_PER_HEIGHT], axis=-1)


def input_rows(keypoints: FloatArray, metadata: Mapping[str, FloatArray]) -> FloatArray:
    """Join standard keypoints, (n, 33, 2), and the METADATA, each (n,), to rows, (n, 75)."""
    facts = np.stack([np.asarray(metadata[name], dtype=np.float64) for name in METADATA], axis=1)
    return np.concatenate([keypoints.reshape(len(keypoints), KEYPOINT_INPUTS), facts], axis=1)


def input_names() -> tuple[str, ...]:
    """Names of the 75 inputs, in order."""
    points = tuple(f"keypoint_{index}_{axis}" for index in range(KEYPOINT_INPUTS // 2) for axis in "xy")
    names = points + METADATA
    assert len(names) == INPUTS
    return names


def _view_inputs(view: ViewObservation, facts: FilmFacts, age_months: float, girl: bool) -> FloatArray:
    """Inputs, (75,), of one view."""
    seen = view.pose.landmarks[view.pose.detected].astype(np.float64)  # (frames, 33, 4)
    points = np.where(seen[..., 3:] < MIN_VISIBILITY, np.nan, seen[..., :2])
    everywhere_hidden = np.isnan(points).all(axis=0)
    middle = np.nanmedian(np.where(everywhere_hidden, 0.0, points), axis=0)
    points_px = np.where(everywhere_hidden, np.nan, middle) * np.array(view.frame_size)
    lens = view.intrinsics
    keypoints = standard_keypoints(points_px, *(np.array(value) for value in (lens.fx, lens.fy, lens.cx, lens.cy)))
    told_height, depth = view.facts.camera_height_cm, view.scale.depth_cm
    metadata = {
        "age_months": age_months,
        "is_girl": float(girl),
        "device_height_cm": np.nan if told_height is None else told_height,
        "distance_cm": np.nan if depth is None else depth,
        "lighting": facts.lighting,
        "video_quality": facts.video_quality,
        "pose_confidence": float(seen[..., 3].mean()),
        "frame_count": float(len(seen)),
        "duration_s": facts.duration_s,
    }
    return np.asarray(input_rows(keypoints[None], {name: np.array([value]) for name, value in metadata.items()})[0])

"""How far two pose models agree on the same frames: distances as shares of the body, landmark by landmark.

Neither model is taken for the truth. Only points that both give count, and which those are is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_models.features import MIN_VISIBILITY
from ml_models.pose.landmarks import ANKLES, EARS, LANDMARK_COUNT, Landmark, middle
from ml_models.types import PoseSequence

FloatArray = NDArray[np.float64]

# Ears to ankles are about this share of a child's stature (as in `ml_models.quality`).
_EAR_ANKLE_SHARE = 0.82


@dataclass(frozen=True)
class Differences:
    """Second model less first, of one film's frames, as shares of the body's length; NaN where one lacks the point.

    `distance` and `along` (positive towards the feet): float64, shape (frames, 33).
    """

    distance: FloatArray
    along: FloatArray


@dataclass(frozen=True)
class LandmarkAgreement:
    """One landmark over all films: in how many `frames` both give it, and the differences as shares of the body's
    length: median and 90th percentile of the distance, median along the body (positive: the second is nearer the
    feet); None where no frame has both.
    """

    landmark: Landmark
    frames: int
    median: float | None = None
    p90: float | None = None
    along: float | None = None


def differences(first: PoseSequence, second: PoseSequence, *, width: int, height: int) -> Differences:
    """Return how far apart two models see the landmarks of one film. `width`, `height`: of its frames in px."""
    size = np.array([width, height], dtype=np.float64)
    places = [_seen(pose) * size for pose in (first, second)]  # 2 x (frames, 33, 2), px
    spans = np.stack([middle(points, ANKLES) - middle(points, EARS) for points in places])  # (2, frames, 2)
    span = np.where(np.isnan(spans[0]), spans[1], spans[0])  # of the first, where it has ears and ankles
    length = np.linalg.norm(span, axis=-1)  # (frames,), px
    with np.errstate(invalid="ignore", divide="ignore"):
        axis = span / length[:, None]
        apart = (places[1] - places[0]) / (length / _EAR_ANKLE_SHARE)[:, None, None]  # (frames, 33, 2)
    return Differences(
        distance=np.linalg.norm(apart, axis=-1),
        along=np.einsum("fpk,fk->fp", apart, axis),
    )


def summarise(films: Sequence[Differences]) -> list[LandmarkAgreement]:
    """Return the agreement of every landmark over `films`."""
    nothing = np.zeros((0, LANDMARK_COUNT))
    distance = np.concatenate([nothing, *(film.distance for film in films)])
    along = np.concatenate([nothing, *(film.along for film in films)])
    return [_of_landmark(landmark, distance[:, landmark], along[:, landmark]) for landmark in Landmark]


def _of_landmark(landmark: Landmark, distance: FloatArray, along: FloatArray) -> LandmarkAgreement:
    both = np.isfinite(distance)
    if not both.any():
        return LandmarkAgreement(landmark, 0)
    return LandmarkAgreement(
        landmark,
        int(both.sum()),
        median=float(np.median(distance[both])),
        p90=float(np.quantile(distance[both], 0.9)),
        along=float(np.median(along[both])),
    )


def _seen(pose: PoseSequence) -> FloatArray:
    """Return the places that the features would use, (frames, 33, 2), NaN for the others."""
    landmarks = pose.landmarks.astype(np.float64)
    hidden = ~(landmarks[..., 3] >= MIN_VISIBILITY)
    return np.where(hidden[..., None], np.nan, landmarks[..., :2])

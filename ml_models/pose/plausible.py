"""Whether 33 points can be a body at all, and whether the bodies of one film can be one child."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ml_models.pose.landmarks import EARS, HEAD, HIPS, middle
from ml_models.types import PoseSequence

# Ears to hips are 0.4-0.5 of a child's stature and of its arm span; foreshortened by 50 degrees still more than this.
_MIN_TRUNK_SHARE = 0.25
# The head and trunk of one child do not change their length from frame to frame; a frame further off is a misfit.
_MAX_TRUNK_DEVIATION = 0.2


def trunk_length(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the distance from the middle of the ears to the middle of the hips. `points`: shape (..., 33, 2), px.

    Where no ear is known, the other points of the head serve: they are about as far from the hips.
    """
    ears = middle(points, EARS)
    head = np.where(np.isnan(ears), middle(points, HEAD), ears)
    return np.asarray(np.linalg.norm(head - middle(points, HIPS), axis=-1))


def is_body(points: NDArray[np.floating]) -> bool:
    """Tell whether head and trunk have a credible share of the whole. `points`: shape (33, 2), px."""
    extent = float((points.max(axis=0) - points.min(axis=0)).max())
    return bool(trunk_length(points) >= _MIN_TRUNK_SHARE * extent)


def drop_misfits(pose: PoseSequence, *, width: int, height: int) -> PoseSequence:
    """Return `pose` without the frames whose head and trunk are not about as long as in the others.

    `width`, `height`: size of the frames in px.
    """
    if not pose.detected.any():
        return pose
    trunks = trunk_length(pose.landmarks[..., :2] * np.array([width, height]))  # (frames,), NaN where not detected
    usual = float(np.nanmedian(trunks))
    fits = pose.detected & (np.abs(trunks / usual - 1) <= _MAX_TRUNK_DEVIATION)
    return keep_frames(pose, fits)


def keep_frames(pose: PoseSequence, kept: NDArray[np.bool_]) -> PoseSequence:
    """Return `pose` with nobody detected outside `kept` (bool, shape (frames,))."""
    landmarks, crown, soles = pose.landmarks.copy(), pose.crown.copy(), pose.soles.copy()
    outline = None if pose.outline is None else pose.outline.copy()
    for values in (landmarks, crown, soles, outline):
        if values is not None:
            values[~kept] = np.nan
    return replace(pose, landmarks=landmarks, crown=crown, soles=soles, outline=outline, detected=pose.detected & kept)

"""Who is in the film: the child, also when cut by an edge or small, and whether a second whole body stands by.

Works through the `PoseEstimator` protocol alone, on pictures that it continues, cuts or paints over, and so serves
every pose model. Decides nothing about acceptance (`ml_models.quality`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ml_models.pose import PoseEstimator
from ml_models.pose.landmarks import ANKLES, FEET, HEAD, HIPS, KNEES, LIMBS, SHOULDERS, TRUNK, middle
from ml_models.pose.plausible import drop_misfits, trunk_length
from ml_models.types import PoseSequence, SampledFrames

# Frames on which a hidden child or a second person is looked for: first, middle and last.
PROBE_FRAMES = 3
# A child seen in fewer frames than this is looked for again, beyond the edges and in parts of the picture.
_ENOUGH_SHARE = 0.5
# How far the picture is continued beyond an edge to find a body that the edge cuts: room for a head, in picture
# heights.
_BEYOND_SHARE = 0.2
# Small bodies are looked for in overlapping parts of half the picture's sides.
_PART_SHARE = 0.5
_PART_STEPS = 3

# What is painted over, in ear-hip lengths (about 0.45 of the stature): limbs with clothes and a margin, the head.
_LIMB_WIDTH = 0.35
_HEAD_RADIUS = 0.55
# The background is mixed from this far around, in the same unit.
_BACKGROUND_REACH = 1.5
# The paint needs no detail: it is mixed on a picture with this longer side in px.
_PAINT_SIDE_PX = 256

# A second person counts when head, trunk and legs are seen (visibility 0-1) in the picture: hands and passers-by do
# not.
_SEEN = 0.5
_WHOLE_BODY = (HEAD, SHOULDERS, HIPS, KNEES, ANKLES + FEET)
# A body much smaller than the child is a doll or a picture on the wall.
_MIN_SIZE_RATIO = 0.4


@dataclass(frozen=True)
class People:
    """The child over all frames, and in how many of the `probed` frames a second whole body was seen."""

    child: PoseSequence
    probed: int
    second_seen: int


@dataclass(frozen=True)
class _Window:
    """A part of the picture in shares of its sides, from (0, 0) to (1, 1); it may reach beyond it."""

    left: float
    top: float
    right: float
    bottom: float


_EDGES = (
    _Window(0, -_BEYOND_SHARE, 1, 1),
    _Window(0, 0, 1, 1 + _BEYOND_SHARE),
    _Window(-_BEYOND_SHARE, 0, 1, 1),
    _Window(0, 0, 1 + _BEYOND_SHARE, 1),
)
_STARTS = tuple(float(start) for start in np.linspace(0, 1 - _PART_SHARE, _PART_STEPS))
_PARTS = tuple(_Window(x, y, x + _PART_SHARE, y + _PART_SHARE) for y in _STARTS for x in _STARTS)


def find_people(estimator: PoseEstimator, frames: SampledFrames) -> People:
    """Return the child of the film and what was seen of a second person."""
    child = estimator.estimate(frames)
    if child.detected.mean() < _ENOUGH_SHARE:
        child = _look_harder(estimator, frames, child)
    probes = _spread(np.flatnonzero(child.detected))
    return People(child=child, probed=len(probes), second_seen=_count_second(estimator, frames, child, probes))


def _spread(indices: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the first, middle and last of `indices`, fewer if there are fewer."""
    if not len(indices):
        return indices
    chosen = np.unique(np.linspace(0, len(indices) - 1, PROBE_FRAMES).round().astype(int))
    return np.asarray(indices[chosen])


def _look_harder(estimator: PoseEstimator, frames: SampledFrames, child: PoseSequence) -> PoseSequence:
    """Return `child` with frames added in which it is cut by an edge of the picture, or small."""
    for window in _EDGES + _PARTS:
        missing = np.flatnonzero(~child.detected)
        if not _estimate_in(estimator, frames, window, _spread(missing)).detected.any():
            continue
        child = _merge(child, _estimate_in(estimator, frames, window, missing), missing)
        if child.detected.mean() >= _ENOUGH_SHARE:
            break
    height, width = frames.images.shape[1:3]
    return drop_misfits(child, width=width, height=height)


def _estimate_in(
    estimator: PoseEstimator, frames: SampledFrames, window: _Window, indices: NDArray[np.intp]
) -> PoseSequence:
    """Return the pose found in `window` of the frames `indices`, in shares of the whole picture's sides."""
    parts = np.stack([_cut(frames.images[index], window) for index in indices])
    pose = estimator.estimate(_with_images(frames, parts, indices))
    size = np.array([window.right - window.left, window.bottom - window.top], dtype=np.float32)
    corner = np.array([window.left, window.top], dtype=np.float32)
    landmarks = pose.landmarks.copy()
    landmarks[..., :2] = landmarks[..., :2] * size + corner
    landmarks[..., 2] *= size[0]
    return replace(pose, landmarks=landmarks, crown=pose.crown * size + corner, soles=pose.soles * size + corner)


def _with_images(frames: SampledFrames, images: NDArray[np.uint8], indices: NDArray[np.intp]) -> SampledFrames:
    return replace(frames, images=images, times_s=frames.times_s[indices])


def _cut(image: NDArray[np.uint8], window: _Window) -> NDArray[np.uint8]:
    """Return the part of the picture in `window`, its outermost pixels repeated beyond the edges."""
    height, width = image.shape[:2]
    left, right = round(window.left * width), round(window.right * width)
    top, bottom = round(window.top * height), round(window.bottom * height)
    inside = image[max(0, top) : min(height, bottom), max(0, left) : min(width, right)]
    margins = (max(0, -top), max(0, bottom - height), max(0, -left), max(0, right - width))
    return np.asarray(cv2.copyMakeBorder(inside, *margins, cv2.BORDER_REPLICATE), dtype=np.uint8)


def _merge(child: PoseSequence, found: PoseSequence, indices: NDArray[np.intp]) -> PoseSequence:
    """Return `child` with the frames `indices` replaced by what was found in them."""
    merged = {}
    for name in ("landmarks", "crown", "soles", "outline", "detected"):
        if getattr(child, name) is not None:
            values = getattr(child, name).copy()
            values[indices] = getattr(found, name)
            merged[name] = values
    return replace(child, **merged)


def _count_second(
    estimator: PoseEstimator, frames: SampledFrames, child: PoseSequence, probes: NDArray[np.intp]
) -> int:
    """Return in how many of the frames `probes` a second whole body is seen once the child is painted over."""
    if not len(probes):
        return 0
    size = np.array(frames.images.shape[2:0:-1])
    bodies = child.landmarks[probes, :, :2] * size  # (probes, 33, 2), px
    painted = [paint_over(frames.images[index], body) for index, body in zip(probes, bodies, strict=True)]
    second = estimator.estimate(_with_images(frames, np.stack(painted), probes))
    own = trunk_length(bodies)
    other = trunk_length(second.landmarks[..., :2] * size)
    counted = [
        second.detected[i] and _is_whole(second.landmarks[i]) and other[i] >= _MIN_SIZE_RATIO * own[i]
        for i in range(len(probes))
    ]
    return int(sum(counted))


def _is_whole(landmarks: NDArray[np.float32]) -> bool:
    """Tell whether each part of the body is seen inside the picture. `landmarks`: shape (33, 4)."""
    inside = ((landmarks[:, :2] >= 0) & (landmarks[:, :2] <= 1)).all(axis=1)
    seen = inside & (landmarks[:, 3] >= _SEEN)
    return all(bool(seen[list(part)].any()) for part in _WHOLE_BODY)


def paint_over(image: NDArray[np.uint8], points: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return `image` with one body replaced by a mix of the background around it. `points`: shape (33, 2), px."""
    height, width = image.shape[:2]
    shrink = min(1.0, _PAINT_SIDE_PX / max(height, width))
    small = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    body = _silhouette(points * shrink, small.shape[:2])
    reach = max(3, round(_BACKGROUND_REACH * float(trunk_length(points * shrink))))
    background = (body == 0).astype(np.float32)
    colours = cv2.blur(small.astype(np.float32) * background[..., None], (reach, reach))
    weights = cv2.blur(background, (reach, reach))
    paint = cv2.resize(colours / np.maximum(weights, 1e-3)[..., None], (width, height))
    alpha = cv2.resize(body, (width, height), interpolation=cv2.INTER_LINEAR)[..., None].astype(np.float32) / 255
    return np.asarray(image * (1 - alpha) + paint * alpha, dtype=np.uint8)


def _silhouette(points: NDArray[np.floating], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return 255 where the body with its clothes is, 0 elsewhere. `points`: shape (33, 2), px of the result.

    Limbs with an unknown end (NaN) are left out.
    """
    drawn = np.zeros(shape, dtype=np.uint8)
    unit = float(trunk_length(points))
    thickness = max(1, round(_LIMB_WIDTH * unit))
    known = np.isfinite(points).all(axis=1)
    places = np.round(np.where(known[:, None], points, 0)).astype(np.int32)
    trunk = places[[landmark for landmark in TRUNK if known[landmark]]]
    cv2.fillConvexPoly(drawn, cv2.convexHull(trunk), 255)
    cv2.polylines(drawn, [trunk], isClosed=True, color=255, thickness=thickness)
    for start, end in LIMBS:
        if known[start] and known[end]:
            cv2.line(drawn, places[start].tolist(), places[end].tolist(), 255, thickness)
    head = middle(points, HEAD).round().astype(int).tolist()
    cv2.circle(drawn, head, max(1, round(_HEAD_RADIUS * unit)), 255, thickness=-1)
    return drawn

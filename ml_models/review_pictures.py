"""Chosen frames of a film for people to look at, with everybody's head hidden; none where that is not certain.

A picture is given only when the pose model finds the same head in the frame and in its mirror image, when the head of
everybody else that it finds - once the child is painted over, and in the finished picture - is hidden, too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ml_models.head_mask import (
    HeadCircle,
    HiddenPicture,
    below_head,
    find_head,
    hide_all_but_body,
    hides,
    is_at_hidden_head,
)
from ml_models.marker import detect_markers
from ml_models.pose import PoseEstimator
from ml_models.pose.people import paint_over
from ml_models.types import PoseSequence, SampledFrames

#: How many frames of a film are shown.
PICTURES = 3
#: Longer side of a picture in px: enough to see how feet stand, too little to be of use elsewhere.
LONGER_SIDE_PX = 960
JPEG_QUALITY = 80
# Two findings of one head agree within this share of its radius.
_SAME_HEAD = 0.5


@dataclass(frozen=True)
class ReviewPicture:
    """One picture: a JPEG, its size in px, when it was filmed, and what may be drawn over it, in shares of the sides.

    `points`: body points below the head by their number; `markers`: corners of each marker, (x, y) each.
    """

    jpeg: bytes
    width: int
    height: int
    time_s: float
    points: dict[int, tuple[float, float]]
    markers: list[list[tuple[float, float]]]


def review_pictures(frames: SampledFrames, estimator: PoseEstimator, *, shows_marker: bool) -> list[ReviewPicture]:
    """Return up to PICTURES frames of a film, evenly spaced, without those in which a head might be seen.

    `shows_marker`: whether a marker is looked for.
    """
    chosen = _chosen(frames)
    found = estimator.estimate(chosen)
    mirrored = estimator.estimate(replace(chosen, images=np.ascontiguousarray(chosen.images[:, :, ::-1])))
    markers = [_markers(image) if shows_marker else [] for image in chosen.images]
    hidden = [
        hide_all_but_body(image, found.landmarks[k], found.crown[k], markers[k])
        if found.detected[k] and _same_head(found, mirrored, k, image)
        else None
        for k, image in enumerate(chosen.images)
    ]
    kept = [k for k, picture in enumerate(hidden) if picture is not None]
    pictures = {k: picture for k, picture in enumerate(hidden) if picture is not None}
    if not kept:
        return []
    others = _others(chosen, found, kept, estimator)
    finished = estimator.estimate(_subset(chosen, np.stack([pictures[k].image for k in kept]), kept))
    return [
        _picture(pictures[k], chosen, found, markers[k], k)
        for row, k in enumerate(kept)
        if _is_hidden(pictures[k], others, row) and _shows_no_other_head(pictures[k], finished, row)
    ]


def _chosen(frames: SampledFrames) -> SampledFrames:
    """Return the frames to show, smaller."""
    count = len(frames.images)
    indices = np.unique(((np.arange(PICTURES) + 0.5) / PICTURES * count).astype(int))
    images = frames.images[indices]
    height, width = images.shape[1:3]
    shrink = LONGER_SIDE_PX / max(height, width)
    if shrink < 1:
        size = (round(width * shrink), round(height * shrink))
        images = np.stack([cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in images])
    return replace(frames, images=images, times_s=frames.times_s[indices])


def _subset(frames: SampledFrames, images: NDArray[np.uint8], rows: list[int]) -> SampledFrames:
    return replace(frames, images=images, times_s=frames.times_s[rows])


def _same_head(found: PoseSequence, mirrored: PoseSequence, row: int, image: NDArray[np.uint8]) -> bool:
    """Tell whether the frame's mirror image shows the head at the same place."""
    size = (image.shape[1], image.shape[0])
    if not mirrored.detected[row]:
        return False
    head = find_head(found.landmarks[row], found.crown[row], size)
    turned, crown = mirrored.landmarks[row].copy(), mirrored.crown[row].copy()
    turned[:, 0], crown[0] = 1 - turned[:, 0], 1 - crown[0]
    other = find_head(turned, crown, size)
    return head is not None and other is not None and _agree(head, other)


def _agree(one: HeadCircle, other: HeadCircle) -> bool:
    apart = float(np.hypot(one.x - other.x, one.y - other.y))
    return apart <= _SAME_HEAD * min(one.radius, other.radius)


def _others(frames: SampledFrames, child: PoseSequence, rows: list[int], estimator: PoseEstimator) -> PoseSequence:
    """Return who is found in the frames `rows` once the child is painted over."""
    size = np.array(frames.images.shape[2:0:-1])
    painted = [paint_over(frames.images[k], child.landmarks[k, :, :2] * size) for k in rows]
    return estimator.estimate(_subset(frames, np.stack(painted), rows))


def _is_hidden(picture: HiddenPicture, found: PoseSequence, row: int) -> bool:
    """Tell whether whoever was found beside the child has a hidden head; True where nobody was found."""
    return not found.detected[row] or hides(picture, found.landmarks[row])


def _shows_no_other_head(picture: HiddenPicture, found: PoseSequence, row: int) -> bool:
    """Tell whether the finished picture shows no head but guesses at the hidden one.

    A child that was found upside down has its feet hidden; now its head would be found.
    """
    return _is_hidden(picture, found, row) or is_at_hidden_head(picture, found.landmarks[row])


def _markers(image: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
    return list(detect_markers(image).values())


def _picture(
    picture: HiddenPicture, frames: SampledFrames, found: PoseSequence, markers: list[NDArray[np.float64]], row: int
) -> ReviewPicture:
    height, width = picture.image.shape[:2]
    done, encoded = cv2.imencode(".jpg", picture.image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError("the picture could not be encoded")
    corners = [[(round(float(x / width), 4), round(float(y / height), 4)) for x, y in quad] for quad in markers]
    return ReviewPicture(
        jpeg=encoded.tobytes(),
        width=width,
        height=height,
        time_s=round(float(frames.times_s[row]), 3),
        points=below_head(found.landmarks[row]),
        markers=corners,
    )

"""Pictures of a child in which nobody can be recognised: what is shown is chosen, everything else is made coarse.

Only trunk and limbs of the child below its head, and printed markers, stay sharp. The head, and all that is around the
child - other people above all -, become blocks a third of the child's head wide. Where the head is not known beyond
doubt there is no picture (None). Pure: numpy and OpenCV, no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ml_models.pose.landmarks import ANKLES, HEAD, HIPS, KNEES, LIMBS, MOUTH, SHOULDERS, TRUNK, Landmark, middle

Image = NDArray[np.uint8]
FloatArray = NDArray[np.floating]

# A point of the head is seen, not guessed, from this visibility (0-1) on; so many of the eleven have to be.
_SEEN = 0.5
_MIN_HEAD_POINTS = 6
# Crown to mouth is about four fifths of crown to chin. The circle's radius is this many crown-mouth lengths around
# the middle of the two: 1.3 times what reaches crown and chin.
_RADIUS_PER_CROWN_MOUTH = 0.85
# The circle reaches so much farther than the farthest point of head and crown, and is at least so large a part of the
# trunk (shoulders to hips): a head is 0.5 to 0.75 of a child's trunk, its half 0.38 at most.
_MARGIN_PER_TRUNK = 0.16
_MIN_RADIUS_PER_TRUNK = 0.42
# Bodies as they are: crown to mouth, and middle of the shoulders to mouth, in trunk lengths.
_CROWN_MOUTH_RANGE = (0.2, 1.1)
_MOUTH_SHOULDER_RANGE = (0.05, 0.8)
#: Blocks across a head: three by three tell nobody.
BLOCKS_PER_HEAD = 3
_MIN_BLOCK_PX = 8
# Where a head is hidden, models guess it within so many radii of it; a child found upside down has its own 4 away.
_GUESSED_WITHIN = 2.0
# A face (its points, 0.7 radii across on the child's own) up to this many radii across has five blocks at most.
_LARGEST_FACE = 1.2
# Limbs and trunk with their clothes, in trunk lengths.
_LIMB_WIDTH = 0.3
_TRUNK_MARGIN = 0.22
# A marker is shown with its white margin: so many times its side.
_MARKER_GROWTH = 1.35


@dataclass(frozen=True)
class HeadCircle:
    """Where a head is with its hair, in px of the picture."""

    x: float
    y: float
    radius: float

    def as_mask(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Return True inside, shape (height, width)."""
        drawn = np.zeros(shape[:2], dtype=np.uint8)
        cv2.circle(drawn, (round(self.x), round(self.y)), int(np.ceil(self.radius)), 1, thickness=-1)
        return drawn > 0


@dataclass(frozen=True)
class HiddenPicture:
    """The finished picture, RGB, and which of its pixels are as they were filmed (bool, (height, width))."""

    image: Image
    shown: NDArray[np.bool_]
    head: HeadCircle
    block_px: int


def find_head(landmarks: FloatArray, crown: FloatArray, size: tuple[int, int]) -> HeadCircle | None:
    """Return the head of one found body, None unless it is known beyond doubt and wholly in the picture.

    `landmarks`: (33, 4) as in `PoseSequence`; `crown`: (2,), the top of the head by the segmentation mask; both in
    shares of `size` (width, height in px).
    """
    sides = np.array(size, dtype=np.float64)
    points = np.asarray(landmarks[:, :2], dtype=np.float64) * sides
    top = np.asarray(crown, dtype=np.float64) * sides
    head = list(HEAD)
    seen = np.isfinite(points[head]).all(axis=1) & (landmarks[head, 3] >= _SEEN)
    whole = np.isfinite(points[[*SHOULDERS, *HIPS]]).all() and np.isfinite(top).all()
    if not whole or seen.sum() < _MIN_HEAD_POINTS or not np.isfinite(points[list(MOUTH)]).all():
        return None
    mouth, shoulders, hips = (middle(points, which) for which in (MOUTH, SHOULDERS, HIPS))
    trunk = _length(shoulders - hips)
    reach = _length(top - mouth)
    if not trunk > 0 or not _within(reach / trunk, _CROWN_MOUTH_RANGE):
        return None
    if not _within(_length(mouth - shoulders) / trunk, _MOUTH_SHOULDER_RANGE):
        return None
    if float((top - mouth) @ (shoulders - hips)) <= 0:  # the crown lies away from the hips
        return None
    if not _inside(np.vstack([points[head][seen], top]), sides):
        return None
    known = np.vstack([points[head][np.isfinite(points[head]).all(axis=1)], top])
    centre = (top + mouth) / 2
    farthest = float(np.linalg.norm(known - centre, axis=1).max())
    radius = max(_RADIUS_PER_CROWN_MOUTH * reach, farthest + _MARGIN_PER_TRUNK * trunk, _MIN_RADIUS_PER_TRUNK * trunk)
    return HeadCircle(x=float(centre[0]), y=float(centre[1]), radius=radius)


def hide_all_but_body(
    image: Image, landmarks: FloatArray, crown: FloatArray, markers: Sequence[FloatArray] = ()
) -> HiddenPicture | None:
    """Return the picture with the child's body and the markers alone as they were filmed; None without its head.

    `image`: RGB uint8 (height, width, 3). `landmarks`, `crown` as in `find_head`. `markers`: corners (4, 2) in px.
    """
    height, width = image.shape[:2]
    head = find_head(landmarks, crown, (width, height))
    if head is None:
        return None
    points = np.asarray(landmarks[:, :2], dtype=np.float64) * np.array([width, height])
    shown = _body(points, image.shape) > 0
    for corners in markers:
        shown |= _quad(corners, image.shape) > 0
    shown &= ~head.as_mask(image.shape)
    block = max(_MIN_BLOCK_PX, int(np.ceil(2 * head.radius / BLOCKS_PER_HEAD)))
    return HiddenPicture(np.where(shown[..., None], image, in_blocks(image, block)), shown, head, block)


def in_blocks(image: Image, block_px: int) -> Image:
    """Return the picture as squares of one colour each, `block_px` wide."""
    height, width = image.shape[:2]
    rows, columns = -(-height // block_px), -(-width // block_px)
    margins = (0, rows * block_px - height, 0, columns * block_px - width)
    grown = cv2.copyMakeBorder(image, *margins, cv2.BORDER_REPLICATE)
    means = grown.reshape(rows, block_px, columns, block_px, 3).mean(axis=(1, 3))
    blocks = means.repeat(block_px, axis=0).repeat(block_px, axis=1)
    return np.asarray(blocks[:height, :width].round(), dtype=np.uint8)


def hides(picture: HiddenPicture, landmarks: FloatArray) -> bool:
    """Tell whether the head of a body that was found in the picture is hidden: none of its points is shown sharply, and
    it is not so large that its blocks would tell more than the child's.

    `landmarks`: (33, 4), shares of the sides. Unknown points hide nothing: False when none is known.
    """
    known = _head_points(picture, landmarks)
    if not len(known):
        return False
    height, width = picture.shown.shape
    columns, rows = known.round().astype(int).T
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    if picture.shown[rows[inside], columns[inside]].any():
        return False
    breadth = float(np.ptp(known, axis=0).max())  # of the face: ears, or eyes to mouth
    return breadth <= _LARGEST_FACE * picture.head.radius


def is_at_hidden_head(picture: HiddenPicture, landmarks: FloatArray) -> bool:
    """Tell whether a head that was found is the hidden one: a pose model puts it anywhere near where it saw blocks."""
    known = _head_points(picture, landmarks)
    if not len(known):
        return False
    apart = _length(known.mean(axis=0) - np.array([picture.head.x, picture.head.y]))
    return apart <= _GUESSED_WITHIN * picture.head.radius


def below_head(landmarks: FloatArray) -> dict[int, tuple[float, float]]:
    """Return the known points of the body below the head, in shares of the sides, by their number."""
    wanted = [landmark for landmark in Landmark if landmark not in HEAD]
    return {
        int(landmark): (round(float(landmarks[landmark, 0]), 4), round(float(landmarks[landmark, 1]), 4))
        for landmark in wanted
        if np.isfinite(landmarks[landmark, :2]).all()
    }


def _head_points(picture: HiddenPicture, landmarks: FloatArray) -> NDArray[np.float64]:
    """Return the known points of a head, (n, 2) px."""
    height, width = picture.shown.shape
    points = np.asarray(landmarks[list(HEAD), :2], dtype=np.float64) * np.array([width, height])
    return np.asarray(points[np.isfinite(points).all(axis=1)])


def _body(points: NDArray[np.float64], shape: tuple[int, ...]) -> Image:
    """Return 255 where trunk and limbs with their clothes are. `points`: (33, 2) px."""
    drawn = np.zeros(shape[:2], dtype=np.uint8)
    trunk = _length(middle(points, SHOULDERS) - middle(points, HIPS))
    known = np.asarray(np.isfinite(points).all(axis=1))
    places = np.round(np.where(known[:, None], points, 0)).astype(np.int32)
    width = max(1, round(_LIMB_WIDTH * trunk))
    corners = places[list(TRUNK)]
    cv2.fillConvexPoly(drawn, cv2.convexHull(corners), 255)
    cv2.polylines(drawn, [corners], isClosed=True, color=255, thickness=max(1, round(_TRUNK_MARGIN * trunk)))
    for start, end in LIMBS:
        if known[start] and known[end]:
            cv2.line(drawn, places[start].tolist(), places[end].tolist(), 255, width)
    for joint in (*KNEES, *ANKLES):
        if known[joint]:
            cv2.circle(drawn, places[joint].tolist(), width // 2, 255, thickness=-1)
    return drawn


def _quad(corners: FloatArray, shape: tuple[int, ...]) -> Image:
    drawn = np.zeros(shape[:2], dtype=np.uint8)
    centre = corners.mean(axis=0)
    grown = (corners - centre) * _MARKER_GROWTH + centre
    cv2.fillConvexPoly(drawn, grown.round().astype(np.int32), 255)
    return drawn


def _length(vector: NDArray[np.floating]) -> float:
    return float(np.linalg.norm(vector))


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bool(bounds[0] <= value <= bounds[1])


def _inside(points: NDArray[np.floating], sides: NDArray[np.float64]) -> bool:
    return bool((points > 0).all() and (points < sides - 1).all())

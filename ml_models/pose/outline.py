"""Crown, soles and widths of a body from its segmentation mask: its ends and its outline, which no landmark marks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ml_models.pose.landmarks import ANKLES, EARS, FEET, SHOULDERS, middle
from ml_models.types import OUTLINE_LEVELS

# The mask is a probability; its edge is where it is even.
MASK_EDGE = 0.5
# Half width of the strip in which the crown is looked for, as a share of the ear-shoulder distance. The top of a
# skull is flat over that width, and a hand beside the head stays outside.
_CROWN_STRIP_SHARE = 0.5
# Half width of the strip for the soles beyond the outermost foot point, as a share of the ear-ankle distance.
_SOLES_MARGIN_SHARE = 0.04
# How far beyond ears and ankles the ends are looked for, as a share of the ear-ankle distance.
_REACH_SHARE = 0.4
# The end is where a tenth of the strip's width is body: one stray pixel does not lengthen a child.
_END_WIDTH_SHARE = 0.1

# The mask is looked at upright, crown to soles on this many rows (a multiple of OUTLINE_LEVELS), this many columns.
_UPRIGHT_ROWS, _UPRIGHT_COLUMNS = 192, 240

Point = tuple[float, float]
_UNKNOWN: Point = (float("nan"), float("nan"))


def find_ends(mask: NDArray[np.float32], points: NDArray[np.float64]) -> tuple[Point, Point]:
    """Return crown and soles in px (x, y), NaN where the mask does not show them.

    `mask`: float32, shape (height, width), 0-1. `points`: float64, shape (33, 2), landmarks in px of the mask.
    """
    ears, ankles = middle(points, EARS), middle(points, ANKLES)
    length = float(np.hypot(*(ankles - ears)))
    if not length > 1.0:
        return _UNKNOWN, _UNKNOWN
    axis = (ankles - ears) / length
    body = _component_of(mask > MASK_EDGE, points)
    rows, columns = np.nonzero(body)
    if not rows.size:
        return _UNKNOWN, _UNKNOWN
    pixels = np.stack([columns + 0.5, rows + 0.5], axis=1) - ears  # (n, 2), origin at the ears
    along = pixels @ axis  # (n,), 0 at the ears, `length` at the ankles
    across = pixels @ np.array([-axis[1], axis[0]])

    strip = _CROWN_STRIP_SHARE * float(np.hypot(*(middle(points, SHOULDERS) - ears)))
    head = (np.abs(across) <= strip) & (along < 0) & (along > -_REACH_SHARE * length)
    crown = _end(pixels[head], -along[head], strip_width=2 * strip)

    feet_across = (points[list(ANKLES + FEET)] - ears) @ np.array([-axis[1], axis[0]])
    margin = _SOLES_MARGIN_SHARE * length
    low, high = feet_across.min() - margin, feet_across.max() + margin
    foot = (across >= low) & (across <= high) & (along > 0.9 * length) & (along < (1 + _REACH_SHARE) * length)
    soles = _end(pixels[foot], along[foot], strip_width=2 * margin)
    return _shift(crown, ears), _shift(soles, ears)


def find_outline(mask: NDArray[np.float32], crown: Point, soles: Point) -> NDArray[np.float32]:
    """Return the widths of the body at OUTLINE_LEVELS levels from crown to soles, shape (OUTLINE_LEVELS, 2).

    The first is the whole width, the second the longest unbroken part (the trunk without arms that stand off, one leg),
    both as fractions of the crown-soles distance; all NaN without both ends. Other bodies in the mask count.
    """
    widths = np.full((OUTLINE_LEVELS, 2), np.nan, dtype=np.float32)
    down = np.array(soles) - np.array(crown)
    length = float(np.hypot(*down))
    if not length > 1.0:
        return widths
    step = down / _UPRIGHT_ROWS  # px of the mask per row; columns run across with the same step
    across = np.array([-step[1], step[0]])
    start = np.array(crown) - across * (_UPRIGHT_COLUMNS - 1) / 2 + step / 2
    to_mask = np.stack([across, step, start], axis=1)  # (2, 3): column, row -> x, y
    upright = cv2.warpAffine(
        mask, to_mask, (_UPRIGHT_COLUMNS, _UPRIGHT_ROWS), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    body = upright > MASK_EDGE
    counted = np.cumsum(body, axis=1)
    before = np.maximum.accumulate(np.where(body, 0, counted), axis=1)  # body pixels left of the latest gap
    rows = np.stack([counted[:, -1], (counted - before).max(axis=1)], axis=1) / _UPRIGHT_ROWS
    return np.asarray(rows.reshape(OUTLINE_LEVELS, -1, 2).mean(axis=1), dtype=np.float32)


def _component_of(body: NDArray[np.bool_], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the connected part of the mask that holds most landmarks: specks elsewhere are not the child."""
    count, labels = cv2.connectedComponents(body.astype(np.uint8))
    height, width = body.shape
    x = np.clip(points[:, 0].astype(int), 0, width - 1)
    y = np.clip(points[:, 1].astype(int), 0, height - 1)
    votes = np.bincount(labels[y, x], minlength=count)
    votes[0] = 0  # background
    best = int(votes.argmax())
    return np.asarray(labels == best) if votes[best] else np.zeros_like(body)


def _end(pixels: NDArray[np.float64], height: NDArray[np.float64], *, strip_width: float) -> Point:
    """Return the mean place of the outermost pixels, at the height where the strip is a tenth body."""
    outermost = max(1, round(_END_WIDTH_SHARE * strip_width))
    if height.size < outermost:
        return _UNKNOWN
    chosen = np.argpartition(height, -outermost)[-outermost:]
    x, y = pixels[chosen].mean(axis=0)
    return float(x), float(y)


def _shift(point: Point, origin: NDArray[np.float64]) -> Point:
    return point[0] + float(origin[0]), point[1] + float(origin[1])

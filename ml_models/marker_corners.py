"""Where the corners of a marker's black square are in a picture, to a few hundredths of a pixel.

Blur rounds a corner, and light from the white paper bleeds over every edge: a corner that is looked for by itself comes
out inside the square, and the marker too small and too far. So the whole pattern is laid over the picture, by all its
straight edges, inner ones too. A shift that all edges have in common makes black cells smaller and white ones larger,
distance changes both alike: so the two are told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ml_models.marker_sheet import CELLS_A_SIDE

FloatArray = NDArray[np.float64]

# Places along each cell's edge, as fractions of it. Nearer its ends the next cell's blur reaches.
_ALONG_EDGE = np.linspace(0.15, 0.85, 8)
# Places across an edge where the picture is read, as shares of a reach of so many cells and within these px.
_ACROSS = (np.arange(13) + 0.5) / 13 * 2 - 1
_REACH_CELLS, _MIN_REACH_PX, _MAX_REACH_PX = 0.5, 1.5, 6.0
_ROUNDS = 4
# An edge farther off than this many times the usual error is something else: a fold, a finger, a shadow.
_MAX_ERROR_RATIO = 3.0
_SD_OF_MEDIAN = 1.48  # SD of a normal distribution per median of the absolute errors
_FINE_PX = 0.05
# Pattern and picture do not belong together when the corners had to move this many cells, or when the edges are this
# many cells off in the end.
_MAX_MOVE_CELLS = 0.75
_MAX_ERROR_CELLS = 0.12


@dataclass(frozen=True)
class _Edges:
    """Places on the edges of a marker in cells (0-6, x right, y down), and from black to white: each shape (n, 2)."""

    places: FloatArray
    to_white: FloatArray


def dictionary() -> cv2.aruco.Dictionary:
    """Return the dictionary that all markers are from."""
    return cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)


@cache
def dark_cells(marker_id: int) -> NDArray[np.bool_]:
    """Return which cells of a marker are black, bool (6, 6), rows from above; the border is among them."""
    return np.asarray(cv2.aruco.generateImageMarker(dictionary(), marker_id, CELLS_A_SIDE) == 0)


def refine_corners(grey: NDArray[np.uint8], corners: FloatArray, marker_id: int) -> FloatArray | None:
    """Return the corners of the black square in px, shape (4, 2), clockwise from the marker's own upper left.

    `corners`: where they are to within half a cell. None where the picture does not show this marker's pattern well.
    """
    cell_px = float(np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).mean()) / CELLS_A_SIDE
    around, origin = _cut_out(grey, corners, margin_px=cell_px + _MAX_REACH_PX)
    start = corners - origin
    refined, error_px = _lay_over(around, start, marker_id, cell_px)
    moved_px = float(np.linalg.norm(refined - start, axis=1).max())
    if error_px > _MAX_ERROR_CELLS * cell_px or moved_px > _MAX_MOVE_CELLS * cell_px:
        return None
    return refined + origin


def _cut_out(
    grey: NDArray[np.uint8], corners: FloatArray, *, margin_px: float
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the part of the picture around the marker and its upper left px (x, y)."""
    low = np.maximum(np.floor(corners.min(axis=0) - margin_px), 0).astype(np.int64)
    high = np.ceil(corners.max(axis=0) + margin_px).astype(np.int64) + 1
    return grey[low[1] : high[1], low[0] : high[0]].astype(np.float32), low


def _lay_over(
    grey: NDArray[np.float32], corners: FloatArray, marker_id: int, cell_px: float
) -> tuple[FloatArray, float]:
    """Return the corners where the pattern fits the picture best near `corners`, and the RMS error of its edges, px."""
    reach_px = float(np.clip(_REACH_CELLS * cell_px, _MIN_REACH_PX, _MAX_REACH_PX))
    edges = _edges(marker_id)
    start = _project(_homography(corners), edges.places)
    normals = _project(_homography(corners), edges.places + 0.01 * edges.to_white) - start
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    # What is left between pattern and picture is the movement of the corners, along the normals, and a common shift.
    system = np.column_stack([np.einsum("nkc,nc->nk", _slopes(edges.places, corners), normals), np.ones(len(start))])
    error_px = float("inf")
    for _ in range(_ROUNDS):
        levels = _levels(grey, corners, marker_id)
        if levels is None:
            return corners, float("inf")
        places = _project(_homography(corners), edges.places)
        off = _offsets(_read(grey, places[:, None] + _ACROSS[:, None] * reach_px * normals[:, None]), levels, reach_px)
        solution = _solve(system, off)
        corners = corners + solution[:8].reshape(4, 2)
        error_px = float(np.sqrt(((off - system @ solution) ** 2).mean()))
    return corners, error_px


def _offsets(profiles: FloatArray, levels: tuple[float, float], reach_px: float) -> FloatArray:
    """Return how far towards white each edge is from the middle of its profile, px, shape (n,).

    `profiles`: grey levels from black to white over twice the reach, shape (n, across). `levels`: ink, paper.
    """
    share_white = np.clip((profiles - levels[0]) / (levels[1] - levels[0]), 0, 1).mean(axis=1)
    return np.asarray(reach_px * (1 - 2 * share_white))


@cache
def _edges(marker_id: int) -> _Edges:
    """Return the straight edges of a marker's pattern, those of the black square among them."""
    dark = np.pad(dark_cells(marker_id), 1)  # white paper around: (8, 8), cell (0, 0) is at (-1, -1)
    places, to_white = [], []
    for step_x, step_y in ((1, 0), (0, 1)):
        first, second = dark[: 8 - step_y, : 8 - step_x], dark[step_y:, step_x:]
        for row, column in np.argwhere(first != second):
            start = np.array([column - 1 + step_x, row - 1 + step_y], dtype=np.float64)
            along = np.array([step_y, step_x], dtype=np.float64)
            direction = np.array([step_x, step_y], dtype=np.float64) * (1 if first[row, column] else -1)
            places.append(start + _ALONG_EDGE[:, None] * along)
            to_white.append(np.tile(direction, (len(_ALONG_EDGE), 1)))
    return _Edges(places=np.concatenate(places), to_white=np.concatenate(to_white))


def _homography(corners: FloatArray) -> FloatArray:
    """Return what takes cells (0-6) to px."""
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float32) * CELLS_A_SIDE
    # cv2 wants float32; numbers near 0 keep the precision that pixel numbers in the thousands would lose.
    middle = corners.mean(axis=0)
    flat = cv2.getPerspectiveTransform(square, (corners - middle).astype(np.float32))
    return np.asarray(np.array([[1, 0, middle[0]], [0, 1, middle[1]], [0, 0, 1]]) @ flat)


def _slopes(places: FloatArray, corners: FloatArray) -> FloatArray:
    """Return how places (cells) move in the picture per movement of each corner's x and y: px/px, shape (n, 8, 2)."""
    slopes = np.empty((len(places), 8, 2))
    for index in range(8):
        step = np.zeros((4, 2))
        step[index // 2, index % 2] = 0.5
        slopes[:, index] = _project(_homography(corners + step), places) - _project(_homography(corners - step), places)
    return slopes


def _solve(system: FloatArray, off: FloatArray) -> FloatArray:
    """Return the least-squares solution, shape (9,), without the places that fit much worse than the others."""
    kept = np.ones(len(off), dtype=np.bool_)
    for _ in range(2):
        solution = np.linalg.lstsq(system[kept], off[kept], rcond=None)[0]
        error = np.abs(off - system @ solution)
        kept = error <= max(_MAX_ERROR_RATIO * _SD_OF_MEDIAN * float(np.median(error)), _FINE_PX)
    return np.asarray(np.linalg.lstsq(system[kept], off[kept], rcond=None)[0])


def _project(homography: FloatArray, places: FloatArray) -> FloatArray:
    flat = np.column_stack([places, np.ones(len(places))]) @ homography.T
    return np.asarray(flat[:, :2] / flat[:, 2:])


def _read(grey: NDArray[np.float32], places: FloatArray) -> FloatArray:
    """Return grey levels at places in px, any shape (..., 2), between pixels by interpolation."""
    flat = places.astype(np.float32).reshape(-1, 1, 2)
    levels = cv2.remap(grey, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(levels, dtype=np.float64).reshape(places.shape[:-1])


def _levels(grey: NDArray[np.float32], corners: FloatArray, marker_id: int) -> tuple[float, float] | None:
    """Return the grey levels of ink and paper in the middles of cells; None where they do not differ."""
    dark = dark_cells(marker_id)
    rows, columns = np.mgrid[0:CELLS_A_SIDE, 0:CELLS_A_SIDE] + 0.5
    middles = np.stack([columns, rows], axis=-1).reshape(-1, 2)
    found = _read(grey, _project(_homography(corners), middles))
    black, white = float(np.median(found[dark.ravel()])), float(np.median(found[~dark.ravel()]))
    return (black, white) if white > black else None

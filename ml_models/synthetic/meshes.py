"""Plain coloured meshes: quads, boxes, ellipsoids, and the printed marker as exact geometry (a quad for each cell).

Coordinates in cm as everywhere in `synthetic`: x to the right of the picture, y away from the camera, z up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

#: Cells of a marker of ArUco's DICT_4X4_50 along one side, its black border included.
MARKER_CELLS = 6


@dataclass(frozen=True)
class Mesh:
    """Triangles. `vertices` (v, 3) cm; `normals` (v, 3), outward; `colours` (v, 3) sRGB 0-1; `faces` (f, 3)."""

    vertices: FloatArray
    normals: FloatArray
    colours: FloatArray
    faces: NDArray[np.int64]


EMPTY = Mesh(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64))


def join(meshes: Sequence[Mesh]) -> Mesh:
    """All of them as one mesh."""
    if not meshes:
        return EMPTY
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.colours for mesh in meshes]),
        np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts, strict=True)]),
    )


def placed(mesh: Mesh, rotation: FloatArray, shift: ArrayLike) -> Mesh:
    """The mesh turned by `rotation` (3, 3) about the origin, then shifted by `shift` (3,) in cm."""
    return Mesh(mesh.vertices @ rotation.T + np.asarray(shift), mesh.normals @ rotation.T, mesh.colours, mesh.faces)


def quads(corners: FloatArray, colours: FloatArray) -> Mesh:
    """Flat four-cornered faces. `corners`: (q, 4, 3), in turn around each; `colours`: (q, 3)."""
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 3] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    starts = 4 * np.arange(len(corners))[:, None, None]
    faces = (starts + np.array([[0, 1, 2], [0, 2, 3]])).reshape(-1, 3)
    return Mesh(corners.reshape(-1, 3), np.repeat(normals, 4, axis=0), np.repeat(colours, 4, axis=0), faces)


def box(low: ArrayLike, high: ArrayLike, colour: ArrayLike) -> Mesh:
    """A box along the axes from corner `low` to corner `high`, cm."""
    ends = np.stack([np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)])
    sides = []
    for axis in range(3):
        first, second = (axis + 1) % 3, (axis + 2) % 3
        for end in (0, 1):
            side = np.empty((4, 3))
            side[:, axis] = ends[end, axis]
            side[:, first] = ends[[0, 1, 1, 0], first]
            side[:, second] = ends[[0, 0, 1, 1], second]
            sides.append(side if end else side[::-1])
    return quads(np.stack(sides), np.tile(np.asarray(colour, dtype=np.float64), (6, 1)))


def ellipsoid(centre: ArrayLike, radii: ArrayLike, colour: ArrayLike, *, rings: int = 12) -> Mesh:
    """An ellipsoid with axes along x, y, z; `radii` (3,) in cm."""
    polar = np.linspace(0, np.pi, rings + 1)
    around = np.linspace(0, 2 * np.pi, 2 * rings, endpoint=False)
    unit = np.stack(
        [
            np.outer(np.sin(polar), np.cos(around)),
            np.outer(np.sin(polar), np.sin(around)),
            np.outer(np.cos(polar), np.ones(2 * rings)),
        ],
        axis=-1,
    ).reshape(-1, 3)
    row, column = (part.ravel() for part in np.meshgrid(np.arange(rings), np.arange(2 * rings), indexing="ij"))
    first, second = row * 2 * rings + column, row * 2 * rings + (column + 1) % (2 * rings)
    below = np.stack([first + 2 * rings, second + 2 * rings], axis=1)
    faces = np.concatenate([np.c_[first, below[:, 0], second], np.c_[second, below[:, 0], below[:, 1]]])
    normals = unit / np.asarray(radii)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    colours = np.tile(np.asarray(colour, dtype=np.float64), (len(unit), 1))
    return Mesh(np.asarray(centre) + unit * np.asarray(radii), normals, colours, faces)


def marker_board(
    marker_id: int,
    size_cm: float,
    margin_cm: float,
    *,
    centre: FloatArray,
    right: FloatArray,
    up: FloatArray,
    ink: float = 0.05,
    paper: float = 0.93,
) -> Mesh:
    """The printed marker: a quad for each of its cells and four for the white margin, none of them overlapping.

    `size_cm`: side of the black square. `right`, `up`: unit vectors in its plane as its reader sees them.
    `marker_id`: 0-49 of DICT_4X4_50.
    """
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    black = cv2.aruco.generateImageMarker(dictionary, marker_id, MARKER_CELLS) < 128  # (6, 6), top row first
    inner = np.linspace(-size_cm / 2, size_cm / 2, MARKER_CELLS + 1)
    edge = size_cm / 2 + margin_cm
    lines = np.concatenate([[-edge], inner, [edge]])
    grid = centre + lines[None, :, None] * right + lines[::-1][:, None, None] * up  # (rows, columns, 3), top row first
    dark = np.pad(black, 1)
    corners = np.stack([grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]], axis=2).reshape(-1, 4, 3)
    return quads(corners, np.where(dark.reshape(-1, 1), ink, paper) * np.ones(3))

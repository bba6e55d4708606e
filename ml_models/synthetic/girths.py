"""Girths of a mesh: the length of a tape drawn tight around a plane cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Ring = NDArray[np.int64]

#: Directions in which the cut's support is taken; the perimeter of a convex curve is the integral of its support
#: (Cauchy).
DIRECTIONS = 72


def ring_edges(faces: NDArray[np.int64], wanted: NDArray[np.bool_]) -> Ring:
    """Edges, shape (e, 2), of the mesh between wanted vertices (bool, shape (v,))."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = np.unique(np.sort(edges, axis=1), axis=0)
    return np.asarray(edges[wanted[edges].all(axis=1)])


def ring_girth(vertices: FloatArray, ring: Ring, point: FloatArray, axis: FloatArray, tilt_deg: float) -> FloatArray:
    """Hull perimeter, shape (n,), of the cut of `ring` with the plane through `point` across `axis`, both (n, 3).

    `tilt_deg` lowers the plane towards the back (y).
    """
    axis = axis / np.linalg.norm(axis, axis=-1, keepdims=True)
    backward = np.array([0.0, 1.0, 0.0]) - axis * axis[:, 1:2]
    backward /= np.linalg.norm(backward, axis=-1, keepdims=True)
    tilt = np.radians(tilt_deg)
    axis, backward = (
        np.cos(tilt) * axis + np.sin(tilt) * backward,
        np.cos(tilt) * backward - np.sin(tilt) * axis,
    )
    aside = np.cross(axis, backward)
    start, stop = vertices[:, ring[:, 0]] - point[:, None], vertices[:, ring[:, 1]] - point[:, None]
    height0, height1 = np.einsum("nek,nk->ne", start, axis), np.einsum("nek,nk->ne", stop, axis)
    crosses = height0 * height1 < 0
    share = np.where(crosses, height0 / np.where(crosses, height0 - height1, 1.0), 0.0)
    cut = start + share[..., None] * (stop - start)
    flat = np.stack([np.einsum("nek,nk->ne", cut, aside), np.einsum("nek,nk->ne", cut, backward)], axis=-1)
    angles = np.arange(DIRECTIONS) * (2 * np.pi / DIRECTIONS)
    support = np.empty((len(vertices), DIRECTIONS))
    for index, angle in enumerate(angles):
        reach = flat @ np.array([np.cos(angle), np.sin(angle)])
        support[:, index] = np.where(crosses, reach, -np.inf).max(axis=1)
    return np.asarray(support.sum(axis=1) * (2 * np.pi / DIRECTIONS))

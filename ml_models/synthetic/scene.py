"""The things around a filmed child: the marker on its stand or box, posters, furniture, toys, a mat, a mattress.

Coordinates in cm as in `films`: the body plane is y = 0, the camera stands towards -y. A standing child's floor is a
plane z = const, a lying child's ground is a plane y = const behind it, as if the floor stood upright.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_models.synthetic.meshes import Mesh, box, ellipsoid, join, marker_board, placed, quads

FloatArray = NDArray[np.float64]

#: White margin of the printed sheet around the black square, and the board's rim around the sheet, cm.
MARGIN_CM, RIM_CM = 2.5, 1.2
#: SD of the board's lean, turn and roll on its stand, and of the lean on a box, degrees.
STAND_LEAN_DEG, BOX_LEAN_DEG = (2.5, 4.0, 3.0), (1.0, 1.0, 9.0)
BOARD_THICKNESS_CM = 1.0
UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class Marker:
    """Where the printed marker is. `centre`: (3,) cm, its y is how far it is behind the body plane; `corners`: (4, 3)
    of the board's outer edge."""

    mesh: Mesh
    centre: FloatArray
    corners: FloatArray


def standing_marker(
    marker_id: int, size_cm: float, centre: FloatArray, floor_z: float, rng: np.random.Generator
) -> Marker:
    """A marker that faces the camera, on a pole with a foot."""
    turn = _turn(*(rng.normal(0, sd) for sd in STAND_LEAN_DEG))
    board, corners = _board(marker_id, size_cm, centre, turn, rng)
    metal = rng.uniform(0.3, 0.7) * np.ones(3)
    behind = centre[1] + BOARD_THICKNESS_CM
    pole = box((centre[0] - 1.2, behind, floor_z), (centre[0] + 1.2, behind + 2.0, centre[2]), metal)
    foot = box((centre[0] - 8, behind - 7, floor_z), (centre[0] + 8, behind + 9, floor_z + 2.0), metal)
    return Marker(join([board, pole, foot]), centre, corners)


def lying_marker(
    marker_id: int, size_cm: float, centre: FloatArray, ground_y: float, rng: np.random.Generator
) -> Marker:
    """A marker on top of a box on the ground, its y as told by `centre`; flat on the ground where that is as low."""
    turn = _turn(*(rng.normal(0, sd) for sd in BOX_LEAN_DEG))
    board, corners = _board(marker_id, size_cm, centre, turn, rng)
    half = size_cm / 2 + MARGIN_CM + RIM_CM + rng.uniform(0, 2)
    top = centre[1] + BOARD_THICKNESS_CM + 0.6
    meshes = [board]
    if ground_y - top > 0.5:
        colour = np.array([0.62, 0.47, 0.32]) * rng.uniform(0.6, 1.2)
        body = box((-half, top - centre[1], -half), (half, ground_y - centre[1], half), np.clip(colour, 0, 1))
        meshes.append(placed(body, _turn(0.0, 0.0, float(rng.normal(0, 4))), centre))
    return Marker(join(meshes), centre, corners)


def _board(
    marker_id: int, size_cm: float, centre: FloatArray, turn: FloatArray, rng: np.random.Generator
) -> tuple[Mesh, FloatArray]:
    right, up = turn @ np.array([1.0, 0.0, 0.0]), turn @ UP
    sheet = marker_board(
        marker_id, size_cm, MARGIN_CM, centre=centre, right=right, up=up,
        ink=float(rng.uniform(0.03, 0.12)), paper=float(rng.uniform(0.82, 0.97)),
    )  # fmt: skip
    edge = size_cm / 2 + MARGIN_CM
    rim = edge + RIM_CM
    plate = box((-rim, 0.15, -rim), (rim, BOARD_THICKNESS_CM, rim), rng.uniform(0.25, 0.85) * np.ones(3))
    corners = centre + np.array([x * right + z * up for x, z in ((-1, -1), (1, -1), (1, 1), (-1, 1))]) * edge
    return join([sheet, placed(plate, turn, centre)]), corners


def standing_surroundings(wall_y: float, floor_z: float, keep_x: tuple[float, float], rng: np.random.Generator) -> Mesh:
    """Posters on the wall, furniture against it and toys on the floor, none of them before the child or the marker.

    `keep_x`: the range of x that child and marker take, cm.
    """
    things = [_poster(wall_y, floor_z, rng) for _ in range(rng.integers(0, 5))]
    for side in (-1.0, 1.0):
        if rng.random() < 0.45:
            inner = (keep_x[0] if side < 0 else keep_x[1]) + side * rng.uniform(15, 60)
            wide, deep, high = rng.uniform(30, 90), min(rng.uniform(20, 45), wall_y - 4), rng.uniform(30, 120)
            if deep > 8:
                low_x, high_x = sorted((inner, inner + side * wide))
                things.append(_cabinet((low_x, wall_y - deep, floor_z), (high_x, wall_y - 1, floor_z + high), rng))
    for _ in range(rng.integers(0, 5)):
        side = rng.choice([-1.0, 1.0])
        x = (keep_x[0] if side < 0 else keep_x[1]) + side * rng.uniform(12, 70)
        y = rng.uniform(-30, max(wall_y - 15, -20))
        things.append(_toy(np.array([x, y, floor_z]), rng))
    return join(things)


def lying_surroundings(ground_y: float, keep: FloatArray, rng: np.random.Generator) -> Mesh:
    """A mat under the child and toys around it. `keep`: (2, 2), lowest and highest x and z of child and marker, cm."""
    things = []
    if rng.random() < 0.6:
        (low_x, low_z), (high_x, high_z) = keep[0] - rng.uniform(3, 40, 2), keep[1] + rng.uniform(3, 40, 2)
        things.append(_mat(low_x, high_x, low_z, high_z, ground_y - 0.25, rng))
    standing = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # the floor's up becomes towards -y
    for _ in range(rng.integers(0, 6)):
        side, along = rng.choice([-1.0, 1.0]), rng.uniform(keep[0, 1] - 20, keep[1, 1] + 20)
        x = (keep[0, 0] if side < 0 else keep[1, 0]) + side * rng.uniform(14, 45)
        things.append(placed(_toy(np.zeros(3), rng), standing, (x, ground_y - 0.3, along)))
    return join(things)


def mattress(ground_y: float, thickness_cm: float, reach: FloatArray, rng: np.random.Generator) -> Mesh:
    """What a lying child lies on, from `ground_y` down to the floor. `reach`: (2, 2), low and high x and z, cm."""
    low, high = (reach[0, 0], ground_y, reach[0, 1]), (reach[1, 0], ground_y + thickness_cm, reach[1, 1])
    return box(low, high, rng.uniform(0.35, 0.95, 3))


def dog(height_cm: float, rng: np.random.Generator) -> Mesh:
    """A dog-like animal standing sideways on z = 0: round trunk, four legs, head, snout, ears, tail."""
    h, colour = height_cm, rng.uniform(0.15, 0.7) * np.array([1.0, 0.85, 0.7])
    legs = [
        box((x - 0.05 * h, y - 0.05 * h, 0.0), (x + 0.05 * h, y + 0.05 * h, 0.5 * h), 0.9 * colour)
        for x in (-0.42 * h, 0.38 * h)
        for y in (-0.11 * h, 0.11 * h)
    ]
    round_parts = (
        ((0.0, 0.0, 0.58), (0.55, 0.19, 0.2)), ((0.58, 0.0, 0.88), (0.19, 0.15, 0.16)),
        ((0.78, 0.0, 0.83), (0.14, 0.08, 0.08)), ((0.5, 0.0, 0.72), (0.14, 0.11, 0.2)),
        ((0.5, -0.12, 0.95), (0.05, 0.04, 0.13)), ((0.5, 0.12, 0.95), (0.05, 0.04, 0.13)),
        ((-0.62, 0.0, 0.78), (0.04, 0.04, 0.2)),
    )  # fmt: skip
    return join(legs + [ellipsoid(np.array(at) * h, np.array(size) * h, colour) for at, size in round_parts])


def _turn(lean_deg: float, turn_deg: float, roll_deg: float) -> FloatArray:
    """Rotation about x (lean), z (turn) and y (roll)."""
    (cl, ct, cr), (sl, st, sr) = (f(np.radians([lean_deg, turn_deg, roll_deg])) for f in (np.cos, np.sin))
    lean = np.array([[1, 0, 0], [0, cl, -sl], [0, sl, cl]])
    turn = np.array([[ct, -st, 0], [st, ct, 0], [0, 0, 1]])
    roll = np.array([[cr, 0, sr], [0, 1, 0], [-sr, 0, cr]])
    return np.asarray(turn @ lean @ roll)


def _poster(wall_y: float, floor_z: float, rng: np.random.Generator) -> Mesh:
    x, z = rng.uniform(-140, 140), floor_z + rng.uniform(60, 200)
    wide, high = rng.uniform(20, 70, 2)
    sheets = [_upright(x, z, wide, high, wall_y - 0.4, rng.uniform(0.3, 1.0, 3))]
    for layer in range(int(rng.integers(0, 4))):
        size, offset = rng.uniform(0.15, 0.45, 2), rng.uniform(-0.25, 0.25, 2)
        y = wall_y - 0.6 - 0.15 * layer
        colour = rng.uniform(0.05, 1.0, 3)
        sheets.append(_upright(x + offset[0] * wide, z + offset[1] * high, size[0] * wide, size[1] * high, y, colour))
    return join(sheets)


def _upright(x: float, z: float, wide: float, high: float, y: float, colour: FloatArray) -> Mesh:
    signs = np.array([[-1, 0, -1], [1, 0, -1], [1, 0, 1], [-1, 0, 1]]) / 2
    return quads((np.array([x, y, z]) + signs * np.array([wide, 0, high]))[None], colour[None])


def _cabinet(low: tuple[float, float, float], high: tuple[float, float, float], rng: np.random.Generator) -> Mesh:
    colour = rng.uniform(0.25, 0.9) * rng.uniform(0.75, 1.0, 3)
    parts = [box(low, high, colour)]
    doors = int(rng.integers(0, 4))
    edges = np.linspace(low[0] + 2, high[0] - 2, doors + 1)
    for left, right in itertools.pairwise(edges):
        front = (left + 1, low[1] - 0.8, low[2] + 4), (right - 1, low[1], high[2] - 3)
        parts.append(box(*front, 0.85 * colour))
    return join(parts)


def _toy(at: FloatArray, rng: np.random.Generator) -> Mesh:
    colour, size = rng.uniform(0.1, 0.95, 3), rng.uniform(3, 10)
    if rng.random() < 0.5:
        return ellipsoid(at + np.array([0, 0, size]), (size, size, size), colour)
    turned = box((-size, -size * 0.7, 0), (size, size * 0.7, size * rng.uniform(0.6, 2.0)), colour)
    return placed(turned, _turn(0.0, float(rng.uniform(0, 90)), 0.0), at)


def _mat(low_x: float, high_x: float, low_z: float, high_z: float, y: float, rng: np.random.Generator) -> Mesh:
    """A flat mat of one colour, or in bands of two."""
    bands = 1 if rng.random() < 0.65 else int(rng.integers(4, 14))
    first, second = rng.uniform(0.2, 0.95, 3), rng.uniform(0.2, 0.95, 3)
    edges = np.linspace(low_z, high_z, bands + 1)
    corners = np.array(
        [
            [[low_x, y, low], [high_x, y, low], [high_x, y, high], [low_x, y, high]]
            for low, high in itertools.pairwise(edges)
        ]
    )
    return quads(corners, np.where(np.arange(bands)[:, None] % 2 == 0, first, second))

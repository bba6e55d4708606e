"""Children that move through a film: one dressed body, bent a little differently in every frame.

A body is described by its parts' matrices in each frame, so that points (truth) and whole meshes (pictures) move alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ml_models.features import ANKLES, HIPS, KNEES, SHOULDERS
from ml_models.synthetic.bodies import BodyModel, FittedBodies, vertex_normals
from ml_models.synthetic.film_renderer import Figure
from ml_models.synthetic.looks import Look
from ml_models.synthetic.posing import (
    FOREARM_L,
    FOREARM_R,
    PARTS,
    SHANK_L,
    SHANK_R,
    THIGH_L,
    THIGH_R,
    TRUNK,
    UPPER_ARM_L,
    UPPER_ARM_R,
    neutral_rotations,
    pose,
    random_rotations,
    rotation_matrices,
)

FloatArray = NDArray[np.float64]

#: SD of each joint's sway within a film, degrees; of a standing body's lean about its feet; walking steps.
SWAY_DEG, LIVELY_DEG, LEAN_DEG, STEP_DEG = 1.2, 3.0, 0.7, 22.0
#: How fast bodies and hands move, Hz.
SLOW_HZ, FAST_HZ = 0.2, 1.4
BODY_PLANE = [*SHOULDERS, *HIPS, *KNEES, *ANKLES]


@dataclass(frozen=True)
class Actor:
    """One moving body. `parts`: (frames, 12, 4, 4), rest pose to room, cm; `points`: (frames, 33 + rims, 3) landmarks
    and rims of head and feet in the room; `ground_y`: how far a lying body reaches below its plane, cm."""

    figure: Figure
    parts: FloatArray
    points: FloatArray
    ground_y: float


def smooth_noise(frames: int, shape: tuple[int, ...], fps: float, rng: np.random.Generator) -> FloatArray:
    """Slow random movement of unit SD, shape (frames, *shape)."""
    times = np.arange(frames).reshape(-1, *[1] * len(shape)) / fps
    total = np.zeros((frames, *shape))
    for _ in range(3):
        hertz, phase = rng.uniform(SLOW_HZ, FAST_HZ, shape), rng.uniform(0, 2 * np.pi, shape)
        total += np.sin(2 * np.pi * hertz * times + phase)
    return np.asarray(total * np.sqrt(2 / 3))


def dress(model: BodyModel, bodies: FittedBodies, row: int, look: Look) -> Figure:
    """The body in its clothes."""
    naked = bodies.vertices[row : row + 1]
    vertices = (naked + look.thickness_cm[None, :, None] * vertex_normals(naked, model.faces))[0]
    normals = vertex_normals(vertices[None], model.faces)[0]
    return Figure(vertices, normals, look.colours, look.striped, model.part_weights, model.faces)


def act(
    model: BodyModel,
    bodies: FittedBodies,
    row: int,
    look: Look,
    *,
    lying: bool,
    yaw_deg: float,
    in_plane_deg: float,
    frames: int,
    fps: float,
    base: FloatArray,
    rng: np.random.Generator,
) -> Actor:
    """Move one fitted body for `frames` frames around the posture `base` (12, 3), rotation vectors in radians.

    The body plane of the middle frame comes to y = 0 and its hips to x = 0. Standing, the soles stay on z = 0; lying,
    the middle of the body is z = 0.
    """
    figure = dress(model, bodies, row, look)
    joints = bodies.joints[row : row + 1]
    sway = np.radians(SWAY_DEG) * smooth_noise(frames, (len(PARTS), 3), fps, rng)
    if lying:
        limbs = [UPPER_ARM_L, UPPER_ARM_R, FOREARM_L, FOREARM_R, SHANK_L, SHANK_R]
        sway[:, limbs] *= LIVELY_DEG / SWAY_DEG
    else:
        sway[:, [THIGH_L, THIGH_R, SHANK_L, SHANK_R]] *= 0.3
    sway[:, TRUNK] = 0.0
    rotvec = neutral_rotations(joints) + base + sway  # (frames, 12, 3)
    parts = part_matrices(joints[0], rotvec)
    crown, soles = model.rim_points
    rest = np.concatenate([bodies.landmarks[row], figure.vertices[crown], figure.vertices[soles]])
    weights = np.concatenate([model.landmark_weights, model.part_weights[np.concatenate([crown, soles])]])
    turn = _about(2, np.full(frames, yaw_deg)) @ _about(1, np.full(frames, in_plane_deg))
    if not lying:
        lean = LEAN_DEG * smooth_noise(frames, (2,), fps, rng)
        turn = _about(0, lean[:, 0]) @ _about(1, lean[:, 1]) @ turn
    parts = turn[:, None] @ parts
    points = carry(parts, rest, weights)
    middle = frames // 2
    held = [*SHOULDERS, *HIPS] if lying else list(ANKLES)
    place = points[middle, held].mean(axis=0) - points[:, held].mean(axis=1)  # (frames, 3)
    shift = np.array([points[middle, HIPS, 0].mean(), points[middle, BODY_PLANE, 1].mean(), 0.0])
    if lying:
        shift[2] = (points[middle, :, 2].min() + points[middle, :, 2].max()) / 2
        place -= shift
    else:
        place -= shift
        place[:, 2] = -points[:, 33 + len(crown) :, 2].min(axis=1)
    parts = _shifted(parts, place)
    mesh = carry(parts[middle : middle + 1], figure.vertices, figure.weights)
    return Actor(figure, parts, points + place[:, None], float(mesh[0, :, 1].max()))


def walk(actor: Actor, path_cm: FloatArray) -> Actor:
    """The same body carried along `path_cm` (frames, 3)."""
    return replace(actor, parts=_shifted(actor.parts, path_cm), points=actor.points + path_cm[:, None])


def posture(lying: bool, rng: np.random.Generator) -> FloatArray:
    """How one child stands or lies, rotation vectors (12, 3) beyond the neutral pose."""
    return np.asarray(random_rotations(1, np.array([lying]), rng)[0])


def part_matrices(joints: FloatArray, rotvec: FloatArray) -> FloatArray:
    """Affine matrices (frames, 12, 4, 4) that `posing.pose` applies to the points of each part."""
    frames = len(rotvec)
    basis = np.tile(np.concatenate([np.zeros((1, 3)), np.eye(3)]), (len(PARTS), 1))  # origin, x, y, z of each part
    moved = pose(
        np.tile(basis, (frames, 1, 1)),
        np.repeat(np.eye(len(PARTS)), 4, axis=0),
        np.tile(joints, (frames, 1, 1)),
        rotvec,
    ).reshape(frames, len(PARTS), 4, 3)
    matrices = np.tile(np.eye(4), (frames, len(PARTS), 1, 1))
    matrices[..., :3, 3] = moved[:, :, 0]
    matrices[..., :3, :3] = np.swapaxes(moved[:, :, 1:] - moved[:, :, :1], -1, -2)
    return matrices


def carry(parts: FloatArray, points: FloatArray, weights: FloatArray) -> FloatArray:
    """Points (p, 3) of weights (p, 12) moved by `parts` (frames, 12, 4, 4): (frames, p, 3)."""
    blended = np.einsum("pg,fgij->fpij", weights, parts[..., :3, :])
    return np.asarray(np.einsum("fpij,pj->fpi", blended[..., :3], points) + blended[..., 3])


def _about(axis: int, angle_deg: FloatArray) -> FloatArray:
    """Matrices (frames, 4, 4) that turn about one axis."""
    rotvec = np.zeros((len(angle_deg), 3))
    rotvec[:, axis] = np.radians(angle_deg)
    matrices = np.tile(np.eye(4), (len(angle_deg), 1, 1))
    matrices[:, :3, :3] = rotation_matrices(rotvec)
    return matrices


def _shifted(parts: FloatArray, shift: FloatArray) -> FloatArray:
    """`parts` followed by a shift (frames, 3) in the room."""
    result = parts.copy()
    result[..., :3, 3] += shift[:, None]
    return result

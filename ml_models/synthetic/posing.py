"""Bend a child at twelve joints: the same arithmetic for a whole mesh and for the few points of the body table.

Body coordinates in cm: x to the child's left, y backwards, z up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: Rigid parts; each hangs on its parent at its joint (the bone head of the same name).
PARTS = (
    "trunk", "head", "upper_arm_l", "upper_arm_r", "forearm_l", "forearm_r",
    "thigh_l", "thigh_r", "shank_l", "shank_r", "foot_l", "foot_r",
)  # fmt: skip
PARENTS = (-1, 0, 0, 0, 2, 3, 0, 0, 6, 7, 8, 9)
(TRUNK, HEAD, UPPER_ARM_L, UPPER_ARM_R, FOREARM_L, FOREARM_R,
 THIGH_L, THIGH_R, SHANK_L, SHANK_R, FOOT_L, FOOT_R) = range(12)  # fmt: skip

#: Angle of the hanging arms from the vertical in the neutral pose, degrees.
NEUTRAL_ARM_DEG = 14.0
#: How far both arms are lifted sideways beyond that, and the SD of how far each leg stands out, degrees.
ARMS_LIFTED_DEG, LEGS_APART_SD_DEG = (-6.0, 42.0), 5.0
#: SD of how far each leg is turned outwards, standing and lying, and how far the feet of lying children point down.
TURNED_OUT_SD_DEG, POINTED_FEET_DEG = {False: 8.0, True: 22.0}, (0.0, 55.0)
#: SD of each joint's movement from moment to moment of a film, degrees.
SWAY_DEG = 1.2


def rotation_matrices(rotvec: FloatArray) -> FloatArray:
    """Rotation matrices, shape (..., 3, 3), of rotation vectors in radians, shape (..., 3)."""
    angle = np.linalg.norm(rotvec, axis=-1)[..., None, None]
    axis = rotvec / np.maximum(angle[..., 0], 1e-12)
    zero = np.zeros_like(axis[..., 0])
    cross = np.stack(
        [zero, -axis[..., 2], axis[..., 1], axis[..., 2], zero, -axis[..., 0], -axis[..., 1], axis[..., 0], zero],
        axis=-1,
    ).reshape(*axis.shape[:-1], 3, 3)
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross))


def neutral_rotations(joints: FloatArray) -> FloatArray:
    """Rotation vectors, shape (n, 12, 3), that bring the rest pose to the straight neutral pose.

    Arms hang at NEUTRAL_ARM_DEG, elbows are straight, each ankle is below its hip. `joints`: shape (n, 12, 3).
    """
    rotvec = np.zeros_like(joints)
    for upper, fore, thigh, foot, side in (
        (UPPER_ARM_L, FOREARM_L, THIGH_L, FOOT_L, 1.0),
        (UPPER_ARM_R, FOREARM_R, THIGH_R, FOOT_R, -1.0),
    ):
        arm = joints[:, fore] - joints[:, upper]
        spread = np.arctan2(side * arm[:, 0], -arm[:, 2])
        rotvec[:, upper, 1] = side * (spread - np.radians(NEUTRAL_ARM_DEG))
        leg = joints[:, foot] - joints[:, thigh]
        rotvec[:, thigh, 1] = np.arctan2(leg[:, 0], -leg[:, 2])
        # The rest pose holds the forearms forward by about this much.
        rotvec[:, fore, 0] = np.radians(35.0)
    return rotvec


def pose(points: FloatArray, weights: FloatArray, joints: FloatArray, rotvec: FloatArray) -> FloatArray:
    """Linear blend skinning of `points`, shape (n, p, 3), with part weights (p, 12) and joints (n, 12, 3).

    `rotvec`: shape (n, 12, 3), each part's turn relative to its parent, in body axes.
    """
    turns = rotation_matrices(rotvec)
    rotation = np.empty_like(turns)
    shift = np.empty_like(joints)
    for part, parent in enumerate(PARENTS):
        joint = joints[:, part]
        own_shift = joint - np.einsum("nij,nj->ni", turns[:, part], joint)
        if parent < 0:
            rotation[:, part], shift[:, part] = turns[:, part], own_shift
        else:
            rotation[:, part] = rotation[:, parent] @ turns[:, part]
            shift[:, part] = np.einsum("nij,nj->ni", rotation[:, parent], own_shift) + shift[:, parent]
    blended = np.einsum("pg,ngij->npij", weights, rotation)
    moved = np.einsum("npij,npj->npi", blended, points)
    return np.asarray(moved + np.einsum("pg,ngi->npi", weights, shift))


def random_rotations(count: int, lying: NDArray[np.bool_], rng: np.random.Generator) -> FloatArray:
    """Departures from the neutral pose, shape (count, 12, 3), radians: arms more or less lifted, feet more or less
    apart and turned out, children sway, infants bend their knees and point their feet."""
    spread_deg = np.full((12, 3), 2.0)
    spread_deg[HEAD] = (8.0, 4.0, 10.0)
    spread_deg[[UPPER_ARM_L, UPPER_ARM_R]] = (10.0, 6.0, 5.0)
    spread_deg[[FOREARM_L, FOREARM_R]] = (10.0, 3.0, 6.0)
    spread_deg[[THIGH_L, THIGH_R]] = (3.0, 2.0, 3.0)
    rotvec = rng.normal(size=(count, 12, 3)) * np.radians(spread_deg)
    bend = np.abs(rng.normal(size=(count, 2))) * np.radians(np.where(lying, 9.0, 3.0))[:, None]
    # A bent knee lifts the thigh forwards and brings the shank back.
    rotvec[:, [THIGH_L, THIGH_R], 0] -= bend
    rotvec[:, [SHANK_L, SHANK_R], 0] += 2 * bend
    rotvec[:, [FOOT_L, FOOT_R], 0] -= bend * np.where(lying, 0.0, 1.0)[:, None]
    arms = np.radians(rng.uniform(*ARMS_LIFTED_DEG, count))
    legs = np.radians(np.abs(rng.normal(0, LEGS_APART_SD_DEG, count)))
    pointed = rng.uniform(*POINTED_FEET_DEG, count)
    for arm, thigh, foot, side in ((UPPER_ARM_L, THIGH_L, FOOT_L, 1.0), (UPPER_ARM_R, THIGH_R, FOOT_R, -1.0)):
        rotvec[:, arm, 1] -= side * arms
        rotvec[:, thigh, 1] -= side * legs
        rotvec[:, foot, 1] += side * legs * ~lying  # the soles stay on the floor
        turned_out = np.abs(rng.normal(size=count)) * np.where(lying, TURNED_OUT_SD_DEG[True], TURNED_OUT_SD_DEG[False])
        rotvec[:, thigh, 2] += side * np.radians(turned_out)
        rotvec[:, foot, 0] += np.radians(pointed + rng.normal(0, 6.0, count)) * lying
    rotvec[:, TRUNK] = 0.0
    return np.asarray(rotvec)


def sway(rotvec: FloatArray, lying: NDArray[np.bool_], rng: np.random.Generator) -> FloatArray:
    """The same children a moment later: each joint a little off, shape as `rotvec` (n, 12, 3)."""
    moved = rotvec + rng.normal(size=rotvec.shape) * np.radians(SWAY_DEG)
    moved[:, [THIGH_L, THIGH_R, SHANK_L, SHANK_R], 0] += np.where(lying, np.radians(SWAY_DEG), 0.0)[:, None] * (
        rng.normal(size=(len(rotvec), 4))
    )
    moved[:, TRUNK] = rotvec[:, TRUNK]
    return np.asarray(moved)

"""How a simulated child and its surroundings look: skin tone, clothes, hair, room, light and phone.

Enough realism for a pose model to behave as it does on films, no more. The child is clothed, always: there is no way to
draw one that is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_models.synthetic.bodies import BodyModel, FittedBodies
from ml_models.synthetic.posing import (
    FOOT_L,
    FOOT_R,
    HEAD,
    SHANK_L,
    SHANK_R,
    THIGH_L,
    THIGH_R,
    UPPER_ARM_L,
    UPPER_ARM_R,
)

FloatArray = NDArray[np.float64]

#: sRGB of six skin tones, light to dark (0-1), and of hair.
SKIN_TONES = np.array(
    [
        [0.94, 0.80, 0.70],
        [0.87, 0.70, 0.57],
        [0.76, 0.57, 0.43],
        [0.60, 0.42, 0.30],
        [0.43, 0.28, 0.20],
        [0.30, 0.19, 0.14],
    ]
)
HAIR_COLOURS = np.array([[0.08, 0.06, 0.05], [0.20, 0.12, 0.07], [0.35, 0.24, 0.13]])
#: Thickness of hair and of loose clothes; a share of children has cropped hair, tight clothes, socks, a bald head.
HAIR_CM, CLOTH_CM = (0.2, 1.6), (0.1, 1.2)
CROPPED_CM, TIGHT_CM, SOCK_CM = (0.0, 0.15), (0.0, 0.12), (0.05, 0.3)
CROPPED_SHARE, TIGHT_SHARE, SOCK_SHARE, BALD_SHARE = 0.25, 0.5, 0.2, 0.05


@dataclass(frozen=True)
class Look:
    """How one child and its surroundings look. `colours`: (v, 3) sRGB 0-1; `thickness_cm`: (v,) of cloth and hair;
    `striped`: (v,) 1 where cloth may be striped."""

    colours: FloatArray
    thickness_cm: FloatArray
    striped: FloatArray
    stripes: float
    floor: FloatArray
    wall: FloatArray
    wall_behind_cm: float
    tile_cm: float
    light: FloatArray
    ambient: float
    exposure: float
    noise: float
    blur_px: float
    quality: int
    skin_tone: int


def draw_look(model: BodyModel, bodies: FittedBodies, row: int, rng: np.random.Generator) -> Look:
    """Dress one fitted child: shirt, shorts or trousers, hair, skin tone, and draw the room and the light."""
    weights, rest = model.part_weights, bodies.vertices[row]
    joints, marks = bodies.joints[row], bodies.landmarks[row]
    tone = int(rng.integers(len(SKIN_TONES)))
    colours = np.tile(SKIN_TONES[tone], (len(rest), 1))
    thickness = np.zeros(len(rest))
    waist = joints[THIGH_L, 2] + 0.3 * (joints[UPPER_ARM_L, 2] - joints[THIGH_L, 2])
    on_trunk = weights[:, [HEAD, THIGH_L, THIGH_R, SHANK_L, SHANK_R, FOOT_L, FOOT_R]].sum(axis=1) < 0.5
    arm_out = np.abs(rest[:, 0]) - joints[UPPER_ARM_L, 0]
    sleeve = rng.uniform(0.4, 1.6) * (marks[13, 0] - joints[UPPER_ARM_L, 0])
    shirt = on_trunk & (rest[:, 2] > waist - 2) & (arm_out < sleeve)
    shirt &= (weights[:, [UPPER_ARM_L, UPPER_ARM_R]].sum(axis=1) < 0.5) | (arm_out < sleeve)
    shirt &= rest[:, 2] < marks[11, 2] + 0.45 * (joints[HEAD, 2] - marks[11, 2]) + 1.0
    hem = marks[27, 2] + rng.uniform(0.15, 0.75) * (joints[THIGH_L, 2] - marks[27, 2])
    lower = (rest[:, 2] <= waist) & (rest[:, 2] > hem) & (arm_out < 0.35 * np.abs(joints[UPPER_ARM_L, 0]) + 3)
    lower &= weights[:, [UPPER_ARM_L, UPPER_ARM_R, UPPER_ARM_L + 2, UPPER_ARM_R + 2, HEAD]].sum(axis=1) < 0.3
    for region in (shirt, lower):
        colours[region] = rng.uniform(0.05, 0.95, 3)
        thickness[region] = rng.uniform(*(TIGHT_CM if rng.random() < TIGHT_SHARE else CLOTH_CM))
    if rng.random() < SOCK_SHARE:
        socks = weights[:, [FOOT_L, FOOT_R]].sum(axis=1) > 0.5
        colours[socks], thickness[socks] = rng.uniform(0.05, 0.98, 3), rng.uniform(*SOCK_CM)
    brow = (marks[2, 2] + marks[5, 2]) / 2 + 0.28 * (marks[2, 2] - marks[9, 2]) + 1.2
    behind = rest[:, 1] > marks[7, 1] + 0.3
    hair = (weights[:, HEAD] > 0.9) & ((rest[:, 2] > brow + 1.0) | (behind & (rest[:, 2] > marks[9, 2])))
    if rng.random() >= BALD_SHARE:
        colours[hair] = HAIR_COLOURS[rng.integers(3)]
        thickness[hair] = rng.uniform(*(CROPPED_CM if rng.random() < CROPPED_SHARE else HAIR_CM))
    _paint_face(colours, rest, marks)
    direction = np.array([rng.uniform(-0.7, 0.7), rng.uniform(0.2, 0.9), -rng.uniform(0.3, 1.0)])
    return Look(
        colours=colours,
        thickness_cm=thickness,
        striped=shirt.astype(np.float64),
        stripes=float(rng.choice([0.0, 0.0, rng.uniform(0.2, 0.6)])),
        floor=rng.uniform(0.15, 0.9) * rng.uniform(0.7, 1.0, 3),
        wall=rng.uniform(0.15, 0.95) * rng.uniform(0.75, 1.0, 3),
        wall_behind_cm=float(rng.uniform(5, 150)),
        tile_cm=float(rng.uniform(25, 90)),
        light=direction / np.linalg.norm(direction),
        ambient=float(rng.uniform(0.35, 0.65)),
        exposure=float(rng.uniform(0.6, 1.3)),
        noise=float(rng.uniform(1.0, 6.0)),
        blur_px=float(rng.uniform(0.0, 1.0)),
        quality=int(rng.integers(50, 92)),
        skin_tone=tone,
    )


def _paint_face(colours: FloatArray, rest: FloatArray, marks: FloatArray) -> None:
    """Darken eyes, brows and mouth in place: a face without them is no face to a detector."""
    half_eye = (marks[2, 0] - marks[5, 0]) / 2
    up = np.array([0.0, 0.0, 1.0])
    for eye in (2, 5):
        offset = np.abs(rest - marks[eye])
        colours[(offset[:, 0] < 0.42 * half_eye) & (offset[:, 2] < 0.2 * half_eye)] *= 0.35
        offset = np.abs(rest - marks[eye] - up * 0.55 * half_eye)
        colours[(offset[:, 0] < 0.6 * half_eye) & (offset[:, 2] < 0.12 * half_eye) & (offset[:, 1] < half_eye)] *= 0.5
    offset = np.abs(rest - (marks[9] + marks[10]) / 2)
    lips = (offset[:, 0] < 0.65 * half_eye) & (offset[:, 2] < 0.2 * half_eye) & (offset[:, 1] < 1.2 * half_eye)
    colours[lips] *= np.array([0.85, 0.6, 0.6])

"""Who else may be in a picture: a carer's arm over a lying child, and whom the pipeline must refuse (adult, doll)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_models.synthetic.actors import Actor, dress
from ml_models.synthetic.bodies import BodyModel, FittedBodies
from ml_models.synthetic.looks import draw_look
from ml_models.synthetic.meshes import Mesh
from ml_models.synthetic.posing import FOREARM_L, UPPER_ARM_L

FloatArray = NDArray[np.float64]

ADULT_SLIDER, CHILD_SLIDER = 0.67, 0.12
ADULT_CM, DOLL_CM = (150.0, 182.0), (34.0, 46.0)
LEFT_MIDDLE_FINGER, LEFT_SHOULDER = 19, 11
#: How deep the fingertips of a carer reach into the child's outline, cm, and how high the shoulder is over the ground.
REACH_IN_CM, SHOULDER_ABOVE_CM = (-4.0, 7.0), (8.0, 25.0)


def adult_body(model: BodyModel, rng: np.random.Generator) -> FittedBodies:
    """A grown-up."""
    return model.shape_other(
        height_cm=float(rng.uniform(*ADULT_CM)), age_slider=ADULT_SLIDER, is_girl=bool(rng.random() < 0.5), rng=rng
    )


def doll_body(model: BodyModel, rng: np.random.Generator) -> FittedBodies:
    """A child's proportions at a doll's size."""
    return model.shape_other(
        height_cm=float(rng.uniform(*DOLL_CM)), age_slider=CHILD_SLIDER, is_girl=bool(rng.random() < 0.5), rng=rng
    )


def carer_arm(model: BodyModel, child: Actor, ground_cm: float, free_side: float, rng: np.random.Generator) -> Mesh:
    """An adult's arm and hand that reach over the ground to a lying child from the side `free_side` (-1 or 1 in x)."""
    bodies = adult_body(model, rng)
    figure = dress(model, bodies, 0, draw_look(model, bodies, 0, rng))
    arm = figure.weights[:, [UPPER_ARM_L, FOREARM_L]].sum(axis=1) > 0.5
    kept = arm[figure.faces].all(axis=1)
    rows = np.flatnonzero(arm)
    faces = np.searchsorted(rows, figure.faces[kept])
    tip, shoulder = bodies.landmarks[0, LEFT_MIDDLE_FINGER], bodies.landmarks[0, LEFT_SHOULDER]
    middle = child.points[len(child.points) // 2]
    low, high = middle[:, 2].min(), middle[:, 2].max()
    target = np.array(
        [
            free_side * ((free_side * middle[:, 0]).max() - rng.uniform(*REACH_IN_CM)),
            rng.uniform(-0.2, 0.5) * ground_cm,
            rng.uniform(low + 0.05 * (high - low), low + 0.6 * (high - low)),
        ]
    )
    length = np.linalg.norm(shoulder - tip)
    along = np.array([free_side, 0.0, rng.uniform(-0.5, 0.5)])
    along *= length / np.linalg.norm(along)
    along[1] = ground_cm - rng.uniform(*SHOULDER_ABOVE_CM) - target[1]
    turn = _turn_onto((shoulder - tip) / length, along / np.linalg.norm(along))
    vertices = (figure.vertices[rows] - tip) @ turn.T + target
    return Mesh(vertices, figure.normals[rows] @ turn.T, figure.colours[rows], faces)


def _turn_onto(start: FloatArray, end: FloatArray) -> FloatArray:
    """The least rotation (3, 3) that brings the unit vector `start` onto the unit vector `end`."""
    cross, cosine = np.cross(start, end), float(start @ end)
    skew = np.array([[0, -cross[2], cross[1]], [cross[2], 0, -cross[0]], [-cross[1], cross[0], 0]])
    return np.asarray(np.eye(3) + skew + skew @ skew / (1 + cosine))

"""Rendered films end to end: fit a body, film it, find it with the pipeline's own pose model, keep what was found
beside what was true.

A chunk of films is fixed by (seed, scan type, number) alone, so chunks can be made in any order and place
(`ml_models.synthetic.generate`). Needs requirements-training.txt and the pose model; about a second a film on one core.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_models.pose import PoseEstimator
from ml_models.synthetic.bodies import BodyModel, FittedBodies, vertex_normals
from ml_models.synthetic.children import ChildDraw, draw_children
from ml_models.synthetic.film_table import FilmTable
from ml_models.synthetic.films import (
    HEIGHT_PX,
    WIDTH_PX,
    Cameras,
    draw_cameras,
    draw_turns,
    project,
    shaken,
    stand,
    with_ends,
)
from ml_models.synthetic.looks import Look, draw_look
from ml_models.synthetic.posing import neutral_rotations, pose, random_rotations, sway
from ml_models.synthetic.render import Renderer
from ml_models.types import OUTLINE_LEVELS, SampledFrames, ScanType

FloatArray = NDArray[np.float64]

#: Frames kept of each film, films of each chunk.
FRAMES, CHUNK = 4, 25
#: Standing children of this project's protocol are 24 months and older, lying ones younger; some overlap on both sides.
AGE_DAYS = {ScanType.STANDING_FRONT: (600, 1826), ScanType.STANDING_SIDE: (600, 1826), ScanType.LYING_ABOVE: (0, 860)}


def render_chunk(
    scan_type: ScanType, seed: int, number: int, model: BodyModel, renderer: Renderer, estimator: PoseEstimator
) -> FilmTable:
    """Render and look at CHUNK films of one scan type; the same arguments give the same films.

    Chunks of one number hold the same clothed children from the front and from the side.
    """
    body_rng = np.random.default_rng([seed, int(scan_type.is_lying), number])
    children = _draw_of_age(CHUNK, AGE_DAYS[scan_type], body_rng)
    bodies = model.fit(children, body_rng)
    looks = [draw_look(model, bodies, row, body_rng) for row in range(CHUNK)]
    numbers = number * CHUNK + np.arange(CHUNK)
    rng = np.random.default_rng([seed, 10 + list(ScanType).index(scan_type), number])
    return _film_chunk(scan_type, numbers, children, bodies, looks, model, renderer, estimator, rng)


def _draw_of_age(count: int, age_days: tuple[int, int], rng: np.random.Generator) -> ChildDraw:
    pool = draw_children(8 * count, rng)
    rows = np.flatnonzero((pool.age_days >= age_days[0]) & (pool.age_days < age_days[1]))[:count]
    return ChildDraw(pool.is_girl[rows], pool.age_days[rows], pool.targets[rows])


def _film_chunk(
    scan_type: ScanType,
    numbers: NDArray[np.int64],
    children: ChildDraw,
    bodies: FittedBodies,
    looks: list[Look],
    model: BodyModel,
    renderer: Renderer,
    estimator: PoseEstimator,
    rng: np.random.Generator,
) -> FilmTable:
    count = len(children.age_days)
    lying = np.full(count, scan_type.is_lying)
    crown, soles = model.rim_points
    rims = np.concatenate([crown, soles])
    dressed = bodies.vertices + np.stack([look.thickness_cm for look in looks])[..., None] * (
        vertex_normals(bodies.vertices, model.faces)
    )
    base = neutral_rotations(bodies.joints) + random_rotations(count, lying, rng)
    yaw, in_plane = draw_turns(scan_type, count, rng)
    points = np.concatenate([bodies.landmarks, bodies.vertices[:, rims]], axis=1)
    weights = np.concatenate([model.landmark_weights, model.part_weights[rims]])
    cameras: Cameras | None = None
    true, images = [], []
    for _ in range(FRAMES):
        rotvec = sway(base, lying, rng)
        posed = pose(points, weights, bodies.joints, rotvec)
        mesh = stand(pose(dressed, model.part_weights, bodies.joints, rotvec), posed[:, :33], yaw, in_plane)
        if cameras is None:
            above = posed[:, (23, 24), 2].mean(axis=1) - posed[:, 33 + len(crown) :, 2].min(axis=1)
            cameras = draw_cameras(scan_type, bodies.measured[:, 0], above, mesh[..., 1].max(axis=1), rng)
        now = shaken(scan_type, cameras, rng)
        true.append(with_ends(project(stand(posed, posed[:, :33], yaw, in_plane), now), len(crown)))
        normals = vertex_normals(mesh, model.faces)
        images.append(
            [_draw(renderer, mesh[i], normals[i], model, looks[i], now, i, lying[i], rng) for i in range(count)]
        )
    assert cameras is not None
    found, seen, outline = _find(images, estimator)
    return FilmTable(
        scan_type=np.full(count, scan_type.value),
        child=numbers,
        frames_px=found,
        seen=seen,
        outline=outline,
        true_px=np.median(np.stack(true), axis=0),
        facing_left=yaw < -45.0,
        focal_px=cameras.focal_px,
        distance_cm=cameras.distance_cm,
        depth_cm=cameras.depth_cm,
        tilt_deg=cameras.tilt_deg,
        roll_deg=cameras.roll_deg,
        height_cm=cameras.height_cm,
        is_girl=children.is_girl,
        age_days=children.age_days,
        measured=bodies.measured,
        skin_tone=np.array([look.skin_tone for look in looks]),
    )


def _draw(
    renderer: Renderer,
    mesh: FloatArray,
    normals: FloatArray,
    model: BodyModel,
    look: Look,
    cameras: Cameras,
    row: int,
    lying: bool,
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    rotation, position = cameras.rotation[row], cameras.position[row]
    return renderer.draw(mesh, normals, model.faces, look, rotation, position, cameras.focal_px[row], bool(lying), rng)


def _find(images: list[list[NDArray[np.uint8]]], estimator: PoseEstimator) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Points in px of the full film (n, FRAMES, 35, 2), visibility (n, FRAMES, 33), outlines (n, FRAMES, levels, 2)."""
    count = len(images[0])
    found, seen = np.full((count, FRAMES, 35, 2), np.nan), np.zeros((count, FRAMES, 33))
    outline = np.full((count, FRAMES, OUTLINE_LEVELS, 2), np.nan)
    for row in range(count):
        stack = np.stack([frame[row] for frame in images])
        sampled = SampledFrames(
            stack, np.arange(len(stack)) / 3, WIDTH_PX, HEIGHT_PX, stack.shape[2] / WIDTH_PX, 1.0, 15.0, "none"
        )
        sequence = estimator.estimate(sampled)
        ends = np.stack([sequence.crown, sequence.soles], axis=1)
        found[row] = np.concatenate([sequence.landmarks[..., :2], ends], axis=1) * np.array([WIDTH_PX, HEIGHT_PX])
        seen[row] = np.nan_to_num(sequence.landmarks[..., 3])
        if sequence.outline is not None:
            outline[row] = sequence.outline
    return found, seen, outline

"""Rendered films end to end: fit a body, film it, find its landmarks with the pipeline's own pose model, keep what
was found beside what was true.

    python -m ml_models.synthetic.sessions --front 500 --side 250 --lying 500 --seed 1 --out films.npz

Needs requirements-training.txt and the pose model; half a second to a second a session on one core.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_models.pose import PoseEstimator, load_pose_estimator
from ml_models.synthetic.bodies import BodyModel, FittedBodies, vertex_normals
from ml_models.synthetic.children import ChildDraw, draw_children
from ml_models.synthetic.film_table import FilmTable, join_films, save_films
from ml_models.synthetic.films import (
    HEIGHT_PX,
    WIDTH_PX,
    Cameras,
    draw_cameras,
    draw_turns,
    project,
    stand,
    with_ends,
)
from ml_models.synthetic.looks import Look, draw_look
from ml_models.synthetic.posing import neutral_rotations, pose, random_rotations
from ml_models.synthetic.render import Renderer
from ml_models.types import SampledFrames, ScanType

FloatArray = NDArray[np.float64]
logger = logging.getLogger(__name__)

FRAMES = 3
BATCH = 25
#: Between frames the child sways by this share of its first departure from the neutral pose.
SWAY_SHARE = 0.25
#: Standing children of this project's protocol are 24 months and older, lying ones younger; some overlap on both sides.
AGE_DAYS = {ScanType.STANDING_FRONT: (600, 1826), ScanType.STANDING_SIDE: (600, 1826), ScanType.LYING_ABOVE: (0, 860)}


def render_films(scan_type: ScanType, count: int, seed: int, model: BodyModel, renderer: Renderer) -> FilmTable:
    """Render `count` films of one scan type and find their landmarks."""
    rng = np.random.default_rng([seed, list(ScanType).index(scan_type)])
    estimator = load_pose_estimator()
    rows: list[FilmTable] = []
    for start in range(0, count, BATCH):
        children = _draw_of_age(min(BATCH, count - start), AGE_DAYS[scan_type], rng)
        bodies = model.fit(children, rng)
        rows.append(_film_batch(scan_type, children, bodies, model, renderer, estimator, rng))
        found = int((rows[-1].found_frames > 0).sum())
        logger.info("%s: %d of %d, %d found", scan_type.value, start + BATCH, count, found)
    return join_films(rows)


def _draw_of_age(count: int, age_days: tuple[int, int], rng: np.random.Generator) -> ChildDraw:
    pool = draw_children(8 * count, rng)
    rows = np.flatnonzero((pool.age_days >= age_days[0]) & (pool.age_days < age_days[1]))[:count]
    return ChildDraw(pool.is_girl[rows], pool.age_days[rows], pool.targets[rows])


def _film_batch(
    scan_type: ScanType,
    children: ChildDraw,
    bodies: FittedBodies,
    model: BodyModel,
    renderer: Renderer,
    estimator: PoseEstimator,
    rng: np.random.Generator,
) -> FilmTable:
    count = len(children.age_days)
    lying = np.full(count, scan_type.is_lying)
    crown, soles = model.rim_points
    looks = [draw_look(model, bodies, row, rng) for row in range(count)]
    dressed = bodies.vertices + np.stack([look.thickness_cm for look in looks])[..., None] * (
        vertex_normals(bodies.vertices, model.faces)
    )
    neutral, base = neutral_rotations(bodies.joints), random_rotations(count, lying, rng)
    yaw, in_plane = draw_turns(scan_type, count, rng)
    cameras: Cameras | None = None
    true, images = [], []
    for _ in range(FRAMES):
        rotvec = neutral + base + SWAY_SHARE * random_rotations(count, lying, rng)
        points = np.concatenate([bodies.landmarks, bodies.vertices[:, np.concatenate([crown, soles])]], axis=1)
        weights = np.concatenate([model.landmark_weights, model.part_weights[np.concatenate([crown, soles])]])
        posed = pose(points, weights, bodies.joints, rotvec)
        mesh = pose(dressed, model.part_weights, bodies.joints, rotvec)
        if cameras is None:
            above = posed[:, (23, 24), 2].mean(axis=1) - posed[:, 33 + len(crown) :, 2].min(axis=1)
            cameras = draw_cameras(scan_type, bodies.measured[:, 0], above, rng)
        true.append(with_ends(project(stand(posed, posed[:, :33], yaw, in_plane), cameras), len(crown)))
        mesh = stand(mesh, posed[:, :33], yaw, in_plane)
        normals = vertex_normals(mesh, model.faces)
        images.append(
            [_draw(renderer, mesh[i], normals[i], model, looks[i], cameras, i, lying[i], rng) for i in range(count)]
        )
    assert cameras is not None
    found, frames = _find(images, estimator)
    return FilmTable(
        scan_type=np.full(count, scan_type.value),
        found_px=found,
        true_px=np.median(np.stack(true), axis=0),
        found_frames=frames,
        facing_left=yaw < -45.0,
        focal_px=cameras.focal_px,
        distance_cm=cameras.distance_cm,
        depth_cm=cameras.depth_cm,
        tilt_deg=cameras.tilt_deg,
        roll_deg=cameras.roll_deg,
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


def _find(images: list[list[NDArray[np.uint8]]], estimator: PoseEstimator) -> tuple[FloatArray, NDArray[np.int64]]:
    """Median found points in px of the full film, (n, 35, 2), and the number of frames with a pose, (n,)."""
    count = len(images[0])
    found, frames = np.full((count, 35, 2), np.nan), np.zeros(count, dtype=np.int64)
    for row in range(count):
        stack = np.stack([frame[row] for frame in images])
        sampled = SampledFrames(
            stack, np.arange(len(stack)) / 3, WIDTH_PX, HEIGHT_PX, stack.shape[2] / WIDTH_PX, 1.0, 15.0, "none"
        )
        sequence = estimator.estimate(sampled)
        frames[row] = int(sequence.detected.sum())
        if frames[row]:
            ends = np.stack([sequence.crown, sequence.soles], axis=1)
            points = np.concatenate([sequence.landmarks[..., :2], ends], axis=1)[sequence.detected]
            found[row] = np.nanmedian(points, axis=0) * np.array([WIDTH_PX, HEIGHT_PX])
    return found, frames


def main() -> None:
    """Render films from the command line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description=main.__doc__)
    for name in ("front", "side", "lying"):
        parser.add_argument(f"--{name}", type=int, default=0)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    counts = dict(zip(ScanType, (arguments.front, arguments.side, arguments.lying), strict=True))
    model, renderer = BodyModel(), Renderer()
    parts = [render_films(t, count, arguments.seed, model, renderer) for t, count in counts.items() if count]
    save_films(join_films(parts), arguments.out)


if __name__ == "__main__":
    main()

"""Render one planned session: build the stage, look through the phone, write the films, tell the exact truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_models.synthetic.actors import Actor, act, posture, smooth_noise
from ml_models.synthetic.bodies import BodyModel, FittedBodies
from ml_models.synthetic.film_renderer import FilmRenderer, Room, Sensor
from ml_models.synthetic.film_writer import write_film
from ml_models.synthetic.films import HEIGHT_PX, WIDTH_PX, camera_rotation
from ml_models.synthetic.looks import Look, draw_look
from ml_models.synthetic.meshes import EMPTY, Mesh, join
from ml_models.synthetic.others import carer_arm
from ml_models.synthetic.scene import (
    Marker,
    lying_marker,
    lying_surroundings,
    mattress,
    standing_marker,
    standing_surroundings,
)
from ml_models.synthetic.session_plans import FPS, SessionPlan
from ml_models.types import ScanType

FloatArray = NDArray[np.float64]

#: A hand-held phone's movement within a film: SD in cm and degrees.
SHAKE_CM, SHAKE_DEG = 0.6, 0.4
#: Everything that matters stays this far from the film's edge, px.
EDGE_PX = 24
#: Gap between the child and the marker's board, cm; half a board with its margin and rim is added.
GAP_CM = (3.0, 10.0)
#: The camera steps back by this factor until child and marker are in view.
STEP_BACK, STEPS = 1.06, 40
YAW_SD_DEG, HEAD_DOWN_SHARE, IN_PLANE_SD_DEG = 6.0, 0.15, 6.0


@dataclass(frozen=True)
class Camera:
    """A phone over the frames of one film. `rotation`: (frames, 3, 3), room to camera; `position`: (frames, 3) cm;
    the rest are the means that the operator is meant to tell, in cm and degrees below the horizontal."""

    rotation: FloatArray
    position: FloatArray
    focal_px: float
    distance_cm: float
    height_cm: float
    tilt_deg: float
    roll_deg: float

    def project(self, points: FloatArray) -> FloatArray:
        """Pixels (frames, p, 2) of points (frames, p, 3) or (p, 3); NaN behind the camera."""
        seen = np.einsum("fij,fpj->fpi", self.rotation, points - self.position[:, None])
        depth = np.where(seen[..., 2:] > 1.0, seen[..., 2:], np.nan)
        return np.asarray(seen[..., :2] / depth * self.focal_px + np.array([WIDTH_PX / 2, HEIGHT_PX / 2]))


@dataclass(frozen=True)
class Stage:
    """All that stands before the camera in one film. `ground_cm`: from the body plane to the floor, lying."""

    actors: tuple[Actor, ...]
    marker: Marker | None
    room: Room
    props: Mesh
    ground_cm: float


def fitted_look(model: BodyModel, bodies: FittedBodies, tone: int, rng: np.random.Generator) -> Look:
    """A drawn look of the wanted skin tone."""
    while (look := draw_look(model, bodies, 0, rng)).skin_tone != tone:
        pass
    return look


def shake(frames: int, fps: float, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """How an unsteady hand moves the phone: place in cm and tilt, pan, roll in degrees, each (frames, 3), mean 0."""
    moved = SHAKE_CM * smooth_noise(frames, (3,), fps, rng)
    turned = SHAKE_DEG * smooth_noise(frames, (3,), fps, rng)
    return moved - moved.mean(axis=0), turned - turned.mean(axis=0)


def choose_cameras(
    plan: SessionPlan, stages: Sequence[Stage], rng: np.random.Generator, *, height_cm: float
) -> list[Camera]:
    """Place the phone in each film of a session so that everybody and the marker are in view throughout.

    Distance, height and tilt are the session's: the operator tells them once. The phone steps back until all films fit.
    Raises RuntimeError where no distance does it.
    """
    views = []
    for stage in stages:
        wanted = np.concatenate([actor.points for actor in stage.actors], axis=1)
        if stage.marker is not None:
            wanted = np.concatenate([wanted, np.tile(stage.marker.corners, (plan.frames, 1, 1))], axis=1)
        x = wanted[..., 0]
        views.append(
            (stage, wanted, float(0.375 * (x.min() + x.max()) + rng.normal(0, 4)), shake(plan.frames, FPS, rng))
        )
    middle = 0.0 if plan.is_lying else height_cm / 2
    distance = plan.focal_px * height_cm / (HEIGHT_PX * plan.fill)
    for _ in range(STEPS):
        cameras = [
            aimed_camera(plan, distance, aside, middle, stage.ground_cm, *unsteady)
            for stage, _, aside, unsteady in views
        ]
        if all(_in_view(camera.project(view[1])) for camera, view in zip(cameras, views, strict=True)):
            return cameras
        distance *= STEP_BACK
    raise RuntimeError(f"{plan.session_id}: child and marker fit into no picture")


def _in_view(seen: FloatArray) -> bool:
    edge = np.array([WIDTH_PX, HEIGHT_PX]) - EDGE_PX
    return bool(np.isfinite(seen).all() and (seen > EDGE_PX).all() and (seen < edge).all())


def aimed_camera(
    plan: SessionPlan,
    distance_cm: float,
    aside_cm: float,
    middle_cm: float,
    ground_cm: float,
    moved: FloatArray,
    turned: FloatArray,
) -> Camera:
    """A phone that looks at the height `middle_cm` from `distance_cm`, `aside_cm` to the right of the child."""
    if plan.is_lying:
        up, height = middle_cm, distance_cm + ground_cm
    else:
        up = height = plan.camera_height_cm
    tilt = float(np.degrees(np.arctan2(up - middle_cm, distance_cm))) + plan.aim_deg
    return Camera(
        rotation=camera_rotation(tilt + turned[:, 0], plan.pan_deg + turned[:, 1], plan.roll_deg + turned[:, 2]),
        position=np.array([aside_cm, -distance_cm, up]) + moved,
        focal_px=plan.focal_px,
        distance_cm=distance_cm,
        height_cm=height,
        tilt_deg=tilt + (90.0 if plan.is_lying else 0.0),
        roll_deg=plan.roll_deg,
    )


def place_marker(plan: SessionPlan, actor: Actor, ground_cm: float, rng: np.random.Generator) -> Marker | None:
    """The marker beside the child, at the planned distance before or behind the body plane."""
    if plan.marker_id is None or plan.mismatch_cm is None:  # none, or claimed and not there
        return None
    side, half = float(rng.choice([-1.0, 1.0])), plan.marker_cm / 2 + 4.5
    reach = (side * actor.points[..., 0]).max()
    low, high = actor.points[..., 2].min(), actor.points[..., 2].max()
    at = np.array([side * (reach + half + rng.uniform(*GAP_CM)), plan.mismatch_cm, 0.0])
    if plan.is_lying:
        at[2] = rng.uniform(low + half, max(high - half, low + half + 1))
        return lying_marker(plan.marker_id, plan.marker_cm, at, ground_cm, rng)
    at[2] = rng.uniform(half + 4, max(0.7 * high, half + 6))
    return standing_marker(plan.marker_id, plan.marker_cm, at, 0.0, rng)


def build_stage(plan: SessionPlan, actors: Sequence[Actor], look: Look, rng: np.random.Generator) -> Stage:
    """Room, marker and things around the first of `actors`, who is the child."""
    child = actors[0]
    points = np.concatenate([actor.points for actor in actors], axis=1)
    if not plan.is_lying:
        marker = place_marker(plan, replace(child, points=points), 0.0, rng)
        edges = points[..., 0] if marker is None else np.append(points[..., 0], marker.corners[:, 0])
        farthest = max(points[..., 1].max(), 0.0 if marker is None else marker.centre[1]) + 14
        wall_y = farthest + look.wall_behind_cm
        keep = float(edges.min()) - 4, float(edges.max()) + 4
        props = standing_surroundings(wall_y, 0.0, keep, rng)
        floor, wall = (0.0, 0.0, 1.0, 0.0), (0.0, -1.0, 0.0, -wall_y)
        ground = 0.0
    else:
        raised = max((plan.mismatch_cm or 0.0) + 1.8 - child.ground_y, 0.0)
        ground = child.ground_y + raised
        marker = place_marker(plan, child, ground, rng)
        flat = points[..., [0, 2]].reshape(-1, 2)
        under = np.stack([flat.min(axis=0) - 6, flat.max(axis=0) + 6])
        if marker is not None:
            side = np.sign(marker.centre[0])
            inner = side * (np.abs(marker.corners[:, 0]).min() - 2)
            under[int(side > 0), 0] = inner if raised else under[int(side > 0), 0]
            flat = np.concatenate([flat, marker.corners[:, [0, 2]]])
        keep_out = np.stack([flat.min(axis=0) - 4, flat.max(axis=0) + 4])
        props = lying_surroundings(ground, keep_out, rng)
        if raised:
            props = join([props, mattress(child.ground_y, raised, under, rng)])
        floor = (0.0, -1.0, 0.0, -ground)
        wall = (0.0, 0.0, -1.0, -float(flat[:, 1].max() + 40 + look.wall_behind_cm))
    room = Room(
        floor_plane=floor,
        wall_plane=wall,
        floor=look.floor,
        wall=look.wall,
        tile_cm=look.tile_cm,
        light=look.light,
        ambient=look.ambient,
        stripes=look.stripes,
        tint=rng.uniform(0.92, 1.08, 3),
        grain_seed=float(rng.uniform(0, 50)),
    )
    return Stage(tuple(actors), marker, room, join([props, marker.mesh if marker else EMPTY]), ground)


def move_child(
    plan: SessionPlan, model: BodyModel, bodies: FittedBodies, look: Look, scan_type: ScanType, rng: np.random.Generator
) -> Actor:
    """The session's child over one film of this scan type."""
    yaw, in_plane = rng.normal(0, YAW_SD_DEG), rng.normal(0, IN_PLANE_SD_DEG if plan.is_lying else 0.5)
    if scan_type is ScanType.STANDING_SIDE:
        yaw += rng.choice([-90.0, 90.0])
    if plan.is_lying and rng.random() < HEAD_DOWN_SHARE:
        in_plane += 180.0
    return act(
        model, bodies, 0, look, lying=plan.is_lying, yaw_deg=float(yaw), in_plane_deg=float(in_plane),
        frames=plan.frames, fps=FPS, base=posture(plan.is_lying, rng), rng=rng,
    )  # fmt: skip


def film(
    renderer: FilmRenderer, stage: Stage, camera: Camera, sensor: Sensor, rng: np.random.Generator
) -> Iterator[NDArray[np.uint8]]:
    """The film's pictures, RGB uint8 (height, width, 3), one after the other."""
    renderer.begin([actor.figure for actor in stage.actors], stage.props, stage.room)
    for frame in range(len(camera.position)):
        parts = [actor.parts[frame] for actor in stage.actors]
        clean = renderer.draw(parts, camera.rotation[frame], camera.position[frame], camera.focal_px)
        yield sensor.expose(clean, rng)


def render_session(
    plan: SessionPlan, model: BodyModel, renderer: FilmRenderer, videos: Path
) -> tuple[FittedBodies, dict[ScanType, Path], Camera]:
    """Render all films of a session that must give an estimate, into `videos`; the camera is that of any of them."""
    rng = np.random.default_rng([*plan.seed, 2])
    bodies = model.fit(plan.child, rng)
    look = fitted_look(model, bodies, plan.skin_tone, rng)
    stages = []
    for scan_type in plan.scan_types:
        actor = move_child(plan, model, bodies, look, scan_type, rng)
        stage = build_stage(plan, [actor], look, rng)
        if plan.carer:
            free_side = -float(np.sign(stage.marker.centre[0])) if stage.marker else float(rng.choice([-1.0, 1.0]))
            arm = carer_arm(model, actor, stage.ground_cm, free_side, rng)
            stage = replace(stage, props=join([stage.props, arm]))
        stages.append(stage)
    cameras = choose_cameras(plan, stages, rng, height_cm=float(bodies.measured[0, 0]))
    paths: dict[ScanType, Path] = {}
    for scan_type, stage, camera in zip(plan.scan_types, stages, cameras, strict=True):
        sensor = Sensor(gain=look.exposure, blur_px=look.blur_px, noise=look.noise, rng=rng)
        paths[scan_type] = videos / f"{plan.session_id}_{scan_type.value.split('_')[1]}.mp4"
        write_film(paths[scan_type], film(renderer, stage, camera, sensor, rng), fps=FPS, crf=30 - look.quality // 10)
    return bodies, paths, cameras[0]

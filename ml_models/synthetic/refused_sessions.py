"""Rendered sessions that must be refused, one way of going wrong each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_models.reasons import ReasonCode
from ml_models.synthetic.actors import Actor, act, posture, walk
from ml_models.synthetic.bodies import BodyModel, FittedBodies
from ml_models.synthetic.film_renderer import FilmRenderer, Sensor
from ml_models.synthetic.film_writer import write_film
from ml_models.synthetic.films import HEIGHT_PX, WIDTH_PX, camera_rotation
from ml_models.synthetic.looks import Look
from ml_models.synthetic.meshes import join, placed
from ml_models.synthetic.others import adult_body, doll_body
from ml_models.synthetic.rendered_films import (
    Camera,
    Stage,
    aimed_camera,
    build_stage,
    choose_cameras,
    film,
    fitted_look,
    move_child,
    shake,
)
from ml_models.synthetic.scene import dog
from ml_models.synthetic.session_plans import FPS, SessionPlan, draw_plans

FloatArray = NDArray[np.float64]

#: What is wrong and what the pipeline is expected to say of it; in this order, over and over.
KINDS: tuple[tuple[str, ReasonCode], ...] = (
    ("empty", ReasonCode.NO_CHILD),
    ("dark", ReasonCode.TOO_DARK),
    ("blurred", ReasonCode.BLURRED),
    ("feet", ReasonCode.FEET_CUT_OFF),
    ("head", ReasonCode.HEAD_CUT_OFF),
    ("far", ReasonCode.TOO_FAR),
    ("two", ReasonCode.TWO_PEOPLE),
    ("oblique", ReasonCode.WRONG_VIEW),
    ("short", ReasonCode.TOO_SHORT),
    ("leaves", ReasonCode.LEFT_FRAME),
    ("adult", ReasonCode.NOT_A_CHILD),
    ("doll", ReasonCode.IMPLAUSIBLE_SIZE),
    ("dog", ReasonCode.NO_CHILD),
    ("unseen_marker", ReasonCode.MARKER_NOT_FOUND),
)
SHORT_S, LEAVING_S = 0.5, 3.0
DARK_GAIN, BLUR_PX = (0.03, 0.07), (12.0, 18.0)
FAR_CM, CUT_SHARE, CUT_FILL = (560.0, 760.0), (0.12, 0.3), (0.8, 1.0)
OBLIQUE_DEG, BESIDE_CM, DOG_CM, DOG_ASIDE_CM = (22.0, 42.0), (10.0, 30.0), (30.0, 45.0), 22.0


@dataclass(frozen=True)
class RefusedFilm:
    """What came of one: the body whose sizes are claimed, the film, the camera."""

    bodies: FittedBodies
    path: Path
    camera: Camera


def draw_refused(count: int, seed: int) -> list[SessionPlan]:
    """Draw `count` sessions, each with its way of going wrong; posture as that way needs it."""
    pool = iter(draw_plans(6 * count + 20, seed + 1_000_003))
    plans = []
    for number in range(count):
        kind, reason = KINDS[number % len(KINDS)]
        base = next(plan for plan in pool if plan.is_lying == (kind == "oblique"))
        seconds = {"short": SHORT_S, "leaves": LEAVING_S}.get(kind, base.seconds)
        marker = base.marker_id
        if kind == "unseen_marker":
            base, marker = replace(base, marker_id=None, mismatch_cm=None), 7
        plan = replace(
            base,
            session_id=f"X{number:04d}",
            seed=(seed, number, 99),
            scan_types=base.scan_types[:1],
            seconds=seconds,
            expected_reason=reason,
            subject=kind,
            carer=False,
            marker_id=marker,
        )
        plans.append(plan)
    return plans


def render_refused(plan: SessionPlan, model: BodyModel, renderer: FilmRenderer, videos: Path) -> RefusedFilm:
    """Render one session that must be refused."""
    rng = np.random.default_rng([*plan.seed, 2])
    bodies = model.fit(plan.child, rng)
    other = {"adult": adult_body, "doll": doll_body}.get(plan.subject)
    shown = bodies if other is None else other(model, rng)
    look = fitted_look(model, shown, plan.skin_tone, rng)
    actor = move_child(plan, model, shown, look, plan.scan_types[0], rng)
    actors = [actor]
    if plan.subject == "two":
        actors.append(_neighbour(plan, model, actor, rng))
    stage = build_stage(plan, actors, look, rng)
    camera = _camera(plan, stage, float(shown.measured[0, 0]), rng)
    if plan.subject == "leaves":
        stage = replace(stage, actors=(_leaving(actor, camera, rng),))
    if plan.subject in ("empty", "dog"):
        stage = replace(stage, actors=())
    if plan.subject == "dog":
        aside = -DOG_ASIDE_CM * np.sign(stage.marker.centre[0]) if stage.marker else 0.0
        animal = placed(dog(rng.uniform(*DOG_CM), rng), np.eye(3), (aside, 0.0, 0.0))
        stage = replace(stage, props=join([stage.props, animal]))
    path = videos / f"{plan.session_id}_{plan.subject}.mp4"
    sensor = _sensor(plan, look, rng)
    write_film(path, film(renderer, stage, camera, sensor, rng), fps=FPS, crf=30 - look.quality // 10)
    return RefusedFilm(bodies, path, camera)


def _sensor(plan: SessionPlan, look: Look, rng: np.random.Generator) -> Sensor:
    gain = rng.uniform(*DARK_GAIN) if plan.subject == "dark" else look.exposure
    blur = rng.uniform(*BLUR_PX) if plan.subject == "blurred" else look.blur_px
    return Sensor(gain=float(gain), blur_px=float(blur), noise=look.noise, rng=rng)


def _camera(plan: SessionPlan, stage: Stage, height_cm: float, rng: np.random.Generator) -> Camera:
    actor = stage.actors[0]
    if plan.subject in ("feet", "head"):
        return _cutting_camera(plan, actor, height_cm, rng)
    if plan.subject == "oblique":
        return _oblique_camera(plan, actor, stage.ground_cm, rng)
    moved, turned = shake(plan.frames, FPS, rng)
    if plan.subject == "far":
        return aimed_camera(plan, rng.uniform(*FAR_CM), 0.0, height_cm / 2, 0.0, moved, turned)
    return choose_cameras(plan, [stage], rng, height_cm=height_cm)[0]


def _cutting_camera(plan: SessionPlan, actor: Actor, height_cm: float, rng: np.random.Generator) -> Camera:
    """Near the child and aimed so that a part of its head or of its legs is out of the picture."""
    moved, turned = shake(plan.frames, FPS, rng)
    fill, cut = rng.uniform(*CUT_FILL), rng.uniform(*CUT_SHARE)
    distance = plan.focal_px * height_cm / (HEIGHT_PX * fill)
    # The picture's half is height / fill / 2 of the child's plane; the cut end lies beyond it.
    off = height_cm / fill / 2 - (0.5 - cut) * height_cm
    middle = height_cm / 2 + (off if plan.subject == "feet" else -off)
    level = replace(plan, aim_deg=0.0, camera_height_cm=float(np.clip(plan.camera_height_cm, 0.5, 1.0 * height_cm)))
    return aimed_camera(level, distance, 0.0, middle, 0.0, moved, turned)


def _oblique_camera(plan: SessionPlan, actor: Actor, ground_cm: float, rng: np.random.Generator) -> Camera:
    """A lying child filmed from beside its mat instead of from above."""
    moved, turned = shake(plan.frames, FPS, rng)
    away = 1.5 * plan.focal_px * float(np.ptp(actor.points[..., 2])) / (HEIGHT_PX * plan.fill)
    down_deg = float(rng.uniform(*OBLIQUE_DEG))
    above, back = away * np.sin(np.radians(down_deg)), away * np.cos(np.radians(down_deg))
    return Camera(
        rotation=camera_rotation(
            down_deg - 90.0 + turned[:, 0], plan.pan_deg + turned[:, 1], plan.roll_deg + turned[:, 2]
        ),
        position=np.array([0.0, -above, -back]) + moved,
        focal_px=plan.focal_px,
        distance_cm=float(above),
        height_cm=float(above + ground_cm),
        tilt_deg=down_deg,
        roll_deg=plan.roll_deg,
    )


def _neighbour(plan: SessionPlan, model: BodyModel, actor: Actor, rng: np.random.Generator) -> Actor:
    """A second child beside the first, on the side that the marker leaves free or behind it."""
    other = draw_plans(40, int(rng.integers(1 << 30)))
    child = next(one.child for one in other if not one.is_lying)
    bodies = model.fit(child, rng)
    look = fitted_look(model, bodies, int(rng.integers(6)), rng)
    second = act(
        model, bodies, 0, look, lying=False, yaw_deg=float(rng.normal(0, 8)), in_plane_deg=0.0, frames=plan.frames,
        fps=FPS, base=posture(False, rng), rng=rng,
    )  # fmt: skip
    gap = actor.points[..., 0].max() - second.points[..., 0].min() + rng.uniform(*BESIDE_CM) - 15
    return walk(second, np.tile([gap, rng.uniform(-8, 8), 0.0], (plan.frames, 1)))


def _leaving(actor: Actor, camera: Camera, rng: np.random.Generator) -> Actor:
    """The child walks out of the picture in the second half of the film."""
    frames = len(actor.parts)
    share = np.clip((np.arange(frames) / frames - 0.25) / 0.5, 0, 1)
    beyond = camera.distance_cm * WIDTH_PX / 2 / camera.focal_px + np.ptp(actor.points[..., 0])
    path = np.zeros((frames, 3))
    path[:, 0] = rng.choice([-1.0, 1.0]) * beyond * share
    path[:, 2] = 1.5 * np.abs(np.sin(np.pi * share * 4))
    return walk(actor, path)

"""A second whole body is seen; a carer's hands and half a passer-by are not one."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ml_models.pose import load_pose_estimator
from ml_models.pose.people import find_people, paint_over
from ml_models.types import PoseSequence, SampledFrames
from tests.ml_models import sessions

GOOD = [film.name for film in sessions.films_of("good")]


@pytest.fixture(scope="module")
def estimator():
    return load_pose_estimator()


def shorter(frames: SampledFrames, count: int = 3) -> SampledFrames:
    chosen = np.linspace(0, len(frames.images) - 1, count).round().astype(int)
    return with_images(frames, frames.images[chosen])


def with_images(frames: SampledFrames, images: np.ndarray) -> SampledFrames:
    return replace(
        frames, images=images, times_s=np.arange(len(images)) / 2, width=images.shape[2], height=images.shape[1]
    )


def in_px(pose: PoseSequence, frames: SampledFrames) -> np.ndarray:
    return pose.landmarks[..., :2] * [frames.width, frames.height]


def patched(name: str, other: str, *, at_left_px: int, scale: float, part: tuple[float, float] = (0.0, 1.0)):
    """Return three frames of `name` with a rectangle that shows the person of `other` put in, feet on the same line.

    `part`: which rows of that person, from crown (0) to soles (1).
    """
    base, pose = shorter(sessions.frames_of(name)), sessions.people_of(name).child
    source, body = (
        sessions.frames_of(other).images[3],
        in_px(sessions.people_of(other).child, sessions.frames_of(other))[3],
    )
    crown, soles = (
        p[3] * [720, 1280] for p in (sessions.people_of(other).child.crown, sessions.people_of(other).child.soles)
    )
    left, right = int(body[:, 0].min()) - 12, int(body[:, 0].max()) + 12
    top, bottom = crown[1] - 8, soles[1] + 8
    rows = slice(int(top + part[0] * (bottom - top)), int(top + part[1] * (bottom - top)))
    patch = cv2.resize(source[rows, left:right], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    floor = int(np.nanmedian(pose.soles[:, 1]) * 1280) + 8
    images = base.images.copy()
    height, width = patch.shape[0], min(patch.shape[1], 720 - at_left_px)
    images[:, max(0, floor - height) : floor, at_left_px : at_left_px + width] = patch[max(0, height - floor) :, :width]
    return with_images(base, images)


def test_two_children_are_seen_in_every_frame_that_is_looked_at():
    people = sessions.people_of("bad_two_children")

    assert (people.second_seen, people.probed) == (3, 3)


@pytest.mark.parametrize("name", GOOD)
def test_one_child_is_not_two(name):
    assert sessions.people_of(name).second_seen == 0


@pytest.mark.parametrize("scale", [0.8, 1.0, 1.5], ids=["smaller child", "same size", "adult"])
def test_a_whole_second_body_beside_the_child_is_seen(estimator, scale):
    frames = patched("A005_front", "A011_front", at_left_px=400, scale=scale)

    people = find_people(estimator, frames)

    assert people.second_seen >= 2


def test_a_person_without_a_head_in_the_picture_is_not_a_second_child(estimator):
    frames = patched("A005_front", "A011_front", at_left_px=420, scale=2.0, part=(0.45, 1.0))

    assert find_people(estimator, frames).second_seen == 0


@pytest.mark.parametrize("name", ["A003_lying", "A009_lying"])
def test_a_carers_hands_at_a_lying_child_are_not_a_second_person(estimator, name):
    """Two forearms reach in from the picture's edge and end at the child's side."""
    frames = shorter(sessions.frames_of(name))
    hand = sessions.frames_of("A001_front").images[3]
    wrist = in_px(sessions.people_of("A001_front").child, sessions.frames_of("A001_front"))[3, 15].astype(int)
    arm = hand[wrist[1] - 60 : wrist[1] + 60, wrist[0] - 90 : wrist[0] + 60]
    arm = cv2.resize(arm, None, fx=1.5, fy=1.5)
    images = frames.images.copy()
    images[:, 500 : 500 + arm.shape[0], 0 : arm.shape[1]] = arm
    images[:, 700 : 700 + arm.shape[0], 720 - arm.shape[1] : 720] = arm[:, ::-1]

    people = find_people(estimator, with_images(frames, images))

    assert people.second_seen == 0
    assert people.child.detected.all()


def test_painting_over_leaves_the_rest_of_the_picture(estimator):
    frames = sessions.frames_of("A011_front")
    body = in_px(sessions.people_of("A011_front").child, frames)[0]

    painted = paint_over(frames.images[0], body)

    assert np.array_equal(painted[:, -120:], frames.images[0][:, -120:])
    assert np.abs(painted[int(body[11, 1]) :, int(body[:, 0].mean())].astype(int)).sum() > 0
    assert not estimator.estimate(with_images(frames, painted[None])).detected.any()

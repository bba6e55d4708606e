"""Who is found in a film, where the body ends, and that one film leaves no trace in the next."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ml_models.pose import PoseBackendError, load_pose_estimator
from ml_models.pose.landmarks import ANKLES, EYES, SHOULDERS, middle
from ml_models.pose.mediapipe_pose import MODEL_PATH, MediapipePoseEstimator
from ml_models.pose.people import find_people
from ml_models.pose.plausible import drop_misfits
from ml_models.types import PoseSequence, SampledFrames
from ml_models.video import VideoLimits, sample_frames
from tests.ml_models import films, sessions
from tests.ml_models.bodies import standing

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


# One child


@pytest.mark.parametrize("name", GOOD)
def test_a_child_is_found_in_every_frame_of_a_good_film(name):
    pose = sessions.people_of(name).child

    assert pose.detected.all()
    assert pose.landmarks.shape == (12, 33, 4)
    assert pose.landmarks.dtype == np.float32
    assert np.isfinite(pose.landmarks).all()
    assert ((pose.landmarks[..., 3] >= 0) & (pose.landmarks[..., 3] <= 1)).all()


@pytest.mark.parametrize("name", GOOD)
def test_crown_and_soles_are_the_ends_of_the_body(name):
    people, film = sessions.people_of(name), sessions.film_named(name)
    size = np.array([float(film.row["width"]), float(film.row["height"])])
    points, crown, soles = people.child.landmarks[..., :2] * size, people.child.crown * size, people.child.soles * size

    axis = soles - crown
    length = np.linalg.norm(axis, axis=1)
    along = {
        part: ((middle(points, which) - crown) * axis).sum(axis=1) / length**2
        for part, which in {"eyes": EYES, "shoulders": SHOULDERS, "ankles": ANKLES}.items()
    }

    assert (along["eyes"] > 0.05).all()
    assert (along["eyes"] < along["shoulders"]).all()
    assert (along["ankles"] > 0.85).all()
    assert (along["ankles"] < 1).all()
    assert length.std() / length.mean() < 0.015


def test_frames_without_anybody_hold_no_numbers():
    pose = sessions.people_of("bad_walks_out").child

    assert 0 < pose.detected.sum() < 12
    assert np.isnan(pose.landmarks[~pose.detected]).all()
    assert np.isnan(pose.crown[~pose.detected]).all()
    assert np.isnan(pose.soles[~pose.detected]).all()


def test_an_empty_room_holds_nobody():
    people = sessions.people_of("bad_empty_room")

    assert not people.child.detected.any()
    assert (people.probed, people.second_seen) == (0, 0)


def test_a_film_leaves_no_trace_in_the_next(estimator):
    first, other = shorter(sessions.frames_of("A001_front")), shorter(sessions.frames_of("A009_lying"))

    before = estimator.estimate(first)
    estimator.estimate(other)
    after = estimator.estimate(first)

    assert np.array_equal(before.landmarks, after.landmarks, equal_nan=True)
    assert np.array_equal(before.crown, after.crown, equal_nan=True)


@pytest.mark.parametrize("width", [717, 718, 719, 720])
def test_any_width_of_the_picture_is_safe(estimator, width):
    """The landmarker aborts the process on masks whose rows are not multiples of 16 bytes."""
    frames = shorter(sessions.frames_of("A005_front"), 2)

    pose = estimator.estimate(with_images(frames, frames.images[:, :, :width]))

    assert pose.detected.all()


@pytest.mark.parametrize("shape", [(2, 2), (64, 3), (3, 400)])
def test_tiny_pictures_hold_nobody(estimator, shape):
    frames = with_images(sessions.frames_of("A005_front"), np.zeros((2, *shape, 3), np.uint8))

    assert not find_people(estimator, frames).child.detected.any()


def test_half_the_resolution_gives_the_same_body(estimator):
    frames = shorter(sessions.frames_of("A011_front"))
    small = np.stack([cv2.resize(i, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for i in frames.images])

    lengths = []
    for film in (frames, with_images(frames, small)):
        pose = estimator.estimate(film)
        lengths.append(np.median(np.linalg.norm((pose.soles - pose.crown) * [720, 1280], axis=1)))

    assert lengths[1] == pytest.approx(lengths[0], rel=0.01)


def test_a_misfit_among_the_frames_is_left_out():
    pose = standing()
    pose.landmarks[4, :, :2] = pose.landmarks[4, :, :2] * 0.5 + 0.2  # half the size: another thing, or nothing

    kept = drop_misfits(pose, width=720, height=1280)

    assert kept.detected.tolist() == [index != 4 for index in range(12)]
    assert np.isnan(kept.landmarks[4]).all()


def test_a_film_stored_sideways_in_another_codec_gives_the_same_child(estimator, tmp_path):
    """Phones store an upright film as coded by the sensor, with a flag to turn it; HEVC is what newer ones choose."""
    upright = sessions.frames_of("A011_front")
    stored = [np.ascontiguousarray(np.rot90(image)) for image in upright.images]  # to be turned clockwise to be seen
    path = films.write_film(
        tmp_path / "phone.mp4",
        codec="libx265",
        size=(1280, 720),
        times_s=[index / 6 for index in range(12)],
        pictures=stored,
    )
    path.write_bytes(films.turned(path.read_bytes(), 90))

    sampled = sample_frames(path, limits=VideoLimits())
    pose = estimator.estimate(sampled)

    assert (sampled.width, sampled.height, sampled.codec) == (720, 1280, "hevc")
    lengths = [
        np.median(np.linalg.norm((p.soles - p.crown) * [720, 1280], axis=1))
        for p in (pose, sessions.people_of("A011_front").child)
    ]
    assert lengths[0] == pytest.approx(lengths[1], rel=0.01)


# Hidden children


def test_a_child_without_a_head_in_the_picture_is_found_beyond_its_edge():
    pose = sessions.people_of("bad_head_cut").child

    assert pose.detected.mean() > 0.75
    assert np.nanmedian(pose.landmarks[:, 0, 1]) < 0


def test_a_child_far_away_is_found_in_a_part_of_the_picture():
    pose = sessions.people_of("bad_too_far").child

    assert pose.detected.mean() > 0.75


# Backends


def test_a_process_loads_a_model_once():
    assert load_pose_estimator("mediapipe") is load_pose_estimator("mediapipe")


def test_another_model_is_named_by_its_dotted_path():
    assert type(load_pose_estimator("tests.ml_models.test_pose.NobodyThere")) is NobodyThere


@pytest.mark.parametrize("name", ["openpose", "no.such.module.Estimator", "ml_models.pose.NoSuchClass"])
def test_a_model_that_is_not_there_is_named(name):
    with pytest.raises(PoseBackendError, match=name.rpartition(".")[2] if "Class" in name else name.split(".")[0]):
        load_pose_estimator(name)


def test_other_weights_than_the_checked_ones_are_refused(tmp_path):
    path = tmp_path / "pose.task"
    path.write_bytes(MODEL_PATH.read_bytes()[:-1] + b"x")

    with pytest.raises(PoseBackendError, match="sha256"):
        MediapipePoseEstimator(path)


def test_missing_weights_are_said_to_be_missing(tmp_path):
    with pytest.raises(PoseBackendError, match="not installed"):
        MediapipePoseEstimator(tmp_path / "nothing.task")


class NobodyThere:
    """A pose model that finds nobody."""

    name = "nobody"

    def estimate(self, frames: SampledFrames) -> PoseSequence:
        count = len(frames.images)
        nothing = np.full((count, 2), np.nan, np.float32)
        return PoseSequence(
            np.full((count, 33, 4), np.nan, np.float32), np.zeros(count, bool), nothing, nothing, backend=self.name
        )

    def close(self) -> None:
        return


def test_any_model_that_keeps_the_protocol_serves():
    people = find_people(NobodyThere(), shorter(sessions.frames_of("A001_front")))

    assert (people.child.detected.any(), people.second_seen) == (False, 0)

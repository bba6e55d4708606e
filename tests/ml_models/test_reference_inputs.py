"""The 75 inputs of a session, and that training makes the same ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml_models.features import session_features
from ml_models.networks.reference import KEYPOINT_INPUTS
from ml_models.networks.reference_inputs import (
    FilmFacts,
    film_facts,
    input_names,
    standard_keypoints,
    with_reference_inputs,
)
from ml_models.quality import MAX_BLUR_SHARE
from ml_models.training.dataset import View
from ml_models.training.telling import TRAINING_HABITS
from ml_models.training.told import tell
from ml_models.training.told_rows import told_features, told_reference_inputs
from ml_models.types import (
    CameraIntrinsics,
    CaptureFacts,
    PoseSequence,
    SampledFrames,
    ScaleCue,
    ScaleEstimate,
    ScanType,
    SessionFeatures,
    Subject,
    ViewObservation,
)
from tests.ml_models.reference_tables import FRAMES, film_table

SUBJECT = Subject("F", 913)
FACTS = FilmFacts(lighting=0.2, video_quality=0.9, duration_s=4.0)
NAMES = input_names()


def view(scan_type: ScanType = ScanType.STANDING_FRONT, cue: ScaleCue = ScaleCue.DISTANCE) -> ViewObservation:
    """Four frames of a stick figure; the third is empty."""
    rng = np.random.default_rng(list(ScanType).index(scan_type))
    landmarks = np.concatenate([rng.uniform(0.2, 0.8, (33, 2)), np.zeros((33, 1)), np.full((33, 1), 0.9)], axis=1)
    frames = np.repeat(landmarks[None], 4, axis=0)
    frames[2] = np.nan
    detected = np.array([True, True, False, True])
    ends = np.repeat(np.array([[[0.5, 0.1], [0.5, 0.9]]]), 4, axis=0)
    return ViewObservation(
        facts=CaptureFacts(scan_type, camera_height_cm=88.0),
        intrinsics=CameraIntrinsics(1200.0, 1200.0, 359.5, 639.5, focal_relative_sd=0.01),
        frame_size=(720, 1280),
        pose=PoseSequence(
            landmarks=frames.astype(np.float32),
            detected=detected,
            crown=ends[:, 0].astype(np.float32),
            soles=ends[:, 1].astype(np.float32),
            backend="stick",
        ),
        scale=ScaleEstimate(cue=cue, depth_cm=210.0, relative_sd=0.03),
    )


def told(*views: ViewObservation) -> SessionFeatures:
    return with_reference_inputs(session_features(views, SUBJECT), [(one, FACTS) for one in views])


def value(features: SessionFeatures, name: str) -> float:
    assert features.reference_inputs is not None
    return float(features.reference_inputs[NAMES.index(name)])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("age_months", 30.0),
        ("is_girl", 1.0),
        ("device_height_cm", 88.0),
        ("distance_cm", 210.0),
        ("lighting", 0.2),
        ("video_quality", 0.9),
        ("pose_confidence", 0.9),
        ("frame_count", 3.0),
        ("duration_s", 4.0),
    ],
)
def test_fact_of_a_session(name: str, expected: float) -> None:
    assert value(told(view()), name) == pytest.approx(expected, rel=1e-2)


def test_inputs_are_75_numbers_of_32_bits() -> None:
    inputs = told(view()).reference_inputs

    assert inputs is not None
    assert inputs.shape == (75,)
    assert inputs.dtype == np.float32


def test_untold_device_height_is_missing_not_zero() -> None:
    untold = replace(view(), facts=CaptureFacts(ScanType.STANDING_FRONT))

    assert np.isnan(value(told(untold), "device_height_cm"))


def test_keypoints_do_not_depend_on_the_lens() -> None:
    """The same rays through a lens 1.4 times as long come to the same keypoints."""
    tangents = np.random.default_rng(3).uniform(-0.3, 0.3, (1, 33, 2))
    short, long = (
        standard_keypoints(tangents * focal + [359.5, 639.5], *(np.array([v]) for v in (focal, focal, 359.5, 639.5)))
        for focal in (1000.0, 1400.0)
    )

    np.testing.assert_allclose(short, long, atol=1e-12)


def test_optical_axis_is_the_middle_and_the_standard_pictures_edge_is_one() -> None:
    corner = np.array([[[359.5, 639.5], [359.5 + 360, 639.5 + 640]]])  # of a picture whose lens is the standard one

    points = standard_keypoints(corner, *(np.array([v]) for v in (1024.0, 1024.0, 359.5, 639.5)))

    np.testing.assert_allclose(points, [[[0.5, 0.5], [1.0, 1.0]]])


def test_points_hidden_in_every_frame_are_missing() -> None:
    hidden = view()
    hidden.pose.landmarks[:, 31, 3] = 0.01

    features = told(hidden)

    assert np.isnan(value(features, "keypoint_31_x"))
    assert not np.isnan(value(features, "keypoint_30_x"))


def test_front_film_is_read_before_the_side_film() -> None:
    side, front = view(ScanType.STANDING_SIDE), view(ScanType.STANDING_FRONT)

    assert value(told(side, front), "keypoint_5_x") == value(told(front), "keypoint_5_x")
    assert value(told(side), "keypoint_5_x") != value(told(front), "keypoint_5_x")


def test_film_with_the_sessions_best_scale_is_read() -> None:
    front, side = view(ScanType.STANDING_FRONT), view(ScanType.STANDING_SIDE, ScaleCue.MARKER)

    assert value(told(front, side), "keypoint_5_x") == value(told(side), "keypoint_5_x")


def test_session_without_a_pose_has_no_inputs() -> None:
    empty = view()
    empty.pose.detected[:] = False

    assert told(empty).reference_inputs is None


@pytest.mark.parametrize(("blur", "quality"), [(0.0, 1.0), (MAX_BLUR_SHARE, 0.5), (3 * MAX_BLUR_SHARE, 0.0)])
def test_video_quality_falls_with_blur(blur: float, quality: float) -> None:
    frames = SampledFrames(np.zeros((1, 2, 2, 3), dtype=np.uint8), np.zeros(1), 2, 2, 1.0, 7.5, 15.0, "h264")

    facts = film_facts(frames, {"blur_share": blur, "mean_luminance": 0.3})

    assert facts == FilmFacts(lighting=0.3, video_quality=quality, duration_s=7.5)


def test_unmeasured_picture_figures_are_missing() -> None:
    frames = SampledFrames(np.zeros((1, 2, 2, 3), dtype=np.uint8), np.zeros(1), 2, 2, 1.0, 7.5, 15.0, "h264")

    facts = film_facts(frames, {})

    assert np.isnan(facts.lighting)
    assert np.isnan(facts.video_quality)


@pytest.mark.parametrize("cue", [ScaleCue.MARKER, ScaleCue.DISTANCE])
@pytest.mark.parametrize("view", list(View))
def test_training_rows_are_what_serving_makes_of_the_same_films(view: View, cue: ScaleCue) -> None:
    sessions = tell(film_table(12, seed=1), view, cue, TRAINING_HABITS, np.random.default_rng(2))
    counted = NAMES.index("frame_count")  # training draws it: its tables keep fewer frames than a film has

    batch = told_reference_inputs(sessions)
    served = np.stack([features.reference_inputs for features in told_features(sessions)])

    assert (served[:, counted] == FRAMES).all()
    np.testing.assert_allclose(np.delete(batch, counted, axis=1), np.delete(served, counted, axis=1), atol=2e-4)
    assert batch[:, :KEYPOINT_INPUTS].min() > -0.5
    assert batch[:, :KEYPOINT_INPUTS].max() < 1.5

"""The measuring path: what its stages hand on, and what ends it."""

from __future__ import annotations

import pytest

from ml_models.measuring import Film, ToldCamera, UnusableError, decode, measure_session, no_length_reason
from ml_models.pose import load_pose_estimator
from ml_models.quality import ReasonCode
from ml_models.types import AnthropometryEstimate, CaptureFacts, ScaleCue, ScanType, SessionFeatures, Subject
from ml_models.video import VideoLimits
from tests.conftest import DATA

VIDEOS = DATA / "videos"
LYING = CaptureFacts(
    scan_type=ScanType.LYING_ABOVE,
    distance_cm=133.0,
    camera_tilt_deg=84.7,
    focal_length_px=1160.5,
    marker_id=4,
    marker_size_mm=160.0,
)


class NoEstimate:
    """A model that says nothing."""

    def estimate(self, features: SessionFeatures) -> AnthropometryEstimate:
        return AnthropometryEstimate(None, None, None, None, features.cue, None, "silent-1")


def test_a_session_is_measured_from_film_to_features():
    answer = measure_session(
        [Film(path=VIDEOS / "A003_lying.mp4", facts=LYING)],
        Subject(sex="F", age_days=304),
        pose_estimator=load_pose_estimator(),
        model=NoEstimate(),
        limits=VideoLimits(),
    )

    assert answer.features.is_lying
    assert answer.features.cue is ScaleCue.MARKER
    assert answer.figures["lying_above"]["whole_share"] == 1.0
    assert answer.figures["lying_above"].keys() >= {"mean_luminance", "body_px"}


def test_the_first_stage_that_refuses_a_film_ends_the_session_with_its_reason_and_figures():
    dark = Film(path=VIDEOS / "bad_too_dark.mp4", facts=CaptureFacts(scan_type=ScanType.STANDING_FRONT))

    with pytest.raises(UnusableError) as refusal:
        measure_session(
            [Film(path=VIDEOS / "A003_lying.mp4", facts=LYING), dark],
            Subject(sex="F", age_days=1096),
            pose_estimator=load_pose_estimator(),
            model=NoEstimate(),
            limits=VideoLimits(),
        )

    assert refusal.value.reason is ReasonCode.TOO_DARK
    assert refusal.value.figures["mean_luminance"] < 0.03


def test_a_film_that_cannot_be_read_ends_the_session_with_the_decoders_reason(tmp_path):
    (tmp_path / "empty.mp4").touch()

    with pytest.raises(UnusableError) as refusal:
        decode(Film(path=tmp_path / "empty.mp4", facts=LYING), limits=VideoLimits())

    assert refusal.value.reason is ReasonCode.EMPTY_FILE


def test_a_told_camera_counts_before_the_middle_of_the_picture():
    told = ToldCamera(fx=1160.5, fy=1150.0, cx=340.0, cy=650.0, width=720, height=1280)

    film = decode(Film(path=VIDEOS / "A003_lying.mp4", facts=LYING, camera=told), limits=VideoLimits())

    lens = film.intrinsics
    assert (lens.fx, lens.fy, lens.cx, lens.cy) == (1160.5, 1150.0, 340.0, 650.0)


def test_a_told_camera_follows_the_size_of_the_film():
    told = ToldCamera(fx=1000.0, fy=1010.0, cx=359.5, cy=639.5, width=720, height=1280)

    lens = told.for_film(1440, 2560)

    assert lens is not None
    assert (lens.fx, lens.fy, lens.cx, lens.cy) == (2000.0, 2020.0, 719.5, 1279.5)


def test_a_camera_told_for_a_picture_of_another_shape_is_not_used():
    told = ToldCamera(fx=1000.0, fy=1000.0, cx=359.5, cy=639.5, width=720, height=1280)

    assert told.for_film(1280, 720) is None


def test_an_estimate_without_length_has_the_models_reason_or_that_there_is_none():
    silent = AnthropometryEstimate(None, None, None, None, ScaleCue.NONE, None, "silent-1")
    refused = AnthropometryEstimate(
        None, None, None, None, ScaleCue.MARKER, None, "silent-1", refused=ReasonCode.IMPLAUSIBLE_SIZE
    )

    assert no_length_reason(silent) is ReasonCode.NO_USABLE_ESTIMATE
    assert no_length_reason(refused) is ReasonCode.IMPLAUSIBLE_SIZE

"""Known geometry in, exact segment lengths out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml_models.features import SEGMENTS, feature_names, session_features
from ml_models.synthetic.film_table import TEST_FILMS, load_films
from ml_models.synthetic.films import HEIGHT_PX, WIDTH_PX
from ml_models.training.dataset import film_segments
from ml_models.training.telling import PROTOCOL_HABITS, draw_errors, told_lens
from ml_models.types import (
    OUTLINE_LEVELS,
    CameraIntrinsics,
    CaptureFacts,
    PoseSequence,
    ScaleCue,
    ScaleEstimate,
    ScanType,
    Subject,
    ViewObservation,
)

FOCAL_PX, DISTANCE_CM, TILT_DEG, CAMERA_HEIGHT_CM = 1100.0, 180.0, 7.0, 75.0
SIZE = (720, 1280)
CHILD = Subject(sex="F", age_days=1200)


def flat_child_cm() -> np.ndarray:
    """35 points of a flat child in its body plane, cm, x to the picture's right, y up from the soles: 100 cm tall."""
    points = np.zeros((35, 2))
    pairs = {2: (3, 90), 7: (6, 90), 9: (2, 85), 11: (11, 80), 13: (14, 62), 15: (16, 46), 17: (17, 42), 19: (17, 40)}
    pairs |= {21: (15, 42), 23: (7, 50), 25: (7, 27), 27: (7, 4), 29: (7, 1), 31: (9, 1)}
    for left, (x, y) in pairs.items():
        right = 5 if left == 2 else left + 1
        points[left], points[right] = (x, y), (-x, y)
    points[[1, 3, 4, 6]] = [(2, 90), (4, 90), (-2, 90), (-4, 90)]
    points[0], points[33], points[34] = (0, 88), (0, 100), (0, 0)
    return points


def film_of(points_cm: np.ndarray, scan_type: ScanType = ScanType.STANDING_FRONT) -> ViewObservation:
    """The flat child on an upright plane, seen by a camera that is tilted down."""
    tilt = np.radians(TILT_DEG)
    right, forward = np.array([1, 0, 0]), np.array([0, np.cos(tilt), -np.sin(tilt)])
    down = np.array([0, -np.sin(tilt), -np.cos(tilt)])
    world = np.stack([points_cm[:, 0], np.zeros(len(points_cm)), points_cm[:, 1]], axis=1)
    seen = (world - [0, -DISTANCE_CM, CAMERA_HEIGHT_CM]) @ np.stack([right, down, forward]).T
    pixels = FOCAL_PX * seen[:, :2] / seen[:, 2:] + [360, 640]
    share = np.tile(pixels / SIZE, (5, 1, 1)).astype(np.float32)  # five equal frames
    landmarks = np.concatenate([share[:, :33], np.zeros((5, 33, 1)), np.ones((5, 33, 1))], axis=2).astype(np.float32)
    return ViewObservation(
        facts=CaptureFacts(scan_type, distance_cm=DISTANCE_CM, camera_tilt_deg=TILT_DEG),
        intrinsics=CameraIntrinsics(FOCAL_PX, FOCAL_PX, 360, 640, 0.01),
        frame_size=SIZE,
        pose=PoseSequence(landmarks, np.ones(5, dtype=bool), share[:, 33], share[:, 34], "test"),
        scale=ScaleEstimate(ScaleCue.DISTANCE, DISTANCE_CM / np.cos(tilt), 0.03),
    )


def value(views: list[ViewObservation], name: str) -> float:
    features = session_features(views, CHILD)
    return float(features.values[features.names.index(name)])


@pytest.mark.parametrize(
    ("segment", "expected_cm"),
    [
        ("crown_soles", 100.0),
        ("crown_ankle", 96.0),
        ("nose_heel", 87.0),
        ("shoulder_width", 22.0),
        ("trunk", np.hypot(30.0, 4.0) - (np.hypot(30.0, 4.0) - 30.0)),  # between the middles of both pairs
        ("thigh", 23.0),
        ("shank", 23.0),
        ("upper_arm", np.hypot(3, 18)),
        ("crown_parallax", (100.0 - CAMERA_HEIGHT_CM) / DISTANCE_CM),
        ("soles_parallax", -CAMERA_HEIGHT_CM / DISTANCE_CM),
        ("distance", DISTANCE_CM),
    ],
)
def test_segments_of_a_known_child_are_exact(segment: str, expected_cm: float) -> None:
    assert value([film_of(flat_child_cm())], f"standing_front.{segment}") == pytest.approx(expected_cm, rel=1e-4)


def test_segments_do_not_change_when_the_child_is_turned_in_the_picture_plane() -> None:
    upside_down = flat_child_cm()[:, [0, 1]] * [-1, -1] + [0, 100]

    assert value([film_of(upside_down)], "standing_front.crown_soles") == pytest.approx(100.0, rel=1e-4)


def test_frames_are_fused_by_the_median() -> None:
    film = film_of(flat_child_cm())
    crown = film.pose.crown.copy()
    crown[0] = 0.9  # one wild frame of five
    wild = replace(film, pose=replace(film.pose, crown=crown))

    assert value([wild], "standing_front.crown_soles") == pytest.approx(100.0, rel=1e-4)


def test_missing_view_is_nan_and_named() -> None:
    features = session_features([film_of(flat_child_cm())], CHILD)

    side = [v for n, v in zip(features.names, features.values, strict=True) if n.startswith("standing_side.")]
    assert features.names == feature_names()
    assert len(side) == len(SEGMENTS)
    assert np.isnan(side).all()


def test_missing_crown_leaves_the_other_segments() -> None:
    film = film_of(flat_child_cm())
    without = replace(film, pose=replace(film.pose, crown=np.full_like(film.pose.crown, np.nan)))

    assert np.isnan(value([without], "standing_front.crown_soles"))
    assert value([without], "standing_front.nose_ankle") == pytest.approx(84.0, rel=1e-4)


def test_invisible_knee_is_replaced_by_the_other_side() -> None:
    film = film_of(flat_child_cm())
    landmarks = film.pose.landmarks.copy()
    landmarks[:, 25] = [0.5, 0.1, 0.0, 0.01]  # nonsense that the pose model itself does not believe
    doubtful = replace(film, pose=replace(film.pose, landmarks=landmarks))

    assert value([doubtful], "standing_front.thigh") == pytest.approx(23.0, rel=1e-4)


def test_marker_film_is_used_alone_when_another_has_only_a_distance() -> None:
    front = film_of(flat_child_cm())
    side = replace(front, facts=replace(front.facts, scan_type=ScanType.STANDING_SIDE))
    marked = replace(side, scale=replace(side.scale, cue=ScaleCue.MARKER, relative_sd=0.015))

    features = session_features([front, marked], CHILD)

    assert features.cue is ScaleCue.MARKER
    assert features.scale_relative_sd == pytest.approx(0.015)
    assert np.isnan(features.values[: len(SEGMENTS)]).all()


def test_without_a_scale_there_are_no_centimetres() -> None:
    film = film_of(flat_child_cm())
    unscaled = replace(film, scale=ScaleEstimate(ScaleCue.NONE, None, None))

    features = session_features([unscaled], CHILD)

    assert features.cue is ScaleCue.NONE
    assert features.scale_relative_sd is None
    assert np.isnan(features.values).all()


@pytest.mark.parametrize(("age_days", "is_lying"), [(500, True), (900, False)])
def test_mixed_postures_take_what_the_standard_asks_for(age_days: int, is_lying: bool) -> None:
    front = film_of(flat_child_cm())
    lying = replace(front, facts=CaptureFacts(ScanType.LYING_ABOVE, distance_cm=DISTANCE_CM, camera_tilt_deg=90.0))

    assert session_features([front, lying], Subject("M", age_days)).is_lying is is_lying


def test_a_session_without_films_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one film"):
        session_features([], CHILD)


def test_widths_of_the_outline_are_in_centimetres() -> None:
    film = film_of(flat_child_cm())
    outline = np.tile(np.array([0.3, 0.2], dtype=np.float32), (5, OUTLINE_LEVELS, 1))
    seen = replace(film, pose=replace(film.pose, outline=outline))

    assert value([seen], "standing_front.whole_width_3") == pytest.approx(30.0, rel=1e-4)
    assert value([seen], "standing_front.part_width_12") == pytest.approx(20.0, rel=1e-4)
    assert value([seen], "standing_front.outline_area") == pytest.approx(np.sqrt(100.0 * 30.0), rel=1e-4)
    assert np.isnan(value([film], "standing_front.outline_area"))


@pytest.mark.parametrize("scan_type", list(ScanType))
def test_training_rows_and_served_features_are_the_same_numbers(scan_type: ScanType) -> None:
    """A rendered film, handed over as the pipeline would hand it over, gives the row that training would see."""
    films = load_films(TEST_FILMS)
    films = films.take(np.flatnonzero(films.scan_type == scan_type.value)[:3])
    errors = draw_errors(3, ScaleCue.DISTANCE, PROTOCOL_HABITS, np.random.default_rng(2))
    told = told_lens(films, scan_type, errors)
    trained = film_segments(films, told)
    share = (films.frames_px[1] / SIZE).astype(np.float32)  # (frames, 35, 2)
    landmarks = np.concatenate([share[:, :33], np.zeros((len(share), 33, 1)), films.seen[1][..., None]], axis=2)
    film = ViewObservation(
        facts=CaptureFacts(scan_type),
        intrinsics=CameraIntrinsics(told.focal_px[1], told.focal_px[1], WIDTH_PX / 2 - 0.5, HEIGHT_PX / 2 - 0.5, 0.01),
        frame_size=SIZE,
        pose=PoseSequence(
            landmarks=landmarks.astype(np.float32),
            detected=np.isfinite(share[:, 0, 0]),
            crown=share[:, 33],
            soles=share[:, 34],
            backend="test",
            outline=films.outline[1].astype(np.float32),
        ),
        scale=ScaleEstimate(
            ScaleCue.DISTANCE, float(told.depth_cm[1]), 0.01, plane_normal=tuple(told.normal[1].tolist())
        ),
    )

    features = session_features([film], CHILD)

    start = list(ScanType).index(scan_type) * len(SEGMENTS)
    served = features.values[start : start + len(SEGMENTS)]
    assert features.pose_backend == "test"
    np.testing.assert_allclose(served, trained[1], rtol=1e-3, atol=2e-3)

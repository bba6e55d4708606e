"""A whole film through another pose network: found, judged and measured with what the network knows."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from ml_models.features import SEGMENTS, session_features
from ml_models.intrinsics import intrinsics_for
from ml_models.pose.keypoint_orders import KeypointOrder
from ml_models.pose.landmarks import Landmark
from ml_models.pose.onnx_pose import OnnxPoseEstimator
from ml_models.pose.people import find_people
from ml_models.quality import check_pose, check_scale
from ml_models.scale import estimate_scale
from ml_models.types import CaptureFacts, ScanType, Subject, ViewObservation
from ml_models.video import VideoLimits, sample_frames
from tests.ml_models import films, onnx_networks
from tests.ml_models.onnx_networks import described, draw

SIZE = WIDTH, HEIGHT = 360, 640
FRAMES = 6
SUBJECT = Subject(sex="F", age_days=1100)
FACTS = CaptureFacts(
    scan_type=ScanType.STANDING_FRONT,
    distance_cm=200.0,
    camera_height_cm=60.0,
    camera_tilt_deg=0.0,
    focal_length_px=480.0,
)
# A child of 400 px from the front; x to the right of the picture is the child's left, y up from the floor; px.
STATURE_PX, FLOOR_PX = 400.0, 560.0
BODY = {
    Landmark.NOSE: (0, 345),
    Landmark.LEFT_EYE: (14, 360),
    Landmark.LEFT_EAR: (34, 352),
    Landmark.LEFT_SHOULDER: (44, 308),
    Landmark.LEFT_ELBOW: (62, 250),
    Landmark.LEFT_WRIST: (68, 195),
    Landmark.LEFT_HIP: (26, 192),
    Landmark.LEFT_KNEE: (28, 104),
    Landmark.LEFT_ANKLE: (28, 24),
    Landmark.LEFT_HEEL: (20, 4),
    Landmark.LEFT_FOOT_INDEX: (44, 4),
}


def body_in(order: KeypointOrder, *, step_px: float = 0.0) -> np.ndarray:
    """Return the places of the child's points, shape (points, 2), px; NaN for those that are not ours."""
    places = np.full((len(order.landmarks), 2), np.nan)
    for index, landmark in enumerate(order.landmarks):
        if landmark is None:
            continue
        side = -1 if "RIGHT" in landmark.name else 1
        x, y = BODY[Landmark[landmark.name.replace("RIGHT", "LEFT")]]
        places[index] = WIDTH / 2 + side * x + step_px, FLOOR_PX - y
    return places


@pytest.fixture
def network(tmp_path):
    """Return a maker of estimators for pictures of SIZE."""

    def make(order: KeypointOrder) -> OnnxPoseEstimator:
        content = described(order, width=WIDTH, height=HEIGHT)
        dots = onnx_networks.DotMaps(len(order.landmarks), spec=content["input"], stride=2)
        return OnnxPoseEstimator(onnx_networks.install(tmp_path / order, dots, content, outputs=["maps"]))

    return make


@pytest.fixture
def film(tmp_path):
    """Return a maker of decoded films of the child, who sways by a px a frame."""

    def make(order: KeypointOrder, *, without: tuple[Landmark, ...] = ()):
        pictures = []
        for index in range(FRAMES):
            places = body_in(order, step_px=float(index))
            places[[mark in without for mark in order.landmarks]] = np.nan
            pictures.append(draw(places, width=WIDTH, height=HEIGHT, sigma=3.5))
        path = films.write_film(
            tmp_path / "child.mp4", fps=3.0, size=SIZE, pictures=pictures, seconds=2.0, options={"crf": "4"}
        )
        return sample_frames(path, limits=VideoLimits(), frame_count=FRAMES)

    return make


def measured(estimator: OnnxPoseEstimator, frames):
    """Return who is found, the report on the pose and the named features, as the pipeline asks for them."""
    people = find_people(estimator, frames)
    report = check_pose(SIZE, people.child, FACTS, subject=SUBJECT, second_seen_share=people.second_seen / FRAMES)
    intrinsics = intrinsics_for(FACTS, *SIZE)
    scale = estimate_scale(frames, people.child, FACTS, intrinsics)
    assert check_scale(FACTS, scale).accepted
    view = ViewObservation(facts=FACTS, intrinsics=intrinsics, frame_size=SIZE, pose=people.child, scale=scale)
    features = session_features([view], SUBJECT)
    block = dict(zip(features.names, features.values.tolist(), strict=True))
    return people, report, {name: block[f"standing_front.{name}"] for name in SEGMENTS}, scale


@pytest.mark.parametrize("order", list(KeypointOrder))
def test_a_film_is_measured_with_what_the_network_knows(network, film, order):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # a NaN that meets arithmetic which does not expect it
        people, report, values, scale = measured(network(order), film(order))

    assert people.child.detected.all()
    assert (people.probed, people.second_seen) == (3, 0)
    assert report.accepted, report
    cm_per_px = scale.depth_cm / 480.0
    assert values["trunk"] == pytest.approx((308 - 192) * cm_per_px, rel=0.01)
    assert values["shank"] == pytest.approx(80 * cm_per_px, rel=0.01)
    assert values["shoulder_width"] == pytest.approx(88 * cm_per_px, rel=0.01)
    assert np.isnan([values["crown_soles"], values["mouth_eyes"], values["outline_area"]]).all()
    assert np.isfinite(values["nose_heel"]) == (order is KeypointOrder.BODY_25)


@pytest.mark.parametrize(
    "hidden",
    [
        (Landmark.LEFT_EAR,),
        (Landmark.LEFT_EAR, Landmark.RIGHT_EAR),
        (Landmark.RIGHT_SHOULDER, Landmark.RIGHT_HIP),
        (Landmark.LEFT_ANKLE, Landmark.LEFT_KNEE, Landmark.LEFT_WRIST),
    ],
    ids=lambda hidden: "+".join(mark.name.lower() for mark in hidden),
)
def test_a_child_with_hidden_points_is_found_in_every_frame(network, film, hidden):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        people, report, values, _scale = measured(
            network(KeypointOrder.BODY_25), film(KeypointOrder.BODY_25, without=hidden)
        )

    assert people.child.detected.all()
    assert np.isnan(people.child.landmarks[:, list(hidden), :2]).all()
    assert people.second_seen == 0
    assert np.isfinite(list(report.figures.values())).all()
    assert np.isfinite(values["trunk"])


def test_a_child_cut_by_the_edge_is_not_lost_to_another_network(network, film):
    """Half of the child is outside: what is left has no hips, so the film shows nobody whole."""
    frames = film(KeypointOrder.COCO_17)
    cut = frames.images.copy()
    cut[:, int(FLOOR_PX - 250) :] = 0

    people = find_people(network(KeypointOrder.COCO_17), type(frames)(**{**vars(frames), "images": cut}))

    assert not people.child.detected.any()

"""Other pose networks: where their points are in the picture, which landmarks they are, and what stays unknown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml_models.pose import PoseBackendError, is_same_pose_model, load_pose_estimator
from ml_models.pose.keypoint_orders import KeypointOrder
from ml_models.pose.landmarks import LANDMARK_COUNT, Landmark
from ml_models.pose.onnx_pose import OnnxPoseEstimator
from ml_models.types import PoseSequence, SampledFrames
from tests.ml_models import onnx_networks
from tests.ml_models.onnx_networks import described, draw

BODY_25, COCO_17, COCO_18 = KeypointOrder.BODY_25, KeypointOrder.COCO_17, KeypointOrder.COCO_18
#: The places of the dots are wanted to this, in px of the picture: 8-bit colours, resampling.
TOLERANCE_PX = 0.25


def places_in(order: KeypointOrder, width: int, height: int, *, seed: int = 3) -> np.ndarray:
    """Return a place for each point of `order`, far enough from each other and from the edges, in px."""
    rng = np.random.default_rng(seed)
    columns, rows = 4, 7
    cells = rng.permutation(columns * rows)[: len(order.landmarks)]
    corners = np.stack([cells % columns, cells // columns], axis=1) + 0.5
    return (corners + rng.uniform(-0.15, 0.15, corners.shape)) / (columns, rows) * (width, height)


def frames_of(*pictures: np.ndarray) -> SampledFrames:
    images = np.stack(pictures)
    return SampledFrames(
        images=images,
        times_s=np.arange(len(images)) / 2,
        width=images.shape[2],
        height=images.shape[1],
        scale=1.0,
        duration_s=len(images) / 2,
        fps=2.0,
        codec="none",
    )


def heatmap_network(folder: Path, order: KeypointOrder, *, stride: int = 2, **changed: object) -> OnnxPoseEstimator:
    content = described(order, **changed)
    content["output"]["stride"] = stride
    network = onnx_networks.DotMaps(len(order.landmarks), spec=content["input"], stride=stride)
    return OnnxPoseEstimator(onnx_networks.install(folder, network, content, outputs=["maps"]))


def assert_places(pose: PoseSequence, order: KeypointOrder, places: np.ndarray, size: tuple[int, int]) -> None:
    """Assert that each point is at its landmark in the first frame, and that nothing else is anywhere."""
    found = pose.landmarks[0, :, :2] * size
    known = [landmark for landmark in order.landmarks if landmark is not None]
    wanted = np.array([place for landmark, place in zip(order.landmarks, places, strict=True) if landmark is not None])
    assert np.abs(found[known] - wanted).max() < TOLERANCE_PX
    others = sorted(set(range(LANDMARK_COUNT)) - set(known))
    assert np.isnan(found[others]).all()
    assert (pose.landmarks[0, others, 3] == 0).all()


# Places


@pytest.mark.parametrize("order", list(KeypointOrder))
@pytest.mark.parametrize(("stride", "width", "sigma"), [(1, 96, 2), (4, 160, 5), (8, 320, 10)])
def test_points_are_found_finer_than_a_cell_and_at_their_landmarks(tmp_path, order, stride, width, sigma):
    height = 2 * width
    estimator = heatmap_network(tmp_path, order, stride=stride, input__width=width, input__height=height)
    places = places_in(order, width, height)

    pose = estimator.estimate(frames_of(draw(places, width=width, height=height, sigma=sigma)))

    assert pose.detected.tolist() == [True]
    assert_places(pose, order, places, (width, height))
    assert (pose.landmarks[0, [mark for mark in order.landmarks if mark is not None], 3] > 0.5).all()


@pytest.mark.parametrize(("width", "height"), [(480, 480), (900, 500), (300, 900), (319, 641), (80, 160)])
def test_pictures_of_any_shape_are_fitted_and_mapped_back(tmp_path, width, height):
    estimator = heatmap_network(tmp_path, BODY_25, input__width=320, input__height=480)
    places = places_in(BODY_25, width, height)

    pose = estimator.estimate(frames_of(draw(places, width=width, height=height, sigma=min(width, height) / 40)))

    assert_places(pose, BODY_25, places, (width, height))


def test_a_small_child_is_looked_at_again_more_closely(tmp_path):
    estimator = heatmap_network(tmp_path, COCO_17)
    places = places_in(COCO_17, 160, 320) + np.array([220, 300])
    size = (480, 800)

    pose = estimator.estimate(frames_of(*[draw(places + 4 * i, width=480, height=800, sigma=5) for i in range(3)]))

    assert pose.detected.all()
    assert_places(pose, COCO_17, places, size)
    moved = (pose.landmarks[1:, :, :2] - pose.landmarks[:-1, :, :2]) * size
    assert np.nanmax(np.abs(moved - 4)) < TOLERANCE_PX


@pytest.mark.parametrize(
    ("layout", "colour_order", "value_range", "mean", "std"),
    [
        ("NCHW", "RGB", [0, 1], [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ("NHWC", "RGB", [-1, 1], [0, 0, 0], [1, 1, 1]),
        ("CHW", "BGR", [0, 255], [103.5, 116.3, 123.7], [1, 1, 57]),
        ("HWC", "BGR", [0, 1], [0.5, 0.4, 0.3], [1, 1, 1]),
    ],
)
def test_networks_see_their_picture_as_they_were_trained(tmp_path, layout, colour_order, value_range, mean, std):
    told = {"layout": layout, "colour_order": colour_order, "value_range": value_range, "mean": mean, "std": std}
    content = described(COCO_18)
    content["input"] |= told
    content["output"] = {"kind": "keypoints", "keypoints": "points", "columns": "xys", "unit": "px"}
    network = onnx_networks.DotPoints(18, spec=content["input"])
    places = places_in(COCO_18, 160, 320)

    estimator = OnnxPoseEstimator(onnx_networks.install(tmp_path, network, content, outputs=["points"]))
    pose = estimator.estimate(frames_of(draw(places, width=160, height=320, sigma=4)))

    assert_places(pose, COCO_18, places, (160, 320))


def test_a_wrong_mean_in_the_description_is_no_small_matter(tmp_path):
    """The test networks would notice: the specification above says something."""
    content = described(COCO_18)
    network = onnx_networks.DotMaps(18, spec=content["input"] | {"mean": [0, 0, 0]}, stride=2)
    estimator = OnnxPoseEstimator(onnx_networks.install(tmp_path, network, content, outputs=["maps"]))
    places = places_in(COCO_18, 160, 320)

    pose = estimator.estimate(frames_of(draw(places, width=160, height=320, sigma=4)))

    with pytest.raises(AssertionError):
        assert_places(pose, COCO_18, places, (160, 320))


# What is not known


def test_points_below_the_least_score_are_unknown_and_unseen(tmp_path):
    estimator = heatmap_network(tmp_path, COCO_17, input__width=160, input__height=320)
    places = places_in(COCO_17, 160, 320)
    places[15] = np.nan  # the left ankle

    pose = estimator.estimate(frames_of(draw(places, width=160, height=320, sigma=6)))

    assert pose.detected.all()
    assert np.isnan(pose.landmarks[0, Landmark.LEFT_ANKLE, :2]).all()
    assert pose.landmarks[0, Landmark.LEFT_ANKLE, 3] == 0
    assert np.isfinite(pose.landmarks[0, Landmark.RIGHT_ANKLE, :2]).all()


def test_a_point_with_the_seen_score_is_as_likely_seen_as_guessed(tmp_path):
    content = described(COCO_17, seen_score=0.3)
    content["output"] = {"kind": "keypoints", "keypoints": "points", "columns": "xys", "unit": "px"}
    scores = np.full(17, 0.65)
    scores[5], scores[6] = 0.3, 0.15
    said = np.concatenate([places_in(COCO_17, 160, 320), scores[:, None]], axis=1)
    folder = onnx_networks.install(tmp_path, onnx_networks.Fixed(said), content, outputs=["points"])

    pose = OnnxPoseEstimator(folder).estimate(frames_of(np.zeros((320, 160, 3), np.uint8)))

    chosen = [Landmark.NOSE, Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]
    assert pose.landmarks[0, chosen, 3].tolist() == pytest.approx([0.75, 0.5, 0.25])


def test_scores_may_be_logits(tmp_path):
    content = described(COCO_17, activation="sigmoid", seen_score=0.5)
    content["output"] = {
        "kind": "keypoints",
        **{"keypoints": "points", "columns": "xy", "unit": "px", "keypoint_scores": "logits"},
    }
    logits = np.zeros(17)
    logits[0] = 2.0
    network = onnx_networks.Fixed(places_in(COCO_17, 160, 320), logits)
    folder = onnx_networks.install(tmp_path, network, content, outputs=["points", "logits"])

    pose = OnnxPoseEstimator(folder).estimate(frames_of(np.zeros((320, 160, 3), np.uint8)))

    assert pose.landmarks[0, Landmark.LEFT_HIP, 3] == pytest.approx(0.5)
    assert pose.landmarks[0, Landmark.NOSE, 3] == pytest.approx(1 / (1 + np.exp(-2.0)))


@pytest.mark.parametrize("part", [(0, 1, 2, 3, 4), (5, 6), (11, 12)], ids=["head", "shoulders", "hips"])
def test_what_has_no_head_or_trunk_is_nobody(tmp_path, part):
    estimator = heatmap_network(tmp_path, COCO_17)
    places = places_in(COCO_17, 160, 320)
    places[list(part)] = np.nan

    pose = estimator.estimate(frames_of(draw(places, width=160, height=320, sigma=6)))

    assert not pose.detected.any()
    assert np.isnan(pose.landmarks).all()


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (64, 3), (3, 400), (320, 160)])
def test_pictures_without_anybody_hold_nobody(tmp_path, shape):
    estimator = heatmap_network(tmp_path, BODY_25)

    pose = estimator.estimate(frames_of(np.zeros((*shape, 3), np.uint8), np.full((*shape, 3), 255, np.uint8)))

    assert not pose.detected.any()
    assert np.isnan(pose.landmarks).all()


def test_there_is_no_crown_no_soles_and_no_outline(tmp_path):
    estimator = heatmap_network(tmp_path, COCO_17)

    pose = estimator.estimate(frames_of(draw(places_in(COCO_17, 160, 320), width=160, height=320, sigma=6)))

    assert pose.detected.all()
    assert np.isnan(pose.crown).all()
    assert np.isnan(pose.soles).all()
    assert pose.outline is None


# Names


def test_the_name_says_which_weights_they_were(tmp_path):
    heatmap_network(tmp_path / "dots", COCO_17)

    estimator = load_pose_estimator("dots", weights_dir=tmp_path)
    assert isinstance(estimator, OnnxPoseEstimator)
    sha256 = estimator.sidecar.sha256
    pose = estimator.estimate(frames_of(np.zeros((320, 160, 3), np.uint8)))

    assert estimator.name == pose.backend == f"dots/1+{sha256[:12]}"
    assert len(estimator.name) <= 64


@pytest.mark.parametrize("name", ["..", "../secrets", "Open Pose", "", "a" * 41])
def test_a_name_that_can_be_no_folder_is_refused(tmp_path, name):
    with pytest.raises(PoseBackendError) as refused:
        load_pose_estimator(name, weights_dir=tmp_path)

    assert refused.value.code == "unknown_backend"


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("mediapipe-pose-full/0.10.31+abea360102e8", True),
        ("mediapipe-pose-full/0.10.40+abea360102e8", True),
        ("mediapipe-pose-full/0.10.31+ffffffffffff", False),
        ("mediapipe-pose-full/0.10.31", False),
        ("openpose-body25/1.7.0+abea360102e8", False),
    ],
)
def test_a_model_is_its_weights_whatever_the_software(other, same):
    assert is_same_pose_model("mediapipe-pose-full/0.10.31+abea360102e8", other) is same

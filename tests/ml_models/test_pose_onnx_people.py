"""Several people, or nobody, in what another pose network says: who the film is about."""

from __future__ import annotations

import numpy as np
import pytest

from ml_models.pose.keypoint_orders import KeypointOrder
from ml_models.pose.onnx_pose import OnnxPoseEstimator
from tests.ml_models import onnx_networks
from tests.ml_models.onnx_networks import described, draw
from tests.ml_models.test_pose_onnx import assert_places, frames_of, places_in

BODY_25, COCO_17, COCO_18 = KeypointOrder.BODY_25, KeypointOrder.COCO_17, KeypointOrder.COCO_18


def test_the_larger_person_of_a_detector_is_the_one(tmp_path):
    """The network's small person is the surer one; a film is about the one who fills it."""
    content = described(COCO_17, input__layout="CHW", input__value_range=[0, 255])
    content["output"] = {
        "kind": "keypoints",
        **{"keypoints": "people", "columns": "xys", "unit": "px", "person_scores": "scores", "boxes": "boxes"},
    }
    network = onnx_networks.DotDetector(17, spec=content["input"])
    places = places_in(COCO_17, 160, 320)

    folder = onnx_networks.install(tmp_path, network, content, outputs=["boxes", "scores", "people"])
    pose = OnnxPoseEstimator(folder).estimate(frames_of(draw(places, width=160, height=320, sigma=4)))

    assert_places(pose, COCO_17, places, (160, 320))


def test_people_whom_a_detector_is_unsure_of_are_nobody(tmp_path):
    content = described(COCO_17, input__layout="CHW")
    content["output"] = {
        "kind": "keypoints",
        **{"keypoints": "people", "columns": "xys", "unit": "px", "person_scores": "scores"},
    }
    network = onnx_networks.DotDetector(17, spec=content["input"])
    folder = onnx_networks.install(tmp_path, network, content, outputs=["boxes", "scores", "people"])
    faint = draw(places_in(COCO_17, 160, 320), width=160, height=320, sigma=4) // 3

    assert not OnnxPoseEstimator(folder).estimate(frames_of(faint)).detected.any()


def test_no_people_at_all_is_an_answer(tmp_path):
    content = described(COCO_17)
    content["output"] = {
        "kind": "keypoints",
        **{"keypoints": "people", "columns": "xys", "unit": "px", "person_scores": "scores", "boxes": "boxes"},
    }
    network = onnx_networks.Fixed(np.zeros((0, 4)), np.zeros(0), np.zeros((0, 17, 3)))
    folder = onnx_networks.install(tmp_path, network, content, outputs=["boxes", "scores", "people"])

    pose = OnnxPoseEstimator(folder).estimate(frames_of(np.zeros((320, 160, 3), np.uint8)))

    assert not pose.detected.any()


def test_shares_and_rows_first_are_understood(tmp_path):
    content = described(COCO_17)
    content["output"] = {"kind": "keypoints", "keypoints": "points", "columns": "yxs", "unit": "share"}
    places = places_in(COCO_17, 160, 320)
    said = np.concatenate([(places / (160, 320))[:, ::-1], np.full((17, 1), 0.9)], axis=1)
    network = onnx_networks.Fixed(said[None, None])  # (1, 1, 17, 3), as MoveNet says it
    folder = onnx_networks.install(tmp_path, network, content, outputs=["points"])

    pose = OnnxPoseEstimator(folder).estimate(frames_of(np.zeros((320, 160, 3), np.uint8)))

    assert_places(pose, COCO_17, places, (160, 320))


def two_people(order: KeypointOrder) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the places of a larger and a smaller person, (2, points, 2) in cells, their maps and part fields."""
    rows, columns = 80, 40
    large = places_in(order, 24, 76, seed=5) + np.array([1, 2])
    people = np.stack([large, large * 0.5 + np.array([26, 20])])
    y, x = np.mgrid[0:rows, 0:columns]
    maps = np.zeros((len(order.landmarks) + 1, rows, columns))
    fields = np.zeros((2 * len(order.limbs), rows, columns))
    for places, height in zip(people, (0.8, 0.95), strict=True):
        for part, (at_x, at_y) in enumerate(places):
            dot = height * np.exp(-((x - at_x) ** 2 + (y - at_y) ** 2) / 2)
            maps[part] = np.maximum(maps[part], dot)
        for start, end, channel in order.limbs:
            way = places[end] - places[start]
            length = np.hypot(*way)
            along = ((x - places[start, 0]) * way[0] + (y - places[start, 1]) * way[1]) / length
            across = ((x - places[start, 0]) * way[1] - (y - places[start, 1]) * way[0]) / length
            on_limb = (along > -1) & (along < length + 1) & (np.abs(across) < 1.2)
            fields[channel][on_limb], fields[channel + 1][on_limb] = way / length
    return people, maps, fields


@pytest.mark.parametrize("order", [BODY_25, COCO_18])
def test_part_fields_keep_two_people_apart(tmp_path, order):
    """Each of the smaller person's peaks is the higher: without the fields the two would be mixed."""
    people, maps, fields = two_people(order)
    content = described(order)
    content["output"] |= {"stride": 4, "part_fields": "maps", "first_field_channel": len(maps)}
    network = onnx_networks.Fixed(np.concatenate([maps, fields])[None])  # one output of all, as OpenPose's
    folder = onnx_networks.install(tmp_path, network, content, outputs=["maps"])

    pose = OnnxPoseEstimator(folder).estimate(frames_of(np.zeros((320, 160, 3), np.uint8)))

    assert_places(pose, order, people[0] * 4 + 2, (160, 320))

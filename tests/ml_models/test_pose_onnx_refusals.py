"""Descriptions and networks that must not be used, each refused with its code and the field at fault."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

from ml_models.pose import PoseBackendError, load_pose_estimator, sidecar
from ml_models.pose.keypoint_orders import KeypointOrder
from ml_models.pose.onnx_pose import OnnxPoseEstimator
from ml_models.pose.sidecar import SIDECAR, read_network, read_sidecar
from tests.ml_models import onnx_networks
from tests.ml_models.onnx_networks import describe, described
from tests.ml_models.test_pose_onnx import frames_of

COCO_17 = KeypointOrder.COCO_17
DOCUMENTATION = Path(__file__).resolve().parents[2] / "docs" / "pose_backends.md"
ONE_FRAME = frames_of(np.zeros((320, 160, 3), np.uint8))


def refusal_of(call, *args) -> PoseBackendError:
    with pytest.raises(PoseBackendError) as refused:
        call(*args)
    return refused.value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("schema", 2),
        ("schema", True),
        ("name", "Dots of Mine"),
        ("name", "n" * 33),
        ("version", ""),
        ("licence", None),
        ("licence_url", "file:///etc/passwd"),
        ("commercial_use", "no"),
        ("network_file", "../dots.onnx"),
        ("network_file", "/srv/dots.onnx"),
        ("network_file", "dots.pt"),
        ("sha256", "0" * 63),
        ("sha256", "G" * 64),
        ("keypoint_order", "COCO_19"),
        ("keypoint_order", ["COCO_17"]),
        ("input__width", 31),
        ("input__width", 4096),
        ("input__height", 320.0),
        ("input__layout", "WHCN"),
        ("input__colour_order", "rgb"),
        ("input__value_range", [1, 0]),
        ("input__value_range", [0, float("inf")]),
        ("input__mean", [0.5, 0.5]),
        ("input__mean", [0.5, 0.5, float("nan")]),
        ("input__std", [1, 1, 0]),
        ("input__alpha", 1),
        ("output__kind", "mask"),
        ("output__heatmaps", ""),
        ("output__stride", 3),
        ("output__stride", 128),
        ("output__first_channel", -1),
        ("output__first_cell_px", 9.0),
        ("output__boxes", "boxes"),
        ("activation", "softmax"),
        ("min_score", 0),
        ("seen_score", 0.05),
        ("colour", "red"),
    ],
)
def test_a_field_that_cannot_be_meant_is_named(tmp_path, field, value):
    describe(tmp_path, described(COCO_17, **{field: value}))

    refusal = refusal_of(read_sidecar, tmp_path)

    assert refusal.code == "description_invalid"
    assert f"{field.split('__')[-1]} " in str(refusal)
    assert str(tmp_path / SIDECAR) in str(refusal)


@pytest.mark.parametrize("field", ["sha256", "keypoint_order", "input", "output", "licence", "commercial_use"])
def test_a_field_that_is_missing_is_named(tmp_path, field):
    content = described(COCO_17)
    del content[field]
    describe(tmp_path, content)

    refusal = refusal_of(read_sidecar, tmp_path)

    assert refusal.code == "description_invalid"
    assert f"{field} is missing" in str(refusal)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 20_000, " " * 70_000, '{"schema": 1e999}'])
def test_what_is_no_description_is_refused(tmp_path, text):
    (tmp_path / SIDECAR).write_text(text)

    assert refusal_of(read_sidecar, tmp_path).code == "description_invalid"


def test_a_folder_that_is_not_there_means_weights_not_installed(tmp_path):
    refusal = refusal_of(lambda: load_pose_estimator("openpose", weights_dir=tmp_path))

    assert refusal.code == "weights_missing"
    assert str(tmp_path / "openpose" / SIDECAR) in str(refusal)


def test_a_description_without_its_network_means_weights_not_installed(tmp_path):
    describe(tmp_path, described(COCO_17))

    refusal = refusal_of(OnnxPoseEstimator, tmp_path)

    assert refusal.code == "weights_missing"
    assert "dots.onnx" in str(refusal)


def test_another_network_than_the_described_one_is_refused(tmp_path):
    describe(tmp_path, described(COCO_17))
    (tmp_path / "dots.onnx").write_bytes(b"another network")

    assert refusal_of(OnnxPoseEstimator, tmp_path).code == "sha256_mismatch"


def test_a_file_beyond_the_limit_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(sidecar, "MAX_NETWORK_BYTES", 10)
    describe(tmp_path, described(COCO_17))
    (tmp_path / "dots.onnx").write_bytes(b"eleven byte")

    assert refusal_of(read_network, read_sidecar(tmp_path)).code == "network_too_large"


def test_a_file_that_is_no_network_is_refused(tmp_path):
    (tmp_path / "dots.onnx").write_bytes(b"no network")
    describe(tmp_path, described(COCO_17, sha256=hashlib.sha256(b"no network").hexdigest()))

    assert refusal_of(OnnxPoseEstimator, tmp_path).code == "network_unreadable"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"input__width": 192}, "shape"),
        ({"input__layout": "CHW"}, "shape"),
        ({"output__heatmaps": "heat"}, "'heat'"),
        ({"output__part_fields": "fields"}, "'fields'"),
    ],
)
def test_a_description_of_another_network_is_refused_when_it_is_loaded(tmp_path, changed, named):
    content = described(COCO_17)
    network = onnx_networks.DotMaps(17, spec=content["input"], stride=2)
    onnx_networks.install(tmp_path, network, content, outputs=["maps"])
    describe(tmp_path, described(COCO_17, sha256=content["sha256"], **changed))

    refusal = refusal_of(OnnxPoseEstimator, tmp_path)

    assert refusal.code == "network_differs"
    assert named in str(refusal)


@pytest.mark.parametrize(
    "changed", [{"output__stride": 4}, {"keypoint_order": "BODY_25"}, {"output__first_channel": 1}]
)
def test_maps_of_another_shape_than_described_are_refused(tmp_path, changed):
    content = described(COCO_17)
    network = onnx_networks.DotMaps(17, spec=content["input"], stride=2)
    onnx_networks.install(tmp_path, network, content, outputs=["maps"])
    describe(tmp_path, described(COCO_17, sha256=content["sha256"], **changed))

    refusal = refusal_of(OnnxPoseEstimator(tmp_path).estimate, ONE_FRAME)

    assert refusal.code == "network_differs"
    assert "'maps' has the shape [1, 17, 160, 80]" in str(refusal)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("points", np.zeros((1, 25, 3))),
        ("points", np.zeros((1, 17, 2))),
        ("points", np.zeros(17)),
        ("scores", np.zeros(2)),
        ("boxes", np.zeros((1, 5))),
    ],
)
def test_points_of_another_shape_than_described_are_refused(tmp_path, name, array):
    arrays = {"points": np.zeros((1, 17, 3)), "scores": np.zeros(1), "boxes": np.zeros((1, 4))} | {name: array}
    content = described(COCO_17)
    content["output"] = {
        "kind": "keypoints",
        **{"keypoints": "points", "columns": "xys", "unit": "px", "person_scores": "scores", "boxes": "boxes"},
    }
    onnx_networks.install(tmp_path, onnx_networks.Fixed(*arrays.values()), content, outputs=list(arrays))

    refusal = refusal_of(OnnxPoseEstimator(tmp_path).estimate, ONE_FRAME)

    assert refusal.code == "network_differs"
    assert f"{name!r} has the shape {list(array.shape)}" in str(refusal)


def test_the_examples_of_the_documentation_can_be_read(tmp_path):
    examples = re.findall(r"```json\n(.*?)```", DOCUMENTATION.read_text(encoding="utf-8"), re.DOTALL)

    orders = []
    for example in examples:
        (tmp_path / SIDECAR).write_text(re.sub(r"<64 hexadecimal digits[^>]*>", "0" * 64, example))
        orders.append(read_sidecar(tmp_path).keypoint_order)

    assert orders == [KeypointOrder.BODY_25, COCO_17]

"""`manage.py pose_backends` tells what is there, what is not, whose it is and where it goes."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from ml_models.pose.keypoint_orders import KeypointOrder
from tests.ml_models import onnx_networks
from tests.ml_models.onnx_networks import describe, described

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def weights_dir(tmp_path, settings):
    settings.POSE_WEIGHTS_DIR = str(tmp_path)
    settings.POSE_BACKEND = "mediapipe"
    return tmp_path


def listed(*options: str) -> dict[str, dict]:
    """Return what the command says, by backend."""
    said = StringIO()
    call_command("pose_backends", "--json", *options, stdout=said)
    return {backend["backend"]: backend for backend in json.loads(said.getvalue())["backends"]}


def table(*options: str) -> str:
    said = StringIO()
    call_command("pose_backends", *options, stdout=said)
    return said.getvalue()


def install_dots(folder: Path, **changed) -> dict:
    content = described(KeypointOrder.COCO_17, **changed)
    network = onnx_networks.DotMaps(17, spec=content["input"], stride=2)
    onnx_networks.install(folder, network, content, outputs=["maps"])
    return content


def test_without_anything_brought_the_bundled_model_is_ready_and_active(weights_dir):
    backends = listed()

    assert {name: backend["state"] for name, backend in backends.items()} == {
        "mediapipe": "ready",
        "openpose": "weights missing",
        "detectron2": "weights missing",
    }
    assert [name for name, backend in backends.items() if backend["is_active"]] == ["mediapipe"]
    assert backends["mediapipe"]["landmarks"] == 33


def test_missing_weights_are_told_with_their_place_and_licence(weights_dir):
    openpose, said = listed()["openpose"], table()

    assert openpose["files"] == [str(weights_dir / "openpose" / name) for name in ("pose.json", "*.onnx")]
    assert openpose["commercial_use"] is False
    assert "NON-COMMERCIAL" in said
    assert str(weights_dir / "openpose" / "pose.json") in said.replace("\n             ", "")
    assert "* mediapipe" in said


def test_installed_weights_are_told_with_what_their_description_says(weights_dir):
    content = install_dots(weights_dir / "openpose", licence="Ask the university", licence_url="https://example.org/l")

    openpose = listed()["openpose"]

    assert openpose["state"] == "ready"
    assert openpose["model"] == f"dots/1+{content['sha256'][:12]}"
    assert openpose["licence"] == "Ask the university https://example.org/l"
    assert openpose["landmarks"] == 17
    assert openpose["runtime"].startswith("onnxruntime")


def test_a_folder_that_an_operator_adds_is_a_backend(weights_dir):
    install_dots(weights_dir / "my-heatmaps", commercial_use=False)

    assert listed()["my-heatmaps"]["state"] == "ready"
    assert "[no commercial use]" in table()


def test_another_network_than_the_described_one_is_an_error(weights_dir):
    install_dots(weights_dir / "detectron2")
    describe(weights_dir / "detectron2", described(KeypointOrder.COCO_17))

    detectron2 = listed()["detectron2"]

    assert (detectron2["state"], detectron2["code"]) == ("error", "sha256_mismatch")
    assert "sha256 differs" in detectron2["problem"]


def test_loading_finds_what_looking_does_not(weights_dir):
    content = install_dots(weights_dir / "detectron2")
    wrong = described(KeypointOrder.COCO_17, output__heatmaps="heat", sha256=content["sha256"])
    describe(weights_dir / "detectron2", wrong)

    assert listed()["detectron2"]["state"] == "ready"
    assert listed("--load")["detectron2"]["code"] == "network_differs"


def test_a_chosen_backend_that_cannot_work_is_told_by_the_exit_code(weights_dir, settings):
    settings.POSE_BACKEND = "openpose"

    with pytest.raises(SystemExit) as ended:
        table()

    assert ended.value.code == 1


def test_a_chosen_class_is_listed_and_loaded(weights_dir, settings):
    settings.POSE_BACKEND = "tests.ml_models.no_such_module.Estimator"

    assert listed()[settings.POSE_BACKEND]["is_active"]
    with pytest.raises(SystemExit):
        listed("--load")


def test_the_list_needs_no_vision_library_and_no_database():
    script = (
        "import django; django.setup(); from django.core.management import call_command; call_command('pose_backends');"
        "import sys; print([m for m in ('cv2', 'torch', 'mediapipe', 'onnxruntime') if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120, cwd=ROOT
    )

    assert done.stdout.strip().splitlines()[-1] == "[]"

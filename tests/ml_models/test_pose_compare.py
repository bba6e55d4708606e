"""Two pose models on the same films: how far apart they are is known beforehand, and told."""

from __future__ import annotations

import csv
import json
from xml.etree import ElementTree

import numpy as np
import pytest

from ml_models.pose.compare import main
from ml_models.pose.keypoint_orders import KeypointOrder
from ml_models.pose.landmarks import LANDMARK_COUNT, Landmark
from ml_models.types import PoseSequence, SampledFrames
from tests.ml_models import films, onnx_networks
from tests.ml_models.onnx_networks import described, draw
from tests.ml_models.test_pose_onnx_film import HEIGHT, SIZE, WIDTH, body_in

COCO_17, BODY_25 = KeypointOrder.COCO_17, KeypointOrder.BODY_25
LOWER_PX = 6.0
# Ears to ankles of the drawn child are 328 px, 82 % of its length.
BODY_PX = 328 / 0.82


class Lower:
    """Says that the child's COCO points are LOWER_PX further down than they are; sees nobody in the first frame."""

    name = "lower/1"

    def estimate(self, frames: SampledFrames) -> PoseSequence:
        count = len(frames.images)
        landmarks = np.full((count, LANDMARK_COUNT, 4), np.nan, dtype=np.float32)
        places = (body_in(COCO_17) + np.array([0, LOWER_PX])) / SIZE
        for landmark, place in zip(COCO_17.landmarks, places, strict=True):
            landmarks[1:, landmark] = (*place, 0.0, 1.0)
        # Held for unseen: as good as not given.
        landmarks[1:, Landmark.LEFT_HEEL] = (0.9, 0.9, 0.0, 0.01)
        unknown = np.full((count, 2), np.nan, dtype=np.float32)
        return PoseSequence(
            landmarks=landmarks,
            detected=np.arange(count) > 0,
            crown=unknown,
            soles=unknown,
            backend=self.name,
        )

    def close(self) -> None: ...


@pytest.fixture
def weights(tmp_path):
    content = described(BODY_25, width=WIDTH, height=HEIGHT)
    network = onnx_networks.DotMaps(25, spec=content["input"], stride=2)
    onnx_networks.install(tmp_path / "weights" / "openpose", network, content, outputs=["maps"])
    return tmp_path / "weights"


@pytest.fixture
def videos(tmp_path):
    folder = tmp_path / "videos"
    folder.mkdir()
    picture = draw(body_in(BODY_25), width=WIDTH, height=HEIGHT, sigma=3.5)
    for name in ("one.mp4", "two.mp4"):
        films.write_film(folder / name, fps=3.0, size=SIZE, pictures=[picture] * 6, seconds=2.0, options={"crf": "4"})
    (folder / "broken.mp4").write_bytes(b"no film")
    (folder / "notes.txt").write_text("no film either")
    return folder


def run(weights, videos, out, *, first="openpose", second="tests.ml_models.test_pose_compare.Lower") -> int:
    told = {"--first": first, "--second": second, "--videos": videos, "--out": out, "--weights-dir": weights}
    return main([*(str(part) for pair in told.items() for part in pair), "--frames", "6"])


def test_how_far_two_models_are_apart_is_told_landmark_by_landmark(weights, videos, tmp_path, capsys):
    assert run(weights, videos, tmp_path / "out") == 0

    report = json.loads((tmp_path / "out" / "report.json").read_text())
    rows = {row["landmark"]: row for row in report["landmarks"]}
    both = {landmark.name.lower() for landmark in COCO_17.landmarks}
    assert {name for name, row in rows.items() if row["frames"]} == both
    for name in both:
        assert rows[name]["frames"] == 10
        assert rows[name]["median"] == pytest.approx(LOWER_PX / BODY_PX, abs=0.001)
        assert rows[name]["along"] == pytest.approx(LOWER_PX / BODY_PX, abs=0.001)
    assert rows["left_heel"] == {"landmark": "left_heel", "frames": 0, "median": None, "p90": None, "along": None}
    assert "17 of 33 landmarks are given by both" in capsys.readouterr().out


def test_speed_and_detections_are_told_of_each_model(weights, videos, tmp_path):
    run(weights, videos, tmp_path / "out")

    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["first"]["name"].startswith("dots/1+")
    assert (report["first"]["frames"], report["first"]["detected_share"]) == (12, 1.0)
    assert report["second"]["detected_share"] == pytest.approx(10 / 12)
    assert report["first"]["frames_per_s"] == pytest.approx(12 / report["first"]["seconds"])
    assert report["refused"] == {"broken.mp4": "not_a_video"}
    assert set(report["films"]) == {"one.mp4", "two.mp4"}


def test_table_and_picture_show_the_same(weights, videos, tmp_path):
    run(weights, videos, tmp_path / "out")

    with (tmp_path / "out" / "landmarks.csv").open(newline="") as file:
        rows = {row["landmark"]: row for row in csv.DictReader(file)}
    drawn = ElementTree.parse(tmp_path / "out" / "agreement.svg").getroot()  # noqa: S314  # our own file
    texts = [element.text for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert len(rows) == LANDMARK_COUNT
    assert float(rows["nose"]["median"]) == pytest.approx(LOWER_PX / BODY_PX, abs=0.001)
    assert f"{100 * float(rows['nose']['median']):.2f} % · 10" in texts
    assert "left heel" not in texts


def test_models_without_a_common_landmark_are_told_so(videos, weights, tmp_path):
    """Nobody is found by a model that is asked for what is not there: the report says it and does not fail."""
    nobody = "tests.ml_models.test_pose_compare.Nobody"

    assert run(weights, videos, tmp_path / "out", first=nobody) == 0

    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert not any(row["frames"] for row in report["landmarks"])
    assert "No frame in which both" in (tmp_path / "out" / "agreement.svg").read_text()


class Nobody(Lower):
    """Finds nobody."""

    name = "nobody/1"

    def estimate(self, frames: SampledFrames) -> PoseSequence:
        pose = super().estimate(frames)
        pose.landmarks[:] = np.nan
        pose.detected[:] = False
        return pose


@pytest.mark.parametrize(("first", "code"), [("detectron2", "weights_missing"), ("Open Pose", "unknown_backend")])
def test_a_model_that_is_not_there_ends_it(weights, videos, tmp_path, capsys, first, code):
    assert run(weights, videos, tmp_path / "out", first=first) == 2

    assert f"[{code}]" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_without_films_ends_it(weights, tmp_path, capsys):
    assert run(weights, tmp_path / "weights", tmp_path / "out") == 2

    assert "no film" in capsys.readouterr().err

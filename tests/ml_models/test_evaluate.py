"""`python -m ml_models.evaluate` on sample films: what it writes, and what it says of what it cannot read."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from ml_models.evaluate import EXIT_UNUSABLE_INPUT, main
from ml_models.evaluation.predictions_file import COLUMNS
from ml_models.quality import ReasonCode
from tests.conftest import DATA

VIDEOS = DATA / "videos"
TRUTH = (
    "height_cm", "weight_kg", "muac_mm", "head_circumference_cm", "haz", "waz", "whz", "acz", "hcz", "skin_tone",
    "true_fx", "true_distance_cm", "true_camera_height_cm", "true_camera_tilt_deg", "true_camera_roll_deg",
    "marker_depth_mismatch_cm", "expected_reason",
)  # fmt: skip


def sample(session_id: str) -> dict[str, str]:
    """Return the row of a sample session, good or bad."""
    for table in ("good_sessions.csv", "bad_sessions.csv"):
        with (VIDEOS / table).open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                if row["session_id"] == session_id:
                    return row
    raise AssertionError(session_id)


def write_table(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def evaluate(folder: Path, rows: list[dict[str, str]], *more: str, videos: Path = VIDEOS) -> int:
    sessions = write_table(folder / "sessions.csv", rows)
    arguments = ["--sessions", str(sessions), "--videos", str(videos), "--report", str(folder / "out")]
    return main([*arguments, *more])


def predictions(folder: Path) -> list[dict[str, str]]:
    with (folder / "out" / "predictions.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_columns_are_those_that_others_read():
    quantities = ("height_cm", "weight_kg", "muac_mm", "head_circumference_cm")
    ends = ("", "_lo50", "_hi50", "_lo80", "_hi80", "_lo90", "_hi90")

    expected = ["session_id", "status", "reason", "scale_cue", "confidence", "model_version"]
    expected += [f"{name}{end}" for name in quantities for end in ends]
    expected += ["haz", "waz", "whz", "acz"]

    assert list(COLUMNS) == expected


@pytest.mark.slow
def test_sample_sessions_become_predictions_and_a_report(tmp_path):
    given = ["A003", "A012", "C02", "C04", "C09"]

    status = evaluate(tmp_path, [sample(session) for session in given], "--jobs", "2")

    found = predictions(tmp_path)
    assert status == 0
    assert [row["session_id"] for row in found] == given
    assert [row["status"] for row in found] == ["succeeded"] * 2 + ["unusable"] * 3
    assert [row["reason"] for row in found] == ["", "", "too_dark", "feet_cut_off", "too_short"]
    lying, standing, dark = found[:3]
    assert (lying["scale_cue"], standing["scale_cue"], dark["scale_cue"]) == ("marker", "marker", "")
    for row in (lying, standing):
        ends = [float(row[f"height_cm_{end}"]) for end in ("lo90", "lo80", "lo50", "hi50", "hi80", "hi90")]
        assert ends == sorted(ends)
        assert ends[0] < float(row["height_cm"]) < ends[-1]
        assert float(row["height_cm"]) == pytest.approx(float(sample(row["session_id"])["height_cm"]), abs=4.0)
        assert 0 <= float(row["confidence"]) <= 1
        assert all(row[z] for z in ("haz", "waz", "whz", "acz"))
    assert all(
        value == "" for name, value in dark.items() if name not in ("session_id", "status", "reason", "model_version")
    )

    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["overall"]["quantities"]["height_cm"]["n"] == 2
    assert report["yield"]["yield"]["value"] == 1
    assert report["yield"]["refused_as_expected"]["value"] == 1
    assert set(report["by"]["posture"]) == {"standing", "lying"}
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Rendered children are rendered children" in page
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org/", "").replace("http://purl.org/", "").replace(
        "http://creativecommons.org/", ""
    )
    assert (tmp_path / "out" / "against_truth.png").stat().st_size > 0


@pytest.mark.slow
def test_films_and_rows_that_cannot_be_read_cost_their_own_session_and_are_named(tmp_path, capfd):
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "noise.mp4").write_bytes(b"\x00\x01 no film at all" * 50)
    row = sample("A003")
    rows = [
        row | {"session_id": "missing", "files": "lying_above:gone.mp4"},
        row | {"session_id": "folder", "files": "lying_above:."},
        row | {"session_id": "noise", "files": "lying_above:noise.mp4"},
        row | {"session_id": "malformed", "age_days": "old"},
    ]

    status = evaluate(tmp_path, rows, videos=tmp_path / "films")

    found = {row["session_id"]: row["reason"] for row in predictions(tmp_path)}
    said = capfd.readouterr().err
    assert status == 0
    assert found == {
        "missing": "empty_file",
        "folder": "empty_file",
        "noise": "not_a_video",
        "malformed": "processing_failed",
    }
    assert "gone.mp4 cannot be opened" in said
    assert "Line 5, column age_days: 'old'" in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_without_truth_only_predictions_are_written(tmp_path, capfd):
    told = {name: value for name, value in sample("C09").items() if name not in TRUTH}

    status = evaluate(tmp_path, [told])

    assert status == 0
    assert predictions(tmp_path)[0]["reason"] == "too_short"
    assert "tells no truth" in capfd.readouterr().err
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"predictions.csv", "messages.log"}


@pytest.mark.slow
def test_a_film_that_ends_its_process_costs_its_own_session(tmp_path, capfd):
    backend = "tests.ml_models.fragile_pose.FragilePoseEstimator"

    status = evaluate(tmp_path, [sample("A003"), sample("C09")], "--pose-backend", backend)

    assert status == 0
    assert [row["reason"] for row in predictions(tmp_path)] == [ReasonCode.WORKER_LOST, ReasonCode.TOO_SHORT]
    assert "Session A003: its film ended the process" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--weights", "no/such/folder"], "no weights in no/such/folder"),
        (["--pose-backend", "nobody.Knows"], "is not installed"),
    ],
)
def test_a_run_that_cannot_begin_ends_with_one_sentence(tmp_path, capfd, more, told):
    status = evaluate(tmp_path, [sample("C09")], *more)

    said = capfd.readouterr().err
    assert status == EXIT_UNUSABLE_INPUT
    assert told in said
    assert "Traceback" not in said


def test_a_broken_table_ends_the_run_before_a_film_is_opened(tmp_path, capfd):
    status = evaluate(tmp_path, [sample("C09"), sample("C09")])

    assert status == EXIT_UNUSABLE_INPUT
    assert "Line 3, column session_id: C09 stands in line 2, too." in capfd.readouterr().err
    assert not (tmp_path / "out").exists()

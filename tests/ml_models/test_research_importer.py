"""Importing a research data set: what is read, what is refused and where, and that nothing of its ids is kept."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ml_models.features import feature_names
from ml_models.research.importer import FAULTY, REFUSED, main
from ml_models.research.training_set import read_training_set
from tests.ml_models.research_sets import (
    STATURE_CM,
    camera_cells,
    feature_cells,
    feature_set,
    landmark_rows,
    landmark_set,
    session_row,
    write_csv,
    write_dataset,
)

VIDEOS = Path(__file__).resolve().parent.parent / "data" / "videos"


def run(source: Path, *options: str) -> int:
    return main(["--in", str(source), "--out", str(source.parent / "out"), *options])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "study"


def faults(source: Path) -> list[dict[str, str]]:
    """Import and return the faults that were written."""
    errors = source.parent / "errors.csv"
    assert run(source, "--errors", str(errors)) == FAULTY
    assert not (source.parent / "out").exists()
    with errors.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_feature_rows_become_a_training_set(source: Path, tmp_path: Path) -> None:
    feature_set(source)

    assert run(source) == 0

    drawn = read_training_set(tmp_path / "out")
    assert (len(drawn.sessions), drawn.children) == (3, 3)
    first = drawn.sessions[0]
    assert first.truth == {"height_cm": 90.0, "weight_kg": 13.1}
    assert first.features.names == feature_names()
    assert first.features.values[feature_names().index("standing_front.crown_soles")] == 90.0
    assert drawn.manifest["ethics_reference"] == "EC 2026/7"
    assert drawn.manifest["origin"] == "research_data_set"
    assert set(drawn.manifest["lineage"]["source_sha256"]) == {"dataset.json", "sessions.csv"}


def test_nothing_of_the_ids_of_the_data_set_is_kept(source: Path, tmp_path: Path) -> None:
    feature_set(source)

    run(source)

    written = "".join(path.read_text() for path in (tmp_path / "out").iterdir())
    assert "visit" not in written
    assert "girl" not in written


def test_sessions_of_one_child_keep_together_and_two_data_sets_apart(source: Path, tmp_path: Path) -> None:
    rows = [session_row(n, child_id="the same") | feature_cells() for n in range(2)]
    feature_set(source, rows)
    other = feature_set(tmp_path / "b" / "study", rows, name="Another study")

    run(source)
    run(other)

    first, second = read_training_set(tmp_path / "out"), read_training_set(tmp_path / "b" / "out")
    assert len({session.child for session in first.sessions}) == 1
    assert first.sessions[0].child != second.sessions[0].child


def test_parquet_is_read_as_csv(source: Path, tmp_path: Path) -> None:
    feature_set(source, [session_row(n) | feature_cells() for n in range(2)])
    run(source)
    parquet = tmp_path / "b" / "study"
    write_dataset(parquet)
    pd.read_csv(source / "sessions.csv").to_parquet(parquet / "sessions.parquet")

    assert run(parquet) == 0

    by_csv, by_parquet = read_training_set(tmp_path / "out"), read_training_set(tmp_path / "b" / "out")
    for left, right in zip(by_csv.sessions, by_parquet.sessions, strict=True):
        np.testing.assert_array_equal(left.features.values, right.features.values)
        assert (left.truth, left.features.subject) == (right.truth, right.features.subject)


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"sex": "girl"}, "sex", "unknown_word"),
        ({"age_days": "33 months"}, "age_days", "not_a_number"),
        ({"age_days": 1000.5}, "age_days", "not_whole"),
        ({"age_days": 2500}, "age_days", "out_of_range"),
        ({"height_cm": 0.9}, "height_cm", "out_of_range"),
        ({"weight_kg": 13100}, "weight_kg", "out_of_range"),
        ({"height_cm": "inf"}, "height_cm", "not_a_number"),
        ({"height_cm": "", "weight_kg": ""}, "", "nothing_measured"),
        ({"child_id": ""}, "child_id", "empty"),
        ({"position": "sitting"}, "position", "unknown_word"),
        ({"scale_cue": "tape"}, "scale_cue", "unknown_word"),
        ({"scale_relative_sd": ""}, "scale_relative_sd", "empty"),
        ({"standing_front.crown_soles": ""}, "", "no_features"),
    ],
)
def test_a_faulty_cell_is_told_with_file_line_column_and_code(
    source: Path, cells: dict[str, Any], column: str, code: str
) -> None:
    feature_set(source, [session_row(0) | feature_cells(), session_row(1) | feature_cells() | cells])

    found = faults(source)

    assert [(f["file"], f["line"], f["column"], f["code"]) for f in found] == [("sessions.csv", "3", column, code)]
    assert found[0]["message"]


def test_a_repeated_session_and_a_child_of_two_sexes_are_faults(source: Path) -> None:
    rows = [session_row(0), session_row(0), session_row(2, child_id="girl 0", sex="M")]
    feature_set(source, [row | feature_cells() for row in rows])

    assert [(f["line"], f["code"]) for f in faults(source)] == [("3", "session_twice"), ("4", "sex_differs")]


def test_a_column_that_could_name_a_child_is_refused(source: Path) -> None:
    feature_set(source, [session_row(0) | feature_cells() | {"mother_name": "Halima"}])

    assert [(f["line"], f["column"], f["code"]) for f in faults(source)] == [("1", "mother_name", "column_unknown")]


def test_a_missing_column_is_named(source: Path) -> None:
    cells = session_row(0) | feature_cells()
    del cells["sex"]
    feature_set(source, [cells])

    assert [(f["column"], f["code"]) for f in faults(source)] == [("sex", "column_missing")]


def test_faultless_rows_can_be_imported_without_the_others(source: Path, tmp_path: Path) -> None:
    feature_set(source, [session_row(0) | feature_cells(), session_row(1, sex="x") | feature_cells()])

    assert run(source, "--leave-out-faulty") == 0

    drawn = read_training_set(tmp_path / "out")
    assert len(drawn.sessions) == 1
    assert drawn.manifest["left_out"] == {"faulty": 1}


def test_a_session_without_scale_keeps_its_row(source: Path, tmp_path: Path) -> None:
    feature_set(source, [session_row(0, scale_cue="none", scale_relative_sd="") | feature_cells()])

    assert run(source) == 0
    assert read_training_set(tmp_path / "out").sessions[0].features.scale_relative_sd is None


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"ethics_reference": ""}, "ethics_reference_missing"),
        ({"kind": "pictures"}, "dataset_invalid"),
        ({"name": ""}, "dataset_invalid"),
        ({"children": "12"}, "dataset_invalid"),
        ({"name": 7}, "dataset_invalid"),
    ],
)
def test_a_data_set_that_is_not_described_is_refused(
    source: Path, capsys: pytest.CaptureFixture[str], told: dict[str, Any], code: str
) -> None:
    feature_set(source, **told)

    assert run(source) == REFUSED
    assert f"[{code}]" in capsys.readouterr().err
    assert not (source.parent / "out").exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "table_empty"), (b"session_id\n", "table_empty"), (b"\xff\xfe", "not_utf8"), (b"a,a\n1,2\n", "column_twice"),
     (b"a\n1,2\n", "cells_too_many"), (b'a\n"1\n', "not_csv"), (None, "table_missing")],
)  # fmt: skip
def test_a_table_that_cannot_be_read_is_refused(
    source: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, code: str
) -> None:
    write_dataset(source)
    if content is not None:
        (source / "sessions.csv").write_bytes(content)

    assert run(source) == REFUSED
    assert f"[{code}]" in capsys.readouterr().err


def test_landmarks_become_the_features_that_films_would_give(source: Path, tmp_path: Path) -> None:
    landmark_set(source)

    assert run(source) == 0

    features = read_training_set(tmp_path / "out").sessions[0].features
    extent = features.values[features.names.index("standing_front.crown_soles")]
    assert extent == pytest.approx(STATURE_CM, abs=0.2)
    assert (features.is_lying, features.cue.value) == (False, "marker")
    assert features.pose_backend is None  # dataset.json does not tell


@pytest.mark.parametrize(
    ("change", "file", "code"),
    [
        ({"frame": 0}, "landmarks.csv", "frame_twice"),
        ({"session_id": "visit 9"}, "landmarks.csv", "session_unknown"),
        ({"x_4": 350}, "landmarks.csv", "out_of_range"),
        ({"scan_type": "from_behind"}, "landmarks.csv", "unknown_word"),
        ({"scan_type": "lying_above"}, "sessions.csv", "position_differs"),
    ],
)
def test_faulty_landmarks_are_told(source: Path, change: dict[str, Any], file: str, code: str) -> None:
    frames = landmark_rows("visit 0")
    landmark_set(source, [*frames[:-1], frames[-1] | change])

    assert [(f["file"], f["code"]) for f in faults(source)] == [(file, code)]


def test_a_session_without_frames_or_depth_is_told(source: Path) -> None:
    landmark_set(source, depth_cm="")
    write_csv(
        source / "sessions.csv",
        [session_row(0) | camera_cells() | {"depth_cm": ""}, session_row(1) | camera_cells()],
    )

    assert [(f["line"], f["code"]) for f in faults(source)] == [("2", "empty"), ("3", "landmarks_missing")]


@pytest.fixture
def sample_films() -> dict[str, dict[str, str]]:
    """The sample sessions of tests/data, by id; films refused by the quality gate among them."""
    rows = {}
    for table in ("good_sessions.csv", "bad_sessions.csv"):
        with (VIDEOS / table).open(encoding="utf-8", newline="") as stream:
            rows |= {row["session_id"]: row for row in csv.DictReader(stream)}
    return rows


def film_cells(row: dict[str, str], number: int) -> dict[str, Any]:
    told = session_row(number, sex=row["sex"], age_days=row["age_days"], position=row["position"])
    kept = ("files", "fx", "fy", "cx", "cy", "width", "height", "measured_distance_cm", "marker_id", "marker_size_mm")
    cells = {name: value for name, value in told.items() if not name.startswith("scale_")}
    return cells | {name: row[name] for name in (*kept, "camera_height_cm", "camera_tilt_deg", "camera_roll_deg")}


def test_films_are_measured_and_unusable_ones_left_out_with_their_reason(
    source: Path, tmp_path: Path, sample_films: dict[str, dict[str, str]]
) -> None:
    write_dataset(source, kind="videos")
    good, bad = sample_films["A003"], sample_films["C02"]
    write_csv(source / "sessions.csv", [film_cells(good, 0), film_cells(bad, 1)])

    assert run(source, "--videos", str(VIDEOS)) == 0

    drawn = read_training_set(tmp_path / "out")
    extent = drawn.sessions[0].features.values[feature_names().index("lying_above.crown_soles")]
    assert extent == pytest.approx(float(good["height_cm"]), abs=4.0)
    assert drawn.manifest["left_out"] == {bad["expected_reason"]: 1}


def test_a_film_that_is_not_there_is_told_before_any_is_measured(
    source: Path, sample_films: dict[str, dict[str, str]]
) -> None:
    write_dataset(source, kind="videos")
    write_csv(source / "sessions.csv", [film_cells(sample_films["A003"], 0)])

    assert [(f["line"], f["column"], f["code"]) for f in faults(source)] == [("2", "files", "film_missing")]


def test_the_data_set_may_tell_more_of_itself(source: Path, tmp_path: Path) -> None:
    feature_set(source, holder="Institute", licence="on request", notes="two sites", pose_backend="openpose/1.7")

    run(source)

    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (manifest["holder"], manifest["licence"]) == ("Institute", "on request")
    assert read_training_set(tmp_path / "out").sessions[0].features.pose_backend == "openpose/1.7"

"""What a table of sessions may look like, and what happens to one that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_models.evaluation.sessions_file import TableError, read_sessions
from ml_models.types import MarkerSheet, ScanType, Subject

VIDEOS = Path("films")
ROW = {
    "session_id": "S1",
    "sex": "F",
    "age_days": "304",
    "position": "lying",
    "files": "lying_above:a.mp4",
    "fx": "1100",
    "measured_distance_cm": "133",
    "marker_id": "4",
    "marker_size_mm": "160",
}


@pytest.fixture
def write_table(tmp_path):
    """Return a writer of tables: one row for each dict, columns in the first one's order."""

    def write(*rows: dict[str, str], encoding: str = "utf-8") -> Path:
        lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
        path = tmp_path / "sessions.csv"
        path.write_text("\n".join(lines) + "\n", encoding=encoding)
        return path

    return write


def test_a_row_says_whom_to_measure_and_how_it_was_filmed(write_table):
    (row,) = read_sessions(write_table(ROW), VIDEOS).rows

    (film,) = row.films
    assert row.problem is None
    assert row.subject == Subject(sex="F", age_days=304)
    assert film.path == VIDEOS / "a.mp4"
    assert film.facts.scan_type is ScanType.LYING_ABOVE
    assert (film.facts.focal_length_px, film.facts.distance_cm) == (1100.0, 133.0)
    assert (film.facts.marker_id, film.facts.marker_size_mm) == (4, 160.0)


def test_an_empty_marker_is_no_marker_and_an_empty_truth_no_truth(write_table):
    table = read_sessions(write_table(ROW | {"marker_id": "", "marker_size_mm": " ", "height_cm": ""}), VIDEOS)

    facts = table.rows[0].films[0].facts
    assert (facts.marker_id, facts.marker_size_mm, facts.marker_sheet) == (None, None, None)
    assert not table.has_truth


def test_truth_is_told_apart_from_what_was_told(write_table):
    truth = {"height_cm": "68.5", "skin_tone": "3", "marker_depth_mismatch_cm": "-11.5", "true_fx": "1101"}
    table = read_sessions(write_table(ROW | truth), VIDEOS)

    assert table.has_truth
    assert table.drawn
    assert table.rows[0].truth.values == {"height_cm": 68.5}
    assert (table.rows[0].truth.skin_tone, table.rows[0].truth.marker_mismatch_cm) == (3, -11.5)


def test_columns_may_stand_in_any_order_beside_unknown_ones_after_a_byte_order_mark(write_table):
    shuffled = dict(sorted((ROW | {"weather": "rain", "marker_sheet": "A4"}).items()))

    (row,) = read_sessions(write_table(shuffled, encoding="utf-8-sig"), VIDEOS).rows

    assert row.problem is None
    assert row.subject == Subject(sex="F", age_days=304)
    assert row.films[0].facts.marker_sheet is MarkerSheet.A4


def test_empty_lines_and_cells_that_a_spreadsheet_left_away_are_no_defect(write_table):
    path = write_table(ROW | {"note": ""})
    path.write_text(path.read_text().rstrip().rstrip(",") + "\n\n,,,\n", encoding="utf-8")

    table = read_sessions(path, VIDEOS)

    assert [row.problem for row in table.rows] == [None]


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ({"sex": "x"}, "column sex: 'x'"),
        ({"age_days": ""}, "column age_days"),
        ({"age_days": "-3"}, "column age_days: '-3'"),
        ({"fx": "wide"}, "column fx: 'wide' is not a number"),
        ({"fx": "0"}, "column fx: '0' is not above 0"),
        ({"measured_distance_cm": "inf"}, "column measured_distance_cm: 'inf' is not a number"),
        ({"marker_id": "2.5"}, "column marker_id: '2.5'"),
        ({"position": "sitting"}, "column position: 'sitting'"),
        ({"files": ""}, "column files: empty"),
        ({"files": "a.mp4"}, "column files: 'a.mp4'"),
        ({"files": "from_below:a.mp4"}, "column files: 'from_below:a.mp4'"),
        ({"files": "lying_above:../a.mp4"}, "column files: '../a.mp4' lies outside"),
        ({"files": "lying_above:a.mp4;lying_above:b.mp4"}, "lying_above stands twice"),
    ],
)
def test_a_cell_that_cannot_be_understood_costs_its_own_session(write_table, cell, told):
    broken, sound = read_sessions(write_table(ROW | cell, ROW | {"session_id": "S2"}), VIDEOS).rows

    assert broken.problem is not None
    assert broken.problem.startswith("Line 2, ")
    assert told in broken.problem
    assert sound.problem is None


def test_a_truth_that_cannot_be_understood_does_not_keep_a_film_from_being_measured(write_table):
    (row,) = read_sessions(write_table(ROW | {"height_cm": "tall"}), VIDEOS).rows

    assert row.problem is None
    assert row.truth.values == {}
    assert row.remark == "Line 2, column height_cm: 'tall' is not a number."


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"session_id,sex,age_days,files\n", "a header and no row"),
        (b"session_id,sex,age_days\nS1,F,3\n", "no column files"),
        (b"session_id,sex,sex,age_days,files\nS1,F,F,3,lying_above:a.mp4\n", "column sex 2 times"),
        (b"session_id,sex,age_days,files\nS1,F,3,lying_above:a.mp4,more\n", "line 2 has 5 cells for 4 columns"),
        (b"session_id,sex,age_days,files\n,F,3,lying_above:a.mp4\n", "Line 2, column session_id: empty"),
        (b"session_id,sex,age_days,files\nS1,F,3,a\nS1,F,3,a\n", "Line 3, column session_id: S1 stands in line 2"),
        (b'session_id,sex,age_days,files\nS1,F,3,"lying\n', "is not CSV"),
        (b"session_id,sex,age_days,files\n\xff\xfe,F,3,a\n", "is not UTF-8"),
    ],
)
def test_a_broken_table_is_refused_with_one_sentence(tmp_path, content, told):
    path = tmp_path / "sessions.csv"
    path.write_bytes(content)

    with pytest.raises(TableError, match=told):
        read_sessions(path, VIDEOS)


def test_a_missing_table_is_refused_with_one_sentence(tmp_path):
    with pytest.raises(TableError, match="cannot be opened"):
        read_sessions(tmp_path / "none.csv", VIDEOS)

"""A bad cell is an error with line, column, code and sentence; the rest of its row is still answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.children.growth.files.answered import CHILD, HEADER, answer, answer_child


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("heavy", "not_a_number"),
        ("10kg", "not_a_number"),
        ("1_000", "not_a_number"),
        ("١٢", "not_a_number"),
        ("0x10", "not_a_number"),
        ("=1+1", "not_a_number"),
        ("10.1\0", "not_a_number"),
        ("nan", "not_finite"),
        ("inf", "not_finite"),
        ("-Infinity", "not_finite"),
        ("1e308", "number_too_large"),
        ("1e400", "number_too_large"),
        ("12-Mar", "date_in_number"),
        ("Mar-12", "date_in_number"),
        ("12-Mar-2024", "date_in_number"),
        ("2024-03-12", "date_in_number"),
        ("12.03.2024", "date_in_number"),
        ("2024-03-12 00:00:00", "date_in_number"),
        ("12/3", "date_in_number"),
        ("10:15", "date_in_number"),
        ("10-janv", "date_in_number"),
        ("10-août", "date_in_number"),
        ("10-ene", "date_in_number"),
        ("10.Mrz", "date_in_number"),
        ("10,1", "decimal_comma"),
        ("1,234", "decimal_comma"),
        ("1,234.5", "thousands_separator"),
        ("1,234,567", "thousands_separator"),
        ("1 234", "thousands_separator"),
        ("1\u00a0234,5", "thousands_separator"),
        ("1'234", "thousands_separator"),
        ("1.234,5", "thousands_separator"),
        ("10 kg", "not_a_number"),
        ("10..1", "not_a_number"),
    ],
)
def test_a_weight_that_is_no_number_is_missing_and_the_length_still_answered(
    tmp_path: Path, cell: str, code: str
) -> None:
    answered = answer_child(tmp_path, weight=cell)

    assert answered.codes == [("weight", code)]
    assert answered.errors[0]["line"] == "2"
    assert answered.row["zwei"] == answered.row["zwfl"] == answered.row["cbmi"] == ""
    assert answered.row["zlen"] == answer_child(tmp_path).row["zlen"] != ""


@pytest.mark.parametrize("cell", ["", "NA", "na", " ", " NA "])
def test_empty_and_na_are_missing_without_an_error(tmp_path: Path, cell: str) -> None:
    answered = answer_child(tmp_path, weight=cell, sex="f", measure=cell, oedema=cell, age_days="700")

    assert answered.errors == []
    assert answered.row["zwei"] == ""
    assert answered.row["zlen"] != ""


@pytest.mark.parametrize("cell", ["10.1", " 10.1 ", "+10.1", "1.01e1", "10.10"])
def test_numbers_are_read_as_float_reads_them(tmp_path: Path, cell: str) -> None:
    answered = answer_child(tmp_path, weight=cell)

    assert answered.errors == []
    assert answered.row["zwei"] == answer_child(tmp_path, weight="10.1").row["zwei"]


def test_weight_zero_is_answered_as_by_whos_software_and_reported(tmp_path: Path) -> None:
    answered = answer_child(tmp_path, weight="0")

    assert answered.codes == [("weight", "not_positive")]
    assert answered.row["cbmi"] == "0"
    assert answered.row["zwei"] == answered.row["zbmi"] == ""
    assert float(answered.row["zwfl"]) < -10
    assert answered.row["fwfl"] == "1"


def test_a_negative_age_is_missing_and_weight_for_length_still_answered(tmp_path: Path) -> None:
    answered = answer_child(tmp_path, age_days="-1")

    assert answered.codes == [("age_days", "negative_age")]
    assert answered.row["zlen"] == ""
    assert answered.row["zwfl"] != ""


@pytest.mark.parametrize("word", ["male", "3", "0", "girl", "1.5"])
def test_an_unknown_sex_is_missing_and_leaves_no_score(tmp_path: Path, word: str) -> None:
    answered = answer_child(tmp_path, sex=word)

    assert answered.codes == [("sex", "unknown_sex")]
    assert answered.row["csex"] == answered.row["zlen"] == answered.row["zwfl"] == ""
    assert answered.row["cbmi"] != ""


@pytest.mark.parametrize(
    ("word", "code"),
    [("1", "1"), ("m", "1"), (" M ", "1"), ("1.0", "1"), ("2", "2"), ("f", "2"), ("F", "2"), ("2.0", "2")],
)
def test_sex_is_read_as_who_reads_it(tmp_path: Path, word: str, code: str) -> None:
    assert answer_child(tmp_path, sex=word).row["csex"] == code


def test_an_unknown_position_is_missing(tmp_path: Path) -> None:
    answered = answer_child(tmp_path, measure="x")

    assert answered.codes == [("measure", "unknown_position")]
    assert answered.row["cmeasure"] == ""
    assert answered.row["clenhei"] == "81.5"


@pytest.mark.parametrize("word", ["y", "Y", "1"])
def test_oedema_blanks_what_is_made_with_weight(tmp_path: Path, word: str) -> None:
    answered = answer_child(tmp_path, oedema=word)

    assert answered.row["coedema"] == "y"
    assert answered.row["zwei"] == answered.row["zwfl"] == answered.row["zbmi"] == ""
    assert answered.row["zlen"] != ""


@pytest.mark.parametrize(("word", "codes"), [("n", []), ("2", []), ("", []), ("maybe", [("oedema", "unknown_oedema")])])
def test_any_other_word_is_no_oedema_and_unknown_ones_are_told(
    tmp_path: Path, word: str, codes: list[tuple[str, str]]
) -> None:
    answered = answer_child(tmp_path, oedema=word)

    assert answered.codes == codes
    assert answered.row["coedema"] == "n"


def test_every_bad_cell_of_a_row_is_told_with_the_line_in_the_file(tmp_path: Path) -> None:
    bad = "3,male,-4,heavy,12-Mar,x,inf,1e300,?,--,maybe"

    answered = answer(tmp_path, f"{HEADER}\n{CHILD}\n\n{bad}\n")

    assert {error["line"] for error in answered.errors} == {"4"}
    assert sorted(column for column, _code in answered.codes) == sorted(HEADER.split(",")[1:])
    assert len(answered.rows) == 2


def test_the_report_counts_all_errors_and_keeps_the_first_few(tmp_path: Path) -> None:
    bad = CHILD.replace("10.1", "heavy")

    report = answer(tmp_path, f"{HEADER}\n" + f"{bad}\n" * 100).report

    assert report.rows == 100
    assert report.error_counts == {"not_a_number": 100}
    assert [error.line for error in report.first_errors] == [2, 3, 4, 5, 6]
    assert "'heavy'" in report.first_errors[0].message

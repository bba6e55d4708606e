"""Names of columns, and ages in days or months, as WHO's files and its sample surveys have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from children.growth.files import AgeUnit, FileRefused
from tests.children.growth.files.answered import answer

REFERENCE = "sex,age_days,weight,lenhei,measure\nf,700,10.1,81.5,l\n"


def scores(folder: Path, content: str, **options: object) -> tuple[str, str, str]:
    row = answer(folder, content, **options).row
    return row["zlen"], row["zwei"], row["zwfl"]


@pytest.mark.parametrize(
    "content",
    [
        "SEX,Age_Days,WEIGHT,LenHei,Measure\nf,700,10.1,81.5,l\n",
        "sex, age_days ,weight_kg,height_cm,measure\nf,700,10.1,81.5,l\n",
        "sex,age_days,weight,height,measure\nf,700,10.1,81.5,l\n",
        "sex,age,age_unit,weight,lenhei,measure\nf,700,days,10.1,81.5,l\n",
        "sex,age,age_unit,weight,lenhei,measure\nf,22.9979466119096510,Months,10.1,81.5,l\n",
        "sex,age_months,weight,lenhei,measure\nf,22.9979466119096510,10.1,81.5,l\n",
        "sex,agemons,weight,lenhei,measure\nf,22.9979466119096510,10.1,81.5,l\n",
        "measure,lenhei,weight,age_days,sex,remark\nl,81.5,10.1,700,f,columns in another order\n",
    ],
)
def test_names_in_use_are_known(tmp_path: Path, content: str) -> None:
    expected = scores(tmp_path, REFERENCE)

    assert scores(tmp_path, content) == expected


def test_an_age_without_unit_is_in_days_unless_the_option_says_months(tmp_path: Path) -> None:
    content = "sex,age,weight,lenhei,measure\nf,{},10.1,81.5,l\n"

    in_days = answer(tmp_path, content.format("700"))
    in_months = answer(tmp_path, content.format("22.9979466119096510"), age_unit=AgeUnit.MONTHS)

    assert in_days.row["zlen"] == in_months.row["zlen"] == answer(tmp_path, REFERENCE).row["zlen"]
    assert in_days.report.notes == ("The column age has no unit: it is taken in days (--age-unit decides).",)
    assert in_months.report.notes == ()


def test_the_option_stands_above_the_name_and_is_told(tmp_path: Path) -> None:
    answered = answer(tmp_path, REFERENCE.replace("700", "22.9979466119096510"), age_unit=AgeUnit.MONTHS)

    assert answered.row["zlen"] == answer(tmp_path, REFERENCE).row["zlen"]
    assert "age_days in months" in answered.report.notes[0]


@pytest.mark.parametrize(("unit", "code"), [("weeks", "unknown_age_unit"), ("", "age_unit_missing")])
def test_an_age_with_no_known_unit_is_missing(tmp_path: Path, unit: str, code: str) -> None:
    answered = answer(tmp_path, f"sex,age,age_unit,weight,lenhei,measure\nf,700,{unit},10.1,81.5,l\n")

    assert answered.codes == [("age_unit", code)]
    assert answered.row["zlen"] == ""
    assert answered.row["zwfl"] != ""


def test_arm_circumference_is_in_centimetres(tmp_path: Path) -> None:
    answered = answer(tmp_path, "sex,age_days,armc\nf,700,14.2\n")

    assert -2 < float(answered.row["zac"]) < 0
    assert answered.row["clenhei"] == answered.row["zlen"] == ""


def test_of_two_names_of_one_measurement_the_first_known_is_read_and_told(tmp_path: Path) -> None:
    answered = answer(tmp_path, "sex,age_days,weight_kg,weight,lenhei\nf,700,99,10.1,81.5\n")

    assert answered.row["zwei"] == scores(tmp_path, REFERENCE)[1]
    assert "weight is read, weight_kg is not" in answered.report.notes[0]


def test_of_two_columns_of_one_name_the_first_is_read_and_told(tmp_path: Path) -> None:
    answered = answer(tmp_path, "sex,age_days,weight,WEIGHT,lenhei\nf,700,10.1,99,81.5\n")

    assert answered.row["zwei"] == scores(tmp_path, REFERENCE)[1]
    assert "WEIGHT is there twice" in answered.report.notes[0]


def test_columns_without_meaning_pass_through_as_they_are(tmp_path: Path) -> None:
    answered = answer(tmp_path, "naïve name,sex,age_days,weight,=cmd\n Zoë ,f,700,10.1,=1+1\n")

    assert answered.header[:5] == ["naïve name", "sex", "age_days", "weight", "=cmd"]
    assert (answered.row["naïve name"], answered.row["=cmd"]) == (" Zoë ", "=1+1")


def test_a_name_that_is_taken_twice_gets_a_number(tmp_path: Path) -> None:
    answered = answer(tmp_path, "sex,age_days,weight,ZWEI,input_zwei,zwei\nf,700,10.1,a,b,c\n")

    assert answered.header[:6] == ["sex", "age_days", "weight", "input_ZWEI_2", "input_zwei", "input_zwei_3"]
    assert [answered.row[name] for name in answered.header[3:6]] == ["a", "b", "c"]
    assert answered.row["zwei"] == scores(tmp_path, REFERENCE)[1]


@pytest.mark.parametrize("header", ["name,region", "1,700,10.1,81.5", "sex,age_days", "\0\1\2"])
def test_a_file_without_a_measurement_is_refused(tmp_path: Path, header: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        answer(tmp_path, f"{header}\nf,700\n")

    assert refusal.value.code in {"no_usable_column", "binary_file"}
    assert not (tmp_path / "out.csv").exists()


def test_a_file_without_sex_or_age_is_answered_and_told(tmp_path: Path) -> None:
    answered = answer(tmp_path, "weight,lenhei\n10.1,81.5\n")

    assert answered.row["cbmi"] != ""
    assert answered.row["zwfl"] == ""
    assert ["sex" in note or "ages" in note for note in answered.report.notes] == [True, True]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_line_by_which_excel_tells_the_delimiter_is_no_header(tmp_path: Path, delimiter: str) -> None:
    table = delimiter.join(["sex", "age_days", "weight"]) + "\n" + delimiter.join(["1", "400", "x"]) + "\n"

    answered = answer(tmp_path, f"sep={delimiter}\n{table}")

    assert [(e.line, e.column, e.code) for e in answered.report.first_errors] == [(3, "weight", "not_a_number")]

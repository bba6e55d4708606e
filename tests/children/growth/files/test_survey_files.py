"""A file read as a survey: units of age by name, by row or by size; labels; the standard by the ages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from children.growth.age import DAYS_PER_MONTH
from children.growth.files import AgeUnit, FileRefused, SurveyColumns
from children.growth.files.errors import ErrorLog
from children.growth.files.survey_file import ReadSurvey, read_survey
from children.growth.survey import Grouping
from children.growth.types import Standard


def read(folder: Path, content: str, *, standard: Standard | None = None, **columns: object) -> ReadSurvey:
    source = folder / "in.csv"
    source.write_text(content)
    return read_survey(source, standard=standard, columns=SurveyColumns(**columns), errors=ErrorLog())


def survey_of_ages(name: str, ages: list[float]) -> str:
    return f"sex,{name},weight\n" + "".join(f"f,{age},10\n" for age in ages)


@pytest.mark.parametrize("name", ["agemonths", "age_in_months", "AgeMons"])
def test_a_name_with_months_tells_the_unit(tmp_path: Path, name: str) -> None:
    survey = read(tmp_path, survey_of_ages(name, [100, 200]), age=name).survey

    np.testing.assert_array_equal(survey.age_days, [100 * DAYS_PER_MONTH, 200 * DAYS_PER_MONTH])


@pytest.mark.parametrize("name", ["age_in_days", "agedays"])
def test_a_name_with_days_tells_the_unit(tmp_path: Path, name: str) -> None:
    survey = read(tmp_path, survey_of_ages(name, [10, 20]), age=name).survey

    np.testing.assert_array_equal(survey.age_days, [10, 20])


def test_a_unit_beside_the_age_tells_it_by_row(tmp_path: Path) -> None:
    survey = read(tmp_path, "sex,hc1,age_unit,weight\nf,10,months,9\nf,400,days,9\n", age="hc1").survey

    np.testing.assert_array_equal(survey.age_days, [10 * DAYS_PER_MONTH, 400])


@pytest.mark.parametrize(
    ("ages", "standard", "unit"),
    [
        ([3, 30, 59, 9999], Standard.WHO2006, AgeUnit.MONTHS),
        ([3, 900, 1800], Standard.WHO2006, AgeUnit.DAYS),
        ([3, 90, 170], Standard.WHO2006, AgeUnit.DAYS),
        ([70, 150, 220, 9999], Standard.WHO2007, AgeUnit.MONTHS),
        ([2000, 4000, 6000], Standard.WHO2007, AgeUnit.DAYS),
        ([3, 30, 59], None, AgeUnit.MONTHS),
        ([30, 900, 1800], None, AgeUnit.DAYS),
    ],
)
def test_without_any_name_the_middle_age_tells_the_unit(
    tmp_path: Path, ages: list[float], standard: Standard | None, unit: AgeUnit
) -> None:
    answered = read(tmp_path, survey_of_ages("age", ages), standard=standard)

    days_per_unit = DAYS_PER_MONTH if unit is AgeUnit.MONTHS else 1.0
    np.testing.assert_array_equal(answered.survey.age_days, np.array(ages) * days_per_unit)
    assert f"in age are taken in {unit}" in answered.notes[0]


def test_a_middle_age_that_can_be_either_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refusal:
        read(tmp_path, survey_of_ages("age", [70, 150, 220]))

    assert refusal.value.code == "age_unit_unknown"


def test_the_option_decides_on_the_unit(tmp_path: Path) -> None:
    answered = read(tmp_path, survey_of_ages("age", [70, 150, 220]), age_unit=AgeUnit.MONTHS)

    assert answered.survey.standard is Standard.WHO2007
    np.testing.assert_array_equal(answered.survey.age_months, [70, 150, 220])


@pytest.mark.parametrize(
    ("months", "standard"),
    [([10, 20, 70], Standard.WHO2006), ([10, 60, 228], Standard.WHO2007), ([10, 60], Standard.WHO2006)],
)
def test_the_standard_is_the_one_that_serves_more_children(
    tmp_path: Path, months: list[float], standard: Standard
) -> None:
    assert read(tmp_path, survey_of_ages("age_months", months)).survey.standard is standard


def test_groupings_are_known_by_whos_names_of_input_and_of_output(tmp_path: Path) -> None:
    content = "sex,age_days,weight,TypeRes,maternal education\nf,700,10, Urban ,NA\nf,700,10,NA,None\n"

    groupings = read(tmp_path, content).survey.groupings

    assert groupings.keys() == {Grouping.AREA, Grouping.EDUCATION}
    assert groupings[Grouping.AREA].names == ("Urban",)
    np.testing.assert_array_equal(groupings[Grouping.EDUCATION].codes, [-1, 0])


def test_clusters_are_the_same_number_however_it_is_written(tmp_path: Path) -> None:
    cluster = read(tmp_path, "sex,weight,c\nf,10,7\nf,10,7.0\nf,10,NA\nf,10,8\n", cluster="c").survey.cluster

    assert cluster is not None
    assert cluster.codes[0] == cluster.codes[1] != cluster.codes[3]
    assert cluster.codes[2] == -1


@pytest.mark.parametrize("labels", [["north", "7", "7.0"], ["90071992547409921", "90071992547409922", "1"]])
def test_words_and_very_long_numbers_are_labels_as_they_stand(tmp_path: Path, labels: list[str]) -> None:
    content = "sex,weight,c\n" + "".join(f"f,10,{label}\n" for label in labels)

    strata = read(tmp_path, content, strata="c").survey.strata

    assert strata is not None
    assert strata.names == tuple(labels)


def test_a_weight_may_be_a_count_of_people(tmp_path: Path) -> None:
    survey = read(tmp_path, "sex,weight,w\nf,10,31234567.5\nf,10,x\n", sampling_weight="w").survey

    np.testing.assert_array_equal(survey.sampling_weight, [31234567.5, np.nan])


def test_rows_whose_cells_are_shifted_are_left_out(tmp_path: Path) -> None:
    survey = read(tmp_path, "sex,age_days,weight\nf,700,10\nf,700,10,1\n").survey

    assert len(survey) == 1


@pytest.mark.parametrize("content", ["sex,weight\n", "sex,weight\nf,10,11\n"])
def test_a_file_without_a_row_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        read(tmp_path, content)

    assert refusal.value.code == "survey_empty"


@given(
    ages=st.lists(st.integers(0, 1800), min_size=1, max_size=30),
    piece_chars=st.integers(1, 100),
    data=st.data(),
)
@settings(max_examples=30, deadline=None)
def test_order_and_pieces_change_neither_unit_nor_ages(
    tmp_path_factory: pytest.TempPathFactory, ages: list[int], piece_chars: int, data: st.DataObject
) -> None:
    source = tmp_path_factory.mktemp("survey") / "in.csv"
    shuffled = data.draw(st.permutations(ages))
    columns = SurveyColumns(age="age")
    found = []

    for order, chars in ((ages, 1000), (shuffled, piece_chars)):
        source.write_text(survey_of_ages("age", list(order)))
        read_ages = read_survey(
            source, standard=Standard.WHO2006, columns=columns, errors=ErrorLog(), piece_chars=chars
        ).survey.age_days
        found.append(sorted(read_ages))

    assert found[0] == found[1]

"""The comparison with WHO's own answers: nothing differs, and what would differ is found, counted and written down."""

from __future__ import annotations

import csv
import io
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from children.growth.assessment import ENGINE_VERSION
from children.growth.errors import TablesError
from children.growth.indices import ZScoreTable, compute_zscores
from children.growth.parity.comparison import Comparison, Parity, find_differences, parity, summarise
from children.growth.parity.report import parity_report, table_check_sums
from children.growth.parity.who_answers import (
    COLUMN_NAMES,
    EXPECTED_FOLDER,
    FILES,
    Derived,
    WhoAnswers,
    load_answers,
    who_answers,
)
from children.growth.types import Index, Standard

ROWS = {Standard.WHO2006: 6296, Standard.WHO2007: 5112}
ROW = 9  # the tenth row of the 0-5 file, which has a HAZ


@pytest.fixture
def answers() -> WhoAnswers:
    return who_answers(Standard.WHO2006)


@pytest.fixture
def table(answers: WhoAnswers) -> ZScoreTable:
    return compute_zscores(answers.columns)


def of(result: Parity, output: Index | Derived) -> Comparison:
    return next(part for part in result.outputs if part.output == output)


def changed(table: ZScoreTable, index: Index, *, field: str, to: float) -> ZScoreTable:
    """Return the table with one value of one index altered at ROW."""
    array = getattr(table, field).copy()
    array[table.indices.index(index), ROW] = to
    return replace(table, **{field: array})


@pytest.mark.parametrize("standard", Standard)
def test_every_output_of_every_row_equals_whos(standard: Standard) -> None:
    result = parity(standard)

    assert {part.output for part in result.outputs} == set(COLUMN_NAMES[standard])
    assert {part.rows for part in result.outputs} == {ROWS[standard]}
    assert (result.rows, result.equal_rows, result.differences) == (ROWS[standard], ROWS[standard], 0)
    assert max(part.largest_distance for part in result.outputs) < 1e-12


@pytest.mark.parametrize("standard", Standard)
def test_the_cases_of_an_output_add_up_to_all_its_rows(standard: Standard) -> None:
    result = parity(standard)

    for part in result.outputs:
        cases = [case for case in result.cases if case.output == part.output]
        assert [case.case for case in cases] == list(who_answers(standard).cases)
        assert sum(case.rows for case in cases) == part.rows
        assert sum(case.answered for case in cases) == part.answered


def test_a_z_score_that_is_a_hundredth_off_is_one_difference(answers: WhoAnswers, table: ZScoreTable) -> None:
    wrong = changed(table, Index.HAZ, field="z", to=float(table.column(Index.HAZ)[ROW]) + 0.01)

    result = summarise(answers, find_differences(answers, wrong))

    part = of(result, Index.HAZ)
    assert (part.value_differences, part.flag_differences, part.missing_differences) == (1, 0, 0)
    assert (part.equal, result.differences, result.equal_rows) == (6295, 1, 6295)
    assert [case.case for case in result.cases if case.value_differences] == ["A_real_days"]


def test_a_flag_that_is_not_whos_is_one_difference(answers: WhoAnswers, table: ZScoreTable) -> None:
    wrong = changed(table, Index.WAZ, field="flagged", to=not table.flag_column(Index.WAZ)[ROW])

    part = of(summarise(answers, find_differences(answers, wrong)), Index.WAZ)

    assert (part.value_differences, part.flag_differences, part.missing_differences) == (0, 1, 0)


def test_a_missing_z_score_is_a_difference_of_its_own_kind(answers: WhoAnswers, table: ZScoreTable) -> None:
    wrong = changed(table, Index.HAZ, field="z", to=np.nan)

    part = of(summarise(answers, find_differences(answers, wrong)), Index.HAZ)

    assert (part.value_differences, part.missing_differences, part.equal) == (0, 1, 6295)


def test_the_distance_is_of_the_unrounded_z_score(answers: WhoAnswers, table: ZScoreTable) -> None:
    near = float(answers.numbers("zlen_raw")[ROW])
    wrong = changed(table, Index.HAZ, field="raw", to=near + 0.001)

    part = of(summarise(answers, find_differences(answers, wrong)), Index.HAZ)

    assert part.value_differences == 0
    assert part.largest_distance == pytest.approx(0.001 / max(1.0, abs(near)))


def test_a_wrong_conversion_of_length_is_found(answers: WhoAnswers, table: ZScoreTable) -> None:
    length = table.length_height_cm.copy()
    length[ROW] += 0.7

    result = summarise(answers, find_differences(answers, replace(table, length_height_cm=length)))

    assert of(result, Derived.LENGTH_HEIGHT).value_differences == 1


def test_an_altered_file_of_answers_is_refused(tmp_path: Path) -> None:
    shutil.copytree(EXPECTED_FOLDER, tmp_path / "expected")
    file = tmp_path / "expected" / FILES[Standard.WHO2006]
    file.write_text(file.read_text(encoding="ascii").replace("0.44", "0.45", 1), encoding="ascii")

    with pytest.raises(TablesError, match="was altered"):
        load_answers(tmp_path / "expected", Standard.WHO2006)


@pytest.mark.parametrize("standard", Standard)
def test_the_report_says_what_was_compared(standard: Standard) -> None:
    head, _rows = read_report(parity_report(standard, made_on=date(2026, 2, 3)))

    assert head["made_on"] == ["2026-02-03"]
    assert head["engine_version"] == [ENGINE_VERSION]
    assert head["standard"] == [standard.value]
    assert head["rows_equal"] == head["rows_compared"] == [str(ROWS[standard])]
    assert head["table_sha256"] == [word for pair in table_check_sums(standard).items() for word in pair]


@pytest.mark.parametrize("standard", Standard)
def test_the_report_holds_whos_value_and_ours_of_every_row(standard: Standard) -> None:
    answers = who_answers(standard)

    _head, rows = read_report(parity_report(standard, made_on=date(2026, 2, 3)))

    assert [row["id"] for row in rows] == list(answers.words["id"])
    for name, flag_name in COLUMN_NAMES[standard].values():
        for column in (name, flag_name) if flag_name else (name,):
            assert [row[column] for row in rows] == list(answers.words[column])
            ours = np.array([float(row[column + "_ours"] or "nan") for row in rows])
            np.testing.assert_allclose(ours, answers.numbers(column), rtol=1e-14, atol=0)
    assert {row["equal"] for row in rows} == {"yes"}


def test_every_table_of_the_standards_has_its_check_sum() -> None:
    names = [name for standard in Standard for name in table_check_sums(standard)]

    assert len(names) == 12
    assert all(len(sha256) == 64 for standard in Standard for sha256 in table_check_sums(standard).values())


def read_report(text: str) -> tuple[dict[str, list[str]], list[dict[str, str]]]:
    """Return the head of a report by its first column, and its rows."""
    head_text, table = text.split("\n\n", 1)
    head: dict[str, list[str]] = {}
    for name, *words in csv.reader(io.StringIO(head_text)):
        head.setdefault(name, []).extend(words)
    return head, list(csv.DictReader(io.StringIO(table)))

"""Every cell of every prevalence table of WHO's own software, same rows in the same order, same cells missing."""

from __future__ import annotations

import csv
from math import isclose

import pytest

from children.growth.survey.prevalence import estimate_prevalence
from tests.children.growth.survey.who_surveys import FOLDER, rows_of, survey_0_5, survey_5_19

EXPECTED_FILES = sorted(path.name for path in FOLDER.glob("expected_*.csv"))

# Estimates agree to the digits that WHO's files hold; limits pass through WHO's iterated logistic fit.
ESTIMATE_TOLERANCE = 1e-9
LIMIT_TOLERANCE = 1e-5


def test_every_design_has_an_expected_table():
    assert len(EXPECTED_FILES) == 11


@pytest.mark.parametrize("file", EXPECTED_FILES)
def test_prevalence_table_equals_the_one_of_who(file):
    # given
    name, design = file.removeprefix("expected_").removesuffix(".csv").split("__")
    survey = survey_0_5(design=design) if name == "survey0to5_dev" else survey_5_19(design=design)
    expected = [list(row.values()) for row in rows_of(file)]
    with (FOLDER / file).open(newline="") as lines:
        header = next(csv.reader(lines))

    # when
    table = estimate_prevalence(survey)

    # then
    assert list(table.header) == header
    assert [row[0] for row in table.rows] == [row[0] for row in expected]
    wrong = [
        (row[0], column, cell, who)
        for row, who_row in zip(table.rows, expected, strict=True)
        for column, cell, who in zip(header, row, who_row, strict=True)
        if not agrees(cell, who, column)
    ]
    assert wrong == []


def agrees(cell: str | float | None, who: str, column: str) -> bool:
    """Tell whether a cell equals WHO's text."""
    if cell is None or who == "":
        return cell is None and who == ""
    if isinstance(cell, str):
        return cell == who
    if column.endswith(("_ll", "_ul")):
        return isclose(cell, float(who), rel_tol=0.0, abs_tol=LIMIT_TOLERANCE)
    return isclose(cell, float(who), rel_tol=ESTIMATE_TOLERANCE, abs_tol=1e-12)

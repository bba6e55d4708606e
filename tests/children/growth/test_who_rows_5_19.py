"""Every row of WHO's AnthroPlus is reproduced: z exactly to 2 decimals, flags, and what is missing (5-19 years)."""

from __future__ import annotations

import numpy as np
import pytest

from children.growth.age import DAYS_PER_MONTH
from children.growth.columns import BOY_CODE, Columns
from children.growth.indices import ZScoreTable, compute_zscores
from children.growth.parity.who_answers import WhoAnswers, who_answers
from children.growth.types import Index, Standard

WHO_NAMES = {Index.HAZ: ("zhfa", "fhfa"), Index.WAZ: ("zwfa", "fwfa"), Index.BAZ: ("zbfa", "fbfa")}
PRINTED_DIGITS = 1e-14


@pytest.fixture(scope="module")
def rows() -> WhoAnswers:
    return who_answers(Standard.WHO2007)


@pytest.fixture(scope="module")
def table(rows: WhoAnswers) -> ZScoreTable:
    return compute_zscores(rows.columns, standard=Standard.WHO2007)


@pytest.mark.parametrize("index", WHO_NAMES)
def test_z_score_equals_whos_in_every_row(table, rows, index: Index) -> None:
    np.testing.assert_array_equal(table.column(index), rows.numbers(WHO_NAMES[index][0]))
    assert len(table.column(index)) == 5112


@pytest.mark.parametrize("index", WHO_NAMES)
def test_flag_equals_whos_in_every_row(table, rows, index: Index) -> None:
    np.testing.assert_array_equal(table.flag_column(index), rows.numbers(WHO_NAMES[index][1]))


@pytest.mark.parametrize("index", WHO_NAMES)
def test_z_score_before_rounding_equals_whos(table, rows, index: Index) -> None:
    raw = table.raw[table.indices.index(index)]

    np.testing.assert_allclose(raw, rows.numbers(WHO_NAMES[index][0] + "_raw"), rtol=1e-9, atol=1e-9)


def test_bmi_equals_whos_in_every_row(table, rows) -> None:
    np.testing.assert_allclose(table.bmi, rows.numbers("cbmi"), rtol=PRINTED_DIGITS, atol=0)


def test_height_is_never_converted_after_five_years(table, rows) -> None:
    np.testing.assert_array_equal(table.length_height_cm, rows.numbers("height_cm"))


@pytest.mark.parametrize(("height", "weight"), [(-120.0, 20.0), (120.0, -20.0), (-120.0, -20.0)])
def test_a_negative_measurement_that_whos_software_refuses_is_missing(height: float, weight: float) -> None:
    """The square of a negative height would else give a plausible BMI."""
    child = Columns.of(sex=BOY_CODE, age_days=100 * DAYS_PER_MONTH, length_height_cm=height, weight_kg=weight)

    table = compute_zscores(child, standard=Standard.WHO2007)

    answered = [index for index in WHO_NAMES if not np.isnan(table.column(index)[0])]
    assert answered == [Index.HAZ] * (height > 0) + [Index.WAZ] * (weight > 0)
    assert np.isnan(table.bmi[0])

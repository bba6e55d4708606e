"""Every row of WHO's AnthroPlus is reproduced: z exactly to 2 decimals, flags, and what is missing (5-19 years)."""

from __future__ import annotations

import csv

import numpy as np
import numpy.typing as npt
import pytest

from children.growth.age import DAYS_PER_MONTH
from children.growth.columns import Columns, oedema_present, sex_codes
from children.growth.indices import ZScoreTable, compute_zscores
from children.growth.tables import DATA_FOLDER
from children.growth.types import Index, Standard

WHO_NAMES = {Index.HAZ: ("zhfa", "fhfa"), Index.WAZ: ("zwfa", "fwfa"), Index.BAZ: ("zbfa", "fbfa")}
PRINTED_DIGITS = 1e-14


@pytest.fixture(scope="module")
def rows() -> dict[str, list[str]]:
    with (DATA_FOLDER / "expected" / "zscores_5_19y.csv").open(encoding="ascii", newline="") as file:
        read = list(csv.DictReader(file))
    return {name: [row[name] for row in read] for name in read[0]}


@pytest.fixture(scope="module")
def table(rows: dict[str, list[str]]) -> ZScoreTable:
    columns = Columns.of(
        sex=sex_codes(rows["sex"]),
        age_days=numbers(rows["age_months"]) * DAYS_PER_MONTH,
        oedema=oedema_present(rows["oedema"]),
        weight_kg=numbers(rows["weight_kg"]),
        length_height_cm=numbers(rows["height_cm"]),
    )
    return compute_zscores(columns, standard=Standard.WHO2007)


def numbers(words: list[str]) -> npt.NDArray[np.float64]:
    return np.array([float(word) if word not in ("", "NA") else np.nan for word in words])


@pytest.mark.parametrize("index", WHO_NAMES)
def test_z_score_equals_whos_in_every_row(table, rows, index: Index) -> None:
    np.testing.assert_array_equal(table.column(index), numbers(rows[WHO_NAMES[index][0]]))
    assert len(table.column(index)) == 5112


@pytest.mark.parametrize("index", WHO_NAMES)
def test_flag_equals_whos_in_every_row(table, rows, index: Index) -> None:
    np.testing.assert_array_equal(table.flag_column(index), numbers(rows[WHO_NAMES[index][1]]))


@pytest.mark.parametrize("index", WHO_NAMES)
def test_z_score_before_rounding_equals_whos(table, rows, index: Index) -> None:
    raw = table.raw[table.indices.index(index)]

    np.testing.assert_allclose(raw, numbers(rows[WHO_NAMES[index][0] + "_raw"]), rtol=1e-9, atol=1e-9)


def test_bmi_equals_whos_in_every_row(table, rows) -> None:
    np.testing.assert_allclose(table.bmi, numbers(rows["cbmi"]), rtol=PRINTED_DIGITS, atol=0)


def test_height_is_never_converted_after_five_years(table, rows) -> None:
    np.testing.assert_array_equal(table.length_height_cm, numbers(rows["height_cm"]))

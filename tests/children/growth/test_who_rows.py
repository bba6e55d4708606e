"""Every row of WHO's own software is reproduced: z exactly to 2 decimals, flags, and what is missing."""

from __future__ import annotations

import numpy as np
import pytest

from children.growth.columns import BOY_CODE, GIRL_CODE, HEIGHT_CODE, LENGTH_CODE, Columns
from children.growth.indices import compute_zscores
from children.growth.types import Index
from tests.children.growth.who_rows import numbers, who_columns

WHO_NAMES = {
    Index.HAZ: ("zlen", "flen"),
    Index.WAZ: ("zwei", "fwei"),
    Index.WHZ: ("zwfl", "fwfl"),
    Index.BAZ: ("zbmi", "fbmi"),
    Index.HCZ: ("zhc", "fhc"),
    Index.ACZ: ("zac", "fac"),
    Index.TSZ: ("zts", "fts"),
    Index.SSZ: ("zss", "fss"),
}
# The file prints these two with 15 digits.
PRINTED_DIGITS = 1e-14


@pytest.mark.parametrize("index", Index)
def test_z_score_equals_whos_in_every_row(index: Index) -> None:
    expected = numbers(WHO_NAMES[index][0])

    z = compute_zscores(who_columns()).column(index)

    np.testing.assert_array_equal(z, expected)  # NaN equals NaN: the same rows are missing
    assert len(z) == 6296


@pytest.mark.parametrize("index", Index)
def test_flag_equals_whos_in_every_row(index: Index) -> None:
    expected = numbers(WHO_NAMES[index][1])

    flags = compute_zscores(who_columns()).flag_column(index)

    np.testing.assert_array_equal(flags, expected)


@pytest.mark.parametrize("index", Index)
def test_z_score_before_rounding_equals_whos(index: Index) -> None:
    table = compute_zscores(who_columns())

    raw = table.raw[table.indices.index(index)]

    np.testing.assert_allclose(raw, numbers(WHO_NAMES[index][0] + "_raw"), rtol=1e-9, atol=1e-9)


def test_converted_length_equals_whos_in_every_row() -> None:
    length = compute_zscores(who_columns()).length_height_cm

    np.testing.assert_allclose(length, numbers("clenhei"), rtol=PRINTED_DIGITS, atol=0)


def test_bmi_equals_whos_in_every_row() -> None:
    bmi = compute_zscores(who_columns()).bmi

    np.testing.assert_allclose(bmi, numbers("cbmi"), rtol=PRINTED_DIGITS, atol=0)


def test_standing_under_nine_months_is_found_in_every_row() -> None:
    implausible = compute_zscores(who_columns()).implausible_position

    np.testing.assert_array_equal(implausible, numbers("c9mo_flag") == 1)


def test_the_one_length_that_whos_software_reads_from_the_next_row_is_read_so() -> None:
    """A girl of 1580 days, 15.7 kg, 103.1 cm lying: anthro 1.1.0 says -0.19; the row of 102.4 cm would say -0.17."""
    girl = {"sex": GIRL_CODE, "age_days": 1580.0, "weight_kg": 15.7}

    lying = compute_zscores(Columns.of(position=LENGTH_CODE, length_height_cm=103.1, **girl))
    standing = compute_zscores(Columns.of(position=HEIGHT_CODE, length_height_cm=102.4, **girl))

    assert lying.column(Index.WHZ)[0] == -0.19
    assert standing.column(Index.WHZ)[0] == -0.17


def test_a_mean_of_readings_just_under_51_2_cm_is_read_from_the_next_row_as_well() -> None:
    """A girl of 20 days, 3.4 kg, lying: anthro 1.1.0 says -0.66 at 51.2 cm and -0.73 at the number just below."""
    girl = {"sex": GIRL_CODE, "age_days": 20.0, "weight_kg": 3.4, "position": LENGTH_CODE}

    z = compute_zscores(Columns.of(length_height_cm=[51.2, (48.0 + 51.7 + 53.9) / 3], **girl)).column(Index.WHZ)

    assert z.tolist() == [-0.66, -0.73]


def test_the_age_just_under_half_a_day_is_day_0() -> None:
    """A boy of 3.4 kg: anthro 1.1.0 says 0.11 on day 0 and 0.17 on day 1; adding 0.5 days would carry over to 1."""
    boy = {"sex": BOY_CODE, "weight_kg": 3.4}

    z = compute_zscores(Columns.of(age_days=[np.nextafter(0.5, 0.0), 0.5], **boy)).column(Index.WAZ)

    assert z.tolist() == [0.11, 0.17]

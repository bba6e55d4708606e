"""Curves and the inverse: the standard's own lines, with their break at 24 months."""

from __future__ import annotations

import numpy as np
import pytest

from children.growth import (
    Columns,
    Index,
    Position,
    Sex,
    Standard,
    centile,
    centiles,
    compute_zscores,
    curves,
    measurement_at_z,
)
from children.growth.age import DAYS_PER_MONTH
from children.growth.columns import GIRL_CODE
from children.growth.tables import age_lms


@pytest.mark.parametrize("index", [Index.HAZ, Index.BAZ])
def test_curve_breaks_where_lying_becomes_standing(index: Index) -> None:
    lying, standing = curves(index, Sex.FEMALE)

    assert (lying.position, standing.position) == (Position.LENGTH, Position.HEIGHT)
    assert (lying.x[0], lying.x[-1], standing.x[0], standing.x[-1]) == (0, 730, 731, 1826)


def test_height_curve_steps_down_by_the_difference_between_lying_and_standing() -> None:
    lying, standing = curves(Index.HAZ, Sex.MALE, [0.0])

    assert standing.y[0, 0] - lying.y[0, -1] == pytest.approx(-0.7, abs=0.05)


def test_weight_for_length_and_height_are_two_segments_in_cm() -> None:
    lying, standing = curves(Index.WHZ, Sex.MALE)

    assert (lying.x[0], lying.x[-1], standing.x[0], standing.x[-1]) == (45.0, 110.0, 65.0, 120.0)
    assert (lying.x_unit, lying.y_unit) == ("cm", "kg")


@pytest.mark.parametrize("index", Index)
@pytest.mark.parametrize("sex", Sex)
def test_lines_are_complete_and_in_order(index: Index, sex: Sex) -> None:
    for segment in curves(index, sex):
        assert segment.y.shape == (7, len(segment.x))
        assert (np.diff(segment.y, axis=0) > 0).all()


def test_median_line_is_the_median_of_the_table() -> None:
    (segment,) = curves(Index.WAZ, Sex.FEMALE, [0.0])

    np.testing.assert_allclose(segment.y[0], age_lms(Index.WAZ, sex_row=1)[1])


def test_arm_curve_is_in_mm_from_day_91() -> None:
    (segment,) = curves(Index.ACZ, Sex.MALE, [0.0])

    assert (segment.x[0], segment.y_unit) == (91, "mm")
    assert segment.y[0, 0] == pytest.approx(134.779)


@pytest.mark.parametrize(
    ("index", "at", "position"),
    [(Index.WAZ, 1827.0, None), (Index.ACZ, 90.0, None), (Index.WHZ, 64.9, Position.HEIGHT), (Index.WAZ, -1.0, None)],
)
def test_outside_the_standard_there_is_no_measurement(index: Index, at: float, position: Position | None) -> None:
    assert np.isnan(measurement_at_z(index, sex=Sex.MALE, at=at, z=0.0, position=position)).all()


def test_tail_of_weight_is_straight_beyond_three() -> None:
    kg = measurement_at_z(Index.WAZ, sex=Sex.MALE, at=365, z=np.array([2.0, 3.0, 4.0, 5.0]))

    np.testing.assert_allclose(np.diff(kg)[1:], np.diff(kg)[0])


def test_inverse_takes_a_column_of_children() -> None:
    sexes = np.array([1, 2, 0], dtype=np.int8)

    cm = measurement_at_z(Index.HAZ, sex=sexes, at=np.array([0.0, 100.0, 5.0]), z=0.0)

    assert cm[0] == pytest.approx(49.8842)
    assert np.isnan(cm[2])


def test_weight_at_the_ends_of_the_length_table_comes_back() -> None:
    for cm in (45.0, 45.05, 109.95, 110.0):
        kg = measurement_at_z(Index.WHZ, sex=Sex.FEMALE, at=cm, z=1.5, position=Position.LENGTH)
        table = compute_zscores(Columns.of(sex=GIRL_CODE, age_days=100, weight_kg=kg, length_height_cm=cm))
        assert table.column(Index.WHZ)[0] == 1.5


@pytest.mark.parametrize(("z", "expected"), [(0.0, 50.0), (-2.0, 2.275), (-3.0, 0.135), (1.0, 84.134), (1.88079, 97.0)])
def test_centile_of_z(z: float, expected: float) -> None:
    assert centile(z) == pytest.approx(expected, abs=5e-4)


def test_centiles_of_a_column_equal_centile_of_one() -> None:
    z = np.linspace(-9, 9, 1801)

    np.testing.assert_allclose(centiles(z), [centile(one) for one in z], rtol=1e-9, atol=1e-12)
    assert np.isnan(centiles(np.array([np.nan]))).all()


@pytest.mark.parametrize(("index", "last_month"), [(Index.HAZ, 228), (Index.WAZ, 120), (Index.BAZ, 228)])
@pytest.mark.parametrize("sex", Sex)
def test_reference_of_2007_begins_at_60_months_and_ends_with_its_table(index: Index, last_month: int, sex: Sex) -> None:
    (segment,) = curves(index, sex, standard=Standard.WHO2007)

    assert (segment.x[0], segment.x[-1]) == (60 * DAYS_PER_MONTH, last_month * DAYS_PER_MONTH)
    assert (np.diff(segment.y, axis=0) > 0).all()


def test_reference_of_2007_has_no_weight_for_height() -> None:
    assert curves(Index.WHZ, Sex.MALE, standard=Standard.WHO2007) == ()
    with pytest.raises(ValueError, match="WHO2007 has no whz"):
        measurement_at_z(Index.WHZ, sex=Sex.MALE, at=110.0, z=0.0, standard=Standard.WHO2007)


@pytest.mark.parametrize("index", [Index.HAZ, Index.WAZ, Index.BAZ])
@pytest.mark.parametrize("z", [-4.5, -3.0, -0.5, 2.0, 3.7])
def test_inverse_of_2007_returns_to_the_same_z(index: Index, z: float) -> None:
    days = np.array([60.0, 75.3, 119.99, 120.0]) * DAYS_PER_MONTH
    value = measurement_at_z(index, sex=Sex.FEMALE, at=days, z=z, standard=Standard.WHO2007)

    table = compute_zscores(
        Columns.of(
            sex=GIRL_CODE,
            age_days=days,
            weight_kg=value,  # of a child of 1 m the weight is the BMI
            length_height_cm=value if index is Index.HAZ else 100.0,
        ),
        standard=Standard.WHO2007,
    )

    np.testing.assert_allclose(table.raw[table.indices.index(index)], z, atol=1e-8)

"""The standardisation test: technical error and bias against values worked out by hand, limits, refusals."""

from __future__ import annotations

from math import sqrt
from random import Random

import pytest

from children.growth.errors import MeasurementError
from children.growth.survey.standardisation import BIAS_BELOW, TEM_BELOW, Grade, Quantity, standardise

TWICE = [(82.6, 82.9), (91.3, 91.1), (76.4, 76.4), (88.0, 88.5), (95.2, 95.0)] * 2
EXACT = [(reading, reading) for reading, _second in TWICE]


def test_technical_error_is_the_root_of_half_the_mean_square_of_differences():
    result = standardise(Quantity.LENGTH_HEIGHT, readings=TWICE, reference=None)

    by_hand = sqrt(2 * (0.3**2 + 0.2**2 + 0.0**2 + 0.5**2 + 0.2**2) / (2 * 10))
    assert result.tem == pytest.approx(by_hand, abs=1e-6)
    assert (result.largest_difference, result.largest_child) == (0.5, 3)
    assert (result.bias, result.bias_grade) == (None, None)
    assert result.passes


def test_bias_is_the_mean_difference_from_the_reference():
    shifted = [(first + 0.5, second + 0.5) for first, second in EXACT]

    result = standardise(Quantity.LENGTH_HEIGHT, readings=shifted, reference=EXACT)

    assert (result.bias, result.bias_grade) == (0.5, Grade.ACCEPTABLE)
    assert (result.tem, result.tem_grade) == (0.0, Grade.GOOD)


def test_precise_and_wrong_does_not_pass():
    shifted = [(first - 1.0, second - 1.0) for first, second in EXACT]

    result = standardise(Quantity.LENGTH_HEIGHT, readings=shifted, reference=EXACT)

    assert (result.tem_grade, result.bias_grade, result.passes) == (Grade.GOOD, Grade.POOR, False)


@pytest.mark.parametrize("quantity", Quantity)
def test_a_value_on_a_limit_is_in_the_worse_grade(quantity):
    for limits, shown in ((TEM_BELOW, "tem_grade"), (BIAS_BELOW, "bias_grade")):
        for place, limit in enumerate(limits[quantity]):
            apart = limit * sqrt(2) if limits is TEM_BELOW else 0.0
            shift = limit if limits is BIAS_BELOW else apart / 2
            readings = [(100.0 + shift + apart / 2, 100.0 + shift - apart / 2)] * 10
            result = standardise(quantity, readings=readings, reference=[(100.0, 100.0)] * 10)
            assert getattr(result, shown) is tuple(Grade)[place + 1], (quantity, limit)


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_the_two_readings_does_not_matter(seed):
    random = Random(seed)
    readings = [(random.uniform(60, 110), random.uniform(60, 110)) for _child in range(10)]
    swapped = [(second, first) for first, second in readings]

    one = standardise(Quantity.LENGTH_HEIGHT, readings=readings, reference=None)
    other = standardise(Quantity.LENGTH_HEIGHT, readings=swapped, reference=None)

    assert (one.tem, one.tem_grade) == (other.tem, other.tem_grade)


@pytest.mark.parametrize(
    ("readings", "reference", "code"),
    [
        (EXACT[:9], None, "too_few_children"),
        ([*EXACT[:9], (80.0, None)], None, "readings_missing"),
        ([*EXACT, (80.0, 80.0)], EXACT, "children_differ"),
    ],
)
def test_incomplete_tests_are_refused_in_words(readings, reference, code):
    with pytest.raises(MeasurementError) as refused:
        standardise(Quantity.LENGTH_HEIGHT, readings=readings, reference=reference)

    assert refused.value.code == code

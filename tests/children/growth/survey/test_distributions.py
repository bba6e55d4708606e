"""Student's t and chi-square against R 4.2 (qt, pchisq) and closed forms."""

from __future__ import annotations

from math import exp, inf, isnan, pi, sqrt, tan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from children.growth.survey.distributions import chi_square_upper_tail, student_t_quantile, student_t_upper_tail


@pytest.mark.parametrize(
    ("probability", "df", "expected"),
    [
        (0.975, 1, 12.7062047362),
        (0.975, 2, 4.30265272975),
        (0.975, 3, 3.18244630528),
        (0.975, 5, 2.57058183564),
        (0.975, 19, 2.09302405441),
        (0.975, 30, 2.0422724563),
        (0.975, 76, 1.99167260964),
        (0.975, 1000, 1.96233908083),
        (0.975, 3799, 1.96058862638),
        (0.975, 1e7, 1.95996422177),
        (0.975, inf, 1.959963984540054),
        (0.995, 1, 63.6567411629),
        (0.995, 7, 3.49948329735),
        (0.9, 0.5, 10.2703244102),
    ],
)
def test_quantile_equals_the_one_of_r(probability, df, expected):
    assert student_t_quantile(probability, df=df) == pytest.approx(expected, rel=1e-10)


@given(st.floats(0.51, 0.99999))
def test_quantile_has_its_closed_forms_with_one_and_two_degrees(probability):
    # given
    cauchy = tan(pi * (probability - 0.5))
    two = (2 * probability - 1) / sqrt(2 * probability * (1 - probability))

    # when
    quantiles = [student_t_quantile(probability, df=df) for df in (1, 2)]

    # then
    assert quantiles == pytest.approx([cauchy, two], rel=1e-9)


@given(st.floats(0.001, 0.499), st.floats(0.2, 1e6))
def test_quantile_and_tail_undo_each_other(tail, df):
    # given
    quantile = student_t_quantile(1 - tail, df=df)

    # when
    back = student_t_upper_tail(quantile, df=df)

    # then
    assert back == pytest.approx(tail, rel=1e-9)
    assert student_t_quantile(tail, df=df) == pytest.approx(-quantile, rel=1e-9)


def test_median_is_zero():
    assert student_t_quantile(0.5, df=4) == 0.0


@pytest.mark.parametrize("df", [0, -3, float("nan")])
def test_there_is_no_quantile_without_degrees_of_freedom(df):
    assert isnan(student_t_quantile(0.975, df=df))


@pytest.mark.parametrize(
    ("statistic", "df", "expected"),
    [
        (3.0, 11, 0.990725886366),
        (19.7, 11, 0.0496286481145),
        (30.0, 11, 0.00158459525731),
        (0.5, 1, 0.479500122187),
        (7.0, 4, 0.1358882254),
        (40.0, 11, 3.57751245277e-05),
        (0.0, 11, 1.0),
    ],
)
def test_chi_square_tail_equals_the_one_of_r(statistic, df, expected):
    assert chi_square_upper_tail(statistic, df=df) == pytest.approx(expected, rel=1e-10)


@given(st.floats(0.01, 200.0))
def test_chi_square_tail_with_two_degrees_is_exponential(statistic):
    assert chi_square_upper_tail(statistic, df=2) == pytest.approx(exp(-statistic / 2), rel=1e-10)

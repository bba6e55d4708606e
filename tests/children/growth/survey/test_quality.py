"""Data quality: single checks against R 4.2 (prop.test, chisq.test, sd), SMART's bands at their limits, the report."""

from __future__ import annotations

import numpy as np
import pytest

from children.growth.columns import Columns
from children.growth.errors import MeasurementError
from children.growth.survey import Check, Rating, quality_report, survey_of
from children.growth.survey.quality_checks import age_heaping, age_ratio, digit_preference, ratio_test, shape_of
from children.growth.survey.ratings import overall_score, rate
from children.growth.types import Index, Standard
from tests.children.growth.survey.small_survey import small_columns, small_survey

GOOD_VALUES = {
    Check.FLAGGED: 1.0,
    Check.SEX_RATIO: 0.5,
    Check.AGE_RATIO: 0.5,
    Check.WEIGHT_DIGITS: 4.0,
    Check.LENGTH_HEIGHT_DIGITS: 4.0,
    Check.STANDARD_DEVIATION: 1.0,
    Check.SKEWNESS: 0.0,
    Check.KURTOSIS: -0.1,
}


def test_digit_preference_score_equals_the_one_worked_from_a_chi_square_of_r():
    # given: final digits 0 to 9 this often; chi-square 75.6
    counts = (30, 5, 7, 6, 8, 24, 7, 4, 5, 4)
    weights_kg = np.repeat(7.0 + np.arange(10) / 10, counts)

    # when
    found = digit_preference(weights_kg, per_unit=10)

    # then
    assert found.counts == counts
    assert found.score == pytest.approx(28.9827534924, rel=1e-10)
    assert found.rating is Rating.PROBLEMATIC


def test_even_digits_score_zero_and_one_digit_scores_a_hundred():
    # given
    even, single = np.arange(120.0, 150.0), np.array([120.0, 130.0, 140.0, np.nan])

    # when
    scores = [digit_preference(values, per_unit=1).score for values in (even, single)]

    # then
    assert scores == pytest.approx([0.0, 100.0])


def test_digits_are_read_from_values_that_binary_numbers_cannot_hold():
    # given
    heights_cm = np.array([64.3, 80.1, 99.7, 100.9, 8.2])

    # when
    counts = digit_preference(heights_cm, per_unit=10).counts

    # then
    assert [digit for digit, count in enumerate(counts) if count] == [1, 2, 3, 7, 9]


@pytest.mark.parametrize(
    ("first", "second", "expected", "p"),
    [
        (520, 480, 1.0, 0.217468226144),
        (430, 570, 0.85, 0.0661202864789),
        (460, 540, 0.85, 0.997947461165),
        (3, 1, 1.0, 0.617075077452),
    ],
)
def test_p_of_a_ratio_equals_the_one_of_r(first, second, expected, p):
    assert ratio_test(first, second, expected=expected).p == pytest.approx(p, rel=1e-9)


def test_age_ratio_counts_completed_months():
    # given
    months = np.array([5.99, 6.0, 29.99, 30.0, 59.99, 60.0, np.nan])

    # when
    found = age_ratio(months)

    # then
    assert (found.first, found.second, found.ratio) == (2, 2, 1.0)


def test_age_heaping_is_measured_against_the_months_of_the_range():
    # given: 40 children at whole years, 10 in every other month of the year; R's chi-square 82.2
    months = np.concatenate([np.full(40, 24.0), np.repeat(np.arange(13.0, 24.0), 10), [3.0, 60.0]])

    # when
    found = age_heaping(months, first_month=6, below_month=60)

    # then
    assert found.children == 150
    assert found.at_whole_years_percent == pytest.approx(100 * 40 / 150)
    assert found.expected_percent == pytest.approx(100 * 4 / 54)
    assert found.p == pytest.approx(5.5324045257e-13, rel=1e-7)


def test_shape_equals_the_moments_of_r():
    # given
    z = np.array([-2.1, -1.4, -0.3, 0.2, 0.9, -3.0, 1.7, -0.6])

    # when
    shape = shape_of(z)

    # then
    assert (shape.n, shape.mean) == (8, pytest.approx(-0.575))
    assert [shape.sd, shape.skewness, shape.kurtosis] == pytest.approx(
        [1.55448659416, -0.117854929377, -0.977320222507], rel=1e-10
    )


@pytest.mark.parametrize(
    ("check", "values"),
    [
        (Check.FLAGGED, (2.5, 5.0, 7.5, 7.51)),
        (Check.SEX_RATIO, (0.11, 0.1, 0.05, 0.001)),
        (Check.AGE_RATIO, (0.11, 0.1, 0.05, 0.001)),
        (Check.WEIGHT_DIGITS, (7.9, 8.0, 12.0, 20.0)),
        (Check.LENGTH_HEIGHT_DIGITS, (7.9, 8.0, 12.0, 20.0)),
        (Check.STANDARD_DEVIATION, (0.91, 0.9, 0.85, 0.8)),
        (Check.STANDARD_DEVIATION, (1.09, 1.1, 1.15, 1.2)),
        (Check.SKEWNESS, (-0.19, -0.2, 0.4, -0.6)),
        (Check.KURTOSIS, (0.19, 0.2, -0.4, 0.6)),
    ],
)
def test_bands_change_at_their_limits(check, values):
    assert [rate(check, value).rating for value in values] == list(Rating)


@pytest.mark.parametrize(
    ("changes", "points", "rating"),
    [
        ({}, 0, Rating.EXCELLENT),
        ({Check.FLAGGED: 3.0, Check.SEX_RATIO: 0.01}, 9, Rating.EXCELLENT),
        ({Check.FLAGGED: 6.0}, 10, Rating.GOOD),
        ({Check.FLAGGED: 6.0, Check.AGE_RATIO: 0.01}, 14, Rating.GOOD),
        ({Check.STANDARD_DEVIATION: 1.16, Check.WEIGHT_DIGITS: 14.0, Check.SKEWNESS: 0.3}, 15, Rating.ACCEPTABLE),
        ({Check.STANDARD_DEVIATION: 1.3, Check.SKEWNESS: 0.3, Check.KURTOSIS: 0.5}, 24, Rating.ACCEPTABLE),
        ({Check.STANDARD_DEVIATION: 1.3, Check.KURTOSIS: 0.7}, 25, Rating.PROBLEMATIC),
    ],
)
def test_overall_score_adds_the_penalty_points(changes, points, rating):
    # given
    values = {**GOOD_VALUES, **changes}

    # when
    score = overall_score(values)

    # then
    assert (score.points, score.rating) == (points, rating)


def test_score_with_a_check_that_cannot_be_made_is_unknown():
    # given
    values = {**GOOD_VALUES, Check.SKEWNESS: float("nan")}

    # when
    score = overall_score(values)

    # then
    assert (score.points, score.rating, score.checks[Check.SKEWNESS].rating) == (None, None, None)
    assert score.checks[Check.FLAGGED].rating is Rating.EXCELLENT


def test_report_of_the_small_survey_holds_what_its_rows_say():
    # given: MUAC of a child under 6 months (118 mm) is not judged, nor 98 mm, which is improbable
    columns = small_columns(muac_mm=[118.0, 98.0, *small_columns().muac_mm[2:]])

    # when
    overall = quality_report(small_survey(columns)).overall

    # then
    measured = columns.muac_mm[2:]
    assert (overall.children, overall.scored) == (12, 11)
    assert (overall.sex_ratio.first, overall.sex_ratio.second) == (6, 6)
    assert (overall.muac.children, overall.muac.outside) == (11, 1)
    assert overall.muac.shape.sd == pytest.approx(np.std(measured, ddof=1))
    assert overall.muac.sd_plausible is True
    assert overall.indices[Index.WHZ].children == 11  # one has oedema
    assert overall.muac_digits.counts[0] == np.sum(columns.muac_mm % 10 == 0)


def test_a_slip_of_unit_is_flagged_and_moves_neither_mean_nor_spread():
    # given: one weight in pounds
    weights = small_columns().weight_kg.copy()
    weights[5] *= 2.2046
    slipped, without = (
        small_columns(weight_kg=weights),
        small_columns(weight_kg=np.where(np.arange(12) == 5, np.nan, weights)),
    )

    # when
    score, expected = (quality_report(small_survey(columns)).overall for columns in (slipped, without))

    # then
    assert score.indices[Index.WHZ].flagged == 1
    assert score.indices[Index.WHZ].shape == expected.indices[Index.WHZ].shape
    assert score.score.checks[Check.FLAGGED].value == pytest.approx(100 / 10)
    assert score.score.checks[Check.STANDARD_DEVIATION] == expected.score.checks[Check.STANDARD_DEVIATION]


def test_report_by_measurer_is_the_report_of_the_measurers_children():
    # given
    measurer = ["Ana", "Ben", "Ana", None] * 3

    # when
    report = quality_report(small_survey(), measurer=measurer)

    # then
    own = small_survey(small_columns()[1:2])
    assert list(report.by_measurer) == ["Ana", "Ben"]
    assert [summary.children for summary in report.by_measurer.values()] == [6, 3]
    assert report.without_measurer == 3
    bens = quality_report(small_survey(), measurer=[name if row == 1 else None for row, name in enumerate(measurer)])
    assert bens.by_measurer["Ben"].weight_digits == quality_report(own).overall.weight_digits
    assert bens.by_measurer["Ben"].score.rating is None


def test_children_of_five_to_nineteen_have_no_smart_score():
    # given
    columns = Columns.of(sex=[1, 2], age_days=[3000.0, 4000.0], weight_kg=[25.0, 33.0], length_height_cm=[125.0, 138.0])

    # when
    overall = quality_report(survey_of(columns, standard=Standard.WHO2007)).overall

    # then
    assert (overall.score, overall.age_ratio, overall.scored) == (None, None, 0)
    assert set(overall.indices) == {Index.HAZ, Index.WAZ, Index.BAZ}


def test_measurers_of_another_length_are_refused():
    with pytest.raises(MeasurementError) as refused:
        quality_report(small_survey(), measurer=["Ana"])
    assert (refused.value.code, refused.value.field) == ("survey_lengths_differ", "measurer")

"""The figures of an evaluation against examples worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from children.growth import Index
from ml_models.evaluation.agreement import (
    bias,
    correlation,
    limits_of_agreement,
    mean_absolute,
    share,
    slope,
    wilson,
)
from ml_models.evaluation.comparison import compare
from ml_models.evaluation.figures import (
    confidence_figures,
    groups,
    quantity_figures,
    session_figures,
    stunting_figures,
    yield_figures,
)
from ml_models.evaluation.goals import MIN_SESSIONS, check_goals
from ml_models.evaluation.report import build_report
from ml_models.quality import ReasonCode
from ml_models.types import ScaleCue
from tests.ml_models.evaluations import HEIGHT_CM, make_outcome, make_refusal, make_row

ERRORS = np.array([1.0, -1.0, 2.0, 0.0, 3.0])


def compared(rows, outcomes):
    return compare(rows, {outcome.session_id: outcome for outcome in outcomes})


def all_of(data):
    return np.ones(len(data.session_id), dtype=bool)


def test_wilson_interval_is_that_of_the_textbook():
    # Newcombe 1998, Stat Med 17:857-872, table I, method 3: 81 of 263 and 0 of 20.
    assert (wilson(81, 263).low, wilson(81, 263).high) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert (wilson(0, 20).low, wilson(0, 20).high) == pytest.approx((0.0, 0.1611), abs=1e-4)


def test_bias_has_students_interval():
    # Mean 1, SD sqrt(2.5), t(4) = 2.776: half width 2.776 * 1.5811 / sqrt(5) = 1.963.
    figure = bias(ERRORS)

    assert (figure.value, figure.low, figure.high) == pytest.approx((1.0, -0.963, 2.963), abs=2e-3)


def test_limits_of_agreement_are_mean_and_1_96_sd():
    limits = limits_of_agreement(ERRORS)

    assert limits.lower.value == pytest.approx(1 - 1.96 * math.sqrt(2.5), abs=1e-3)
    assert limits.upper.value == pytest.approx(1 + 1.96 * math.sqrt(2.5), abs=1e-3)
    # Bland & Altman 1999: SE = SD * sqrt(1/n + 1.96^2 / (2 (n - 1))).
    assert limits.upper.high - limits.upper.value == pytest.approx(2.776 * 1.5811 * math.sqrt(0.2 + 0.4802), abs=5e-3)


def test_mean_absolute_error_lies_in_its_interval_which_is_the_same_each_time():
    first, second = mean_absolute(ERRORS), mean_absolute(ERRORS)

    assert first == second
    assert first.value == pytest.approx(1.4)
    assert 0.4 <= first.low < first.value < first.high <= 2.6


def test_correlation_has_fishers_interval():
    truth = np.arange(28.0)
    figure = correlation(truth, truth + 8 * np.where(np.arange(28) % 2, 1.0, -1.0))

    half = math.atanh(figure.value) - math.atanh(figure.low)
    assert half == pytest.approx(1.96 / 5, abs=1e-3)  # n - 3 = 25


def test_slope_of_estimates_that_shrink_by_half_is_a_half():
    truth = np.array([-3.0, -2.0, -1.0, 0.0, 1.0])

    assert slope(truth, truth / 2 - 0.4).value == pytest.approx(0.5)


@pytest.mark.parametrize("function", [bias, mean_absolute, limits_of_agreement, share])
def test_nothing_is_said_of_no_session(function):
    assert function(np.array([])) is None


def test_error_is_set_beside_what_age_and_sex_alone_say():
    # Two boys of one age, 2 and 4 cm above the median: their mean z lies 3 cm above it.
    rows = [make_row(0, height_cm=HEIGHT_CM + 2), make_row(1, height_cm=HEIGHT_CM + 4)]
    data = compared(rows, [make_outcome(0, height_cm=HEIGHT_CM + 2.5), make_outcome(1, height_cm=HEIGHT_CM + 4.5)])

    figures = quantity_figures(data, "height_cm", all_of(data))

    assert figures["mae"]["value"] == pytest.approx(0.5)
    assert figures["bias"]["value"] == pytest.approx(0.5)
    assert figures["mae_age_and_sex"]["value"] == pytest.approx(1.0, abs=0.02)
    assert figures["mae_who_median"]["value"] == pytest.approx(3.0, abs=0.05)  # the median is rounded


def test_coverage_counts_truths_inside_each_interval():
    # Errors of 0.4, 0.9, 1.9 and 3 SD; the intervals reach 0.5, 1 and 2 SD.
    errors = (0.4, -0.9, 1.9, -3.0)
    rows = [make_row(n) for n in range(4)]
    data = compared(rows, [make_outcome(n, height_cm=HEIGHT_CM + error) for n, error in enumerate(errors)])

    covered = quantity_figures(data, "height_cm", all_of(data))["coverage"]

    assert [covered[percent]["share"]["value"] for percent in ("50", "80", "90")] == [0.25, 0.5, 0.75]
    assert covered["90"]["median_width"] == pytest.approx(4.0)


def test_stunting_counts_found_missed_and_false_calls():
    # True and estimated height: below -2 SD is below about 81 cm. Found, missed, called falsely, rightly not called.
    pairs = [(78, 78.5), (80, 82), (82, 80), (90, 90)]
    rows = [make_row(n, height_cm=true) for n, (true, _said) in enumerate(pairs)]
    data = compared(rows, [make_outcome(n, height_cm=said) for n, (_true, said) in enumerate(pairs)])

    figures = stunting_figures(data, all_of(data))

    assert (figures["stunted"], figures["called"]) == (2, 2)
    for name in ("sensitivity", "specificity", "positive_predictive_value", "negative_predictive_value"):
        assert (figures[name]["value"], figures[name]["n"]) == (0.5, 2)


def test_bias_of_the_stunted_is_not_hidden_by_that_of_the_tall():
    rows = [make_row(0, height_cm=78), make_row(1, height_cm=96)]
    data = compared(rows, [make_outcome(0, height_cm=80), make_outcome(1, height_cm=94)])

    figures = session_figures(data, all_of(data))

    assert figures["quantities"]["height_cm"]["bias"]["value"] == pytest.approx(0.0)
    bands = figures["height"]["bias_by_true_haz"]
    assert bands["below -2"]["value"] == pytest.approx(2.0)
    assert bands["-2 to +1"] is None
    assert bands["above +1"]["value"] == pytest.approx(-2.0)


def test_confidence_is_compared_with_the_share_within_1_4_cm():
    rows = [make_row(n) for n in range(4)]
    errors = (0.0, 1.39, 1.41, 5.0)
    data = compared(
        rows, [make_outcome(n, height_cm=HEIGHT_CM + error, confidence=0.7) for n, error in enumerate(errors)]
    )

    figures = confidence_figures(data, all_of(data))

    assert (figures["said"], figures["right"]["value"]) == (pytest.approx(0.7), 0.5)
    assert [(part["from"], part["right"]["n"]) for part in figures["bins"]] == [(0.6, 4)]
    assert figures["brier"] == pytest.approx((2 * 0.3**2 + 2 * 0.7**2) / 4)


def test_yield_counts_only_sessions_to_be_measured_and_refusals_by_what_was_expected():
    rows = [make_row(n) for n in range(3)]
    rows += [make_row(3, expected_reason="blurred"), make_row(4, expected_reason="no_child")]
    outcomes = [make_outcome(0, height_cm=87), make_outcome(1, height_cm=87), make_refusal(2, ReasonCode.TOO_FAR)]
    outcomes += [make_refusal(3, ReasonCode.TOO_DARK), make_outcome(4, height_cm=60)]
    data = compared(rows, outcomes)

    figures = yield_figures(data)

    assert figures["yield"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert figures["reasons"] == {"too_far": 1}
    assert figures["expected_and_given"] == {"blurred": {"too_dark": 1}, "no_child": {"(measured)": 1}}
    assert (figures["refused_at_all"]["value"], figures["refused_as_expected"]["value"]) == (0.5, 0.0)
    # A session that should have been refused is no error of the model's: its 27 cm do not count.
    assert quantity_figures(data, "height_cm", all_of(data))["n"] == 2


def test_groups_follow_age_tone_cue_and_how_far_the_marker_was_off():
    rows = [
        make_row(0, age_days=740, skin_tone=0, marker_mismatch_cm=-2.9),
        make_row(1, age_days=1500, skin_tone=5, marker_mismatch_cm=12.0),
        make_row(2, age_days=1500),
    ]
    data = compared(
        rows,
        [
            make_outcome(0, height_cm=87),
            make_outcome(1, height_cm=100),
            make_outcome(2, height_cm=100, cue=ScaleCue.DISTANCE),
        ],
    )

    found = groups(data)

    def members(dimension, name):
        return data.session_id[found[dimension][name]].tolist()

    assert members("age", "24-35 months") == ["S000"]
    assert members("age", "48-59 months") == ["S001", "S002"]
    assert members("skin tone", "tone 5") == ["S001"]
    assert members("marker mismatch", "within 3 cm of the plane") == ["S000"]
    assert members("marker mismatch", "10-15 cm off the plane") == ["S001"]
    assert members("posture and scale cue", "standing, distance") == ["S002"]
    assert "girls" not in found["sex"]


def test_zscores_are_those_of_the_growth_engine():
    data = compared([make_row(0, height_cm=87.8)], [make_outcome(0, height_cm=81.0)])

    # WHO's height-for-age of a boy of 731 days: median 87.1, SD about 3.05.
    assert data.true_z[Index.HAZ][0] == pytest.approx(0.23, abs=0.03)
    assert data.estimated_z[Index.HAZ][0] == pytest.approx(-2.0, abs=0.03)


def test_a_goal_of_few_sessions_is_neither_met_nor_missed():
    def met(count: int) -> bool | None:
        rows = [make_row(n, marker_mismatch_cm=1.0) for n in range(count)]
        report = build_report(compared(rows, [make_outcome(n, height_cm=HEIGHT_CM + 2) for n in range(count)]), {})
        goals = check_goals(report["overall"], report["by"], report["yield"])
        return next(goal.met for goal in goals if goal.topic.startswith("Standing, marker"))

    assert met(MIN_SESSIONS - 1) is None
    assert met(MIN_SESSIONS) is False

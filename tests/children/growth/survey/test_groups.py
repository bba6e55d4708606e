"""Which children and groups a prevalence table has: own labels, quintiles, ages, sexes, oedema."""

from __future__ import annotations

import numpy as np
import pytest

from children.growth.survey import OedemaRule, estimate_prevalence, survey_of
from children.growth.survey.groups import _rank
from children.growth.types import Standard
from tests.children.growth.survey.small_survey import (
    CLUSTERS,
    STRATA,
    WEIGHTS,
    cells,
    small_columns,
    small_survey,
)

FULL_DESIGN = {"sampling_weight": WEIGHTS, "cluster": CLUSTERS, "strata": STRATA}


def test_own_labels_are_listed_as_first_seen_without_and_sorted_with_a_design():
    # given
    groupings = {"area": ["Urban", "", "rural", "Hill"] * 3, "region": ["10", "9", "2", "10"] * 3}

    # when
    plain = estimate_prevalence(small_survey(groupings=groupings))
    designed = estimate_prevalence(small_survey(strata=STRATA, groupings=groupings))

    # then
    assert [row[0] for row in plain.rows][-7:] == [
        "Area: Urban",
        "Area: NA",
        "Area: rural",
        "Area: Hill",
        "Geographical region: 10",
        "Geographical region: 9",
        "Geographical region: 2",
    ]
    assert [row[0] for row in designed.rows][-6:] == [
        "Area: Hill",
        "Area: rural",
        "Area: Urban",
        "Geographical region: 2",
        "Geographical region: 9",
        "Geographical region: 10",
    ]
    assert cells(plain, "Area: NA", "HAZ_pop", "HAZ_unwpop", "HA_2_r") == [0.0, 0.0, None]


def test_wealth_is_five_quintiles_whatever_is_recorded():
    # given
    survey = small_survey(groupings={"wealth": [1.0, 2.0, 9.0, np.nan] * 3})

    # when
    table = estimate_prevalence(survey)

    # then
    sizes = {row[0]: table.value(row[0], "HAZ_unwpop") for row in table.rows if "Wealth" in row[0]}
    assert sizes == {
        "Wealth quintile: Q1: Poorest": 3.0,
        "Wealth quintile: Q2": 3.0,
        "Wealth quintile: Q3": 0.0,
        "Wealth quintile: Q4": 0.0,
        "Wealth quintile: Q5: Richest": 0.0,
    }


def test_groups_that_nobody_recorded_are_not_listed():
    # given
    survey = small_survey(small_columns(sex=[0] * 12), groupings={"education": ["NA"] * 12})

    # when
    table = estimate_prevalence(survey)

    # then
    assert {row[0].split(":")[0] for row in table.rows} == {"All", "Age group"}


def test_oedema_counts_as_severe_in_weight_and_in_no_mean():
    # given: oedema also where weight and sex are missing
    weights = [np.nan, *small_columns().weight_kg[1:]]
    columns = small_columns(sex=[0] + [2] * 11, oedema=[row in (0, 4) for row in range(12)], weight_kg=weights)

    # when
    table = estimate_prevalence(small_survey(columns))

    # then
    assert table.value("All", "WHZ_unwpop") == 12.0
    assert cells(table, "All", "WH_3_r", "WA_3_r", "BMI_3_r") == pytest.approx([100 * 2 / 12] * 3)
    assert cells(table, "Age group: 00-05 mo", "WH_3_r", "WH_r") == [100.0, None]


def test_oedema_left_out_is_a_survey_in_which_nobody_looked_for_it():
    # given
    survey = small_survey(**FULL_DESIGN)
    unexamined = small_survey(small_columns(oedema=False), **FULL_DESIGN)

    # when
    table = estimate_prevalence(survey, oedema=OedemaRule.LEFT_OUT)

    # then
    assert table.rows == estimate_prevalence(unexamined).rows
    assert table.rows != estimate_prevalence(survey).rows


def test_ages_outside_the_standard_are_left_out_and_unknown_ages_kept_under_five():
    # given
    columns = small_columns(age_days=[np.nan, 1826.4, 1826.5, 2000.0] + [700.0] * 8)

    # when
    under_five = estimate_prevalence(survey_of(columns, standard=Standard.WHO2006))
    above_five = estimate_prevalence(survey_of(columns, standard=Standard.WHO2007))

    # then
    assert (under_five.left_out, above_five.left_out) == (2, 9)


def test_accents_and_case_do_not_move_a_word_in_the_alphabet():
    names = ("None", "éducation", "Zone", "Education", "zone")

    rank = _rank(names)

    assert sorted(names, key=lambda name: rank[names.index(name)]) == ["Education", "éducation", "None", "zone", "Zone"]

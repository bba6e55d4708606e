"""The rules of a design at their edges. Numbers "by WHO" were computed with WHO's R package anthro 1.1.0."""

from __future__ import annotations

import numpy as np
import pytest

from children.growth.columns import Columns
from children.growth.errors import MeasurementError
from children.growth.survey import estimate_prevalence, survey_of
from children.growth.survey.distributions import student_t_quantile
from children.growth.types import Standard
from tests.children.growth.survey.small_survey import (
    CLUSTERS,
    HAZ,
    STRATA,
    WEIGHTS,
    cells,
    small_columns,
    small_survey,
)

FULL_DESIGN = {"sampling_weight": WEIGHTS, "cluster": CLUSTERS, "strata": STRATA}


def test_single_clusters_in_strata_and_children_of_weight_zero_are_counted_as_who_does():
    # given
    survey = small_survey(**FULL_DESIGN)

    # when
    table = estimate_prevalence(survey)

    # then
    share = cells(table, "All", "HA_2_r", "HA_2_se", "HA_2_ll", "HA_2_ul")
    mean = cells(table, "All", "HA_r", "HA_se", "HA_ll", "HA_ul", "HA_stdev")
    wasting = cells(table, "All", "WH_2_r", "WH_2_se", "WH_2_ll", "WH_2_ul", "WH_stdev")
    assert cells(table, "All", "HAZ_pop", "HAZ_unwpop") == [16.0, 12.0]
    assert share == pytest.approx([71.875, 12.945992598686065, 13.976589465445455, 97.572597660736818], abs=1e-8)
    assert mean == pytest.approx(
        [-1.980625, 0.273159148222366, -3.155933954755, -0.805316045245, 0.999864357119949], abs=1e-9
    )
    assert wasting == pytest.approx(
        [21.875, 9.296341568204902, 2.625036164896629, 74.412940232444697, 1.096506098934247], abs=1e-8
    )


def test_with_weights_alone_means_count_children_of_weight_zero_and_shares_do_not():
    # given
    survey = small_survey(sampling_weight=WEIGHTS)

    # when
    table = estimate_prevalence(survey)

    # then
    share = cells(table, "All", "HA_2_r", "HA_2_se", "HA_2_ll", "HA_2_ul")
    mean = cells(table, "All", "HA_r", "HA_se", "HA_ll", "HA_ul", "HA_stdev")
    assert share == pytest.approx([71.875, 16.019305633054103, 29.851429448863360, 93.882680887195306], abs=1e-8)
    assert mean == pytest.approx(
        [-1.980625, 0.302120652195809, -2.645588072040182, -1.315661927959817, 0.990732984507384], abs=1e-9
    )


def test_standard_error_of_a_single_cluster_is_its_distance_from_the_mean_of_all():
    # given: two strata of one cluster each, two of which have no weight
    survey = small_survey(cluster=CLUSTERS[8:], strata=STRATA[8:], columns=small_columns()[8:])

    # when
    table = estimate_prevalence(survey)

    # then: sum of squares of (cluster total - r x cluster size) over the number of children
    haz = np.array(HAZ[8:])
    totals = (haz - haz.mean()).reshape(2, 2).sum(axis=1)
    assert table.value("All", "HA_se") == pytest.approx(np.sqrt((totals**2).sum()) / 4, rel=1e-12)


def test_one_cluster_is_no_cluster():
    # given
    clustered = small_survey(cluster=["only"] * 12)

    # when
    table = estimate_prevalence(clustered)

    # then
    assert table.rows == estimate_prevalence(small_survey()).rows


def test_rows_without_cluster_or_stratum_are_left_out():
    # given
    cluster = [None, *CLUSTERS[1:]]
    strata = [*STRATA[:11], "NA"]

    # when
    table = estimate_prevalence(small_survey(cluster=cluster, strata=strata))

    # then
    inner = small_survey(cluster=CLUSTERS[1:11], strata=STRATA[1:11], columns=small_columns()[1:11])
    assert table.left_out == 2
    assert table.rows == estimate_prevalence(inner).rows


def test_clusters_of_the_same_name_in_two_strata_are_two():
    # given
    reused = [1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2]
    strata = [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]
    named_apart = [f"{stratum}-{cluster}" for stratum, cluster in zip(strata, reused, strict=True)]

    # when
    table = estimate_prevalence(small_survey(cluster=reused, strata=strata))

    # then
    assert table.rows == estimate_prevalence(small_survey(cluster=named_apart, strata=strata)).rows


def test_share_of_none_and_of_all_has_no_width():
    # given
    survey = small_survey(**FULL_DESIGN)

    # when
    table = estimate_prevalence(survey)

    # then
    assert cells(table, "All", "HA3_r", "HA3_se", "HA3_ll", "HA3_ul") == [0.0, 0.0, 0.0, 0.0]
    assert cells(table, "Age group: 06-11 mo", "HA_2_r", "HA_2_se", "HA_2_ll", "HA_2_ul") == [100.0, 0.0, 100.0, 100.0]


def test_group_of_a_single_child_has_a_mean_and_no_standard_deviation():
    # given
    survey = small_survey(**FULL_DESIGN)

    # when
    table = estimate_prevalence(survey)

    # then
    mean = cells(table, "Age group: 06-11 mo", "HA_r", "HA_se", "HA_ll", "HA_ul", "HA_stdev")
    assert mean == [pytest.approx(-2.76), pytest.approx(0.0, abs=1e-12), *[pytest.approx(-2.76)] * 2, None]


def test_empty_age_group_is_listed_with_no_children_and_no_numbers():
    # given
    survey = small_survey(small_columns()[1:])

    # when
    table = estimate_prevalence(survey)

    # then
    row = next(row for row in table.rows if row[0] == "Age group: 00-05 mo")
    numbers = {column: cell for column, cell in zip(table.header, row, strict=True) if column != "Group"}
    assert {column for column, cell in numbers.items() if cell == 0.0} == {
        column for column in numbers if column.endswith("pop")
    }
    assert {cell for column, cell in numbers.items() if not column.endswith("pop")} == {None}


def test_strata_of_one_cluster_each_leave_no_degrees_of_freedom_and_so_no_limits():
    # given
    survey = small_survey(cluster=CLUSTERS, strata=CLUSTERS)

    # when
    table = estimate_prevalence(survey)

    # then
    assert cells(table, "All", "HA_2_ll", "HA_2_ul", "HA_ll", "HA_ul") == [None] * 4
    assert table.value("All", "HA_2_se") > 0


def test_survey_of_one_child_has_values_and_no_errors():
    # given
    survey = small_survey(small_columns()[1:2])

    # when
    table = estimate_prevalence(survey)

    # then
    assert cells(table, "All", "HA_2_r", "HA_2_se", "HA_2_ll", "HA_2_ul") == [100.0, None, 100.0, 100.0]
    assert cells(table, "All", "HA_r", "HA_se", "HA_ll", "HA_ul", "HA_stdev") == [-2.76, None, None, None, None]


def test_weighted_share_of_exactly_one_per_cent_keeps_its_limits():
    """WHO's software writes [1, 1] here, because it compares a percentage with 1."""
    # given: one of a hundred children stunted
    n = 100
    columns = Columns.of(
        sex=[1] * n,
        age_days=[900.0] * n,
        position=[2] * n,
        weight_kg=[12.0] * n,
        length_height_cm=[80.0] + [88.0] * (n - 1),
    )
    survey = survey_of(columns, standard=Standard.WHO2006, sampling_weight=[2.0] * n)

    # when
    table = estimate_prevalence(survey)

    # then
    half = student_t_quantile(0.975, df=n - 1) * np.sqrt(1 / (99 * 0.01 * 0.99))
    logit = np.log(0.01 / 0.99)
    limits = [100 / (1 + np.exp(-(logit + side * half))) for side in (-1, 1)]
    assert table.value("All", "HA_2_r") == pytest.approx(1.0, rel=1e-12)
    assert cells(table, "All", "HA_2_ll", "HA_2_ul") == pytest.approx(limits, rel=1e-9)


def test_limits_with_one_degree_of_freedom_are_those_of_its_wide_t():
    """WHO's software writes [0, nothing] here, because it sends 12.7 standard deviations through the normal."""
    # given
    survey = small_survey(cluster=[1] * 6 + [2] * 6)

    # when
    table = estimate_prevalence(survey)

    # then
    r, se = (table.value("All", column) / 100 for column in ("HA_2_r", "HA_2_se"))
    reach = 12.706204736174685 * se / (r * (1 - r))
    low, high = (100 / (1 + (1 - r) / r * np.exp(side * reach)) for side in (1, -1))
    assert cells(table, "All", "HA_2_ll", "HA_2_ul") == pytest.approx([low, high], rel=1e-9)


def test_group_whose_children_have_no_weight_is_counted_and_not_estimated():
    # given: the sixth child, of weight 0, is alone in its area
    area = ["far" if row == 5 else "near" for row in range(12)]

    # when
    table = estimate_prevalence(small_survey(**FULL_DESIGN, groupings={"area": area}))

    # then
    assert cells(table, "Area: far", "HAZ_pop", "HAZ_unwpop", "HA_2_r", "HA_2_se", "HA_r") == [
        0.0,
        1.0,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("design", "code"),
    [
        ({"sampling_weight": [-1.0] + [1.0] * 11}, "negative_sampling_weight"),
        ({"sampling_weight": [np.inf] + [1.0] * 11}, "infinite_sampling_weight"),
        ({"sampling_weight": [np.nan, 0.0] * 6}, "no_sampling_weight"),
        ({"sampling_weight": [1.0] * 11}, "survey_lengths_differ"),
        ({"cluster": [1] * 13}, "survey_lengths_differ"),
        ({"groupings": {"village": ["x"] * 12}}, "unknown_grouping"),
    ],
)
def test_design_that_cannot_be_right_is_refused_with_a_code_and_a_field(design, code):
    with pytest.raises(MeasurementError) as refused:
        small_survey(**design)
    assert refused.value.code == code
    assert refused.value.field in {*design, *design.get("groupings", ())}


@pytest.mark.parametrize("design", [{"cluster": [None] * 12}, {"strata": ["NA"] * 12}])
def test_survey_without_a_child_to_count_is_refused(design):
    survey = small_survey(**design)
    with pytest.raises(MeasurementError) as refused:
        estimate_prevalence(survey)
    assert refused.value.code == "survey_empty"

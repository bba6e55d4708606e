"""What must hold for every survey: order and names don't matter, equal weights are none, limits enclose the share."""

from __future__ import annotations

from math import isclose

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from children.growth.columns import Columns
from children.growth.survey import Survey, concordance, estimate_prevalence, quality_report, survey_of
from children.growth.types import Standard

few = settings(max_examples=25, deadline=None)


@st.composite
def samples(draw, *, smallest: int = 2):
    """Return measurements and a design as columns of plain arrays."""
    n = draw(st.integers(smallest, 60))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    age_days = np.where(random.random(n) < 0.05, np.nan, random.uniform(0.0, 1826.0, n))
    length_cm = 50.0 + 58.0 * (np.nan_to_num(age_days, nan=700.0) / 1826.0) ** 0.6 + random.normal(0.0, 4.0, n)
    clusters = draw(st.integers(1, 12))
    strata = draw(st.integers(1, clusters))
    cluster = random.integers(0, clusters, n)
    return {
        "sex": random.integers(0, 3, n),
        "age_days": age_days,
        "oedema": random.random(n) < 0.05,
        "weight_kg": np.round(3.3 * (length_cm / 50.0) ** 2.2 * np.exp(random.normal(0.0, 0.15, n)), 1),
        "length_height_cm": np.round(length_cm, 1),
        "muac_mm": np.round(random.normal(138.0, 13.0, n)),
        "sampling_weight": random.uniform(0.1, 4.0, n),
        "cluster": cluster,
        "strata": cluster % strata,
        "area": random.integers(0, 3, n),
    }


def survey_from(sample: dict[str, np.ndarray], *, design: bool = True, **changes: object) -> Survey:
    """Return the survey of a sample, with its design or plain."""
    values = {**sample, **changes}
    measured = ("sex", "age_days", "oedema", "weight_kg", "length_height_cm", "muac_mm")
    named = ("sampling_weight", "cluster", "strata")
    return survey_of(
        Columns.of(**{name: values[name] for name in measured}),
        standard=Standard.WHO2006,
        groupings={"area": values["area"]},
        **({name: values[name] for name in named} if design else {}),
    )


def assert_same_numbers(first, second, *, but: tuple[str, ...] = ()) -> None:
    """Compare two tables cell by cell, group by group, but for columns that end in one of `but`."""
    assert first.header == second.header
    rows = {row[0]: row for row in second.rows}
    assert {row[0] for row in first.rows} == set(rows)
    for row in first.rows:
        for column, cell, other in zip(first.header[1:], row[1:], rows[row[0]][1:], strict=True):
            if column.endswith(but or ("no such column",)):
                continue
            assert (cell is None) == (other is None), (row[0], column)
            if cell is not None and other is not None:
                assert isclose(cell, other, rel_tol=1e-8, abs_tol=1e-7), (row[0], column)


@few
@given(samples(), st.randoms(use_true_random=False), st.booleans())
def test_order_of_rows_changes_nothing(sample, random, design):
    # given
    order = list(range(len(sample["sex"])))
    random.shuffle(order)
    shuffled = {name: column[order] for name, column in sample.items()}

    # when
    table, other = (estimate_prevalence(survey_from(rows, design=design)) for rows in (sample, shuffled))

    # then
    assert_same_numbers(table, other)


@few
@given(samples(), st.randoms(use_true_random=False))
def test_order_of_rows_changes_no_quality_and_no_concordance(sample, random):
    # given
    order = list(range(len(sample["sex"])))
    random.shuffle(order)
    survey, other = survey_from(sample), survey_from({name: column[order] for name, column in sample.items()})

    # when
    reports, regions = zip(*((quality_report(s).overall, concordance(s)) for s in (survey, other)), strict=True)

    # then
    assert regions[0] == regions[1]
    assert reports[0].weight_digits == reports[1].weight_digits
    assert reports[0].age_heaping == reports[1].age_heaping
    assert reports[0].score.points == reports[1].score.points


@few
@given(samples())
def test_every_child_twice_in_its_cluster_changes_only_sizes_and_the_small_sample_factor(sample):
    # given: clusters that nobody takes for one
    sample = {**sample, "cluster": np.arange(len(sample["sex"])) % 7, "strata": np.zeros(len(sample["sex"]))}
    twice = {name: np.concatenate([column, column]) for name, column in sample.items()}

    # when
    table, other = (estimate_prevalence(survey_from(rows)) for rows in (sample, twice))

    # then
    assert_same_numbers(table, other, but=("pop", "_stdev"))


@few
@given(samples(), st.floats(0.001, 1000.0))
def test_equal_weights_are_no_weights(sample, weight):
    # given
    n = len(sample["sex"])
    plain = survey_from({**sample, "strata": np.zeros(n)}, sampling_weight=np.ones(n))

    # when
    weighted = survey_from({**sample, "strata": np.zeros(n)}, sampling_weight=np.full(n, weight))

    # then
    assert_same_numbers(estimate_prevalence(plain), estimate_prevalence(weighted), but=("_pop",))


@few
@given(samples())
def test_equal_weights_and_no_weights_agree_in_every_share_and_mean(sample):
    # given
    n = len(sample["sex"])
    columns = Columns.of(sex=sample["sex"], age_days=sample["age_days"], length_height_cm=sample["length_height_cm"])

    # when
    plain = estimate_prevalence(survey_of(columns, standard=Standard.WHO2006))
    weighted = estimate_prevalence(survey_of(columns, standard=Standard.WHO2006, sampling_weight=np.full(n, 3.0)))

    # then
    assert_same_numbers(plain, weighted, but=("_pop",))


@few
@given(samples())
def test_names_of_clusters_and_strata_change_nothing(sample):
    # given
    renamed = [f"village {number * 7 % 13}" for number in sample["cluster"]]
    survey = survey_from(sample)

    # when
    other = survey_from(sample, cluster=renamed, strata=[f"district {number}" for number in sample["strata"]])

    # then
    assert_same_numbers(estimate_prevalence(survey), estimate_prevalence(other))


@few
@given(samples(), st.booleans())
def test_shares_are_percentages_inside_their_limits_and_nested(sample, design):
    # given
    survey = survey_from(sample, design=design)

    # when
    table = estimate_prevalence(survey)

    # then
    for row in table.rows:
        cell = dict(zip(table.header, row, strict=True))
        for prefix in ("HA", "WA", "BMI", "WH"):
            shares = [cell[f"{prefix}_{k}_r"] for k in (3, 2, 1)]
            if shares[0] is None:
                continue
            assert 0.0 <= shares[0] <= shares[1] + 1e-9 <= shares[2] + 2e-9 <= 100.0 + 3e-9
        for column in table.header:
            if column.endswith("_ll") and cell[column] is not None:
                stem = column.removesuffix("_ll")
                assert cell[column] - 1e-9 <= cell[f"{stem}_r"] <= cell[f"{stem}_ul"] + 1e-9
                assert cell[f"{stem}_se"] >= 0.0


@few
@given(samples(smallest=30))
def test_groups_of_a_partition_add_up_to_all(sample):
    # given
    survey = survey_from({**sample, "sex": np.maximum(sample["sex"], 1)})

    # when
    table = estimate_prevalence(survey)

    # then
    by_sex = [table.value(f"Sex: {sex}", "HAZ_pop") for sex in ("Female", "Male")]
    assert sum(by_sex) == pytest.approx(table.value("All", "HAZ_pop"))

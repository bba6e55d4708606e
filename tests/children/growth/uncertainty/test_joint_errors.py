"""Errors of several inputs in z-scores and classes, against simulation, a finer grid and what must always hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from children.growth import (
    GrowthInput,
    Index,
    InputSpreads,
    NormalSpread,
    Position,
    ProbableClass,
    QuantileSpread,
    UniformSpread,
    assess,
    compute_zscores,
    technical_spreads,
    zscore_intervals,
)
from children.growth.settings import DEFAULT_SETTINGS
from children.growth.uncertainty import truths
from children.growth.uncertainty.intervals import with_ends
from children.growth.uncertainty.possible_ages import PossibleAges, possible_ages
from tests.children.growth.draws import TOLERANCE, draw
from tests.children.growth.visits import scan, visit

TEM = technical_spreads()
MONTH = UniformSpread(30.4375 / 2)
SKEWED = QuantileSpread(((0.05, -1.2), (0.1, -1.0), (0.5, 0.2), (0.9, 2.6), (0.95, 4.0)))


def spreads(**errors: float) -> InputSpreads:
    """Return normal errors with these standard deviations."""
    return InputSpreads(**{name: NormalSpread(sd) for name, sd in errors.items()})


CASES = {
    "length of a scan": scan(haz=-2.2, whz=-1.8, sd_cm=1.5),
    "skewed length of a scan": scan(haz=-2.2, whz=-1.9, spreads=InputSpreads(length_height_cm=SKEWED)),
    "weight": visit(haz=-2.5, whz=-2.02, spreads=spreads(weight_kg=0.15)),
    "MUAC near 115 mm": visit(haz=-1, whz=-1.5, muac_mm=116.0, spreads=spreads(muac_mm=3.0)),
    "MUAC near 115 mm and weight": visit(haz=-1, whz=-2.8, muac_mm=116.0, spreads=spreads(muac_mm=3.0, weight_kg=0.3)),
    "length and weight by hand": visit(age_days=700, haz=-2.0, whz=-2.0, spreads=TEM),
    "age near 24 months": visit(age_days=735, haz=-2.1, whz=-2.1, spreads=spreads(age_days=60)),
    "age near 6 months": visit(age_days=180, haz=-2.1, whz=-2.1, muac_mm=113.0, spreads=InputSpreads(age_days=MONTH)),
    "age near 6 weeks": visit(age_days=50, haz=-1.1, whz=-1.9, muac_mm=108.0, spreads=spreads(age_days=12)),
    "age near birth": visit(age_days=10, haz=-1.1, whz=-1.9, muac_mm=None, spreads=InputSpreads(age_days=MONTH)),
    "age near 60 months": visit(age_days=1815, haz=-2.1, whz=1.3, spreads=spreads(age_days=45)),
    "age and hand near 60 months": visit(
        age_days=1790, haz=-2.1, whz=-2.3, spreads=replace(TEM, age_days=NormalSpread(45))
    ),
    "scan and age, lying at 24 months": scan(
        age_days=740,
        haz=-2.0,
        whz=-2.0,
        position=Position.LENGTH,
        spreads=spreads(length_height_cm=1.5, age_days=40),
    ),
    "everything near 24 months": visit(
        age_days=720,
        haz=-2.9,
        whz=-2.2,
        muac_mm=124.0,
        head_circumference_cm=46.0,
        spreads=replace(
            TEM, age_days=NormalSpread(60), length_height_cm=NormalSpread(1.2), weight_kg=NormalSpread(0.3)
        ),
    ),
    "everything near 6 months": visit(
        age_days=190,
        haz=-2.9,
        whz=-2.2,
        muac_mm=117.0,
        spreads=replace(TEM, age_days=NormalSpread(20), weight_kg=NormalSpread(0.3)),
    ),
    "an overweight child": visit(
        age_days=700, haz=-0.5, whz=1.9, spreads=replace(TEM, age_days=NormalSpread(40), weight_kg=NormalSpread(0.4))
    ),
}
# Five standard errors of a quantile from the draws; at the ends of an 80 % interval the density of z is a third or
# more of one over its width.
QUANTILE_NOISE = 5 * 3 * np.sqrt(0.1 * 0.9 / 200_000)
ROUNDING = 0.006


@pytest.mark.parametrize("data", CASES.values(), ids=CASES)
def test_probabilities_equal_simulation(data: GrowthInput) -> None:
    expected = draw(data).probabilities()

    found = assess(data).class_probabilities

    assert found
    assert ProbableClass.STUNTING in found
    for name, probability in found.items():
        assert probability == pytest.approx(expected[name], abs=TOLERANCE), name


@pytest.mark.parametrize("data", CASES.values(), ids=CASES)
def test_eighty_percent_of_the_draws_lie_in_the_interval(data: GrowthInput) -> None:
    drawn = draw(data).raw

    scores = assess(data).zscores

    assert any(score.low80 is not None for score in scores.values())
    for index, score in scores.items():
        if score.low80 is not None and score.high80 is not None:
            low, high = np.nanquantile(drawn[index], [0.1, 0.9])
            # An estimated age is a row of days: an end is one of their z, up to one day's step away.
            step = 0.02 if data.spreads.age_days else 0.0
            tolerance = QUANTILE_NOISE * (high - low) + ROUNDING + step
            assert (score.low80, score.high80) == pytest.approx((low, high), abs=tolerance), index


def test_any_level_may_be_asked_for() -> None:
    data = CASES["everything near 24 months"]
    ages = possible_ages(data, DEFAULT_SETTINGS)
    table = compute_zscores(with_ends(data, age_days=data.age_days, level=0.95))

    low, high = zscore_intervals(data, ages, table=table, level=0.95)[Index.HAZ]

    assert (low, high) == pytest.approx(np.quantile(draw(data).raw[Index.HAZ], [0.025, 0.975]), abs=0.03)


@pytest.mark.parametrize("data", CASES.values(), ids=CASES)
def test_finer_cells_and_days_change_little(data: GrowthInput, monkeypatch: pytest.MonkeyPatch) -> None:
    found = assess(data).class_probabilities
    monkeypatch.setattr(truths, "CELLS_AT_ONE_AGE", 3000)
    monkeypatch.setattr(truths, "CELLS_AT_MANY", 600)
    monkeypatch.setattr(PossibleAges, "blurred", lambda self: self)

    fine = assess(data).class_probabilities

    assert found is not None
    assert found == pytest.approx(fine, abs=0.0005 if data.spreads.age_days is None else 0.002)


def test_estimated_age_leaves_wasting_and_muac_as_they_are() -> None:
    exact = visit(age_days=500, haz=-1.95, whz=-2.5, muac_mm=130.0)
    estimated = replace(exact, spreads=InputSpreads(age_days=MONTH))

    result = assess(estimated)

    assert result.zscores[Index.WHZ] == assess(exact).zscores[Index.WHZ]
    assert result.zscores[Index.HAZ].low80 is not None
    assert result.class_probabilities is not None
    assert result.class_probabilities[ProbableClass.WASTING] == 1.0
    assert result.class_probabilities[ProbableClass.MAM] == 1.0
    assert 0.3 < result.class_probabilities[ProbableClass.STUNTING] < 0.5


def test_muac_error_is_independent_of_weight_for_length() -> None:
    data = visit(haz=0.0, whz=-3.005, muac_mm=115.0, spreads=spreads(muac_mm=2.0, weight_kg=0.1))

    found = assess(data).class_probabilities

    assert found is not None
    # Each of the two says SAM for half of the truths.
    assert found[ProbableClass.SAM] == pytest.approx(0.75, abs=0.005)
    assert found[ProbableClass.SAM] + found[ProbableClass.MAM] == pytest.approx(1.0, abs=1e-6)


def test_muac_alone_gives_its_chance_where_weight_for_length_is_missing() -> None:
    data = replace(visit(muac_mm=114.0, spreads=spreads(muac_mm=2.0)), weight_kg=None)

    found = assess(data).class_probabilities

    assert found is not None
    assert found[ProbableClass.SAM] == pytest.approx(0.6915, abs=0.0005)


def test_no_chance_of_sam_is_given_where_muac_leaves_it_open() -> None:
    data = replace(visit(muac_mm=120.0, spreads=spreads(muac_mm=2.0)), weight_kg=None)

    found = assess(data).class_probabilities

    assert found is not None
    assert ProbableClass.SAM not in found
    assert found[ProbableClass.SAM_MAM_OR_SEVERE_STUNTING] == pytest.approx(0.9938, abs=0.0005)


def test_corrected_age_moves_with_an_estimated_birth_date() -> None:
    data = visit(age_days=300, haz=-2.0, gestation_days=210, spreads=InputSpreads(age_days=MONTH))
    older, younger = (assess(replace(data, age_days=day, spreads=InputSpreads())).zscores for day in (312, 288))

    score = assess(data).zscores[Index.HAZ]

    assert score.low80 == pytest.approx(older[Index.HAZ].value, abs=0.03)
    assert score.high80 == pytest.approx(younger[Index.HAZ].value, abs=0.03)


def test_school_child_has_chances_of_thinness_and_not_of_wasting() -> None:
    data = GrowthInput(
        sex=visit().sex, age_days=3000, weight_kg=20.0, length_height_cm=128.0, position=Position.HEIGHT, spreads=TEM
    )

    found = assess(data).class_probabilities

    assert found is not None
    assert {ProbableClass.THINNESS, ProbableClass.OVERWEIGHT, ProbableClass.UNDERWEIGHT} <= found.keys()
    assert (
        not {ProbableClass.WASTING, ProbableClass.SAM, ProbableClass.MAM, ProbableClass.INFANT_AT_RISK} & found.keys()
    )


@st.composite
def visits_with_errors(draw: st.DrawFn) -> GrowthInput:
    """Any child with normal errors of some inputs; of the age, uniform."""

    def maybe(low: float, high: float) -> NormalSpread | None:
        return draw(st.none() | st.floats(low, high).map(NormalSpread))

    made = visit(
        age_days=draw(st.sampled_from([0, 20, 45, 170, 185, 300, 540, 725, 735, 1200, 1800, 1826])),
        haz=draw(st.floats(-3.5, 3.0)),
        whz=draw(st.floats(-3.5, 3.5)),
        muac_mm=draw(st.sampled_from([None, 105.0, 114.0, 116.0, 124.0, 140.0])),
        gestation_days=draw(st.none() | st.integers(200, 280)),
        spreads=InputSpreads(
            length_height_cm=maybe(0.01, 4.0),
            weight_kg=maybe(0.001, 0.5),
            muac_mm=maybe(0.1, 6.0),
            age_days=draw(st.none() | st.floats(0.1, 120.0).map(UniformSpread)),
        ),
    )
    # A length off the tables of weight-for-length has no weight with a WHZ.
    return replace(made, weight_kg=None) if made.weight_kg is None or np.isnan(made.weight_kg) else made


@given(data=visits_with_errors())
@settings(max_examples=150, deadline=None)
def test_probabilities_are_consistent(data: GrowthInput) -> None:
    found = assess(data).class_probabilities

    if found is None:
        assert not data.spreads.any or not assess(data).zscores
        return
    assert all(0.0 <= probability <= 1.0 for probability in found.values())
    assert found.get(ProbableClass.SAM, 0.0) + found.get(ProbableClass.MAM, 0.0) <= 1.0 + 1e-9
    for severe, any_of_them in (
        (ProbableClass.SEVERE_STUNTING, ProbableClass.STUNTING),
        (ProbableClass.SEVERE_WASTING, ProbableClass.WASTING),
        (ProbableClass.SEVERE_UNDERWEIGHT, ProbableClass.UNDERWEIGHT),
        (ProbableClass.SEVERE_THINNESS, ProbableClass.THINNESS),
        (ProbableClass.OBESITY, ProbableClass.OVERWEIGHT),
    ):
        assert (severe in found) == (any_of_them in found)
        assert found.get(severe, 0.0) <= found.get(any_of_them, 0.0) + 1e-9


@given(data=visits_with_errors())
@settings(max_examples=100, deadline=None)
def test_interval_holds_the_point_of_measured_values(data: GrowthInput) -> None:
    measured = replace(data, spreads=replace(data.spreads, age_days=None))

    for score in assess(measured).zscores.values():
        if score.low80 is not None and score.high80 is not None:
            assert score.low80 - 0.01 <= score.value <= score.high80 + 0.01


@given(
    haz=st.floats(-3.4, 3.0),
    whz=st.floats(-3.4, 3.0),
    days=st.sampled_from([30, 200, 540, 729, 733, 1500]),
    error=st.floats(1e-4, 1e-3),
)
@settings(max_examples=60, deadline=None)
def test_interval_shrinks_to_the_point_with_the_error(haz: float, whz: float, days: int, error: float) -> None:
    small = InputSpreads(
        length_height_cm=NormalSpread(error),
        weight_kg=NormalSpread(error / 10),
        muac_mm=NormalSpread(error),
        age_days=UniformSpread(0.1),
    )

    for score in assess(visit(age_days=days, haz=haz, whz=whz, spreads=small)).zscores.values():
        assert (score.low80, score.high80) == pytest.approx((score.value, score.value), abs=0.015)


@pytest.mark.parametrize("sd_cm", [2.0, 3.2, 3.5])
def test_ends_near_the_end_of_the_table_are_those_of_the_length_alone(sd_cm: float) -> None:
    alone = visit(age_days=0, spreads=spreads(length_height_cm=sd_cm))
    with_hardly_a_weight_error = replace(alone, spreads=spreads(length_height_cm=sd_cm, weight_kg=0.0005))

    expected = assess(alone).zscores[Index.WHZ]
    found = assess(with_hardly_a_weight_error).zscores[Index.WHZ]

    assert (found.high80 is None) == (expected.high80 is None) == (sd_cm > 3.4)
    assert found.low80 == pytest.approx(expected.low80, abs=0.025)
    if expected.high80 is not None:
        assert found.high80 == pytest.approx(expected.high80, abs=0.025)

"""What must hold for every child: order, round trip, one equals many, shuffling changes nothing."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from children.growth import (
    NO_SPREADS,
    Assessment,
    Columns,
    GrowthInput,
    Index,
    InputSpreads,
    NormalSpread,
    Position,
    RiskLevel,
    RowCode,
    Sex,
    Source,
    assess,
    compute_zscores,
    measurement_at_z,
)
from children.growth import indices as core
from children.growth.plausibility import FLAG_LIMITS
from children.growth.tables import AGE_INDICES
from tests.children.growth.who_rows import who_columns

sexes = st.sampled_from(Sex)
codes = st.sampled_from([1, 2])
days = st.integers(0, 1826)
arm_days = st.integers(91, 1826)
z_values = st.floats(-4.9, 4.9)

COLUMN_OF_INDEX = {
    Index.HAZ: "length_height_cm",
    Index.WAZ: "weight_kg",
    Index.HCZ: "head_circumference_cm",
    Index.ACZ: "muac_mm",
    Index.TSZ: "triceps_mm",
    Index.SSZ: "subscapular_mm",
}


def z_of(index: Index, *, sex: int, age_days: int, value: np.ndarray) -> np.ndarray:
    """Return the unrounded z of values of one measurement."""
    columns = Columns.of(sex=sex, age_days=age_days, **{COLUMN_OF_INDEX[index]: value})  # type: ignore[arg-type]
    return compute_zscores(columns, indices=[index]).raw[0]


@pytest.mark.parametrize("index", COLUMN_OF_INDEX)
@settings(deadline=None)
@given(sex=codes, age_days=arm_days, share=st.floats(0.3, 3.0), step=st.floats(1.0001, 1.5))
def test_more_is_a_higher_z(index: Index, sex: int, age_days: int, share: float, step: float) -> None:
    median = measurement_at_z(index, sex=np.array([sex], dtype=np.int8), at=age_days, z=0.0)
    low, high = median * share, median * share * step

    z = z_of(index, sex=sex, age_days=age_days, value=np.concatenate([low, high]))

    assert z[0] < z[1]


@pytest.mark.parametrize("index", COLUMN_OF_INDEX)
@settings(deadline=None)
@given(sex=codes, age_days=arm_days, z=z_values)
def test_inverse_comes_back(index: Index, sex: int, age_days: int, z: float) -> None:
    value = measurement_at_z(index, sex=np.array([sex], dtype=np.int8), at=age_days, z=z)

    assert z_of(index, sex=sex, age_days=age_days, value=value)[0] == pytest.approx(z, abs=1e-8)


@given(sex=sexes, cm=st.floats(65.0, 110.0), z=z_values, position=st.sampled_from(Position), weight_kg=st.floats(2, 40))
def test_weight_for_length_comes_back_and_falls_with_length(
    sex: Sex, cm: float, z: float, position: Position, weight_kg: float
) -> None:
    code, age_days = (1 if sex is Sex.MALE else 2), (400 if position is Position.LENGTH else 1000)
    kg = measurement_at_z(Index.WHZ, sex=sex, at=cm, z=z, position=position)

    def whz(weight: np.ndarray | float, length: np.ndarray | float) -> np.ndarray:
        columns = Columns.of(sex=code, age_days=age_days, weight_kg=weight, length_height_cm=length)
        return compute_zscores(columns, indices=[Index.WHZ]).raw[0]

    assert whz(kg, cm)[0] == pytest.approx(z, abs=1e-8)
    along = whz(weight_kg, np.linspace(65.0, 110.0, 200))
    plausible = np.abs(along) <= FLAG_LIMITS[Index.WHZ][1]
    # An 80 % interval of WHZ is the z of the two ends of the length's interval, because of this.
    assert (np.diff(along)[plausible[1:] & plausible[:-1]] < 0).all()


def test_one_child_equals_the_same_child_among_many() -> None:
    columns = who_columns()
    together = compute_zscores(columns)

    for row in range(0, len(columns), 29):
        alone = compute_zscores(columns[row : row + 1])
        np.testing.assert_array_equal(alone.raw[:, 0], together.raw[:, row])
        np.testing.assert_array_equal(alone.flagged[:, 0], together.flagged[:, row])


@given(seed=st.integers(0, 2**32 - 1), chunk=st.integers(1, 7000))
@settings(max_examples=15, deadline=None)
def test_order_and_chunks_change_nothing(seed: int, chunk: int) -> None:
    columns = who_columns()
    expected = compute_zscores(columns)
    order = np.random.default_rng(seed).permutation(len(columns))
    shuffled = Columns(**{f.name: getattr(columns, f.name)[order] for f in fields(Columns)})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core, "CHUNK_ROWS", max(chunk, 200))
        found = compute_zscores(shuffled)

    np.testing.assert_array_equal(found.z, expected.z[:, order])
    np.testing.assert_array_equal(found.raw, expected.raw[:, order])
    np.testing.assert_array_equal(found.flagged, expected.flagged[:, order])
    np.testing.assert_array_equal(found.bmi, expected.bmi[order])


@pytest.mark.parametrize("index", AGE_INDICES)
def test_asking_for_one_index_gives_the_same_z(index: Index) -> None:
    columns = who_columns()

    np.testing.assert_array_equal(
        compute_zscores(columns, indices=[index]).column(index), compute_zscores(columns).column(index)
    )


def test_columns_of_no_children_and_of_no_measurements_are_answered() -> None:
    assert compute_zscores(Columns.of(sex=[], age_days=[])).z.shape == (0, 0)
    assert np.isnan(compute_zscores(Columns.of(sex=1, age_days=10)).column(Index.HAZ)).all()


@st.composite
def inputs(draw: st.DrawFn) -> GrowthInput:
    """Any input that a record accepts."""

    def maybe(values: st.SearchStrategy[float]) -> float | None:
        return draw(st.none() | values)

    source = draw(st.sampled_from(Source))
    length = maybe(st.floats(20.0, 220.0))
    scanned = source is Source.SCAN and length is not None
    return GrowthInput(
        sex=draw(st.none() | sexes),
        age_days=draw(st.none() | st.integers(0, 2500)),
        gestation_days=draw(st.none() | st.integers(154, 315)),
        weight_kg=maybe(st.floats(0.3, 60.0)),
        length_height_cm=length,
        position=draw(st.none() | st.sampled_from(Position)),
        muac_mm=maybe(st.floats(40.0, 600.0)),
        head_circumference_cm=maybe(st.floats(15.0, 80.0)),
        oedema=draw(st.none() | st.booleans()),
        spreads=InputSpreads(length_height_cm=NormalSpread(draw(st.floats(0.01, 30.0)))) if scanned else NO_SPREADS,
        source=source,
    )


@given(data=inputs())
@settings(max_examples=200, deadline=None)
def test_every_accepted_input_gets_one_consistent_answer(data: GrowthInput) -> None:
    result: Assessment = assess(data)

    codes_found = [row.code for row in result.rows]
    assert codes_found
    assert len(codes_found) == len(set(codes_found))
    assert (codes_found == [RowCode.NONE]) == (result.risk_level is RiskLevel.NONE)
    if result.missing:
        assert result.risk_level is not RiskLevel.NONE
    levels = [row.risk_level for row in result.rows if row.risk_level is not RiskLevel.UNKNOWN]
    assert result.risk_level is (levels[0] if levels else RiskLevel.UNKNOWN)
    if data.oedema:
        assert result.risk_level is RiskLevel.CRITICAL
    for score in result.zscores.values():
        assert np.isfinite(score.value)
        assert 0.0 <= score.centile <= 100.0
        if score.low80 is not None and score.high80 is not None:
            assert score.low80 <= score.value <= score.high80 or score.flagged
    assert all(0.0 <= p <= 1.0 for p in (result.class_probabilities or {}).values())
    assert (result.class_probabilities is None) or data.source is Source.SCAN


@given(data=inputs())
@settings(max_examples=100, deadline=None)
def test_lower_muac_never_lowers_the_alarm(data: GrowthInput) -> None:
    order = [RiskLevel.CRITICAL, RiskLevel.HIGH, RiskLevel.MODERATE, RiskLevel.LOW, RiskLevel.NONE, RiskLevel.UNKNOWN]
    fields_of = {f.name: getattr(data, f.name) for f in fields(GrowthInput)}

    thin = assess(GrowthInput(**(fields_of | {"muac_mm": 112.0})))
    thick = assess(GrowthInput(**(fields_of | {"muac_mm": 135.0})))

    assert order.index(thin.risk_level) <= order.index(thick.risk_level)

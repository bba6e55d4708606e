"""A scan's length error in z-scores and classes, against simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from children.growth import (
    Assessment,
    Columns,
    GrowthInput,
    Index,
    ProbableClass,
    assess,
    compute_zscores,
    crossed_cutoffs,
)
from children.growth.columns import POSITION_CODES, SEX_CODES
from tests.children.growth.visits import scan, visit

DRAWS = 200_000
# Five standard errors of a probability of one half from so many draws.
TOLERANCE = 0.006


def simulate(data: GrowthInput) -> dict[Index, np.ndarray]:
    """Return rounded z-scores of children whose true length is drawn around the scan's; flagged ones are NaN."""
    assert data.length_height_cm is not None
    assert data.spreads.length_height_cm is not None
    length = np.random.default_rng(20).normal(data.length_height_cm, data.spreads.length_height_cm.sd, DRAWS)
    table = compute_zscores(
        Columns.of(
            sex=SEX_CODES[data.sex],
            age_days=data.age_days,
            position=POSITION_CODES[data.position],
            weight_kg=data.weight_kg,
            length_height_cm=length,
        )
    )
    return {index: np.where(table.flagged[k], np.nan, table.z[k]) for k, index in enumerate(table.indices)}


def share(event: np.ndarray, *known: np.ndarray) -> float:
    usable = ~np.isnan(np.stack(known)).any(axis=0)
    return float(event[usable].mean())


CASES = [
    scan(haz=-2.2, whz=-1.8, sd_cm=1.5),
    scan(haz=-3.1, whz=-2.9, sd_cm=2.0),
    scan(haz=0.0, whz=2.1, sd_cm=1.0),
    scan(age_days=730, haz=-2.0, whz=-2.0, sd_cm=3.0),
    scan(age_days=1500, haz=-2.5, whz=-3.2, sd_cm=2.5),
    scan(age_days=100, haz=-1.0, whz=-1.0, sd_cm=1.2),
    scan(age_days=30, haz=-3.0, whz=0.0, sd_cm=3.0),  # half of the lengths leave the table at 45 cm
]


@pytest.mark.parametrize("data", CASES)
def test_probabilities_equal_simulation(data: GrowthInput) -> None:
    z = simulate(data)
    haz, whz, baz = z[Index.HAZ], z[Index.WHZ], z[Index.BAZ]

    found = assess(data).class_probabilities

    assert found is not None
    expected = {
        ProbableClass.SEVERE_STUNTING: share(haz < -3, haz),
        ProbableClass.STUNTING: share(haz < -2, haz),
        ProbableClass.SEVERE_WASTING: share(whz < -3, whz),
        ProbableClass.WASTING: share(whz < -2, whz),
        ProbableClass.OVERWEIGHT: share((whz > 2) | (baz > 2), whz, baz),
        ProbableClass.OBESITY: share((whz > 3) | (baz > 3), whz, baz),
    }
    if assess(data).infant_at_risk is None:
        expected[ProbableClass.SAM] = share(whz < -3, whz)
        expected[ProbableClass.MAM] = share((whz < -2) & (whz >= -3), whz)
        expected[ProbableClass.SAM_MAM_OR_SEVERE_STUNTING] = share((whz < -2) | (haz < -3), whz, haz)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=TOLERANCE), name


@pytest.mark.parametrize("data", CASES[:-1])
@pytest.mark.parametrize("index", [Index.HAZ, Index.WHZ, Index.BAZ])
def test_interval_holds_eighty_percent(data: GrowthInput, index: Index) -> None:
    drawn = simulate(data)[index]

    score = assess(data).zscores[index]

    assert score.low80 == pytest.approx(np.nanquantile(drawn, 0.1), abs=0.03)
    assert score.high80 == pytest.approx(np.nanquantile(drawn, 0.9), abs=0.03)


@pytest.mark.parametrize("haz", [-3.3, -2.4, -1.0, 0.5])
@pytest.mark.parametrize("whz", [-3.4, -2.5, 0.0, 2.6])
def test_small_error_gives_the_point_and_certain_classes(haz: float, whz: float) -> None:
    result = assess(scan(haz=haz, whz=whz, sd_cm=0.01))

    for index in (Index.HAZ, Index.WHZ, Index.BAZ):
        score = result.zscores[index]
        assert score.low80 == pytest.approx(score.value, abs=0.02)
        assert score.high80 == pytest.approx(score.value, abs=0.02)
    assert result.class_probabilities is not None
    assert result.class_probabilities[ProbableClass.STUNTING] == (1.0 if haz < -2 else 0.0)
    assert result.class_probabilities[ProbableClass.SEVERE_WASTING] == (1.0 if whz < -3 else 0.0)
    assert result.class_probabilities[ProbableClass.SAM] == (1.0 if whz < -3 else 0.0)


def test_manual_value_has_neither_interval_nor_probability() -> None:
    result = assess(visit())

    assert result.class_probabilities is None
    assert all(score.low80 is score.high80 is None for score in result.zscores.values())


def test_weight_for_age_of_a_scan_has_no_interval() -> None:
    assert assess(scan()).zscores[Index.WAZ].low80 is None


def test_scan_without_a_weight_gives_stunting_only() -> None:
    found = assess(scan(whz=None, haz=-2.9)).class_probabilities

    assert found is not None
    assert set(found) == {
        ProbableClass.STUNTING,
        ProbableClass.SEVERE_STUNTING,
        ProbableClass.SAM_MAM_OR_SEVERE_STUNTING,
    }
    severe = found[ProbableClass.SEVERE_STUNTING]
    assert found[ProbableClass.SAM_MAM_OR_SEVERE_STUNTING] == pytest.approx(severe, abs=1e-8)


def test_oedema_makes_sam_certain() -> None:
    found = assess(scan(oedema=True)).class_probabilities

    assert found is not None
    assert (found[ProbableClass.SAM], found[ProbableClass.MAM]) == (1.0, 0.0)


def test_muac_between_115_and_125_makes_at_least_mam_certain() -> None:
    found = assess(scan(muac_mm=120.0, whz=-3.0)).class_probabilities

    assert found is not None
    assert found[ProbableClass.SAM] + found[ProbableClass.MAM] == pytest.approx(1.0)
    assert 0.3 < found[ProbableClass.SAM] < 0.7


@pytest.mark.parametrize(
    ("data", "at_risk"),
    [
        (scan(age_days=100, whz=-2.005), 0.5),
        (scan(age_days=100, muac_mm=105.0), 1.0),
        (scan(age_days=100, whz=None, muac_mm=105.0), 1.0),
    ],
)
def test_probability_of_an_infant_at_risk(data: GrowthInput, at_risk: float) -> None:
    found = assess(data).class_probabilities

    assert found is not None
    assert found[ProbableClass.INFANT_AT_RISK] == pytest.approx(at_risk, abs=0.01)
    assert ProbableClass.SAM not in found


def test_flagged_point_has_no_probability_of_its_classes() -> None:
    found = assess(replace(scan(sd_cm=1.0), length_height_cm=45.0)).class_probabilities

    assert found is not None
    assert ProbableClass.STUNTING not in found


@pytest.mark.parametrize(
    ("data", "crossed"),
    [
        (scan(haz=-2.0, whz=0.0), [(Index.HAZ, -2.0)]),
        (scan(haz=-2.5, whz=-2.5, sd_cm=3.5), [(Index.HAZ, -3), (Index.HAZ, -2), (Index.WHZ, -3), (Index.WHZ, -2)]),
        (scan(haz=0.0, whz=0.0), []),
        (visit(haz=-2.0), []),
    ],
)
def test_cut_offs_inside_the_interval_are_named(data: GrowthInput, crossed: list[tuple[Index, float]]) -> None:
    result: Assessment = assess(data)

    assert [(item.index, item.cutoff) for item in crossed_cutoffs(result)] == crossed

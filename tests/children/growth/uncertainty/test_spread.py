"""Errors of measurements as distributions: what each kind says, and what is refused."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from children.growth import InputSpreads, MeasurementError, NormalSpread, QuantileSpread, Spread, UniformSpread
from children.growth.technical_error import TECHNICAL_ERROR, technical_spreads
from children.growth.uncertainty.possible_ages import estimated_age_spread
from children.growth.uncertainty.spread import EXACTLY

SKEWED = QuantileSpread(((0.05, -1.2), (0.1, -1.0), (0.5, 0.2), (0.9, 2.6), (0.95, 4.0)))
SPREADS = [NormalSpread(1.3), UniformSpread(15.2), SKEWED]


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("share", [0.001, 0.05, 0.1, 0.37, 0.5, 0.9, 0.999])
def test_share_below_a_quantile_is_its_share(spread: Spread, share: float) -> None:
    assert spread.cdf(np.array([spread.quantile(share)]))[0] == pytest.approx(share, abs=1e-7)


@pytest.mark.parametrize("spread", [*SPREADS, EXACTLY])
def test_integral_adds_up_the_shares(spread: Spread) -> None:
    at = np.linspace(-60.0, 60.0, 600_001)

    added = np.cumsum(spread.cdf(at)) * (at[1] - at[0])

    np.testing.assert_allclose(spread.cdf_integral(at), added, atol=2e-4)


@pytest.mark.parametrize("spread", SPREADS)
def test_cells_hold_the_whole_distribution(spread: Spread) -> None:
    edges = spread.edges(60)

    assert (np.diff(edges) > 0.0).all()
    assert np.diff(spread.cdf(edges)).sum() == pytest.approx(1.0, abs=1e-7)


def test_quantiles_of_a_normal_give_the_normal_back() -> None:
    normal = NormalDist(0.3, 1.4)
    spread = QuantileSpread(tuple((share, normal.inv_cdf(share)) for share in (0.05, 0.25, 0.6, 0.9)))
    at = np.linspace(-7.0, 7.0, 57)

    found = spread.cdf(at)

    np.testing.assert_allclose(found, [normal.cdf(x) for x in at], atol=1e-7)
    assert spread.sd == pytest.approx(1.4)


def test_quantiles_of_values_become_deviations() -> None:
    spread = QuantileSpread.around(80.0, {0.9: 82.6, 0.1: 79.0, 0.5: 80.2})

    np.testing.assert_allclose(spread.pairs, [(0.1, -1.0), (0.5, 0.2), (0.9, 2.6)])


@given(
    shares=st.lists(st.floats(0.01, 0.99), min_size=2, max_size=6, unique_by=lambda share: round(share, 2)),
    steps=st.lists(st.floats(0.01, 5.0), min_size=6, max_size=6),
    at=st.lists(st.floats(-30.0, 30.0), min_size=2, max_size=20),
)
def test_share_below_never_falls(shares: list[float], steps: list[float], at: list[float]) -> None:
    values = np.cumsum(steps)[: len(shares)] - 3.0
    spread = QuantileSpread(tuple(zip(sorted(shares), values.tolist(), strict=True)))

    below = spread.cdf(np.sort(np.array(at)))

    assert (np.diff(below) >= 0.0).all()
    assert ((below >= 0.0) & (below <= 1.0)).all()


@pytest.mark.parametrize("width", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("kind", [NormalSpread, UniformSpread])
def test_error_without_a_width_is_refused(kind: type[NormalSpread | UniformSpread], width: float) -> None:
    with pytest.raises(MeasurementError) as error:
        kind(width)

    assert error.value.code == "spread_not_positive"


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        (((0.5, 0.0),), "spread_too_few_quantiles"),
        (((0.0, -1.0), (0.9, 1.0)), "spread_not_a_share"),
        (((0.1, -1.0), (1.0, 1.0)), "spread_not_a_share"),
        (((0.1, 1.0), (0.9, -1.0)), "spread_not_ascending"),
        (((0.9, -1.0), (0.1, 1.0)), "spread_not_ascending"),
        (((0.1, -1.0), (0.9, math.nan)), "spread_not_ascending"),
        (((0.1, 1.0), (0.9, 1.0)), "spread_not_ascending"),
    ],
)
def test_quantiles_that_are_none_are_refused(pairs: tuple[tuple[float, float], ...], code: str) -> None:
    with pytest.raises(MeasurementError) as error:
        QuantileSpread(pairs)

    assert error.value.code == code


def test_exact_inputs_have_no_error() -> None:
    assert not InputSpreads().any
    assert InputSpreads(muac_mm=NormalSpread(2.0)).any


def test_visit_by_hand_has_the_technical_error_of_measurement() -> None:
    found = technical_spreads()

    assert found.muac_mm == NormalSpread(TECHNICAL_ERROR.muac_mm)
    assert found.weight_kg == NormalSpread(TECHNICAL_ERROR.weight_kg)
    assert found.age_days is None


@pytest.mark.parametrize(
    ("age_days", "expected"),
    [(0, UniformSpread(30.4375 / 2)), (60, UniformSpread(30.4375 / 2)), (365, NormalSpread(36.5))],
)
def test_estimated_birth_date_is_known_to_the_month_or_to_a_tenth_of_the_age(age_days: int, expected: Spread) -> None:
    assert estimated_age_spread(age_days) == expected

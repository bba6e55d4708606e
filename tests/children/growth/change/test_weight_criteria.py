"""Weight loss and faltering, kept apart from the error of two weighings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from children.growth import (
    Criterion,
    GrowthSettings,
    MeasurementError,
    PreviousVisit,
    RowCode,
    assess,
)
from children.growth.change.weight_change import (
    weight_criteria,
)
from tests.children.growth.visits import visit


def changes(
    *,
    age_days: int,
    days_ago: int,
    before_kg: float,
    now_kg: float,
    before_waz: float | None = None,
    now_waz: float | None = None,
    oedema: bool = False,
) -> tuple[Criterion, ...]:
    return weight_criteria(
        previous=PreviousVisit(age_days=age_days - days_ago, weight_kg=before_kg, waz=before_waz),
        age_days=age_days,
        weight_kg=now_kg,
        waz=now_waz,
        oedema=oedema,
        settings=GrowthSettings(),
    )


@pytest.mark.parametrize(
    ("before_kg", "now_kg", "lost"),
    [
        (4.0, 3.9, False),  # 0.1 kg is the error of two weighings
        (4.0, 3.899, True),
        (10.0, 9.8, False),  # 2 % of a heavier child
        (10.0, 9.79, True),
        (10.0, 10.5, False),
    ],
)
def test_loss_counts_beyond_the_error_of_two_weighings(before_kg: float, now_kg: float, lost: bool) -> None:
    assert changes(age_days=400, days_ago=7, before_kg=before_kg, now_kg=now_kg) == (
        (Criterion.WEIGHT_LOSS,) if lost else ()
    )


@pytest.mark.parametrize(("age_days", "lost"), [(13, False), (14, True)])
def test_loss_after_birth_is_normal_for_two_weeks(age_days: int, lost: bool) -> None:
    assert bool(changes(age_days=age_days, days_ago=age_days, before_kg=3.4, now_kg=3.1)) is lost


@pytest.mark.parametrize(
    ("age_days", "days_ago", "expected"),
    [(120, 28, (Criterion.NO_WEIGHT_GAIN,)), (120, 27, ()), (200, 28, ())],
)
def test_infant_under_six_months_fails_to_gain(age_days: int, days_ago: int, expected: tuple[Criterion, ...]) -> None:
    assert changes(age_days=age_days, days_ago=days_ago, before_kg=5.0, now_kg=5.0) == expected


@pytest.mark.parametrize(
    ("fall", "days_ago", "faltering"), [(1.0, 28, True), (0.99, 28, False), (1.5, 27, False), (-1.0, 60, False)]
)
def test_fall_of_waz_over_a_minimum_interval(fall: float, days_ago: int, faltering: bool) -> None:
    found = changes(age_days=400, days_ago=days_ago, before_kg=9.0, now_kg=9.0, before_waz=-0.3, now_waz=-0.3 - fall)

    assert found == ((Criterion.WAZ_FALL,) if faltering else ())


def test_child_with_oedema_is_not_compared() -> None:
    assert changes(age_days=400, days_ago=30, before_kg=12.0, now_kg=9.0, oedema=True) == ()


def test_previous_visit_after_this_one_is_an_error() -> None:
    with pytest.raises(MeasurementError) as error:
        assess(visit(age_days=400), PreviousVisit(age_days=401, weight_kg=9.0))

    assert error.value.code == "previous_not_earlier"


def test_loss_puts_an_infant_at_risk() -> None:
    result = assess(visit(age_days=100), PreviousVisit(age_days=80, weight_kg=9.0))

    assert result.infant_at_risk is True
    assert [row.code for row in result.rows] == [RowCode.INFANT_AT_RISK, RowCode.WEIGHT_LOSS]


def weekly(*weights_kg: float, age_days: int, waz: tuple[float, ...] = ()) -> tuple[Criterion, ...]:
    """Return what is true of the last of weights a week apart; `age_days` is that of the last."""
    scores = waz or (None,) * len(weights_kg)
    days = [age_days - 7 * k for k in reversed(range(len(weights_kg)))]
    *earlier, now = zip(days, weights_kg, scores, strict=True)
    return weight_criteria(
        previous=[PreviousVisit(age_days=day, weight_kg=kg, waz=z) for day, kg, z in earlier],
        age_days=now[0],
        weight_kg=now[1],
        waz=now[2],
        oedema=False,
        settings=GrowthSettings(),
    )


@pytest.mark.parametrize(
    ("weights_kg", "age_days", "expected"),
    [
        ((9.0, 8.9, 8.85, 8.8, 8.75), 400, (Criterion.WEIGHT_LOSS,)),  # each week within the error
        ((9.0, 8.9, 8.85, 8.8), 400, ()),  # not yet four weeks
        ((9.0, 8.9, 8.9, 8.9, 8.9), 400, ()),
        ((9.0, 8.4, 8.4, 8.3, 8.6), 400, ()),  # still below, and gaining again
        ((9.0, 8.4, 8.4, 8.4, 8.5), 400, (Criterion.WEIGHT_LOSS,)),  # a gain within the error
        ((5.0, 5.05, 5.05, 5.0, 5.0), 120, (Criterion.NO_WEIGHT_GAIN,)),
        ((5.0, 5.05, 5.05, 5.0, 5.01), 120, ()),
    ],
)
def test_slow_loss_of_a_child_weighed_every_week_is_found(
    weights_kg: tuple[float, ...], age_days: int, expected: tuple[Criterion, ...]
) -> None:
    assert weekly(*weights_kg, age_days=age_days) == expected


def test_a_fall_over_four_weekly_visits_is_faltering_until_it_is_made_up() -> None:
    falling, staying, rising = (-0.2, -0.5, -0.8, -1.0, -1.2), (-0.2, -1.2, -1.2, -1.2, -1.2), (-0.2, -1.2, -1, -0.8, 0)

    found = [weekly(9.0, 9.0, 9.0, 9.0, 9.0, age_days=400, waz=waz) for waz in (falling, staying, rising)]

    assert found == [(Criterion.WAZ_FALL,), (Criterion.WAZ_FALL,), ()]


@given(
    days=st.lists(st.integers(0, 399), min_size=1, max_size=6, unique=True),
    weight_kg=st.floats(7.0, 10.0),
    seed=st.integers(0, 1000),
)
def test_the_order_of_earlier_visits_plays_no_part(days: list[int], weight_kg: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    visits = [PreviousVisit(age_days=day, weight_kg=8.5 + rng.normal(), waz=rng.normal()) for day in days]

    found = [
        weight_criteria(
            previous=previous, age_days=400, weight_kg=weight_kg, waz=-1.0, oedema=False, settings=GrowthSettings()
        )
        for previous in (visits, visits[::-1])
    ]

    assert found[0] == found[1]

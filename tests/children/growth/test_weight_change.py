"""Weight loss and faltering, kept apart from the error of two weighings."""

from __future__ import annotations

import pytest

from children.growth import Criterion, GrowthSettings, MeasurementError, PreviousVisit, RowCode, assess
from children.growth.weight_change import weight_criteria
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

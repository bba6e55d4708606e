"""What two weighings mean: gain, error, verdict, velocity, lines crossed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from children.growth import (
    Criterion,
    GrowthSettings,
    Index,
    Sex,
    measurement_at_z,
)
from children.growth.change.weight_change import (
    Weighing,
    WeightChange,
    WeightVerdict,
    error_limit_kg,
    minimum_interval_days,
    weight_change,
    weight_changes,
)


def at_z(age_days: int, waz: float, *, sex: Sex = Sex.FEMALE, **changed: object) -> Weighing:
    """Return a weighing exactly on a line of weight-for-age."""
    weight = float(measurement_at_z(Index.WAZ, sex=sex, at=age_days, z=waz)[0])
    return replace(Weighing(age_days=age_days, weight_kg=weight, waz=waz), **changed)


def compared(
    before: Weighing, now: Weighing, *, sex: Sex | None = Sex.FEMALE, gestation_days: int | None = None, **set: float
) -> WeightChange:
    return weight_change(now=now, before=before, sex=sex, gestation_days=gestation_days, settings=GrowthSettings(**set))


def heavier(weighing: Weighing, *, days: int, gain_g: float) -> Weighing:
    """Return a later weighing of unknown z."""
    return Weighing(age_days=weighing.age_days + days, weight_kg=weighing.weight_kg + gain_g / 1000.0)


@pytest.mark.parametrize(
    ("age_days", "days", "gain_g", "verdict"),
    [
        (300, 9, 80, WeightVerdict.TOO_SOON),
        (300, 9, -80, WeightVerdict.TOO_SOON),
        (300, 9, 300, WeightVerdict.GAINED),
        (300, 9, -300, WeightVerdict.LOST),
        (300, 45, 80, WeightVerdict.WITHIN_ERROR),
        (100, 14, 80, WeightVerdict.WITHIN_ERROR),
        (100, 14, 400, WeightVerdict.GAINED),
        (100, 28, 0, WeightVerdict.NO_GAIN),
        (100, 28, 400, WeightVerdict.GAINED),
        (91, 31, 110, WeightVerdict.SLOW_GAIN),  # -2 SD is 192 g for girls at 3-4 months
        (91, 31, 250, WeightVerdict.GAINED),
        (0, 7, -300, WeightVerdict.NEWBORN_LOSS),
        (0, 14, -300, WeightVerdict.LOST),
        (1200, 28, 100, WeightVerdict.TOO_SOON),
    ],
)
def test_verdict_of_two_weighings(age_days: int, days: int, gain_g: float, verdict: WeightVerdict) -> None:
    before = at_z(age_days, -0.5)

    change = compared(before, heavier(before, days=days, gain_g=gain_g))

    assert change.verdict is verdict
    assert change.gain_g == gain_g
    assert change.interval_days == days


def test_a_fall_of_one_z_is_faltering_though_the_child_gained() -> None:
    change = compared(at_z(60, 0.6), at_z(120, -0.5))

    assert change.gain_g > change.error_limit_g
    assert change.verdict is WeightVerdict.FALTERING
    assert change.criteria == (Criterion.WAZ_FALL,)
    assert change.waz_change == -1.1
    assert change.crossed_z_lines == (0,)


def test_the_verdict_names_a_loss_or_faltering_exactly_where_an_alert_does() -> None:
    for gain_g in range(-600, 601, 50):
        for days in (7, 28, 60):
            before = at_z(150, 0.0)
            change = compared(before, heavier(before, days=days, gain_g=gain_g))

            alarming = {WeightVerdict.LOST, WeightVerdict.NO_GAIN, WeightVerdict.FALTERING}
            assert (change.verdict in alarming) == bool(change.criteria)


@pytest.mark.parametrize("swollen", ["before", "now"])
def test_oedema_at_either_visit_is_not_compared(swollen: str) -> None:
    before, now = at_z(400, -1.0, oedema=swollen == "before"), at_z(430, -2.5, oedema=swollen == "now")

    change = compared(before, now)

    assert change.verdict is WeightVerdict.NOT_COMPARED
    assert change.criteria == ()
    assert change.velocity is None
    assert change.minimum_interval_days is None


def test_the_expected_gain_keeps_to_the_own_line() -> None:
    before = at_z(182, -1.5)

    change = compared(before, heavier(before, days=61, gain_g=500))

    assert change.expected_gain_g == pytest.approx((at_z(243, -1.5).weight_kg - before.weight_kg) * 1000)
    assert compared(replace(before, waz=None), at_z(243, -1.5)).expected_gain_g is None


def test_velocity_and_expectation_of_a_preterm_child_are_at_corrected_ages() -> None:
    before, now = Weighing(age_days=145, weight_kg=5.0, waz=-1.0), Weighing(age_days=175, weight_kg=5.6, waz=-1.0)

    change = compared(before, now, gestation_days=280 - 84)

    assert change.interval_days == 30
    assert change.velocity is not None
    assert change.velocity.start_months == 2.0
    kg = measurement_at_z(Index.WAZ, sex=Sex.FEMALE, at=[61, 91], z=-1.0)
    assert change.expected_gain_g == pytest.approx((kg[1] - kg[0]) * 1000)


def test_before_term_nothing_is_expected_and_no_velocity_told() -> None:
    before, now = Weighing(age_days=10, weight_kg=1.5), Weighing(age_days=40, weight_kg=2.3)

    change = compared(before, now, gestation_days=30 * 7)

    assert change.verdict is WeightVerdict.GAINED
    assert (change.velocity, change.expected_gain_g, change.minimum_interval_days) == (None, None, None)


def test_without_a_sex_only_the_weights_are_compared() -> None:
    change = compared(at_z(300, -1.0), at_z(330, -1.0), sex=None)

    assert change.verdict is WeightVerdict.GAINED
    assert (change.velocity, change.expected_gain_g, change.minimum_interval_days) == (None, None, None)
    assert (change.waz_change, change.waz_change_error, change.crossed_z_lines) == (None, None, ())


@pytest.mark.parametrize(
    ("before_waz", "now_waz", "crossed"),
    [
        (0.4, -0.6, (0,)),
        (1.2, -1.1, (1, 0, -1)),
        (-2.0, -2.5, (-2,)),
        (-2.5, -2.0, ()),  # upwards
        (-1.9, -2.1, ()),  # within the error of two weighings
        (-2.1, -2.9, ()),  # between the lines
    ],
)
def test_lines_of_the_chart_crossed_downwards_beyond_the_error(
    before_waz: float, now_waz: float, crossed: tuple[int, ...]
) -> None:
    assert compared(at_z(300, before_waz), at_z(360, now_waz)).crossed_z_lines == crossed


@pytest.mark.parametrize(
    ("age_days", "days"), [(0, 7), (30, 3), (91, 6), (182, 13), (304, 22), (365, 25), (730, 34), (1460, 54)]
)
def test_shortest_interval_in_which_a_girl_at_the_median_gains_more_than_the_error(age_days: int, days: int) -> None:
    settings, weight_kg = GrowthSettings(), at_z(age_days, 0.0).weight_kg

    found = minimum_interval_days(
        sex=Sex.FEMALE, age_days=age_days, waz=None, error_kg=error_limit_kg(weight_kg, settings)
    )

    assert found == days
    gains = [at_z(age_days + n, 0.0).weight_kg - weight_kg for n in (days - 1, days)]
    assert gains[0] <= error_limit_kg(weight_kg, settings) < gains[1]


def test_shortest_interval_goes_on_beyond_five_years_and_ends_with_the_standard() -> None:
    def shortest(age_days: int, error_kg: float) -> int | None:
        return minimum_interval_days(sex=Sex.MALE, age_days=age_days, waz=0.0, error_kg=error_kg)

    assert 40 < (shortest(1800, 0.36) or 0) < 90
    assert 40 < (shortest(2500, 0.4) or 0) < 90
    assert shortest(3640, 0.6) is None
    assert shortest(1800, 5.0) is None


def test_no_line_is_crossed_in_the_days_of_newborn_loss() -> None:
    changes = [compared(at_z(0, 0.4), at_z(age_days, -0.6)) for age_days in (13, 14)]

    assert [change.crossed_z_lines for change in changes] == [(), (0,)]


def test_error_of_two_weighings_is_near_the_one_seen_in_infants() -> None:
    change = compared(at_z(182, 0.0), at_z(190, 0.0))

    # 116 g in infants of 2-10 months: "Assessing the optimal time interval between growth measurements".
    assert change.error_g == pytest.approx(116.0, rel=0.15)


@pytest.mark.parametrize("sex", Sex)
@pytest.mark.parametrize("waz", [-4.0, -3.0, 0.0, 3.0])
def test_the_fall_that_alerts_is_beyond_the_error_at_every_age(sex: Sex, waz: float) -> None:
    settings = GrowthSettings()
    for age_days in range(0, 1790, 30):
        change = compared(at_z(age_days, waz, sex=sex), at_z(age_days + 28, waz, sex=sex), sex=sex)

        assert change.waz_change_error is not None
        assert 1.96 * change.waz_change_error < settings.waz_fall


@given(
    gain_g=st.integers(-2000, 4000).filter(bool),
    age_days=st.integers(183, 1500),
    days=st.integers(1, 27),
    sex=st.sampled_from(Sex),
)
def test_without_error_the_verdict_is_the_sign_of_the_gain(gain_g: int, age_days: int, days: int, sex: Sex) -> None:
    before = at_z(age_days, 0.0, sex=sex)

    change = compared(
        before,
        heavier(before, days=days, gain_g=gain_g),
        sex=sex,
        weight_loss_error_kg=0.0,
        weight_loss_error_share=0.0,
        weighing_tem_kg=0.0,
        slow_gain_below_z=-99.0,
    )

    assert change.error_g == 0.0
    assert change.verdict is (WeightVerdict.GAINED if gain_g > 0 else WeightVerdict.LOST)


@given(age_days=st.integers(0, 1500), days=st.integers(1, 200), gain_g=st.integers(-1500, 3000))
def test_more_weight_is_never_a_worse_verdict(age_days: int, days: int, gain_g: int) -> None:
    before = at_z(age_days, -1.0)
    worst_first = list(WeightVerdict)

    less, more = (compared(before, heavier(before, days=days, gain_g=gain)).verdict for gain in (gain_g, gain_g + 100))

    assert worst_first.index(less) <= worst_first.index(more)


def test_a_visit_too_soon_is_joined_by_the_last_one_that_tells() -> None:
    line = [at_z(age_days, -1.0) for age_days in (300, 321, 328, 335)]

    changes = weight_changes(
        now=line[3], earlier=line[:3], sex=Sex.FEMALE, gestation_days=None, settings=GrowthSettings()
    )

    assert [(change.interval_days, change.verdict) for change in changes] == [
        (7, WeightVerdict.TOO_SOON),
        (35, WeightVerdict.GAINED),
    ]


def test_one_earlier_visit_that_tells_is_enough_and_none_tells_nothing() -> None:
    def intervals(earlier: list[Weighing]) -> list[int]:
        found = weight_changes(
            now=at_z(360, -1.0), earlier=earlier, sex=Sex.FEMALE, gestation_days=None, settings=GrowthSettings()
        )
        return [change.interval_days for change in found]

    assert intervals([at_z(260, -1.0), at_z(300, -1.0)]) == [60]
    assert intervals([at_z(353, -1.0)]) == [7]
    assert intervals([]) == []

"""Whether a new value is what this child can have: what is suspected, and what is not."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from children.growth import (
    GrowthInput,
    Index,
    InputSpreads,
    NormalSpread,
    Position,
    Sex,
    Source,
    SuspicionCode,
    suspect_values,
)
from children.growth.own_curve.line import largest_z_change
from children.growth.own_curve.readings import SlipField
from tests.children.growth.careers import value_at

GIRL = Sex.FEMALE


def seen(age_days: int, **values: object) -> GrowthInput:
    """Return a visit by hand of a girl; a length lying below two years."""
    position = None
    if "length_height_cm" in values:
        position = Position.LENGTH if age_days < 731 else Position.HEIGHT
    made = {"sex": GIRL, "age_days": age_days, "position": position, **values}
    return GrowthInput(**made)  # type: ignore[arg-type]


def codes(new: GrowthInput, *earlier: GrowthInput) -> list[str]:
    return [suspicion.code.value for suspicion in suspect_values(new, earlier)]


# ---- Without earlier visits the age decides


@pytest.mark.parametrize(
    ("field", "value", "unit", "would_be"),
    [
        ("weight_kg", 9600.0, "g", 9.6),
        ("weight_kg", 22.0, "lb", 9.979),
        ("weight_kg", 96.0, None, 9.6),
        ("weight_kg", 0.96, None, 9.6),
        ("length_height_cm", 30.0, "in", 76.2),
        ("length_height_cm", 0.76, "m", 76.0),
        ("length_height_cm", 760.0, "mm", 76.0),
        ("length_height_cm", 7.6, None, 76.0),
        ("muac_mm", 14.5, "cm", 145.0),
        ("muac_mm", 1450.0, None, 145.0),
        ("head_circumference_cm", 460.0, "mm", 46.0),
        ("head_circumference_cm", 18.0, "in", 45.72),
    ],
)
@pytest.mark.parametrize("sex", [GIRL, None])
def test_a_slip_at_one_year_is_suspected_with_the_value_that_was_meant(
    field: SlipField, value: float, unit: str | None, would_be: float, sex: Sex | None
) -> None:
    new = replace(GrowthInput(sex=sex, age_days=365), **{field: value})

    (suspicion,) = suspect_values(new)

    assert suspicion.code is (SuspicionCode.UNIT_SLIP if unit else SuspicionCode.DECIMAL_SLIP)
    assert suspicion.unit == unit
    (found,) = suspicion.values
    assert (found.field, found.entered, found.would_be, found.previous) == (field, value, would_be, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [("weight_kg", 9.6), ("length_height_cm", 76.0), ("muac_mm", 110.0), ("head_circumference_cm", 46.0)],
)
def test_a_plausible_value_is_not_questioned(field: SlipField, value: float) -> None:
    assert codes(replace(GrowthInput(sex=GIRL, age_days=365), **{field: value})) == []


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, 1e9])
def test_a_value_that_fits_no_reading_is_not_questioned(value: float) -> None:
    assert codes(GrowthInput(sex=GIRL, age_days=365, weight_kg=value)) == []


def test_next_to_nothing_is_a_jump() -> None:
    # From ten years on weights are compared as ratios; a thousandth of this one rounds to 0.
    assert codes(seen(4800, weight_kg=0.0004), seen(4500, weight_kg=38.0)) == ["jump_suspected"]


def test_without_an_age_only_impossible_values_are_questioned() -> None:
    assert codes(GrowthInput(weight_kg=22.0)) == []
    assert codes(GrowthInput(muac_mm=14.5)) == ["unit_slip_suspected"]


def test_very_thin_but_real_is_not_questioned_on_a_first_visit() -> None:
    assert codes(seen(700, weight_kg=5.2, length_height_cm=78.0, muac_mm=98.0)) == []


# ---- Slips beside the child's own line


def test_pounds_of_a_thin_child_are_found_though_no_flag_is_reached() -> None:
    # Ten pounds more than her own 6 kg are 13.2 kg: plausible for a girl of 20 months, not for this one.
    before = seen(580, weight_kg=6.0)

    (suspicion,) = suspect_values(seen(610, weight_kg=13.2), [before])

    assert (suspicion.code, suspicion.unit) == (SuspicionCode.UNIT_SLIP, "lb")
    (found,) = suspicion.values
    assert found.would_be == pytest.approx(5.987)
    assert (found.previous, found.days_ago) == (6.0, 30)
    assert found.expected == pytest.approx(6.1, abs=0.2)


def test_a_child_far_out_on_its_own_line_is_not_asked_at_every_visit() -> None:
    before = seen(580, weight_kg=4.6)

    assert codes(seen(600, weight_kg=4.7), before) == []


def test_exchanged_digits_are_named() -> None:
    (suspicion,) = suspect_values(seen(1000, weight_kg=21.4), [seen(960, weight_kg=12.1)])

    assert suspicion.code is SuspicionCode.DIGITS
    assert suspicion.values[0].would_be == 12.4


def test_a_lost_first_digit_is_named() -> None:
    (suspicion,) = suspect_values(seen(1000, weight_kg=2.4), [seen(960, weight_kg=12.1)])

    assert suspicion.code is SuspicionCode.DIGITS
    assert suspicion.values[0].would_be == 12.4


@pytest.mark.parametrize("earlier", [(), (seen(1160, weight_kg=13.1, length_height_cm=93.5),)], ids=["first", "second"])
def test_weight_and_height_in_each_others_place_are_one_question(earlier: tuple[GrowthInput, ...]) -> None:
    (suspicion,) = suspect_values(seen(1200, weight_kg=94.2, length_height_cm=13.4), earlier)

    assert suspicion.code is SuspicionCode.SWAP
    assert [(value.field, value.would_be) for value in suspicion.values] == [
        ("weight_kg", 13.4),
        ("length_height_cm", 94.2),
    ]


def test_an_adolescents_values_are_judged_by_her_own() -> None:
    # From 10 years on no standard has weight-for-age.
    before = seen(4500, weight_kg=38.0, length_height_cm=148.0)

    assert codes(seen(4800, weight_kg=43.0, length_height_cm=153.0), before) == []
    assert codes(seen(4800, weight_kg=95.0, length_height_cm=153.0), before) == ["unit_slip_suspected"]


# ---- Copied values


def test_weight_and_length_of_the_last_visit_are_suspected_when_growth_was_due() -> None:
    before = seen(400, weight_kg=8.7, length_height_cm=74.2)

    (suspicion,) = suspect_values(seen(440, weight_kg=8.7, length_height_cm=74.2), [before])

    assert suspicion.code is SuspicionCode.CARRIED_FORWARD
    assert [value.field for value in suspicion.values] == ["weight_kg", "length_height_cm"]


def test_the_same_weight_and_length_after_a_few_days_are_no_wonder() -> None:
    before = seen(400, weight_kg=8.7, length_height_cm=74.2)

    assert codes(seen(404, weight_kg=8.7, length_height_cm=74.2), before) == []


def test_a_weight_that_stands_still_while_length_grows_is_not_asked() -> None:
    before = seen(400, weight_kg=8.7, length_height_cm=74.2)

    assert codes(seen(440, weight_kg=8.7, length_height_cm=75.4), before) == []


def test_three_equal_values_are_suspected_at_any_interval() -> None:
    before = seen(1400, weight_kg=14.7, length_height_cm=99.2, muac_mm=152.0)

    assert codes(seen(1403, weight_kg=14.7, length_height_cm=99.2, muac_mm=152.0), before) == [
        "carried_forward_suspected"
    ]


def test_the_same_visit_entered_again_on_the_same_day_is_suspected() -> None:
    before = seen(400, weight_kg=8.7, length_height_cm=74.2)

    assert codes(seen(400, weight_kg=8.7, length_height_cm=74.2), before) == ["repeated_visit_suspected"]
    assert codes(seen(400, weight_kg=8.6, length_height_cm=74.2), before) == []
    assert codes(seen(400, muac_mm=140.0), seen(400, muac_mm=140.0)) == []


# ---- Shrinking, and growing too fast


@pytest.mark.parametrize(("height_cm", "expected"), [(93.0, []), (92.9, []), (92.8, ["shrinkage_suspected"])])
def test_a_height_may_fall_by_twice_the_error_of_a_difference(height_cm: float, expected: list[str]) -> None:
    # 2 x sqrt(2) x 0.4 cm = 1.13 cm
    assert codes(seen(1200, length_height_cm=height_cm), seen(1150, length_height_cm=94.0)) == expected


def test_standing_after_lying_takes_off_what_it_takes_off() -> None:
    before = replace(seen(725, length_height_cm=85.0), position=Position.LENGTH)

    assert codes(seen(740, length_height_cm=83.5), before) == []
    assert codes(seen(740, length_height_cm=83.1), before) == ["shrinkage_suspected"]


def test_a_scans_wider_error_allows_more() -> None:
    scan = replace(
        seen(1150, length_height_cm=94.0),
        source=Source.SCAN,
        spreads=InputSpreads(length_height_cm=NormalSpread(1.5)),
    )

    assert codes(seen(1200, length_height_cm=91.2), scan) == []
    assert codes(seen(1200, length_height_cm=90.5), scan) == ["shrinkage_suspected"]


def test_a_value_by_hand_is_compared_with_values_by_hand_where_there_are_any() -> None:
    by_hand = seen(1100, length_height_cm=92.0)
    scan = replace(by_hand, age_days=1150, length_height_cm=96.0, source=Source.SCAN)

    assert codes(seen(1200, length_height_cm=92.8), by_hand, scan) == []


def test_a_head_does_not_shrink() -> None:
    before = seen(150, head_circumference_cm=42.0)

    assert codes(seen(160, head_circumference_cm=41.2), before) == []
    assert codes(seen(160, head_circumference_cm=41.0), before) == ["shrinkage_suspected"]


def test_a_height_that_grew_more_than_any_catch_up_is_asked() -> None:
    before = seen(1200, length_height_cm=94.0)

    assert codes(seen(1230, length_height_cm=97.5), before) == []
    assert codes(seen(1230, length_height_cm=99.0), before) == ["fast_change_suspected"]


# ---- Jumps off the line


def test_the_allowed_change_of_z_grows_with_the_root_of_the_interval() -> None:
    limits = [largest_z_change(days) for days in (0, 30, 91.3125, 365.25, 2000)]

    assert limits == pytest.approx([1.0, 1.43, 1.75, 2.5, 2.5], abs=0.005)


@pytest.mark.parametrize("index", [Index.WAZ, Index.HAZ, Index.ACZ, Index.HCZ])
def test_a_jump_of_three_z_is_asked_at_any_interval(index: Index) -> None:
    fields = {
        Index.WAZ: "weight_kg",
        Index.HAZ: "length_height_cm",
        Index.ACZ: "muac_mm",
        Index.HCZ: "head_circumference_cm",
    }

    def at(day: int, z: float) -> GrowthInput:
        return seen(day, **{fields[index]: value_at(index, GIRL, day, z)})

    assert suspect_values(at(1500, 1.5), [at(700, -1.5)])
    assert suspect_values(at(730, 1.5), [at(700, -1.5)])
    assert not suspect_values(at(730, -1.2), [at(700, -1.5)])


def test_a_healthy_child_that_gains_a_quarter_in_a_month_is_asked() -> None:
    (suspicion,) = suspect_values(seen(395, weight_kg=12.4), [seen(365, weight_kg=9.8)])

    assert suspicion.code is SuspicionCode.JUMP
    assert (suspicion.values[0].previous, suspicion.values[0].would_be) == (9.8, None)


def test_one_wrong_visit_in_the_record_does_not_make_the_next_right_one_look_wrong() -> None:
    right, wrong = seen(600, weight_kg=10.0), seen(640, weight_kg=14.5)

    assert codes(seen(680, weight_kg=10.4), right, wrong) == []


def test_later_visits_do_not_count() -> None:
    assert codes(seen(600, weight_kg=10.0), seen(1600, weight_kg=15.4), seen(560, weight_kg=9.8)) == []


def test_the_end_of_the_correction_for_prematurity_is_no_jump() -> None:
    # 28 weeks: 84 days less below two years, none from then on.
    before = replace(seen(725, weight_kg=9.0, length_height_cm=80.0), gestation_days=196)
    after = replace(seen(735, weight_kg=9.1, length_height_cm=79.6), gestation_days=196)

    assert codes(after, before) == []


def test_sixty_months_where_who_2007_begins_are_no_jump() -> None:
    before = seen(1815, weight_kg=16.0, length_height_cm=106.0)

    assert codes(seen(1845, weight_kg=16.2, length_height_cm=106.7), before) == []


# ---- No crying wolf over illness and treatment


def test_recovery_from_wasting_is_not_asked() -> None:
    # 10 g/kg/day over four weeks: 32 % more.
    before = seen(500, weight_kg=6.0, length_height_cm=72.0, muac_mm=111.0)

    assert codes(seen(528, weight_kg=7.9, length_height_cm=72.6, muac_mm=124.0), before) == []


def test_recovery_faster_than_treatment_brings_is_asked() -> None:
    before = seen(500, weight_kg=6.0, length_height_cm=72.0)

    assert codes(seen(507, weight_kg=7.6, length_height_cm=72.0), before) == ["fast_change_suspected"]


def test_losing_oedema_is_not_asked() -> None:
    swollen = seen(500, weight_kg=9.0, oedema=True)

    assert codes(seen(510, weight_kg=6.9, oedema=False), swollen) == []
    assert codes(seen(510, weight_kg=5.0, oedema=False), swollen) != []


def test_a_weight_that_oedema_adds_is_not_asked() -> None:
    assert codes(seen(510, weight_kg=9.4, oedema=True), seen(490, weight_kg=7.5)) == []


def test_weight_and_arm_that_fall_together_bear_each_other_out() -> None:
    before = seen(500, weight_kg=9.6, length_height_cm=78.0, muac_mm=142.0)

    assert codes(seen(560, weight_kg=7.2, length_height_cm=78.6, muac_mm=115.0), before) == []
    assert codes(seen(560, weight_kg=7.2, length_height_cm=78.6, muac_mm=143.0), before) == ["jump_suspected"]


def test_a_slip_bears_nothing_out() -> None:
    before = seen(500, weight_kg=9.6, muac_mm=142.0)

    assert codes(seen(530, weight_kg=21.4, muac_mm=185.0), before) == ["unit_slip_suspected", "jump_suspected"]


def test_the_record_of_another_child_is_not_borne_out() -> None:
    before = seen(500, weight_kg=9.6, length_height_cm=78.0, muac_mm=142.0)

    found = suspect_values(seen(530, weight_kg=6.9, length_height_cm=66.0, muac_mm=120.0), [before])

    assert [suspicion.field for suspicion in found] == ["weight_kg", "length_height_cm", "muac_mm"]

"""Corrected age, and lying against standing."""

from __future__ import annotations

import pytest

from children.growth import Flag, Index, Missing, Position, RiskLevel, assess
from children.growth.age import corrected_age_days
from tests.children.growth.visits import visit

WEEK = 7


@pytest.mark.parametrize(
    ("age_days", "gestation_days", "expected"),
    [
        (100, None, None),
        (100, 37 * WEEK, None),  # 37 weeks is term
        (100, 36 * WEEK + 6, 78),
        (100, 30 * WEEK, 30),
        (730, 30 * WEEK, 660),
        (731, 30 * WEEK, None),  # 24 months
        (10, 30 * WEEK, -60),
    ],
)
def test_corrected_age(age_days: int, gestation_days: int | None, expected: int | None) -> None:
    assert corrected_age_days(age_days=age_days, gestation_days=gestation_days) == expected


def test_preterm_child_is_judged_at_its_corrected_age_and_both_ages_are_kept() -> None:
    term = visit(age_days=130, haz=-1.0, whz=0.5)

    early = assess(visit(age_days=200, gestation_days=30 * WEEK, length_height_cm=term.length_height_cm))

    assert (early.age_days, early.corrected_age_days) == (200, 130)
    assert early.zscores[Index.HAZ].value == assess(term).zscores[Index.HAZ].value == -1.0


def test_preterm_child_before_term_has_no_z_score_but_a_named_reason() -> None:
    early = assess(visit(age_days=10, gestation_days=30 * WEEK))

    assert early.zscores == {}
    assert early.missing == (Missing.BEFORE_TERM,)
    assert early.risk_level is RiskLevel.UNKNOWN


@pytest.mark.parametrize(("age_days", "flagged"), [(273, True), (274, False)])
def test_standing_under_nine_months_is_flagged_and_used_as_given(age_days: int, flagged: bool) -> None:
    lying = assess(visit(age_days=age_days, haz=-1.0))

    standing = assess(visit(age_days=age_days, haz=-1.0, position=Position.HEIGHT))

    assert (Flag.IMPLAUSIBLE_POSITION in standing.flags) is flagged
    assert (standing.zscores[Index.HAZ].value == lying.zscores[Index.HAZ].value) is flagged


@pytest.mark.parametrize(("age_days", "position", "shift_cm"), [(730, "height", 0.7), (731, "length", -0.7)])
def test_unexpected_position_is_converted(age_days: int, position: str, shift_cm: float) -> None:
    expected = visit(age_days=age_days, haz=-1.0)
    assert expected.length_height_cm is not None

    other = visit(age_days=age_days, position=Position(position), length_height_cm=expected.length_height_cm - shift_cm)

    assert assess(other).zscores[Index.HAZ].value == -1.0

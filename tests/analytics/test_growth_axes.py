"""Ticks of the age axis: few enough for a phone, in words that people say of an age."""

from __future__ import annotations

import pytest

from analytics.figures.growth_axes import age_ticks
from children.growth.age import DAYS_PER_MONTH


def texts(first_month, last_month):
    return age_ticks((first_month * DAYS_PER_MONTH, last_month * DAYS_PER_MONTH))[1]


@pytest.mark.parametrize(
    ("months_shown", "expected"),
    [
        ((0, 12), ["0", "2", "4", "6", "8", "10", "1 y"]),
        ((0, 60), ["0", "1 y", "2 y", "3 y", "4 y", "5 y"]),
        ((52, 65), ["4 y 6 m", "5 y"]),
        ((136, 150), ["11 y 6 m", "12 y", "12 y 6 m"]),
        ((130, 155), ["11 y", "12 y"]),
        ((0, 228), ["0", "3 y", "6 y", "9 y", "12 y", "15 y", "18 y"]),
    ],
)
def test_ages_are_told_in_months_to_five_years_and_in_years_beyond(months_shown, expected):
    assert texts(*months_shown) == expected

"""Shares with Wilson's interval, by the equation that defines it and by published values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from children.growth.survey import share_of
from children.growth.survey.shares import Z_95


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_each_limit_is_just_compatible_with_what_was_seen(case: tuple[int, int]):
    """Wilson's limits are the shares whose score test is on the edge: (seen - true)^2 = z^2 true (1 - true) / n."""
    count, n = case

    share = share_of(count, n)

    for limit in (share.low, share.high):
        assert (share.value - limit) ** 2 == pytest.approx(Z_95**2 * limit * (1 - limit) / n, abs=1e-12)
    assert 0 <= share.low <= share.value <= share.high <= 1


@pytest.mark.parametrize(
    ("count", "n", "limits"), [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611))]
)
def test_a_published_interval(count: int, n: int, limits: tuple[float, float]):
    """Source: Newcombe 1998, Stat Med 17:857-872, table I, method 3."""
    share = share_of(count, n)

    assert (round(share.low, 4), round(share.high, 4)) == limits


def test_no_children_give_no_share():
    assert share_of(0, 0).value is None


@pytest.mark.parametrize(("count", "n"), [(3, 2), (-1, 5)])
def test_more_cases_than_children_are_refused(count: int, n: int):
    with pytest.raises(ValueError, match="no share"):
        share_of(count, n)

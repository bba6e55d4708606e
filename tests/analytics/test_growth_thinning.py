"""Very many points are thinned so that neither end of what was measured is hidden."""

from __future__ import annotations

from analytics.figures.growth_thinning import thinned


def at(point: tuple[float, float]) -> tuple[float, float]:
    return point


def test_few_points_are_all_drawn_in_their_order() -> None:
    points = [(3.0, 1.0), (1.0, 2.0), (2.0, 2.0), (2.0, 9.0)]

    assert thinned(points, at=at, slices=2) == tuple(points)


def test_of_many_points_the_ends_of_each_stretch_and_the_first_and_last_stay() -> None:
    points = [(float(day), 5.0) for day in range(1_000)]
    points[300] = (300.0, 9.0)
    points[720] = (720.0, 1.0)

    kept = thinned(points, at=at, slices=10)

    assert len(kept) <= 2 * 10 + 2
    assert {points[300], points[720], points[0], points[-1]} <= set(kept)
    assert list(kept) == sorted(kept)


def test_many_points_of_one_day_are_their_lowest_and_highest() -> None:
    kept = thinned([(7.0, float(value)) for value in range(50)], at=at, slices=4)

    assert set(kept) == {(7.0, 0.0), (7.0, 49.0)}

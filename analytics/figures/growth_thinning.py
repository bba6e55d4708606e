"""Which of very many points are drawn: in each slice of the range the lowest and the highest, so that none hides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

PointT = TypeVar("PointT")


def thinned(
    points: Sequence[PointT], *, at: Callable[[PointT], tuple[float, float]], slices: int
) -> tuple[PointT, ...]:
    """Return `points` unchanged up to 2 x `slices` of them, else the two ends of y in each of `slices` of x.

    at: gives x and y. The first and the last point in x are always among them; the order is kept.
    """
    if len(points) <= 2 * slices:
        return tuple(points)
    places = [at(point) for point in points]
    low, high = min(x for x, _y in places), max(x for x, _y in places)
    width = (high - low) / slices or 1.0
    ends: dict[int, tuple[int, int]] = {}
    for number, (x, y) in enumerate(places):
        part = min(int((x - low) / width), slices - 1)
        lowest, highest = ends.get(part, (number, number))
        ends[part] = (
            number if y < places[lowest][1] else lowest,
            number if y > places[highest][1] else highest,
        )
    kept = {number for pair in ends.values() for number in pair}
    kept |= {min(range(len(places)), key=lambda n: places[n][0]), max(range(len(places)), key=lambda n: places[n][0])}
    return tuple(point for number, point in enumerate(points) if number in kept)

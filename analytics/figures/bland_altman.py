"""Bland and Altman's plot as SVG drawn on the server: each pair's difference over its mean, with bias and limits.

Looks are classes of static/css/model.css and programme.css. The numbers stand in the table beside it.
Source: Bland & Altman 1986, Lancet 327:307-310.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from children.numbers import printed_number

WIDTH, HEIGHT = 400, 300  # px of the drawing
LEFT, RIGHT, HEAD, FOOT = 40, 58, 12, 44  # px around the plot
MOST_POINTS = 1500  # a page stays light; beyond, every k-th pair is drawn
STEPS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
TICKS = 5


@dataclass(frozen=True)
class PairPoint:
    """One pair, in cm."""

    by_hand: float
    estimate: float


@dataclass(frozen=True)
class Level:
    """A level line of the plot, in cm: its value and its interval, if it has one."""

    value: float
    low: float | None
    high: float | None
    is_bias: bool = False


@dataclass(frozen=True)
class _Plane:
    """Where centimetres lie in the drawing."""

    low: float
    high: float
    top: float

    def x(self, cm: float) -> float:
        return round(LEFT + (cm - self.low) / (self.high - self.low) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, cm: float) -> float:
        middle, half = (HEAD + HEIGHT - FOOT) / 2, (HEIGHT - FOOT - HEAD) / 2
        return round(middle - cm / self.top * half, 1)


def bland_altman_svg(points: Sequence[PairPoint], levels: Sequence[Level], *, title: str) -> SafeString:
    """Return the plot of `points` with its level lines; empty without a point."""
    if not points:
        return SafeString("")
    plane = _plane(points, levels)
    parts = [*_grid(plane)]
    for level in levels:
        parts += _level(plane, level)
    for point in points[:: ceil(len(points) / MOST_POINTS)]:
        x, y = plane.x((point.by_hand + point.estimate) / 2), plane.y(point.estimate - point.by_hand)
        parts.append(format_html('<circle class="pair" cx="{}" cy="{}" r="3"/>', x, y))
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        format_html(
            '<text class="tick" x="{}" y="{}">{}</text>',
            middle,
            HEIGHT - 6,
            _("Mean of scan and manual, cm"),
        )
    )
    body = mark_safe("".join(parts))  # noqa: S308 - every part was made by format_html
    return format_html(
        '<svg class="figure bland-altman" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        WIDTH,
        HEIGHT,
        title,
        body,
    )


def _plane(points: Sequence[PairPoint], levels: Sequence[Level]) -> _Plane:
    means = [(point.by_hand + point.estimate) / 2 for point in points]
    sizes = [abs(point.estimate - point.by_hand) for point in points]
    sizes += [abs(level.high if level.value >= 0 and level.high is not None else level.value) for level in levels]
    step = _step((max(sizes) or 1.0) * 2)
    return _Plane(
        low=floor(min(means) / 5) * 5.0, high=floor(max(means) / 5) * 5.0 + 5.0, top=ceil(max(sizes) / step) * step
    )


def _step(span: float) -> float:
    return next((step for step in STEPS if span / step <= TICKS + 1), STEPS[-1])


def _grid(plane: _Plane) -> list[SafeString]:
    parts = []
    step = _step(plane.top * 2)
    for number in range(-floor(plane.top / step), floor(plane.top / step) + 1):
        y = plane.y(number * step)
        kind = "zero" if number == 0 else "grid"
        text = printed_number(number * step, "+g") if number else "0"
        parts.append(format_html('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>', kind, LEFT, y, WIDTH - RIGHT, y))
        parts.append(format_html('<text class="label" x="{}" y="{}">{}</text>', LEFT - 6, y + 5, text))
    step = _step(plane.high - plane.low)
    for number in range(ceil(plane.low / step), floor(plane.high / step) + 1):
        x = plane.x(number * step)
        parts.append(format_html('<line class="grid" x1="{0}" y1="{1}" x2="{0}" y2="{2}"/>', x, HEAD, HEIGHT - FOOT))
        parts.append(
            format_html(
                '<text class="tick" x="{}" y="{}">{}</text>', x, HEIGHT - FOOT + 17, printed_number(number * step)
            )
        )
    return parts


def _level(plane: _Plane, level: Level) -> list[SafeString]:
    kind = "bias" if level.is_bias else "limit"
    y, ends = plane.y(level.value), (LEFT, WIDTH - RIGHT)
    parts = []
    if level.low is not None and level.high is not None:
        above, below = plane.y(level.high), plane.y(level.low)
        place = (LEFT, above, ends[1] - LEFT, round(below - above, 1))
        parts.append(format_html('<rect class="{}-interval" x="{}" y="{}" width="{}" height="{}"/>', kind, *place))
    parts.append(format_html('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>', kind, ends[0], y, ends[1], y))
    told = printed_number(level.value, "+.1f")
    parts.append(format_html('<text class="at-end" x="{}" y="{}">{}</text>', ends[1] + 6, y + 5, told))
    return parts

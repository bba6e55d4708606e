"""The ground of a growth chart drawn as SVG: size, margins, axes. Texts are large enough for a phone of 360 px.

One drawing serves every screen: 480 units wide, so that on a phone a unit is about 0.6 px and on a desk 1.3 px;
static/css/chart.css sets the size of the letters for each.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from analytics.figures.growth_axes import age_ticks, round_numbers, week_marks

WIDTH, HEIGHT = 480, 400
LEFT, RIGHT, TOP, BOTTOM = 46, 46, 32, 52  # margins
MARK = 4  # length of the mark of a week


class Framed(Protocol):
    """What a chart needs to have axes."""

    @property
    def x_range(self) -> tuple[float, float]:
        """First and last x."""

    @property
    def y_range(self) -> tuple[float, float]:
        """Lowest and highest y."""

    @property
    def x_title(self) -> str:
        """Words under the axis."""

    @property
    def y_title(self) -> str:
        """Words above the axis."""

    @property
    def x_in_days(self) -> bool:
        """Whether x is an age."""


class Plane:
    """Turns chart units into those of the drawing."""

    def __init__(self, chart: Framed) -> None:
        self.x0, self.x1 = chart.x_range
        self.y0, self.y1 = chart.y_range

    def x(self, value: float) -> float:
        """Return units from the left."""
        return round(LEFT + (value - self.x0) / (self.x1 - self.x0) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        """Return units from the top."""
        return round(HEIGHT - BOTTOM - (value - self.y0) / (self.y1 - self.y0) * (HEIGHT - TOP - BOTTOM), 1)

    def path(self, xs: Iterable[float], ys: Iterable[float]) -> str:
        """Return the `points` of a polyline."""
        return " ".join(f"{self.x(x):g},{self.y(y):g}" for x, y in zip(xs, ys, strict=True))


def axes(chart: Framed, plane: Plane) -> list[SafeString]:
    """Return grid, numbers and titles. Time runs to the right in every language."""
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    x_ticks = age_ticks(chart.x_range) if chart.x_in_days else round_numbers(*chart.x_range)
    parts = []
    for value, text in zip(*x_ticks, strict=True):
        x = plane.x(value)
        parts.append(format_html('<line class="grid" x1="{0}" y1="{1}" x2="{0}" y2="{2}"/>', x, TOP, bottom))
        parts.append(format_html('<text x="{}" y="{}" text-anchor="middle">{}</text>', x, bottom + 20, text))
    for week in week_marks(chart.x_range) if chart.x_in_days else ():
        x = plane.x(week)
        parts.append(format_html('<line class="axis" x1="{0}" y1="{1}" x2="{0}" y2="{2}"/>', x, bottom, bottom + MARK))
    for value, text in zip(*round_numbers(*chart.y_range), strict=True):
        y = plane.y(value)
        parts.append(format_html('<line class="grid" x1="{1}" y1="{0}" x2="{2}" y2="{0}"/>', y, LEFT, right))
        parts.append(format_html('<text x="{}" y="{}" text-anchor="end">{}</text>', LEFT - 6, y + 5, text))
    parts.append(format_html('<polyline class="axis" points="{0},{1} {0},{2} {3},{2}"/>', LEFT, TOP, bottom, right))
    middle = (LEFT + right) / 2
    parts.append(format_html('<text x="{}" y="{}" text-anchor="middle">{}</text>', middle, HEIGHT - 8, chart.x_title))
    parts.append(format_html('<text x="4" y="18" text-anchor="start">{}</text>', chart.y_title))
    return parts


def drawing(parts: Iterable[SafeString], *, title: str) -> SafeString:
    """Return the svg element of a chart; its points are listed in the table below it."""
    return format_html(
        '<svg class="growth-svg" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>',
        WIDTH,
        HEIGHT,
        title,
        mark_safe("".join(parts)),  # noqa: S308 - every part was made by format_html
    )

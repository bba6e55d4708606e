"""The same growth chart drawn on the server as SVG: shown at once, without JavaScript and on paper.

Colours and fonts are classes of static/css/chart.css, so that it follows the theme without inline style.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import floor, log10

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from analytics.figures.growth_axes import month_ticks
from analytics.figures.growth_data import GrowthChart, Point
from analytics.figures.growth_lines import band_of, line_label, line_rank

WIDTH, HEIGHT = 620, 440
LEFT, RIGHT, TOP, BOTTOM = 52, 36, 12, 46  # px of the margins
Y_TICKS = 7
ARM = 6  # px, half the size of a marker


class _Plane:
    """Turns chart units into pixels."""

    def __init__(self, chart: GrowthChart) -> None:
        self.x0, self.x1 = chart.x_range
        self.y0, self.y1 = chart.y_range

    def x(self, value: float) -> float:
        """Return px from the left."""
        return round(LEFT + (value - self.x0) / (self.x1 - self.x0) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        """Return px from the top."""
        return round(HEIGHT - BOTTOM - (value - self.y0) / (self.y1 - self.y0) * (HEIGHT - TOP - BOTTOM), 1)

    def path(self, xs: Iterable[float], ys: Iterable[float]) -> str:
        """Return the `points` of a polyline."""
        return " ".join(f"{self.x(x)},{self.y(y)}" for x, y in zip(xs, ys, strict=True))


def growth_svg(chart: GrowthChart) -> SafeString:
    """Return `chart` as an svg element with a title; its points are listed in the table below the chart."""
    plane = _Plane(chart)
    parts = [
        *_axes(chart, plane),
        *_standard(chart, plane),
        *_joining(chart, plane),
        *(part for point in chart.points for part in _marker(point, plane)),
    ]
    return format_html(
        '<svg class="growth-svg" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>',
        WIDTH,
        HEIGHT,
        chart.title,
        mark_safe("".join(parts)),  # noqa: S308 - every part was made by format_html
    )


def _axes(chart: GrowthChart, plane: _Plane) -> list[SafeString]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    x_ticks = month_ticks(chart.x_range) if chart.x_in_days else round_numbers(*chart.x_range)
    parts = []
    for value, text in zip(*x_ticks, strict=True):
        x = plane.x(value)
        parts.append(format_html('<line class="grid" x1="{0}" y1="{1}" x2="{0}" y2="{2}"/>', x, TOP, bottom))
        parts.append(format_html('<text x="{}" y="{}" text-anchor="middle">{}</text>', x, bottom + 17, text))
    for value, text in zip(*round_numbers(*chart.y_range), strict=True):
        y = plane.y(value)
        parts.append(format_html('<line class="grid" x1="{1}" y1="{0}" x2="{2}" y2="{0}"/>', y, LEFT, right))
        parts.append(format_html('<text x="{}" y="{}" text-anchor="end">{}</text>', LEFT - 6, y + 4, text))
    middle_x, middle_y = (LEFT + right) / 2, (TOP + bottom) / 2
    parts.append(format_html('<polyline class="axis" points="{0},{1} {0},{2} {3},{2}"/>', LEFT, TOP, bottom, right))
    parts.append(format_html('<text x="{}" y="{}" text-anchor="middle">{}</text>', middle_x, HEIGHT - 8, chart.x_title))
    parts.append(
        format_html(
            '<text x="14" y="{0}" text-anchor="middle" transform="rotate(-90 14 {0})">{1}</text>',
            middle_y,
            chart.y_title,
        )
    )
    return parts


def _standard(chart: GrowthChart, plane: _Plane) -> list[SafeString]:
    parts = []
    for segment in chart.segments:
        low, high = band_of(segment)
        outline = plane.path([*segment.x, *segment.x[::-1]], [*low, *high[::-1]])
        parts.append(format_html('<polygon class="band" points="{}"/>', outline))
        for z, y in zip(segment.z_lines, segment.y, strict=True):
            rank = line_rank(z)
            parts.append(format_html('<polyline class="z{}" points="{}"/>', rank, plane.path(segment.x, y)))
    for y, label, z in chart.action_lines:
        ends = plane.path(chart.x_range, (y, y))
        parts.append(format_html('<polyline class="action z{}" points="{}"/>', z, ends))
        parts.append(format_html('<text class="end-z{}" x="{}" y="{}">{}</text>', z, LEFT + 6, plane.y(y) - 4, label))
    if chart.segments:
        last = chart.segments[-1]
        for z, y in zip(last.z_lines, last.y, strict=True):
            place = (line_rank(z), plane.x(last.x[-1]) + 4, plane.y(y[-1]) + 4, line_label(z, last))
            parts.append(format_html('<text class="end-z{}" x="{}" y="{}">{}</text>', *place))
    return parts


def _joining(chart: GrowthChart, plane: _Plane) -> list[SafeString]:
    joined = [point for point in chart.points if point.joins]
    line = plane.path([p.plotted_x for p in joined], [p.y for p in joined])
    parts = [format_html('<polyline class="joining" points="{}"/>', line)] if chart.joined and len(joined) > 1 else []
    for p in chart.points:
        if p.corrected_x is not None and p.corrected_x >= chart.x_range[0]:
            x, y = plane.x(p.corrected_x), plane.y(p.y)
            parts.append(format_html('<polyline class="joining" points="{},{} {},{}"/>', x, y, plane.x(p.x), y))
            arms = (x - 5, y - 5, x + 5, y + 5, x - 5, y + 5, x + 5, y - 5)
            parts.append(format_html('<path class="point hollow" d="M{} {}L{} {}M{} {}L{} {}"/>', *arms))
    return parts


def _marker(point: Point, plane: _Plane) -> list[SafeString]:
    x, y = plane.x(point.x), plane.y(point.y)
    look = " ".join(["point", *(["hollow"] if point.flagged else []), *(["faint"] if point.superseded else [])])
    title = format_html_join("\n", "{}", ((line,) for line in point.hover))
    named = format_html('tabindex="0" role="img" aria-label="{}"', "; ".join(point.hover))
    parts = []
    if point.half80 is not None:
        low, high = point.half80, point.half80
        if point.half80_on_x:
            ends = (plane.x(point.x - low), y, plane.x(point.x + high), y)
        else:
            ends = (x, plane.y(point.y - low), x, plane.y(point.y + high))
        parts.append(format_html('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>', look, *ends))
    if point.is_scan:
        shape = format_html('<circle class="{}" cx="{}" cy="{}" r="{}" {}>', look, x, y, ARM, named)
        return [*parts, shape, format_html("<title>{}</title></circle>", title)]
    corners = f"{x},{y - ARM - 1} {x + ARM},{y + ARM - 1} {x - ARM},{y + ARM - 1}"
    shape = format_html('<polygon class="{}" points="{}" {}>', look, corners, named)
    return [*parts, shape, format_html("<title>{}</title></polygon>", title)]


def round_numbers(low: float, high: float) -> tuple[list[float], list[str]]:
    """Return about Y_TICKS round numbers between `low` and `high`, and their texts."""
    rough = (high - low) / Y_TICKS
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = int(low // step) + 1
    values = [round(k * step, 6) for k in range(first, int(high // step) + 1)]
    return values, [f"{value:g}" for value in values]

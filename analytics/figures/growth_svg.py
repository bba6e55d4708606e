"""The same growth chart drawn on the server as SVG: shown at once, without JavaScript and on paper.

Colours and fonts are classes of static/css/chart.css, so that it follows the theme without inline style.
"""

from __future__ import annotations

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from analytics.figures.growth_data import GrowthChart, Point
from analytics.figures.growth_lines import band_of, line_label, line_rank
from analytics.figures.growth_plane import Plane, axes, drawing

ARM = 5  # half the size of a marker, units of the drawing


def growth_svg(chart: GrowthChart) -> SafeString:
    """Return `chart` as an svg element with a title; its points are listed in the table below the chart."""
    plane = Plane(chart)
    parts = [
        *axes(chart, plane),
        *_standard(chart, plane),
        *_joining(chart, plane),
        *(part for point in chart.points for part in _marker(point, plane)),
    ]
    return drawing(parts, title=chart.title)


def titled(shape: str, look: str, attributes: str, lines: tuple[str, ...]) -> SafeString:
    """Return a point that is reached by Tab and whose title, one line each, is read out and shown on hovering."""
    words = format_html_join("\n", "{}", ((line,) for line in lines))
    return format_html(
        '<{0} class="{1}" {2} tabindex="0" role="img"><title>{3}</title></{0}>', shape, look, attributes, words
    )


def _standard(chart: GrowthChart, plane: Plane) -> list[SafeString]:
    parts = []
    for segment in chart.segments:
        low, high = band_of(segment)
        outline = plane.path([*segment.x, *segment.x[::-1]], [*low, *high[::-1]])
        parts.append(format_html('<polygon class="band" points="{}"/>', outline))
        for z, y in zip(segment.z_lines, segment.y, strict=True):
            rank = line_rank(z)
            parts.append(format_html('<polyline class="z{}" points="{}"/>', rank, plane.path(segment.x, y)))
    for line in chart.action_lines:
        ends = plane.path((line.start, line.end), (line.y, line.y))
        parts.append(format_html('<polyline class="action z{}" points="{}"/>', line.rank, ends))
        place = (line.rank, plane.x(line.start) + 6, plane.y(line.y) - 4, line.label)
        parts.append(format_html('<text class="end-z{}" x="{}" y="{}">{}</text>', *place))
    if chart.segments:
        last = chart.segments[-1]
        for z, y in zip(last.z_lines, last.y, strict=True):
            end = (line_rank(z), plane.x(last.x[-1]) + 4, plane.y(y[-1]) + 5, line_label(z, last))
            parts.append(format_html('<text class="end-z{}" x="{}" y="{}">{}</text>', *end))
    return parts


def _joining(chart: GrowthChart, plane: Plane) -> list[SafeString]:
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


def _marker(point: Point, plane: Plane) -> list[SafeString]:
    x, y = plane.x(point.x), plane.y(point.y)
    looks = {"hollow": point.flagged, "faint": point.superseded, "greyed": point.greyed}
    look = " ".join(["point", *(name for name, applies in looks.items() if applies)])
    parts = []
    if point.age_half80 is not None:
        low, high = (plane.x(max(plane.x0, min(plane.x1, point.x + side * point.age_half80))) for side in (-1, 1))
        parts.append(format_html('<line class="age-band" x1="{1}" y1="{0}" x2="{2}" y2="{0}"/>', y, low, high))
    if point.half80 is not None:
        half = point.half80
        ends = (
            (plane.x(point.x - half), y, plane.x(point.x + half), y)
            if point.half80_on_x
            else (x, plane.y(point.y - half), x, plane.y(point.y + half))
        )
        parts.append(format_html('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>', look, *ends))
    if point.is_scan:
        return [*parts, titled("circle", look, format_html('cx="{}" cy="{}" r="{}"', x, y, ARM), point.hover)]
    corners = f"{x:g},{y - ARM - 1:g} {x + ARM:g},{y + ARM - 1:g} {x - ARM:g},{y + ARM - 1:g}"
    return [*parts, titled("polygon", look, format_html('points="{}"', corners), point.hover)]

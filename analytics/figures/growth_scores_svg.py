"""All z-scores drawn on the server as SVG: each index has a shape and a dash of its own beside its colour."""

from __future__ import annotations

from math import cos, pi, sin

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from analytics.figures.growth_names import ChartKey
from analytics.figures.growth_plane import LEFT, RIGHT, WIDTH, Plane, axes, drawing
from analytics.figures.growth_scores import Z_LINES, ScorePoint, ScoresChart, ScoreSeries
from analytics.figures.growth_svg import titled

ARM = 5.5  # half the size of a mark, units of the drawing
RING = 9  # radius of the ring around what a scan gave
SAMPLE = (44, 20)  # width and height of the sample in the legend


def scores_svg(chart: ScoresChart) -> SafeString:
    """Return `chart` as an svg element; its values are in the table beneath it."""
    plane = Plane(chart)
    parts = [*axes(chart, plane), *_levels(chart, plane)]
    for one in chart.series:
        parts += _lines(one, plane) if chart.joined else []
    for one in chart.series:
        parts += [part for point in one.points for part in _point(one.key, point, plane)]
    for z, key in chart.end_labels:
        name = next(one.name for one in chart.series if one.key == key)
        parts.append(
            format_html('<text class="series-{}" x="{}" y="{}">{}</text>', key, WIDTH - RIGHT + 4, plane.y(z) + 5, name)
        )
    return drawing(parts, title=chart.title)


def legend_sample(key: ChartKey) -> SafeString:
    """Return the line and the mark of one index, to stand beside its words."""
    width, height = SAMPLE
    middle = height / 2
    line = format_html('<polyline class="series-line series-{}" points="0,{} {},{}"/>', key, middle, width, middle)
    mark = format_html('<path class="point series-{}" d="{}"/>', key, outline(key, width / 2, middle))
    return format_html(
        '<svg class="growth-svg legend-sample" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">{}{}</svg>',
        width,
        height,
        line,
        mark,
    )


def outline(key: ChartKey, x: float, y: float) -> SafeString:
    """Return the path of an index's mark around a place."""
    corners = {
        ChartKey.WEIGHT: _ring((0.85, 4), turn=pi / 4),
        ChartKey.LENGTH: _ring((1.15, 4), turn=0),
        ChartKey.WEIGHT_FOR_LENGTH: _ring((1.15, 3), turn=pi / 2),
        ChartKey.MUAC: [(a, b) for a, b in _CROSS],
        ChartKey.HEAD: _star(),
        ChartKey.BMI: _ring((1.05, 5), turn=-pi / 2),
    }[key]
    path = "L".join(f"{x + a * ARM:.1f} {y + b * ARM:.1f}" for a, b in corners)
    return mark_safe(f"M{path}Z")  # noqa: S308 - numbers alone


_CROSS = (
    (-0.4, -1.1),
    (0.4, -1.1),
    (0.4, -0.4),
    (1.1, -0.4),
    (1.1, 0.4),
    (0.4, 0.4),
    (0.4, 1.1),
    (-0.4, 1.1),
    (-0.4, 0.4),
    (-1.1, 0.4),
    (-1.1, -0.4),
    (-0.4, -0.4),
)

_STAR = (1.3, 0.55)  # outer and inner radius


def _ring(size_and_corners: tuple[float, int], *, turn: float) -> list[tuple[float, float]]:
    size, corners = size_and_corners
    angles = [turn + 2 * pi * k / corners for k in range(corners)]
    return [(size * cos(angle), size * sin(angle)) for angle in angles]


def _star() -> list[tuple[float, float]]:
    return [
        (size * cos(turn), size * sin(turn)) for size, turn in ((_STAR[k % 2], pi * (k / 5 - 0.5)) for k in range(10))
    ]


def _levels(chart: ScoresChart, plane: Plane) -> list[SafeString]:
    band = plane.path([*chart.x_range, *chart.x_range[::-1]], [-2, -2, 2, 2])
    parts = [format_html('<polygon class="band" points="{}"/>', band)]
    for z in Z_LINES:
        y = plane.y(z)
        parts.append(format_html('<polyline class="z{}" points="{},{} {},{}"/>', abs(z), LEFT, y, WIDTH - RIGHT, y))
    return parts


def _lines(one: ScoreSeries, plane: Plane) -> list[SafeString]:
    return [
        format_html(
            '<polyline class="series-line series-{}" points="{}"/>',
            one.key,
            plane.path([p.x for p in run], [p.z for p in run]),
        )
        for run in one.lines
    ]


def _point(key: ChartKey, point: ScorePoint, plane: Plane) -> list[SafeString]:
    x, y = plane.x(point.x), plane.y(point.z)
    looks = {"hollow": point.flagged, "faint": point.superseded}
    look = " ".join(["point", f"series-{key}", *(name for name, applies in looks.items() if applies)])
    parts = []
    if point.interval is not None:
        low, high = (plane.y(end) for end in point.interval)
        parts.append(format_html('<line class="{0}" x1="{1}" y1="{2}" x2="{1}" y2="{3}"/>', look, x, low, high))
    if point.is_scan:
        ring = format_html('<circle class="{} hollow" cx="{}" cy="{}" r="{}"/>', look, x, y, RING)
        parts.append(ring)
    return [*parts, titled("path", look, format_html('d="{}"', outline(key, x, y)), point.hover)]

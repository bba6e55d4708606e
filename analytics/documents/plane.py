"""The drawing of a growth chart on a PDF page: axes, the standard's lines, points. Time runs to the right always."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.documents.page import BLACK, GREY, PT_TO_MM, Page
from analytics.figures.growth_axes import age_ticks, round_numbers
from analytics.figures.growth_data import GrowthChart, Point
from children.growth import CurveSegment
from children.numbers import printed_number

# By |z|: mm of the line, then dash and gap in mm (none: solid). Told apart without colour.
_LOOKS = {0: (0.55, None), 1: (0.2, None), 2: (0.4, (3.2, 1.4)), 3: (0.45, (0.5, 1.1))}
_GRID_GREY, _FAINT_GREY = 225, 150
_ARM_MM = 1.7  # half the size of a marker


class Plane:
    """Turns chart units into mm of the page."""

    def __init__(self, chart: GrowthChart, *, left: float, top: float, right: float, bottom: float) -> None:
        self.left, self.top, self.right, self.bottom = left, top, right, bottom
        self.x0, self.x1 = chart.x_range
        self.y0, self.y1 = chart.y_range

    def x(self, value: float) -> float:
        """Return mm from the left."""
        return self.left + (value - self.x0) / (self.x1 - self.x0) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Return mm from the top."""
        return self.bottom - (value - self.y0) / (self.y1 - self.y0) * (self.bottom - self.top)


def draw_axes(page: Page, chart: GrowthChart, plane: Plane) -> None:
    """Draw the grid, its numbers and the titles of both axes."""
    page.set_line_width(0.15)
    page.set_draw_color(_GRID_GREY)
    x_ticks = age_ticks(chart.x_range) if chart.x_in_days else round_numbers(*chart.x_range)
    for value, text in zip(*x_ticks, strict=True):
        page.line(plane.x(value), plane.top, plane.x(value), plane.bottom)
        _label(page, text, plane.x(value), plane.bottom + 3.4, align="center")
    for value, text in zip(*round_numbers(*chart.y_range), strict=True):
        page.line(plane.left, plane.y(value), plane.right, plane.y(value))
        _label(page, text, plane.left - 1.2, plane.y(value) + 1, align="right")
    page.set_draw_color(0)
    page.set_line_width(0.3)
    page.polyline([(plane.left, plane.top), (plane.left, plane.bottom), (plane.right, plane.bottom)])
    _label(page, chart.x_title, (plane.left + plane.right) / 2, plane.bottom + 8, align="center", size_pt=9)
    middle = (plane.top + plane.bottom) / 2
    with page.rotation(90, plane.left - 9, middle):
        _label(page, chart.y_title, plane.left - 9, middle, align="center", size_pt=9)


def draw_standard(page: Page, chart: GrowthChart, plane: Plane) -> None:
    """Draw the standard's lines, each with its z at the right end, and the lines of action of MUAC."""
    page.set_draw_color(*BLACK)
    for segment in chart.segments:
        for z, ys in zip(segment.z_lines, segment.y, strict=True):
            _draw_line(page, plane, segment.x, ys, rank=abs(round(z)))
    if chart.segments:
        _label_ends(page, plane, chart.segments[-1])
    page.set_draw_color(*GREY)
    for line in chart.action_lines:
        _draw_line(page, plane, np.array([line.start, line.end]), np.array([line.y, line.y]), rank=line.rank)
        _label(page, line.label, plane.x(line.start) + 2, plane.y(line.y) - 1, align="left", size_pt=8)


def draw_points(page: Page, chart: GrowthChart, plane: Plane) -> None:
    """Draw the visits: triangles by hand, circles with intervals by scan, hollow where implausible."""
    joined = [(plane.x(p.plotted_x), plane.y(p.y)) for p in chart.points if p.joins]
    page.set_draw_color(*BLACK)
    page.set_line_width(0.2)
    if len(joined) > 1:
        page.polyline(joined)
    for point in chart.points:
        _draw_corrected(page, point, plane)
        _draw_point(page, point, plane)


def _draw_line(page: Page, plane: Plane, xs: np.ndarray, ys: np.ndarray, *, rank: int) -> None:
    width, dash = _LOOKS[min(rank, 3)]
    page.set_line_width(width)
    page.set_dash_pattern(*(dash or (0, 0)))
    page.polyline([(plane.x(x), plane.y(y)) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)])
    page.set_dash_pattern()


def _label_ends(page: Page, plane: Plane, segment: CurveSegment) -> None:
    for z, ys in zip(segment.z_lines, segment.y, strict=True):
        text = printed_number(z, "+g") if z else "0"
        _label(page, text, plane.x(float(segment.x[-1])) + 1, plane.y(float(ys[-1])) + 1, align="left", size_pt=9)


def _draw_corrected(page: Page, point: Point, plane: Plane) -> None:
    if point.corrected_x is None or not plane.x0 <= point.corrected_x:
        return
    x, y, arm = plane.x(point.corrected_x), plane.y(point.y), _ARM_MM * 0.8
    page.line(x, y, plane.x(point.x), y)
    page.line(x - arm, y - arm, x + arm, y + arm)
    page.line(x - arm, y + arm, x + arm, y - arm)


def _draw_point(page: Page, point: Point, plane: Plane) -> None:
    x, y = plane.x(point.x), plane.y(point.y)
    page.set_draw_color(_FAINT_GREY if point.superseded else 0)
    page.set_fill_color(255 if point.flagged else _FAINT_GREY if point.superseded else 0)
    page.set_line_width(0.35)
    if point.half80 is not None:
        half = point.half80
        if point.half80_on_x:
            page.line(plane.x(point.x - half), y, plane.x(point.x + half), y)
        else:
            page.line(x, plane.y(point.y - half), x, plane.y(point.y + half))
    if point.is_scan:
        page.ellipse(x - _ARM_MM, y - _ARM_MM, 2 * _ARM_MM, 2 * _ARM_MM, style="DF")
    else:
        corners: Sequence[tuple[float, float]] = (
            (x, y - _ARM_MM * 1.1),
            (x + _ARM_MM, y + _ARM_MM * 0.8),
            (x - _ARM_MM, y + _ARM_MM * 0.8),
        )
        page.polygon(list(corners), style="DF")
    page.set_draw_color(*BLACK)


def _label(page: Page, text: str, x: float, baseline: float, *, align: str, size_pt: float = 8) -> None:
    """Write one line of text on its baseline, mm of the page."""
    page.set_font(size=size_pt, style="")
    page.set_text_color(*BLACK)
    width = page.get_string_width(text)
    shift = {"left": 0.0, "center": width / 2, "right": width}[align]
    height = size_pt * PT_TO_MM
    page.set_xy(x - shift, baseline - height * 0.85)
    page.cell(width, height, text)

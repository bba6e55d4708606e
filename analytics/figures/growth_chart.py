"""The growth chart as a plotly figure: `growth_figure`.

Colours of the lines: 0 green, +-1 orange, +-2 red, +-3 black (light on a dark page). Status colours are another thing.
A triangle is a value by hand, a circle with its 80 % interval a scan, hollow an implausible value. The axes do not
zoom: the page has a switch for the range, and a finger on the chart scrolls the page.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from analytics.figures.growth_data import GrowthChart, Point
from analytics.figures.growth_frame import FONT, LIGHT, Palette, frame, hover_text
from analytics.figures.growth_lines import band_of, line_label, line_rank
from children.growth import CurveSegment

LINE_DASH = {0: "solid", 1: "dash", 2: "solid", 3: "solid"}
POINT_SIZE = 12
FAINT = 0.35  # of a scan whose place a value by hand has taken


def growth_figure(chart: GrowthChart, palette: Palette = LIGHT) -> go.Figure:
    """Return the figure of `chart`: standard lines, action lines, the joining line, points."""
    figure = go.Figure()
    for segment in chart.segments:
        _add_band(figure, segment, palette)
        _add_lines(figure, segment, palette)
    for action in chart.action_lines:
        line = {"color": palette.lines[action.rank], "width": 2, "dash": "dot"}
        x, y = [action.start, action.end], [action.y, action.y]
        figure.add_trace(go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", name=f"{action.y:g} mm"))
    _add_joining_line(figure, chart, palette)
    _add_corrections(figure, chart, palette)
    for is_scan, superseded in ((True, True), (False, False), (True, False)):
        group = [p for p in chart.points if (p.is_scan, p.superseded) == (is_scan, superseded)]
        _add_points(figure, group, palette)
    figure.update_layout(_layout(chart, palette))
    return figure


def _add_band(figure: go.Figure, segment: CurveSegment, palette: Palette) -> None:
    low, high = band_of(segment)
    x = np.concatenate([segment.x, segment.x[::-1]])
    y = np.concatenate([low, high[::-1]])
    figure.add_trace(
        go.Scatter(
            x=_plain(x),
            y=_plain(y),
            fill="toself",
            fillcolor=palette.band,
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            name="normal",
        )
    )


def _add_lines(figure: go.Figure, segment: CurveSegment, palette: Palette) -> None:
    for z, y in zip(segment.z_lines, segment.y, strict=True):
        rank = line_rank(z)
        figure.add_trace(
            go.Scatter(
                x=_plain(segment.x),
                y=_plain(y),
                mode="lines",
                line={
                    "color": palette.lines[rank],
                    "width": 2 if rank == 0 else 1.5,
                    "dash": LINE_DASH[rank],
                    "simplify": False,
                },
                hoverinfo="skip",
                name=f"z {z:+.3g}",
            )
        )


def _add_joining_line(figure: go.Figure, chart: GrowthChart, palette: Palette) -> None:
    joined = [p for p in chart.points if p.joins]
    if chart.joined and len(joined) > 1:
        figure.add_trace(
            go.Scatter(
                x=[p.plotted_x for p in joined],
                y=[p.y for p in joined],
                mode="lines",
                line={"color": palette.point, "width": 1},
                opacity=0.55,
                hoverinfo="skip",
                name="visits",
            )
        )


def _add_corrections(figure: go.Figure, chart: GrowthChart, palette: Palette) -> None:
    """Draw the cross at the corrected age and the thin line from the point at the chronological age."""
    corrected = [p for p in chart.points if p.corrected_x is not None]
    for p in corrected:
        line = {"color": palette.point, "width": 1, "dash": "dot"}
        figure.add_trace(
            go.Scatter(x=[p.corrected_x, p.x], y=[p.y, p.y], mode="lines", line=line, hoverinfo="skip", name="shift")
        )
    if corrected:
        figure.add_trace(
            go.Scatter(
                x=[p.corrected_x for p in corrected],
                y=[p.y for p in corrected],
                mode="markers",
                marker={"symbol": "x-thin", "size": 10, "line": {"color": palette.point, "width": 2.5}},
                hovertext=[hover_text(p.hover) for p in corrected],
                hoverinfo="text",
                name="corrected age",
            )
        )


def _add_points(figure: go.Figure, points: list[Point], palette: Palette) -> None:
    if not points:
        return
    shape = "circle" if points[0].is_scan else "triangle-up"
    colours = [palette.muted if p.greyed else palette.point for p in points]
    trace = go.Scatter(
        x=[p.x for p in points],
        y=[p.y for p in points],
        mode="markers",
        marker={
            "symbol": [f"{shape}-open" if p.flagged else shape for p in points],
            "size": POINT_SIZE,
            "color": colours,
            "line": {"color": colours, "width": 1.5},
        },
        opacity=FAINT if points[0].superseded else 1.0,
        hovertext=[hover_text(p.hover) for p in points],
        hoverinfo="text",
        name="scan" if points[0].is_scan else "by hand",
    )
    if points[0].is_scan:
        bars = {"type": "data", "color": palette.point, "thickness": 1.5, "width": 5}
        axis = "error_x" if any(p.half80_on_x for p in points) else "error_y"
        trace[axis] = {**bars, "array": [p.half80 or 0.0 for p in points]}
    if points[0].age_half80 is not None:
        band = {"type": "data", "color": palette.age_band, "thickness": 9, "width": 0}
        trace["error_x"] = {**band, "array": [p.age_half80 for p in points]}
    figure.add_trace(trace)


def _layout(chart: GrowthChart, palette: Palette) -> dict[str, object]:
    return frame(chart, palette) | {"annotations": [*_end_labels(chart, palette), *_action_labels(chart, palette)]}


def _end_labels(chart: GrowthChart, palette: Palette) -> list[dict[str, object]]:
    if not chart.segments:
        return []
    last = chart.segments[-1]
    return [
        {
            "x": float(last.x[-1]),
            "y": round(float(y[-1]), 3),
            "text": line_label(z, last),
            "showarrow": False,
            "xanchor": "left",
            "xshift": 4,
            "font": {"color": palette.lines[line_rank(z)], "size": 13, "family": FONT},
        }
        for z, y in zip(last.z_lines, last.y, strict=True)
    ]


def _action_labels(chart: GrowthChart, palette: Palette) -> list[dict[str, object]]:
    return [
        {
            "x": line.start,
            "y": line.y,
            "text": line.label,
            "showarrow": False,
            "xanchor": "left",
            "yanchor": "bottom",
            "xshift": 6,
            "font": {"color": palette.lines[line.rank], "size": 12, "family": FONT},
        }
        for line in chart.action_lines
    ]


def _plain(values: np.ndarray) -> list[float]:
    """Return short plain numbers: plotly would write arrays as base64."""
    return [round(float(value), 3) for value in values]

"""All z-scores as a plotly figure: the same shapes and dashes as the drawing of growth_scores_svg."""

from __future__ import annotations

import plotly.graph_objects as go

from analytics.figures.growth_frame import FONT, LIGHT, Palette, frame, hover_text
from analytics.figures.growth_names import ChartKey
from analytics.figures.growth_scores import Z_LINES, ScoresChart, ScoreSeries

POINT_SIZE = 11
FAINT = 0.35  # of a scan whose place a value by hand has taken
LINE_OPACITY = 0.7
SYMBOLS = {
    ChartKey.WEIGHT: "square",
    ChartKey.LENGTH: "diamond",
    ChartKey.WEIGHT_FOR_LENGTH: "triangle-down",
    ChartKey.MUAC: "cross",
    ChartKey.HEAD: "star",
    ChartKey.BMI: "pentagon",
}
DASHES = {
    ChartKey.WEIGHT: "solid",
    ChartKey.LENGTH: "9px,4px",
    ChartKey.WEIGHT_FOR_LENGTH: "2px,3px",
    ChartKey.MUAC: "9px,3px,2px,3px",
    ChartKey.HEAD: "14px,5px",
    ChartKey.BMI: "5px,3px",
}


def scores_figure(chart: ScoresChart, palette: Palette = LIGHT) -> go.Figure:
    """Return the figure of `chart`: levels of z, a line and marks for each index, its name at the end."""
    figure = go.Figure()
    low, high = chart.x_range
    band = {"x": [low, high, high, low], "y": [-2, -2, 2, 2], "fill": "toself", "fillcolor": palette.band}
    figure.add_trace(go.Scatter(**band, line={"width": 0}, mode="lines", hoverinfo="skip", name="normal"))
    for z in Z_LINES:
        line = {"color": palette.lines[abs(z)], "width": 1}
        ends = {"x": [low, high], "y": [z, z]}
        figure.add_trace(go.Scatter(**ends, mode="lines", line=line, hoverinfo="skip", name=f"z {z:+d}"))
    for one in chart.series:
        _add_series(figure, one, palette, joined=chart.joined)
    names = {one.key: one.name for one in chart.series}
    labels = [
        {
            "x": 1.0,
            "xref": "paper",
            "y": round(z, 3),
            "text": names[key],
            "showarrow": False,
            "xanchor": "left",
            "xshift": 4,
            "font": {"color": palette.series[key.value], "size": 13, "family": FONT},
        }
        for z, key in chart.end_labels
    ]
    figure.update_layout(frame(chart, palette) | {"annotations": labels})
    return figure


def _add_series(figure: go.Figure, one: ScoreSeries, palette: Palette, *, joined: bool) -> None:
    colour = palette.series[one.key.value]
    for run in one.lines if joined else ():
        line = {"color": colour, "width": 1.5, "dash": DASHES[one.key]}
        ends = {"x": [p.x for p in run], "y": [p.z for p in run]}
        figure.add_trace(
            go.Scatter(**ends, mode="lines", line=line, opacity=LINE_OPACITY, hoverinfo="skip", name="visits")
        )
    if any(p.is_scan for p in one.points):
        scans = [p for p in one.points if p.is_scan]
        ring = {"symbol": "circle-open", "size": POINT_SIZE + 7, "color": colour}
        places = {"x": [p.x for p in scans], "y": [p.z for p in scans]}
        figure.add_trace(go.Scatter(**places, mode="markers", marker=ring, hoverinfo="skip", name="scan"))
    symbol = SYMBOLS[one.key]
    bars = {
        "type": "data",
        "symmetric": False,
        "array": [p.interval[1] - p.z if p.interval else 0.0 for p in one.points],
        "arrayminus": [p.z - p.interval[0] if p.interval else 0.0 for p in one.points],
        "color": colour,
        "thickness": 1.5,
        "width": 4,
    }
    figure.add_trace(
        go.Scatter(
            x=[p.x for p in one.points],
            y=[p.z for p in one.points],
            mode="markers",
            marker={
                "symbol": [f"{symbol}-open" if p.flagged else symbol for p in one.points],
                "size": POINT_SIZE,
                "color": colour,
                "opacity": [FAINT if p.superseded else 1.0 for p in one.points],
                "line": {"color": colour, "width": 1.5},
            },
            error_y=bars if any(p.interval for p in one.points) else None,
            hovertext=[hover_text(p.hover) for p in one.points],
            hoverinfo="text",
            name=one.name,
        )
    )

"""What all interactive growth charts share: the colours of a theme, axes, the look of a label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go
from django.utils.formats import get_format

from analytics.figures.growth_axes import age_ticks, week_marks
from analytics.figures.growth_plane import Framed

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif'


@dataclass(frozen=True)
class Palette:
    """Colours of one theme, as in static/css/tokens.css."""

    lines: tuple[str, str, str, str]  # of z 0, +-1, +-2, +-3
    band: str
    ink: str
    muted: str
    grid: str
    point: str
    ground: str
    age_band: str
    series: Mapping[str, str]  # by index


LIGHT = Palette(
    lines=("#227532", "#c46a00", "#b1312c", "#222539"),
    band="rgba(34,117,50,0.08)",
    ink="#16222e",
    muted="#536271",
    grid="#e6eaef",
    point="#0b3d91",
    ground="#ffffff",
    age_band="rgba(83,98,113,0.3)",
    series={"waz": "#0b3d91", "haz": "#7a3f8f", "whz": "#0b6e69", "acz": "#8a4b08", "hcz": "#5a6570", "baz": "#a8185a"},
)
DARK = Palette(
    lines=("#6fce86", "#f2a33c", "#ff8078", "#d5dde6"),
    band="rgba(111,206,134,0.10)",
    ink="#e9eff5",
    muted="#a6b4c2",
    grid="#263340",
    point="#8cc4ff",
    ground="#17212b",
    age_band="rgba(166,180,194,0.35)",
    series={"waz": "#8cc4ff", "haz": "#d9a8ef", "whz": "#6fd6cf", "acz": "#e8b27a", "hcz": "#c3ccd6", "baz": "#ff9cc7"},
)


def hover_text(lines: tuple[str, ...]) -> str:
    """Return the lines beside a point as plotly's small HTML."""
    return "<br>".join(escape(line) for line in lines)


def frame(chart: Framed, palette: Palette) -> dict[str, object]:
    """Return the layout of a chart: fixed axes, ticks of age, no zoom, the label of a point."""
    axis = {
        "fixedrange": True,
        "showline": True,
        "linecolor": palette.muted,
        "gridcolor": palette.grid,
        "zeroline": False,
        "ticks": "outside",
        "tickcolor": palette.muted,
    }
    x_axis: dict[str, object] = {**axis, "range": list(chart.x_range), "title": {"text": chart.x_title}}
    if chart.x_in_days:
        positions, texts = age_ticks(chart.x_range)
        x_axis |= {"tickvals": positions, "ticktext": texts, "tickangle": 0}
        x_axis["minor"] = {"tickmode": "array", "tickvals": week_marks(chart.x_range), "ticks": "outside", "ticklen": 3}
    return {
        "template": go.layout.Template(),
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": palette.muted},
        "separators": get_format("DECIMAL_SEPARATOR") + get_format("THOUSAND_SEPARATOR"),
        "margin": {"l": 54, "r": 40, "t": 12, "b": 48},
        "showlegend": False,
        "hovermode": "closest",
        "hoverdistance": 30,
        "dragmode": False,
        "hoverlabel": {
            "bgcolor": palette.ground,
            "bordercolor": palette.point,
            "font": {"family": FONT, "size": 14, "color": palette.ink},
            "align": "left",
        },
        "xaxis": x_axis,
        "yaxis": {**axis, "range": list(chart.y_range), "title": {"text": chart.y_title}},
    }

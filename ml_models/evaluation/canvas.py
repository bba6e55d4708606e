"""Paper and ink of a report's pictures: size, colours, and the two forms in which a picture leaves (SVG and PNG).

Draws without a display and without global state; the same picture gives the same bytes.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ml_models.evaluation.comparison import FloatArray

INK, MUTED, GRID, BAND = "#16222e", "#7a8794", "#dde3e9", "#0b3d9114"
#: Told apart also by people who do not see red and green apart.
SERIES = {"marker": "#0b3d91", "distance": "#c46a00", "refused": "#b3261e"}
_WIDTH_IN, _DPI = 7.6, 150
# Beyond this many points a picture is drawn as pixels inside the SVG, or the page becomes too heavy to open.
_MAX_VECTOR_POINTS = 2000
# matplotlib types its settings by name, one literal each: no dict of ours fits.
_STYLE: Any = {
    "font.family": ["DejaVu Sans", "Verdana", "sans-serif"],
    "font.size": 9,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.fonttype": "none",
}


@dataclass(frozen=True)
class Plot:
    """One picture. `name`: of its file, without ending; `svg`: an element to put into a page; `png`: a file."""

    name: str
    title: str
    caption: str
    svg: str
    png: bytes


def figure(*, height: float, width: float = _WIDTH_IN) -> Figure:
    """Return an empty picture; sides in inches."""
    with mpl.rc_context(_STYLE):
        drawing = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(drawing)
    return drawing


def scatter(axes: Axes, x: FloatArray, y: FloatArray, *, colour: str, hollow: bool, label: str) -> None:
    """Draw points, hollow or filled."""
    axes.scatter(
        x, y, s=16, facecolors="none" if hollow else colour, edgecolors=colour, linewidths=0.9, alpha=0.8,
        label=label, rasterized=len(x) > _MAX_VECTOR_POINTS, zorder=3,
    )  # fmt: skip


def draw(drawing: Figure, *, name: str, title: str, caption: str) -> Plot:
    """Return the finished picture in both forms."""
    style: Any = {**_STYLE, "svg.hashsalt": name}
    with mpl.rc_context(style):
        vector, pixels = io.StringIO(), io.BytesIO()
        drawing.savefig(vector, format="svg", metadata={"Date": None, "Creator": None})
        drawing.savefig(pixels, format="png", dpi=_DPI, metadata={"Software": None})
    svg = vector.getvalue()
    return Plot(name=name, title=title, caption=caption, svg=svg[svg.index("<svg") :], png=pixels.getvalue())

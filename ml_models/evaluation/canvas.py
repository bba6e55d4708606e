"""Paper and ink of a report's pictures: size, colours, and the two forms in which a picture leaves (SVG and PNG).

Draws without a display; matplotlib's settings are changed within `paper` only. The same picture gives the same bytes.
"""

from __future__ import annotations

import io
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ml_models.evaluation.comparison import FloatArray

INK, MUTED, GRID, BAND = "#16222e", "#7a8794", "#dde3e9", "#0b3d9114"
#: Told apart also by people who do not see red and green apart.
SERIES = {"marker": "#0b3d91", "distance": "#c46a00", "refused": "#b3261e", "as_expected": "#5f8f6b"}
_WIDTH_IN, _DPI = 7.6, 150
# Beyond this many points a picture is drawn as pixels inside the SVG, or the page becomes too heavy to open.
_MAX_VECTOR_POINTS = 2000
# matplotlib brings it; readers without it see the page's own fonts.
_FONT = "DejaVu Sans"
# matplotlib types its settings by name, one literal each: no dict of ours fits.
_STYLE: Any = {
    "font.family": _FONT,
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
    "svg.hashsalt": "",
}


@dataclass(frozen=True)
class Plot:
    """One picture. `name`: of its file, without ending; `svg`: an element to put into a page; `png`: a file."""

    name: str
    title: str
    caption: str
    svg: str
    png: bytes


def paper() -> AbstractContextManager[None]:
    """Within it, pictures are drawn on this report's paper; `figure` and `draw` must stand inside."""
    return mpl.rc_context(_STYLE)


def figure(*, height: float, width: float = _WIDTH_IN) -> Figure:
    """Return an empty picture; sides in inches."""
    drawing = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(drawing)
    return drawing


def scatter(axes: Axes, x: FloatArray, y: FloatArray, *, colour: str, hollow: bool, label: str) -> None:
    """Draw points, hollow or filled."""
    axes.scatter(
        x, y, s=16, facecolors="none" if hollow else colour, edgecolors=colour, linewidths=0.9, alpha=0.8,
        label=label, rasterized=len(x) > _MAX_VECTOR_POINTS, zorder=3,
    )  # fmt: skip


def legend(drawing: Figure, axes: Axes) -> None:
    """Name the series of `axes` above the whole picture, where no point can lie."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        drawing.legend(
            handles, labels, loc="outside upper left", ncols=4, frameon=False, fontsize=8, handletextpad=0.3,
            columnspacing=1.2,
        )  # fmt: skip


def draw(drawing: Figure, *, name: str, title: str, caption: str) -> Plot:
    """Return the finished picture in both forms."""
    vector, pixels = io.StringIO(), io.BytesIO()
    # The salt keeps the ids of several pictures on one page apart, and the same from run to run.
    mpl.rcParams["svg.hashsalt"] = name
    drawing.savefig(vector, format="svg", metadata={"Date": None, "Creator": None})
    drawing.savefig(pixels, format="png", dpi=_DPI, metadata={"Software": None})
    svg = vector.getvalue().replace(f"'{_FONT}'", f"'{_FONT}', Verdana, sans-serif")
    return Plot(name=name, title=title, caption=caption, svg=svg[svg.index("<svg") :], png=pixels.getvalue())

"""The picture of the data card: how tall for their age the simulated children are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

#: Okabe and Ito's colours (2008) are told apart with any colour vision.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7")
LINES = ("-", "--", "-.", ":")
EDGES = np.arange(-6.0, 5.01, 0.25)


def draw_haz(groups: Mapping[str, NDArray[np.float64]], path: Path) -> None:
    """Draw the share of films in each quarter of a z-score, a line for each part, to an SVG file."""
    with mpl.rc_context({"svg.hashsalt": "haz", "font.size": 9}):
        figure = Figure(figsize=(6.4, 3.0), layout="constrained")
        axis = figure.subplots()
        for (name, z), colour, line in zip(groups.items(), COLOURS, LINES, strict=False):
            share = 100 * np.histogram(z, bins=EDGES)[0] / len(z)
            axis.stairs(share, EDGES, color=colour, linestyle=line, linewidth=1.4, label=f"{name}, n = {len(z):,}")
        for cut in (-3, -2):
            axis.axvline(cut, color="#777777", linewidth=0.8)
        axis.set(xlabel="height-for-age z (grey: -3 and -2)", ylabel="% of films", xlim=(EDGES[0], EDGES[-1]))
        axis.set_ylim(bottom=0)
        axis.legend(frameon=False)
        figure.savefig(path, format="svg", metadata={"Date": None})

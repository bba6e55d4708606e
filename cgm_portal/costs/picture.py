"""`python -m cgm_portal.costs.picture FILE.svg`: dollars a month against scans a month, drawn for docs/operations.md.

Needs matplotlib, which the images of the portal do not carry: nothing else imports this file.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from cgm_portal.costs.assumptions import SIZES, Assumptions, Size
from cgm_portal.costs.bill import monthly_bill
from cgm_portal.costs.prices import PriceList, load_prices

SCANS = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
MOST_TIMES_OWN_USE = 10  # beyond that nobody would keep the size
COLOURS = {"development": "#227532", "production": "#0b3d91", "100k": "#c46a00"}


def draw(target: Path, prices: PriceList) -> None:
    """Write the picture: one line for each size, a ring where its own use lies, a cross for what the plan said."""
    matplotlib.rcParams["svg.hashsalt"] = "costs"  # the same file for the same numbers
    figure = Figure(figsize=(8.4, 4.8), layout="constrained")
    axes = figure.add_subplot()
    for size in SIZES.values():
        carried = [scans for scans in SCANS if scans <= MOST_TIMES_OWN_USE * size.scans_per_month]
        dollars = [_usd(size, scans, prices) for scans in carried]
        axes.plot(carried, dollars, color=COLOURS[size.name], linewidth=2.2)
        own = _usd(size, size.scans_per_month, prices)
        axes.plot([size.scans_per_month], [own], "o", markersize=9, markerfacecolor="white", color=COLOURS[size.name])
        axes.plot([size.scans_per_month], [size.plan_usd], "x", markersize=9, color=COLOURS[size.name])
        axes.annotate(
            f"{size.name}, {size.users:,} users", (SCANS[0], dollars[0]), (2, 9), textcoords="offset points",
            color=COLOURS[size.name],
        )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="scan sessions a month", ylabel="US dollars a month", xlim=(90, 1.2e6))
    axes.set_ylim(100, 12_000)
    axes.set_yticks([100, 200, 500, 1_000, 2_000, 5_000, 10_000])
    axes.xaxis.set_major_formatter(lambda value, _place: f"{value:,.0f}")
    axes.yaxis.set_major_formatter(lambda value, _place: f"{value:,.0f}")
    axes.minorticks_off()
    axes.grid(color="#e6eaef")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(
        f"Cost of a month on Azure (ring: the size's own use, cross: the original plan)\nprices of {prices.dated}, "
        f"{len(prices.unverified)} of {len(prices.prices)} unverified",
        loc="left", fontsize=11,
    )  # fmt: skip
    figure.savefig(target, format="svg", metadata={"Date": None})


def _usd(size: Size, scans: int, prices: PriceList) -> float:
    return monthly_bill(size, prices=prices, assume=Assumptions(), scans_per_month=scans).usd


if __name__ == "__main__":
    draw(Path(sys.argv[1]), load_prices())

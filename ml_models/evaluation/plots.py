"""The pictures of a report: which there are, and those of single sessions. How they look is decided in `canvas`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from children.growth import Index
from ml_models.evaluation.canvas import BAND, GRID, INK, MUTED, SERIES, Plot, draw, figure, legend, paper, scatter
from ml_models.evaluation.comparison import BoolArray, Comparison, FloatArray
from ml_models.evaluation.figures import STUNTED_BELOW_Z
from ml_models.evaluation.group_plots import confidence, coverage, error_by_group, outcomes
from ml_models.evaluation.sessions_file import TRUTH_QUANTITIES

Values = Mapping[str, Any]

LABELS = {
    "height_cm": "length or height, cm",
    "weight_kg": "weight, kg",
    "muac_mm": "MUAC, mm",
    "head_circumference_cm": "head circumference, cm",
}
_INTERVAL_SHOWN = 90
_DAYS_PER_MONTH = 30.4375


def draw_plots(data: Comparison, report: Values) -> list[Plot]:
    """Return all pictures that these sessions can fill."""
    with paper():
        plots = [outcomes(report["yield"])]
        if data.known("height_cm").any():
            plots += [
                _difference(data, report["overall"]["quantities"]["height_cm"]),
                _against_truth(data),
                _stunting(data, report["overall"]),
                _error_by_age(data),
                error_by_group(report),
                coverage(report),
            ]
        if report["overall"]["confidence"]["bins"]:
            plots.append(confidence(report["overall"]["confidence"]))
    return plots


def _difference(data: Comparison, height: Values) -> Plot:
    """Bland-Altman: the error against the truth, which is exact here."""
    chosen = data.known("height_cm")
    truth = data.true["height_cm"][chosen]
    errors = data.estimated["height_cm"][chosen] - truth
    drawing = figure(height=4.2)
    axes = drawing.subplots()
    axes.axhline(0, color=GRID, lw=1)
    for figures, style in ((height["bias"], "-"), *(_limit_lines(height))):
        if figures is None:
            continue
        axes.axhline(figures["value"], color=INK, lw=1, ls=style)
        if figures["low"] is not None:
            axes.axhspan(figures["low"], figures["high"], color=BAND, lw=0)
        axes.annotate(
            f"{figures['value']:+.2f}", (1.0, figures["value"]), xycoords=("axes fraction", "data"),
            xytext=(4, 0), textcoords="offset points", va="center", fontsize=8, color=INK,
        )  # fmt: skip
    _by_cue(axes, data, chosen, truth, errors)
    legend(drawing, axes)
    axes.set_xlabel("true length or height, cm")
    axes.set_ylabel("estimate - truth, cm")
    return draw(
        drawing,
        name="difference",
        title="Error against true length or height",
        caption="Solid: mean error. Dashed: limits of agreement, between which 95 % of errors lie. Shaded: their 95 % "
        "intervals. The truth stands on the axis, not the mean of both: here it is known.",
    )


def _limit_lines(height: Values) -> tuple[tuple[Values | None, str], ...]:
    limits = height["limits_of_agreement"]
    return () if limits is None else ((limits["lower"], "--"), (limits["upper"], "--"))


def _against_truth(data: Comparison) -> Plot:
    """Estimates with their 90 % intervals against the truth, all four quantities."""
    drawing = figure(height=7.6)
    for number, (axes, name) in enumerate(zip(drawing.subplots(2, 2).flat, TRUTH_QUANTITIES, strict=True)):
        chosen = data.known(name)
        truth, estimate = data.true[name][chosen], data.estimated[name][chosen]
        low, high = (ends[name][_INTERVAL_SHOWN][chosen] for ends in (data.low, data.high))
        axes.vlines(truth, low, high, color=MUTED, lw=0.8, alpha=0.5)
        _by_cue(axes, data, chosen, truth, estimate)
        if number == 0:
            legend(drawing, axes)
        if chosen.any():
            ends = (min(truth.min(), estimate.min()), max(truth.max(), estimate.max()))
            axes.plot(ends, ends, color=INK, lw=0.8, zorder=1)
        axes.set_xlabel(f"true {LABELS[name]}")
        axes.set_ylabel("estimate")
    return draw(
        drawing,
        name="against_truth",
        title="Estimates against truth",
        caption="Each line is the 90 % interval of one session; it should cross the diagonal in 9 of 10. Age alone "
        "explains most of what looks like agreement here: see the z-scores below.",
    )


def _stunting(data: Comparison, overall: Values) -> Plot:
    """HAZ by the estimate against true HAZ, with the cut-off of stunting and the slope."""
    true_z, estimated_z = data.true_z[Index.HAZ], data.estimated_z[Index.HAZ]
    chosen = data.known("height_cm") & np.isfinite(true_z) & np.isfinite(estimated_z)
    drawing = figure(height=4.8)
    axes = drawing.subplots()
    axes.axvline(STUNTED_BELOW_Z, color=MUTED, lw=1, ls=":")
    axes.axhline(STUNTED_BELOW_Z, color=MUTED, lw=1, ls=":")
    _by_cue(axes, data, chosen, true_z[chosen], estimated_z[chosen])
    if chosen.any():
        ends = np.array([true_z[chosen].min(), true_z[chosen].max()])
        axes.plot(ends, ends, color=INK, lw=0.8)
        slope = overall["height"]["haz_slope"]
        if slope is not None:
            line = estimated_z[chosen].mean() + slope["value"] * (ends - true_z[chosen].mean())
            axes.plot(ends, line, color=SERIES["refused"], lw=1.4, label=f"slope {slope['value']:.2f}")
    legend(drawing, axes)
    axes.set_xlabel("true HAZ")
    axes.set_ylabel("HAZ by the estimate")
    return draw(
        drawing,
        name="stunting",
        title="Height-for-age: found and missed stunting",
        caption="Lower left: stunted and found. Upper left: stunted and missed. A slope below 1 would be shrinkage to "
        "the average, which misses exactly the stunted.",
    )


def _error_by_age(data: Comparison) -> Plot:
    """|error| of height against age, with running means of it and of what age and sex alone would miss by."""
    chosen = data.known("height_cm")
    months = data.age_days[chosen] / _DAYS_PER_MONTH
    errors = np.abs(data.estimated["height_cm"] - data.true["height_cm"])[chosen]
    blind = np.abs(data.for_age["height_cm"] - data.true["height_cm"])[chosen]
    drawing = figure(height=4.0)
    axes = drawing.subplots()
    _by_cue(axes, data, chosen, months, errors)
    for values, colour, name in ((errors, INK, "mean of the estimates"), (blind, MUTED, "age and sex alone")):
        places, means = _running_mean(months, values)
        axes.plot(places, means, color=colour, lw=1.8, label=name)
    axes.set_ylim(0, None)
    axes.set_xlabel("age, months")
    axes.set_ylabel("|estimate - truth|, cm")
    legend(drawing, axes)
    return draw(
        drawing,
        name="error_by_age",
        title="Error by age",
        caption="Lines are running means over neighbours in age. Where the two meet, the film has added nothing.",
    )


def _by_cue(axes: Axes, data: Comparison, chosen: BoolArray, x: FloatArray, y: FloatArray) -> None:
    """Scatter: colour by scale cue, filled standing, hollow lying."""
    for cue in ("marker", "distance"):
        for posture in ("standing", "lying"):
            part = (data.cue[chosen] == cue) & (data.posture[chosen] == posture)
            if part.any():
                scatter(
                    axes, x[part], y[part], colour=SERIES[cue], hollow=posture == "lying", label=f"{posture}, {cue}"
                )


def _running_mean(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean y of each stretch of neighbours, a fifth of all but at least 5, at their mean x."""
    order = np.argsort(x, kind="stable")
    width = min(len(x), max(5, len(x) // 5))
    kernel = np.ones(width) / width
    return np.convolve(x[order], kernel, "valid"), np.convolve(y[order], kernel, "valid")

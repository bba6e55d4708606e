"""The pictures of a report: which there are and what each shows. How lines and colours look is decided in `canvas`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from children.growth import Index
from ml_models.evaluation.canvas import BAND, GRID, INK, MUTED, SERIES, Plot, draw, figure, scatter
from ml_models.evaluation.comparison import BoolArray, Comparison, FloatArray
from ml_models.evaluation.figures import STUNTED_BELOW_Z
from ml_models.evaluation.sessions_file import TRUTH_QUANTITIES
from ml_models.inference import CONFIDENCE_WITHIN_CM, PERCENTS

Values = Mapping[str, Any]

LABELS = {
    "height_cm": "length or height, cm",
    "weight_kg": "weight, kg",
    "muac_mm": "MUAC, mm",
    "head_circumference_cm": "head circumference, cm",
}
_INTERVAL_SHOWN = 90
_DAYS_PER_MONTH = 30.4375
#: Groups of fewer sessions are left out of the pictures; the tables have them.
_MIN_GROUP = 5
_GROUPS_SHOWN = ("posture and scale cue", "posture and marker mismatch", "age", "sex", "skin tone")


def draw_plots(data: Comparison, report: Values) -> list[Plot]:
    """Return all pictures that these sessions can fill."""
    plots = [_outcomes(report["yield"])]
    if data.known("height_cm").any():
        plots += [
            _difference(data, report["overall"]["quantities"]["height_cm"]),
            _against_truth(data),
            _stunting(data, report["overall"]),
            _error_by_age(data),
            _error_by_group(report),
            _coverage(report),
        ]
    if report["overall"]["confidence"]["bins"]:
        plots.append(_confidence(report["overall"]["confidence"]))
    return plots


def _outcomes(yields: Values) -> Plot:
    """Bars: what became of the sessions, those to be measured apart from those to be refused."""
    measured = yields["to_be_measured"] - sum(yields["reasons"].values())
    bars = [("measured", measured, SERIES["marker"])]
    bars += [(f"refused: {reason}", count, SERIES["refused"]) for reason, count in yields["reasons"].items()]
    for expected, given in yields["expected_and_given"].items():
        for reason, count in given.items():
            right = reason == expected
            name = f"{expected}, as expected" if right else f"{expected} expected: {reason}"
            bars.append((name, count, SERIES["distance"] if right else SERIES["refused"]))
    drawing = figure(height=1.3 + 0.28 * len(bars))
    axes = drawing.subplots()
    places = np.arange(len(bars))[::-1]
    axes.barh(places, [count for _name, count, _colour in bars], color=[colour for _n, _c, colour in bars], height=0.7)
    axes.set_yticks(places, [name.replace("_", " ") for name, _count, _colour in bars])
    for place, (_name, count, _colour) in zip(places, bars, strict=True):
        axes.annotate(f" {count}", (count, place), va="center", fontsize=8, color=INK)
    axes.set_xlabel("sessions")
    return draw(
        drawing,
        name="outcomes",
        title="What became of the sessions",
        caption="Sessions to be measured first, then those that had to be refused, by the reason expected. "
        "Red is what should not have been: a good session refused, a bad one measured or refused for another reason.",
    )


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
    for axes, name in zip(drawing.subplots(2, 2).flat, TRUTH_QUANTITIES, strict=True):
        chosen = data.known(name)
        truth, estimate = data.true[name][chosen], data.estimated[name][chosen]
        low, high = (ends[name][_INTERVAL_SHOWN][chosen] for ends in (data.low, data.high))
        axes.vlines(truth, low, high, color=MUTED, lw=0.8, alpha=0.5)
        _by_cue(axes, data, chosen, truth, estimate)
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
            axes.legend(frameon=False, fontsize=8, loc="upper left")
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
    axes.legend(frameon=False, fontsize=8)
    return draw(
        drawing,
        name="error_by_age",
        title="Error by age",
        caption="Lines are running means over neighbours in age. Where the two meet, the film has added nothing.",
    )


def _error_by_group(report: Values) -> Plot:
    """Mean absolute error of height in every group, with its 95 % interval and what age and sex alone give."""
    rows = [("all sessions", report["overall"]), *_shown_groups(report)]
    drawing = figure(height=1.2 + 0.26 * len(rows))
    axes = drawing.subplots()
    places = np.arange(len(rows))[::-1]
    for place, (_name, figures) in zip(places, rows, strict=True):
        height = figures["quantities"]["height_cm"]
        _whisker(axes, height["mae"], place, SERIES["marker"])
        if height["mae_age_and_sex"] is not None:
            axes.plot(height["mae_age_and_sex"]["value"], place, "|", color=MUTED, ms=11, mew=2)
    axes.set_yticks(places, [f"{name} ({figures['quantities']['height_cm']['n']})" for name, figures in rows])
    axes.set_xlim(0, None)
    axes.set_xlabel("mean |error| of length or height, cm; grey: age and sex alone")
    return draw(
        drawing,
        name="error_by_group",
        title="Error by group",
        caption="Dots with 95 % intervals; in brackets how many sessions. Groups of fewer than "
        f"{_MIN_GROUP} are in the tables only.",
    )


def _coverage(report: Values) -> Plot:
    """How many truths lie inside the 50, 80 and 90 % intervals of height, by group."""
    rows = [("all sessions", report["overall"]), *_shown_groups(report)]
    drawing = figure(height=1.2 + 0.3 * len(rows))
    axes = drawing.subplots()
    places = np.arange(len(rows))[::-1].astype(float)
    for percent, colour, shift in zip(
        PERCENTS, (SERIES["distance"], MUTED, SERIES["marker"]), (0.2, 0, -0.2), strict=True
    ):
        axes.axvline(percent / 100, color=colour, lw=1, ls=":")
        for place, (_name, figures) in zip(places, rows, strict=True):
            _whisker(axes, figures["quantities"]["height_cm"]["coverage"][str(percent)]["share"], place + shift, colour)
        axes.plot([], [], "o", ms=4, color=colour, label=f"{percent} %")
    axes.set_yticks(places, [f"{name} ({figures['quantities']['height_cm']['n']})" for name, figures in rows])
    axes.set_xlim(0, 1.02)
    axes.set_xlabel("share of truths inside the interval of length or height")
    axes.legend(frameon=False, fontsize=8, loc="lower left", title="interval", title_fontsize=8)
    return draw(
        drawing,
        name="coverage",
        title="Do the intervals hold?",
        caption="Each dot should lie on the dotted line of its colour. Whiskers: 95 % intervals of the share.",
    )


def _confidence(confidence: Values) -> Plot:
    """Reliability: of the sessions with some confidence, how many were right."""
    drawing = figure(height=4.4, width=5.2)
    axes = drawing.subplots()
    axes.plot([0, 1], [0, 1], color=INK, lw=0.8)
    for part in confidence["bins"]:
        right = part["right"]
        axes.vlines(part["said"], right["low"], right["high"], color=SERIES["marker"], lw=1.4)
        axes.plot(part["said"], right["value"], "o", color=SERIES["marker"], ms=5)
        axes.annotate(f" {right['n']}", (part["said"], right["value"]), fontsize=8, color=INK)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("confidence said")
    axes.set_ylabel(f"share within {CONFIDENCE_WITHIN_CM:g} cm")
    return draw(
        drawing,
        name="confidence",
        title="Is the confidence what it says?",
        caption="Beside each dot how many sessions it rests on; the line is what was promised.",
    )


def _shown_groups(report: Values) -> list[tuple[str, Values]]:
    return [
        (name, figures)
        for dimension in _GROUPS_SHOWN
        for name, figures in report["by"].get(dimension, {}).items()
        if figures["quantities"]["height_cm"]["n"] >= _MIN_GROUP
    ]


def _whisker(axes: Axes, figures: Values | None, place: float, colour: str) -> None:
    if figures is None:
        return
    if figures["low"] is not None:
        axes.hlines(place, figures["low"], figures["high"], color=colour, lw=1.4)
    axes.plot(figures["value"], place, "o", color=colour, ms=4)


def _by_cue(axes: Axes, data: Comparison, chosen: BoolArray, x: FloatArray, y: FloatArray) -> None:
    """Scatter: colour by scale cue, filled standing, hollow lying."""
    for cue in ("marker", "distance"):
        for posture in ("standing", "lying"):
            part = (data.cue[chosen] == cue) & (data.posture[chosen] == posture)
            if part.any():
                scatter(
                    axes, x[part], y[part], colour=SERIES[cue], hollow=posture == "lying", label=f"{posture}, {cue}"
                )
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=8)


def _running_mean(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean y of each stretch of neighbours, a fifth of all but at least 5, at their mean x."""
    order = np.argsort(x, kind="stable")
    width = min(len(x), max(5, len(x) // 5))
    kernel = np.ones(width) / width
    return np.convolve(x[order], kernel, "valid"), np.convolve(y[order], kernel, "valid")

"""The pictures of counts and shares: outcomes, error and coverage by group, confidence. `plots` draws the sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ml_models.estimator import CONFIDENCE_WITHIN_CM, PERCENTS
from ml_models.evaluation.canvas import INK, MUTED, SERIES, Plot, draw, figure, legend

Values = Mapping[str, Any]

#: Groups of fewer sessions are left out of the pictures; the tables have them.
_MIN_GROUP = 5
_GROUPS_SHOWN = ("posture and scale cue", "posture and marker mismatch", "age", "sex", "skin tone")


def outcomes(yields: Values) -> Plot:
    """Bars: what became of the sessions, those to be measured apart from those to be refused."""
    measured = yields["to_be_measured"] - sum(yields["reasons"].values())
    bars = [("measured", measured, SERIES["marker"])]
    bars += [(f"refused: {reason}", count, SERIES["refused"]) for reason, count in yields["reasons"].items()]
    for expected, given in yields["expected_and_given"].items():
        for reason, count in given.items():
            right = reason == expected
            name = f"{expected}, as expected" if right else f"{expected} expected: {reason}"
            bars.append((name, count, SERIES["as_expected"] if right else SERIES["refused"]))
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


def error_by_group(report: Values) -> Plot:
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


def coverage(report: Values) -> Plot:
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
        axes.plot([], [], "o", ms=4, color=colour, label=f"{percent} % interval")
    axes.set_yticks(places, [f"{name} ({figures['quantities']['height_cm']['n']})" for name, figures in rows])
    axes.set_xlim(0, 1.02)
    axes.set_xlabel("share of truths inside the interval of length or height")
    legend(drawing, axes)
    return draw(
        drawing,
        name="coverage",
        title="Do the intervals hold?",
        caption="Each dot should lie on the dotted line of its colour. Whiskers: 95 % intervals of the share.",
    )


def confidence(confidence: Values) -> Plot:
    """Reliability: of the sessions with some confidence, how many were right."""
    drawing = figure(height=4.4, width=5.2)
    axes = drawing.subplots()
    axes.plot([0, 1], [0, 1], color=INK, lw=0.8)
    for part in confidence["bins"]:
        right = part["right"]
        axes.vlines(part["said"], right["low"], right["high"], color=SERIES["marker"], lw=1.4)
        axes.plot(part["said"], right["value"], "o", color=SERIES["marker"], ms=5)
        axes.annotate(
            f"n = {right['n']}", (part["said"], right["value"]), xytext=(7, 0), textcoords="offset points",
            va="center", fontsize=8, color=INK,
        )  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.02, 1.02)
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

"""The sums of a drift chart as SVG drawn on the server: one line on either side of zero, and the decision limit.

Looks are classes of static/css/model.css and programme.css.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from ml_models.evaluation.drift import DECISION, DriftChart

WIDTH, HEIGHT = 400, 220  # px
LEFT, RIGHT, HEAD, FOOT = 40, 12, 10, 16
MOST_POINTS = 400  # beyond, every k-th pair is drawn


def drift_svg(chart: DriftChart, *, title: str) -> SafeString:
    """Return the chart: sums of estimates that became longer above zero, of those that became shorter below."""
    top = max(DECISION * 1.25, *chart.upper, *chart.lower)
    every = ceil(len(chart.upper) / MOST_POINTS)
    parts = []
    for level, kind in ((DECISION, "limit"), (0.0, "zero"), (-DECISION, "limit")):
        y = _y(level, top)
        ends = (LEFT, WIDTH - RIGHT)
        parts.append(format_html('<line class="{0}" x1="{2}" y1="{1}" x2="{3}" y2="{1}"/>', kind, y, *ends))
        parts.append(
            format_html('<text class="label" x="{}" y="{}">{}</text>', LEFT - 6, y + 5, f"{level:+g}" if level else "0")
        )
    for sums, sign in ((chart.upper, 1), (chart.lower, -1)):
        parts.append(format_html('<polyline class="line" points="{}"/>', _line(sums[::every], sign, top)))
    body = mark_safe("".join(parts))  # noqa: S308 - every part was made by format_html
    return format_html(
        '<svg class="figure drift" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>', WIDTH, HEIGHT, title, body
    )


def _line(sums: Sequence[float], sign: int, top: float) -> str:
    room = (WIDTH - LEFT - RIGHT) / max(1, len(sums) - 1)
    return " ".join(f"{round(LEFT + room * k, 1)},{_y(sign * value, top)}" for k, value in enumerate(sums))


def _y(value: float, top: float) -> float:
    middle, half = (HEAD + HEIGHT - FOOT) / 2, (HEIGHT - FOOT - HEAD) / 2
    return round(middle - value / top * half, 1)

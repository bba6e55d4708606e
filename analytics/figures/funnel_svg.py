"""A funnel as SVG drawn on the server: one bar for each step, its count and its share of the first one.

Looks are classes of static/css/model.css and programme.css; steps of no session have no bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

WIDTH, ROW, BAR = 400, 46, 18  # px
VALUE = 110  # px right of the longest bar


@dataclass(frozen=True)
class Step:
    """One step of the funnel: its words, and how many came so far."""

    label: str
    count: int


def funnel_svg(steps: Sequence[Step], *, title: str) -> SafeString:
    """Return the bars of `steps`; empty where nothing has begun."""
    if not steps or not steps[0].count:
        return SafeString("")
    first = steps[0].count
    parts = []
    for number, step in enumerate(steps):
        top = number * ROW
        width = round(step.count / first * (WIDTH - VALUE), 1)
        share = formats.number_format(round(step.count / first * 100), decimal_pos=0)
        count = formats.number_format(step.count, use_l10n=True, force_grouping=True)
        parts.append(format_html('<text x="0" y="{}">{}</text>', top + 16, step.label))
        parts.append(
            format_html('<rect class="bar" x="0" y="{}" width="{}" height="{}"/>', top + 22, max(width, 1), BAR)
        )
        parts.append(
            format_html('<text class="count" x="{}" y="{}">{} ({} %)</text>', width + 8, top + 36, count, share)
        )
    body = mark_safe("".join(parts))  # noqa: S308 - every part was made by format_html
    return format_html(
        '<svg class="figure funnel" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        WIDTH,
        len(steps) * ROW,
        title,
        body,
    )

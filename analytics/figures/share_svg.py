"""Shares with their intervals as SVG drawn on the server: a row for each group, a point for each month; bars of counts.

Looks are classes of static/css/programme.css, so that charts follow the theme, print in grey and need no script. The
numbers stand in the table beside each chart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from children.growth.survey import Share
from children.numbers import printed_number

WIDTH = 400  # px of the drawing: on a phone its letters are still 10 px high
ROW, HEAD, FOOT = 30, 8, 30  # px
LABEL, VALUE = 122, 64  # px left of and right of the plot
LABEL_LETTERS, LONG_LETTERS = 14, 17  # of a row's name in one line, and of each of two in small letters
SERIES_HEIGHT, SERIES_LEFT, SERIES_RIGHT, SERIES_FOOT, SERIES_HEAD = 230, 56, 16, 36, 10
LABELS_ALONG = 5  # at most, so that months can be read on a phone
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5)


@dataclass(frozen=True)
class SharePoint:
    """One group: what it is called, and its share."""

    label: str
    share: Share


def percent(value: float) -> str:
    """Return a share of 0 to 1 as percent with one decimal, in the language of the page."""
    return f"{formats.number_format(round(value * 100, 1), decimal_pos=1)} %"


def rows_svg(points: Sequence[SharePoint], *, title: str) -> SafeString:
    """Return one row for each group: its interval as a line, its share as a dot, the number at the end."""
    known = [point for point in points if point.share.value is not None]
    if not known:
        return SafeString("")
    top = _top(known)
    bottom = HEAD + ROW * len(known)
    parts = [*_upright_grid(top, bottom)]
    for number, point in enumerate(known):
        share, y = point.share, HEAD + ROW * number + ROW // 2
        low, middle, high = (_along(value or 0.0, top) for value in (share.low, share.value, share.high))
        parts += _label(point.label, y)
        parts.append(format_html('<line class="interval" x1="{}" y1="{}" x2="{}" y2="{}"/>', low, y, high, y))
        parts.append(format_html('<circle class="dot" cx="{}" cy="{}" r="5"/>', middle, y))
        parts.append(format_html('<text x="{}" y="{}">{}</text>', WIDTH - VALUE + 8, y + 5, percent(share.value or 0)))
    return _svg("share-rows", bottom + FOOT, title, parts)


def series_svg(points: Sequence[SharePoint], *, title: str) -> SafeString:
    """Return one point for each month with its interval; months without children leave a gap in the line."""
    known = [point for point in points if point.share.value is not None]
    if not known:
        return SafeString("")
    top = _top(known)
    parts = [*_level_grid(top)]
    pieces: list[list[tuple[float, float]]] = [[]]
    for number, point in enumerate(points):
        x = _month_x(number, len(points))
        share = point.share
        if share.value is None or share.low is None or share.high is None:
            pieces.append([])
            continue
        y = _height(share.value, top)
        ends = (_height(share.low, top), _height(share.high, top))
        pieces[-1].append((x, y))
        parts.append(format_html('<line class="interval" x1="{0}" y1="{1}" x2="{0}" y2="{2}"/>', x, *ends))
        parts.append(format_html('<circle class="dot" cx="{}" cy="{}" r="4"/>', x, y))
    for piece in pieces:
        line = " ".join(f"{x},{y}" for x, y in piece)
        parts.append(format_html('<polyline class="line" points="{}"/>', line))
    parts += _month_labels([point.label for point in points])
    return _svg("share-series", SERIES_HEIGHT, title, parts)


def bars_svg(labels: Sequence[str], counts: Sequence[int], *, title: str) -> SafeString:
    """Return one upright bar for each label."""
    if not any(counts):
        return SafeString("")
    step = _count_step(max(counts))
    top = ceil(max(counts) / step) * step
    bottom, room = SERIES_HEIGHT - SERIES_FOOT, (WIDTH - SERIES_LEFT - SERIES_RIGHT) / len(counts)
    parts = []
    for value in range(0, top + 1, step):
        parts += _grid_line(_height(value / top, 1.0), formats.number_format(value, use_l10n=True, force_grouping=True))
    for number, count in enumerate(counts):
        y = _height(count / top, 1.0)
        x = round(SERIES_LEFT + room * (number + 0.15), 1)
        place = (x, y, round(room * 0.7, 1), round(bottom - y, 1), f"{labels[number]}: {count}")
        parts.append(
            format_html('<rect class="bar" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>', *place)
        )
    return _svg("count-bars", SERIES_HEIGHT, title, [*parts, *_month_labels(labels)])


def _label(label: str, y: int) -> list[SafeString]:
    """Return the name of a row, a long one in two lines; the table has the whole one."""
    if len(label) <= LABEL_LETTERS:
        return [format_html('<text class="label" x="{}" y="{}">{}</text>', LABEL - 12, y + 5, label)]
    breaks = [place for place, letter in enumerate(label) if letter == " "] or [len(label)]
    middle = min(breaks, key=lambda place: abs(place - len(label) / 2))
    lines = [line for line in (label[:middle], label[middle:].strip()) if line]
    ys = (y - 2, y + 11) if len(lines) > 1 else (y + 5,)
    return [
        format_html('<text class="label long" x="{}" y="{}">{}</text>', LABEL - 12, at, _short(line))
        for line, at in zip(lines, ys, strict=True)
    ]


def _short(line: str) -> str:
    """Return a line that has room."""
    return line if len(line) <= LONG_LETTERS else f"{line[: LONG_LETTERS - 1].rstrip()}…"


def _svg(kind: str, height: int, title: str, parts: Sequence[SafeString]) -> SafeString:
    body = mark_safe("".join(parts))  # noqa: S308 - every part was made by format_html
    return format_html(
        '<svg class="figure {}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        kind,
        WIDTH,
        height,
        title,
        body,
    )


def _top(points: Sequence[SharePoint]) -> float:
    """Return the end of the axis: a round share just above all intervals, never above 1."""
    highest = max(point.share.high or 0.0 for point in points)
    step = _step(highest)
    return min(1.0, ceil(highest / step - 1e-9) * step) or step


def _step(top: float) -> float:
    return next((step for step in STEPS if top / step <= 5), STEPS[-1])


def _count_step(top: int) -> int:
    power = 1
    while True:
        for step in (power, 2 * power, 5 * power):
            if top / step <= 5:
                return step
        power *= 10


def _ticks(top: float) -> list[float]:
    step = _step(top)
    return [round(step * number, 4) for number in range(int(top / step + 1e-9) + 1)]


def _along(value: float, top: float) -> float:
    return round(LABEL + value / top * (WIDTH - LABEL - VALUE), 1)


def _height(value: float, top: float) -> float:
    return round(SERIES_HEIGHT - SERIES_FOOT - value / top * (SERIES_HEIGHT - SERIES_FOOT - SERIES_HEAD), 1)


def _month_x(number: int, count: int) -> float:
    return round(SERIES_LEFT + (number + 0.5) / count * (WIDTH - SERIES_LEFT - SERIES_RIGHT), 1)


def _upright_grid(top: float, bottom: int) -> list[SafeString]:
    parts = []
    for value in _ticks(top):
        x = _along(value, top)
        parts.append(format_html('<line class="grid" x1="{0}" y1="{1}" x2="{0}" y2="{2}"/>', x, HEAD, bottom))
        text = f"{printed_number(value * 100, 'g')} %"
        parts.append(format_html('<text class="tick" x="{}" y="{}">{}</text>', x, bottom + 18, text))
    return parts


def _level_grid(top: float) -> list[SafeString]:
    return [
        part
        for value in _ticks(top)
        for part in _grid_line(_height(value, top), f"{printed_number(value * 100, 'g')} %")
    ]


def _grid_line(y: float, text: str) -> list[SafeString]:
    ends = (y, SERIES_LEFT, WIDTH - SERIES_RIGHT)
    return [
        format_html('<line class="grid" x1="{1}" y1="{0}" x2="{2}" y2="{0}"/>', *ends),
        format_html('<text class="label" x="{}" y="{}">{}</text>', SERIES_LEFT - 6, y + 5, text),
    ]


def _month_labels(labels: Sequence[str]) -> list[SafeString]:
    every = ceil(len(labels) / LABELS_ALONG)
    shown = [(number, label) for number, label in enumerate(labels) if number % every == 0]
    y = SERIES_HEIGHT - SERIES_FOOT + 24
    return [
        format_html('<text class="tick" x="{}" y="{}">{}</text>', _month_x(number, len(labels)), y, label)
        for number, label in shown
    ]

"""The agreement of two pose models as a picture: one row a landmark, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ml_models.pose.agreement import LandmarkAgreement

_WIDTH, _ROW, _TOP, _BOTTOM = 760, 20, 92, 46
_LEFT, _RIGHT = 150, 150
_INK, _QUIET, _POINT, _RANGE = "#1b1f24", "#6a737d", "#0b57a4", "#9cc3ea"
_MAX_TICKS = 8
# Steps of the axis, % of the body's length.
_STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


def draw_agreement(rows: Sequence[LandmarkAgreement], *, titles: Sequence[str]) -> str:
    """Return an SVG of medians (dots) and 90th percentiles (ends of the bars), in % of the body's length."""
    shown = [row for row in rows if row.frames]
    most = max((100 * (row.p90 or 0.0) for row in shown), default=1.0)
    step = next((step for step in _STEPS if most / step <= _MAX_TICKS), most)
    ticks = [step * index for index in range(int(most / step) + 2)]
    height = _TOP + _ROW * max(1, len(shown)) + _BOTTOM

    def x(percent: float) -> float:
        return _LEFT + percent / ticks[-1] * (_WIDTH - _LEFT - _RIGHT)

    floor = height - _BOTTOM
    parts = [_text(16, 26 + 20 * index, title, size=15 if not index else 13) for index, title in enumerate(titles)]
    for tick in ticks:
        parts.append(f'<path d="M{x(tick):.1f} {_TOP - 6}V{floor}" stroke="#e1e4e8"/>')
        parts.append(_text(x(tick), floor + 18, f"{tick:g}", colour=_QUIET, anchor="middle"))
    legend = "distance between the two models, % of the body's length (dot: median, bar: 90 % of the frames)"
    parts.append(_text(x(0), floor + 36, legend, colour=_QUIET))
    parts.append(_text(_WIDTH - 16, _TOP - 14, "median · frames", colour=_QUIET, anchor="end"))
    for index, row in enumerate(shown):
        y = _TOP + _ROW * (index + 0.5)
        median, p90 = 100 * (row.median or 0.0), 100 * (row.p90 or 0.0)
        name = row.landmark.name.lower().replace("_", " ")
        parts.append(_text(_LEFT - 10, y + 4, name, anchor="end"))
        parts.append(f'<path d="M{x(0):.1f} {y}H{x(p90):.1f}" stroke="{_RANGE}" stroke-width="7"/>')
        parts.append(f'<circle cx="{x(median):.1f}" cy="{y}" r="4.5" fill="{_POINT}"/>')
        parts.append(_text(_WIDTH - 16, y + 4, f"{median:.2f} % · {row.frames}", colour=_QUIET, anchor="end"))
    if not shown:
        parts.append(_text(_LEFT, _TOP + 14, "No frame in which both models give a landmark.", colour=_QUIET))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'font-family="system-ui, sans-serif" role="img" aria-label="{escape(titles[0])}">'
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _text(x: float, y: float, text: str, *, size: int = 12, colour: str = _INK, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}">{escape(text)}</text>'
    )

"""Draws how cost grows with size: seconds against rows on two logarithmic axes, as an SVG file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 76, 190, 56, 56
COLOURS = ("#0b3d91", "#c46a00", "#227532")


@dataclass(frozen=True)
class Line:
    """One measured thing: its name and (rows, seconds), rows ascending."""

    name: str
    points: list[tuple[int, float]]


def write_cost_plot(target: Path, *, title: str, unit: str, lines: tuple[Line, ...]) -> None:
    """Write the plot; decades are marked on both axes, each line is named at its right end."""
    rows = [math.log10(x) for line in lines for x, _ in line.points]
    seconds = [math.log10(y) for line in lines for _, y in line.points]
    x_low, x_high = math.floor(min(rows)), math.ceil(max(rows))
    y_low, y_high = math.floor(min(seconds)), math.ceil(max(seconds))

    def at(x: float, y: float) -> tuple[float, float]:
        across = (x - x_low) / (x_high - x_low)
        up = (y - y_low) / (y_high - y_low)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif" '
        f'font-size="14" fill="#16222e"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="28" font-size="17" font-weight="600">{title}</text>',
    ]
    for decade in range(x_low, x_high + 1):
        x, bottom = at(decade, y_low)
        parts.append(f'<path d="M{x:.1f} {bottom:.1f}V{TOP}" stroke="#e6eaef"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 20:.1f}" text-anchor="middle">{10**decade:,}</text>')
    for decade in range(y_low, y_high + 1):
        left, y = at(x_low, decade)
        parts.append(f'<path d="M{left:.1f} {y:.1f}H{WIDTH - RIGHT}" stroke="#e6eaef"/>')
        parts.append(f'<text x="{left - 8:.1f}" y="{y + 5:.1f}" text-anchor="end">{10.0**decade:g} s</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">{unit}</text>')
    for colour, line in zip(COLOURS, lines, strict=False):
        places = [at(math.log10(x), math.log10(y)) for x, y in line.points]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in places]
        x, y = places[-1]
        last = f"{line.name}: {line.points[-1][1]:.2g} s"
        parts.append(f'<text x="{x + 10:.1f}" y="{y + 5:.1f}" fill="{colour}">{last}</text>')
    target.write_text("\n".join([*parts, "</svg>"]), encoding="utf-8")

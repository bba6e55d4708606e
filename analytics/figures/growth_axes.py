"""What part of a standard a growth chart shows: ranges, ticks, and the lines cut to them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

import numpy as np
from django.utils.translation import gettext as _

from children.growth import CurveSegment, Standard
from children.growth.age import DAYS_PER_MONTH, STANDARD_ENDS_MONTHS

POINTS_PER_LINE = 120  # of one segment; a curve of 60 months then bends without corners on a wide screen
MARGIN_MONTHS = 3.0  # shown before and after the child's own visits
SHORTEST_MONTHS = 12.0
MARGIN_CM = 8.0
SHORTEST_CM = 30.0
ROOM_Y = 0.04  # share of the y range left free above and below
# Months shown, months between ticks: at most eight, so that their texts stand side by side on a phone.
TICK_STEPS = ((18, 2), (30, 6), (60, 12), (120, 24))
TICK_STEPS_IN_YEARS = ((18, 6), *TICK_STEPS[2:])
LONGEST_TICK_STEP = 36


def range_days(
    ages: Sequence[float], segments: Sequence[CurveSegment], *, age_days: int, whole: bool
) -> tuple[float, float]:
    """Return the shown ages in days: the child's own with a margin, or all that the lines reach."""
    first = 0.0 if any(s.standard is Standard.WHO2006 for s in segments) else STANDARD_ENDS_MONTHS
    last = ceil(max(float(s.x[-1]) for s in segments) / DAYS_PER_MONTH)
    if whole:
        return (first * DAYS_PER_MONTH, last * DAYS_PER_MONTH)
    shown = ages or [min(float(age_days), last * DAYS_PER_MONTH)]
    low = max(first, min(shown) / DAYS_PER_MONTH - MARGIN_MONTHS)
    high = min(last, max(shown) / DAYS_PER_MONTH + MARGIN_MONTHS)
    if high - low < SHORTEST_MONTHS:
        low = max(first, min(low, high - SHORTEST_MONTHS))
        high = min(last, low + SHORTEST_MONTHS)
    return (floor(low) * DAYS_PER_MONTH, ceil(high) * DAYS_PER_MONTH)


def range_cm(lengths: Sequence[float], segment: CurveSegment, *, whole: bool) -> tuple[float, float]:
    """Return the shown lengths in cm: the child's own with a margin, or the whole table."""
    first, last = float(segment.x[0]), float(segment.x[-1])
    if whole or not lengths:
        return (first, last)
    low, high = min(lengths) - MARGIN_CM, max(lengths) + MARGIN_CM
    if high - low < SHORTEST_CM:
        middle = (low + high) / 2
        low, high = middle - SHORTEST_CM / 2, middle + SHORTEST_CM / 2
    low, high = max(first, float(floor(low))), min(last, float(ceil(high)))
    return (low, high) if high > low else (first, last)


def range_y(segments: Sequence[CurveSegment], others: Sequence[float]) -> tuple[float, float]:
    """Return the range that holds the lines and `others` (points, ends of intervals, action lines)."""
    values = [float(end) for s in segments for end in (np.nanmin(s.y), np.nanmax(s.y))]
    values += others
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = (high - low) * ROOM_Y or 1.0
    return (max(0.0, low - room), high + room)


def cut(segment: CurveSegment, x_range: tuple[float, float]) -> CurveSegment | None:
    """Return the part of a segment inside the range, thinned to what a screen shows; both its ends are kept."""
    inside = np.flatnonzero((segment.x >= x_range[0]) & (segment.x <= x_range[1]))
    if len(inside) < 2:
        return None
    keep = inside[np.unique(np.linspace(0, len(inside) - 1, min(POINTS_PER_LINE, len(inside))).astype(int))]
    return CurveSegment(
        standard=segment.standard,
        index=segment.index,
        sex=segment.sex,
        position=segment.position,
        x_unit=segment.x_unit,
        y_unit=segment.y_unit,
        x=segment.x[keep],
        z_lines=segment.z_lines,
        y=segment.y[:, keep],
    )


def month_ticks(x_range: tuple[float, float]) -> tuple[list[float], list[str]]:
    """Return positions in days and their texts: completed months, years marked; past five years "11 y 6 m"."""
    low, high = (x / DAYS_PER_MONTH for x in x_range)
    in_years = is_in_years(x_range)
    steps = TICK_STEPS_IN_YEARS if in_years else TICK_STEPS
    step = next((step for longest, step in steps if high - low <= longest), LONGEST_TICK_STEP)
    shown = range(ceil(low / step) * step, floor(high) + 1, step)
    return (
        [round(month * DAYS_PER_MONTH, 2) for month in shown],
        [_tick_text(month, in_years=in_years) for month in shown],
    )


def is_in_years(x_range: tuple[float, float]) -> bool:
    """Tell whether ages of a range in days are told in years and months: once it passes five years."""
    return x_range[1] / DAYS_PER_MONTH > STANDARD_ENDS_MONTHS


def _tick_text(month: int, *, in_years: bool) -> str:
    years, rest = divmod(month, 12)
    if years and not rest:
        return _("%(years)d y") % {"years": years}
    return _("%(years)d y %(months)d m") % {"years": years, "months": rest} if in_years and years else str(month)

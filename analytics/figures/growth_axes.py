"""What part of a standard a growth chart shows: ranges, ticks, and the lines cut to them."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10

import numpy as np
from django.utils.translation import gettext as _

from children.growth import CurveSegment, Standard
from children.growth.age import DAYS_PER_MONTH, STANDARD_ENDS_MONTHS
from children.numbers import printed_number

POINTS_PER_LINE = 120  # of one segment; a curve of 60 months then bends without corners on a wide screen
MARGIN_MONTHS = 3.0  # shown before and after the child's own visits
SHORTEST_MONTHS = 12.0
INFANT_WEEKS = 13  # shown of a child whose visits all lie before INFANT_LAST_DAY
INFANT_LAST_DAY = 84
DAYS_PER_WEEK = 7
WEEK_MARKS_TO_MONTHS = 18  # the longest range in which single weeks can be told apart on a phone
MARGIN_CM = 8.0
SHORTEST_CM = 30.0
ROOM_Y = 0.04  # share of the y range left free above and below
# Months shown, months between ticks: at most eight, so that their texts stand side by side on a phone.
TICK_STEPS = ((18, 2), (30, 6), (60, 12), (120, 24))
TICK_STEPS_IN_YEARS = ((18, 6), *TICK_STEPS[2:])
LONGEST_TICK_STEP = 36
Y_TICKS = 7


def reach_of(segments: Sequence[CurveSegment]) -> tuple[float, float]:
    """Return the first and the last month that lines by age reach."""
    first = 0.0 if any(s.standard is Standard.WHO2006 for s in segments) else STANDARD_ENDS_MONTHS
    return (first, float(ceil(max(float(s.x[-1]) for s in segments) / DAYS_PER_MONTH)))


def range_days(
    ages: Sequence[float], reach_months: tuple[float, float], *, age_days: int, whole: bool
) -> tuple[float, float]:
    """Return the shown ages in days: the child's own with a margin, or all of `reach_months`.

    A child seen in its first weeks alone has an axis of weeks.
    """
    first, last = reach_months
    if whole:
        return (first * DAYS_PER_MONTH, last * DAYS_PER_MONTH)
    shown = ages or [min(float(age_days), last * DAYS_PER_MONTH)]
    if max(shown) <= INFANT_LAST_DAY:
        return (0.0, float(INFANT_WEEKS * DAYS_PER_WEEK))
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


def age_ticks(x_range: tuple[float, float]) -> tuple[list[float], list[str]]:
    """Return positions in days and their texts: completed months, years marked; past five years "11 y 6 m".

    Where only the first weeks are shown, weeks.
    """
    if is_in_weeks(x_range):
        weeks = range(0, INFANT_WEEKS, 2)
        return [float(week * DAYS_PER_WEEK) for week in weeks], [str(week) for week in weeks]
    low, high = (x / DAYS_PER_MONTH for x in x_range)
    in_years = is_in_years(x_range)
    steps = TICK_STEPS_IN_YEARS if in_years else TICK_STEPS
    step = next((step for longest, step in steps if high - low <= longest), LONGEST_TICK_STEP)
    shown = range(ceil(low / step) * step, floor(high) + 1, step)
    return (
        [round(month * DAYS_PER_MONTH, 2) for month in shown],
        [_tick_text(month, in_years=in_years) for month in shown],
    )


def week_marks(x_range: tuple[float, float]) -> list[float]:
    """Return the positions, days, of the small marks of the first 13 weeks; none where they would run together."""
    if x_range[0] > 0 or x_range[1] > WEEK_MARKS_TO_MONTHS * DAYS_PER_MONTH:
        return []
    return [float(week * DAYS_PER_WEEK) for week in range(1, INFANT_WEEKS + 1)]


def age_title(x_range: tuple[float, float]) -> str:
    """Return the words under an age axis."""
    if is_in_weeks(x_range):
        return _("Age, completed weeks")
    return _("Age, years and months") if is_in_years(x_range) else _("Age, completed months")


def is_in_weeks(x_range: tuple[float, float]) -> bool:
    """Tell whether ages of a range in days are told in weeks."""
    return x_range[1] <= INFANT_WEEKS * DAYS_PER_WEEK


def is_in_years(x_range: tuple[float, float]) -> bool:
    """Tell whether ages of a range in days are told in years and months: once it passes five years."""
    return x_range[1] / DAYS_PER_MONTH > STANDARD_ENDS_MONTHS


def round_numbers(low: float, high: float) -> tuple[list[float], list[str]]:
    """Return about Y_TICKS round numbers between `low` and `high`, and their texts."""
    rough = (high - low) / Y_TICKS
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = int(low // step) + 1
    values = [round(k * step, 6) for k in range(first, int(high // step) + 1)]
    return values, [printed_number(value, "g") for value in values]


def _tick_text(month: int, *, in_years: bool) -> str:
    years, rest = divmod(month, 12)
    if years and not rest:
        return _("%(years)d y") % {"years": years}
    return _("%(years)d y %(months)d m") % {"years": years, "months": rest} if in_years and years else str(month)

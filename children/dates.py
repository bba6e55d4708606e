"""Dates as the portal prints them in sentences, 24 Oct 2026, and the months that a page counts by."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format

_DAY = "SHORT_DATE_FORMAT"


def printed_day(day: date) -> str:
    """Return a date in words that no reader takes for another: the month has a name."""
    return date_format(day, _DAY)


def months_between(first: date, last: date) -> list[date]:
    """Return the first day of each month from that of `first` to that of `last`, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [date(first.year + (first.month - 1 + k) // 12, (first.month - 1 + k) % 12 + 1, 1) for k in range(count)]

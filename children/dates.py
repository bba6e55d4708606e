"""Dates as the portal prints them in sentences: 24 Oct 2026."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format

_DAY = "j M Y"


def printed_day(day: date) -> str:
    """Return a date in words that no reader takes for another: the month has a name."""
    return date_format(day, _DAY)

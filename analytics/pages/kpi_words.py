"""One key figure as pages and files show it, and the words that key figures share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import formats
from django.utils.translation import gettext as _

from accounts.models import Clinic
from children.dates import printed_day


@dataclass(frozen=True)
class Kpi:
    """One key figure. `value`: empty where nothing was measured. `met`: None where too little was measured to say.

    `number`, `goal`, `count`, `of`: the same for programs, shares from 0 to 1. `beside`: figures to be read with it.
    """

    key: str
    title: str
    target: str
    goal: float
    definition: str
    since: date
    until: date
    window: str
    numerator: str = ""
    denominator: str = ""
    value: str = ""
    number: float | None = None
    met: bool | None = None
    count: int | None = None
    of: int | None = None
    beside: list[tuple[str, str]] = field(default_factory=list)
    caution: str = ""


@dataclass(frozen=True)
class Asked:
    """Whose figures, and the moment that windows end at."""

    clinics: QuerySet[Clinic]
    now: datetime

    @property
    def today(self) -> date:
        """The day in UTC."""
        return self.now.date()

    @property
    def month(self) -> date:
        """The first day of the month that runs."""
        return self.today.replace(day=1)


def count_words(number: int) -> str:
    """Return a count with its thousands apart."""
    return formats.number_format(number, use_l10n=True, force_grouping=True)


def seconds_words(value: float | None) -> str:
    """Return a time in seconds; empty where nothing was measured."""
    if value is None:
        return ""
    if value == float("inf"):
        return _("more than 30 s")
    return f"{formats.number_format(round(value, 2), decimal_pos=2)} s"


def window_words(first: date, last: date) -> str:
    """Return both ends of a window."""
    return _("%(first)s to %(last)s") % {"first": printed_day(first), "last": printed_day(last)}

"""Days that people write down about a child: never in the future, never before an earlier event."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from cgm_portal.errors import DomainError
from children.models import Child


def today_of(child: Child) -> date:
    """Return the date where the child's programme works."""
    return child.clinic.programme.day_of(timezone.now())


def refuse_impossible_day(day: date, *, child: Child, field: str, not_before: date | None = None) -> None:
    """Raise DomainError: `date_in_future`, `date_before_birth`, `date_too_early` (before `not_before`)."""
    if day > today_of(child):
        raise DomainError("date_in_future", _("The day lies in the future."), field=field)
    if day < child.born_on:
        raise DomainError("date_before_birth", _("The day lies before the child's birth."), field=field)
    if not_before is not None and day < not_before:
        raise DomainError("date_too_early", _("The day lies before the day on which this began."), field=field)

"""Which backups may go: daily, weekly and monthly ones stay for as long as the settings say; the last good one always.

Counted in days, weeks and months that have a backup, not in calendar time: when backups stop, none is lost to age.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from cgm_portal.backup import catalogue
from cgm_portal.backup.catalogue import Listed
from cgm_portal.backup.keys import BackupKey

logger = logging.getLogger(__name__)
# A manifest that our keys cannot check may be a good one of a key that is not set here: left alone for a person.
_GARBAGE = {"backup_incomplete", "backup_truncated"}


@dataclass(frozen=True)
class RetentionPlan:
    """How many backups stay, the newest of each kind, and for how many hours every one does."""

    daily: int
    weekly: int
    monthly: int
    keep_all_hours: float

    @classmethod
    def from_settings(cls) -> RetentionPlan:
        """Return the plan of the settings."""
        return cls(
            daily=settings.BACKUP_KEEP_DAILY,
            weekly=settings.BACKUP_KEEP_WEEKLY,
            monthly=settings.BACKUP_KEEP_MONTHLY,
            keep_all_hours=settings.BACKUP_KEEP_ALL_HOURS,
        )


def names_to_delete(backups: list[Listed], *, plan: RetentionPlan, now: datetime) -> list[str]:
    """Return what may go, oldest first.

    Unfinished and cut-off backups go when they are old enough to be nobody's who still writes, and a good one is newer.
    """
    good = sorted((b for b in backups if b.is_good), key=lambda b: b.made_at, reverse=True)
    if not good:
        return []
    young = now - timedelta(hours=plan.keep_all_hours)
    kept = {good[0].name} | {b.name for b in backups if b.made_at > young}
    kept |= _newest_of_each(good, plan.daily, lambda at: at.date())
    kept |= _newest_of_each(good, plan.weekly, lambda at: tuple(at.isocalendar())[:2])
    kept |= _newest_of_each(good, plan.monthly, lambda at: (at.year, at.month))
    going = [b for b in good if b.name not in kept]
    going += [b for b in backups if b.problem in _GARBAGE and b.name not in kept and b.made_at < good[0].made_at]
    return [b.name for b in sorted(going, key=lambda b: b.made_at)]


def _newest_of_each(good: list[Listed], count: int, period: Callable[[datetime], object]) -> set[str]:
    newest: dict[object, str] = {}
    for backup in good:  # newest first: the first of a period stays
        newest.setdefault(period(backup.made_at), backup.name)
    return set(list(newest.values())[:count])


def apply_retention(*, keys: list[BackupKey], now: datetime) -> list[str]:
    """Delete what the settings let go, and return the names."""
    going = names_to_delete(catalogue.listed_backups(keys), plan=RetentionPlan.from_settings(), now=now)
    for name in going:
        catalogue.delete_backup(name)
        logger.info("backup %s deleted: past its retention", name)
    return going

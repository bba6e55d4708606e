"""What the minutes say of a window: how long answers took, and for how much of it the portal was ready."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Min, Sum

from analytics.service_minutes.models import BOUNDS_S, BUCKETS, ReadyMinute, RequestGroup, RequestMinute

ONE_MINUTE = timedelta(minutes=1)
KEPT = timedelta(days=400)


@dataclass(frozen=True)
class AnswerTimes:
    """Answers of one group: how many by bucket of BOUNDS_S, and how many were the server's fault."""

    counts: tuple[int, ...]
    server_errors: int

    @property
    def answers(self) -> int:
        """How many answers were given."""
        return sum(self.counts)

    def within(self, seconds: float) -> int:
        """Return how many took at most `seconds`, which must be one of BOUNDS_S."""
        return sum(self.counts[: BOUNDS_S.index(seconds) + 1])

    def quantile_s(self, share: float) -> float | None:
        """Return the time in seconds within which `share` (0-1) of the answers came; None without an answer.

        Even within a bucket; infinite where the share lies beyond the last bound.
        """
        return quantile(self.counts, share)


@dataclass(frozen=True)
class Uptime:
    """Minutes from `since` to `until`, and how many of them the portal was ready in."""

    since: datetime
    until: datetime
    minutes: int
    ready: int


def answer_times(group: RequestGroup, *, since: datetime) -> AnswerTimes:
    """Return the answers of `group` from `since` on; one query."""
    rows = RequestMinute.objects.filter(group=group, minute__gte=since)
    sums = rows.aggregate(**{name: Sum(name) for name in ("server_errors", *BUCKETS)})
    return AnswerTimes(counts=tuple(sums[name] or 0 for name in BUCKETS), server_errors=sums["server_errors"] or 0)


def uptime(*, since: datetime, now: datetime) -> Uptime | None:
    """Return the uptime from `since`, or from the first minute ever noted, to the last whole minute before `now`.

    Minutes that nobody noted count as down, whatever the reason. None before the first one has been noted.
    """
    first = ReadyMinute.objects.aggregate(first=Min("minute"))["first"]
    until = now.replace(second=0, microsecond=0)
    if first is None or first >= until:
        return None
    begin = max(first, since.replace(second=0, microsecond=0))
    ready = ReadyMinute.objects.filter(minute__gte=begin, minute__lt=until - ONE_MINUTE).count()
    # The minute that has just ended may still be on its way to the database.
    minutes = int((until - ONE_MINUTE - begin) / ONE_MINUTE)
    return Uptime(since=begin, until=until - ONE_MINUTE, minutes=minutes, ready=ready) if minutes > 0 else None


def quantile(counts: Sequence[int], share: float) -> float | None:
    """Return the `share` quantile, in seconds, of answers counted by the buckets of BOUNDS_S."""
    wanted = share * sum(counts)
    if not wanted:
        return None
    below = 0
    for count, (low, high) in zip(counts, pairwise((0.0, *BOUNDS_S, float("inf"))), strict=True):
        if below + count >= wanted and count:
            return low + (high - low) * (wanted - below) / count
        below += count
    raise AssertionError("the buckets hold fewer answers than they sum to")


def forget_old(*, now: datetime) -> int:
    """Delete minutes older than KEPT; return how many rows went."""
    rows, _tables = RequestMinute.objects.filter(minute__lt=now - KEPT).delete()
    minutes, _tables = ReadyMinute.objects.filter(minute__lt=now - KEPT).delete()
    return rows + minutes

"""Counts answers in memory and writes them down each minute: one lock and one addition for each request.

The web server starts one recorder in each of its processes (deploy/gunicorn.conf.py). What a process counted since its
last minute is lost with it. While the database is away counts wait in memory, for an hour at most; such a minute is
written later, but never as one in which the portal was ready.
"""

from __future__ import annotations

import logging
import threading
import time
from bisect import bisect_left
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from django.db import Error, connection, transaction

from analytics.service_minutes.models import BOUNDS_S, BUCKETS, RequestGroup

logger = logging.getLogger(__name__)
MINUTE_S = 60
MOST_WAITING = 60  # minutes that wait in memory while the database is away

Counts = dict[RequestGroup, list[int]]  # server errors, then the buckets

_COLUMNS = ("server_errors", *BUCKETS)
_READY = "INSERT INTO analytics_readyminute (minute) VALUES (%s) ON CONFLICT DO NOTHING"
_ADD = f"""
INSERT INTO analytics_requestminute (minute, "group", {", ".join(_COLUMNS)})
VALUES ({", ".join(["%s"] * (len(_COLUMNS) + 2))})
ON CONFLICT ("group", minute) DO UPDATE SET {
    ", ".join(f"{name} = analytics_requestminute.{name} + EXCLUDED.{name}" for name in _COLUMNS)
}
"""  # noqa: S608 - the names are this package's own


class MinuteRecorder:
    """The counts of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counts = defaultdict(_nothing)
        self._waiting: dict[datetime, Counts] = {}
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, group: RequestGroup, *, seconds: float, failed: bool) -> None:
        """Count one answer; `failed`: the server's fault, 5xx."""
        place = 1 + bisect_left(BOUNDS_S, seconds)
        with self._lock:
            counts = self._counts[group]
            counts[place] += 1
            counts[0] += failed

    def start(self) -> None:
        """Write each minute from a thread of this process, until it ends."""
        self._thread = threading.Thread(target=self._keep, name="service-minutes", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and write what was counted since the last minute; the process is about to end."""
        if self._thread is None:
            return
        self._ended.set()
        self._thread.join(timeout=MINUTE_S)
        self.write(_this_minute(), ready=False)
        connection.close()

    def write(self, minute: datetime, *, ready: bool) -> bool:
        """Store what was counted as of `minute`, and that the portal was ready in it; False with the database away."""
        with self._lock:
            taken, self._counts = self._counts, defaultdict(_nothing)
        if taken:
            self._waiting[minute] = taken
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                if ready:
                    cursor.execute(_READY, [minute])
                for waited, groups in self._waiting.items():
                    for group, counts in groups.items():
                        cursor.execute(_ADD, [waited, group.value, *counts])
        except Error:
            logger.warning("the minute could not be written", exc_info=True)
            connection.close()
            for old in sorted(self._waiting)[:-MOST_WAITING]:
                del self._waiting[old]
            return False
        self._waiting = {}
        return True

    def _keep(self) -> None:
        try:
            while not self._ended.wait(MINUTE_S - time.time() % MINUTE_S):
                # The minute that has just ended, also when the clock woke us a moment early.
                self.write(_this_minute(-MINUTE_S / 2), ready=True)
                connection.close()
        finally:
            connection.close()


def _nothing() -> list[int]:
    return [0] * len(_COLUMNS)


def _this_minute(shift_s: float = 0.0) -> datetime:
    return (datetime.now(UTC) + timedelta(seconds=shift_s)).replace(second=0, microsecond=0)


recorder = MinuteRecorder()

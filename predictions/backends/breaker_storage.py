"""What the circuit breaker remembers, shared by all workers through Redis; with Redis away, in this process's memory.

pybreaker's own Redis storage calls the circuit closed whenever Redis is away, so that every session would pay again.
This one keeps a copy: what it knew last stays true until Redis is back, and is told to a Redis that has lost it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from pybreaker import STATE_CLOSED, CircuitMemoryStorage
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")
#: A Redis that does not answer within it is away, s.
REDIS_TIMEOUT_S = 0.3
#: How long a Redis that was away is left alone, s.
REDIS_PAUSE_S = 10.0
#: Failures are forgotten when nobody has called for so long, s; far above any pause of the breaker.
FORGET_AFTER_S = 600


class SharedStorage(CircuitMemoryStorage):
    """pybreaker's storage: one hash `name` in Redis with state, failures, successes and opened_at (s since 1970)."""

    def __init__(self, *, url: str, name: str) -> None:
        """Connect to nothing yet."""
        super().__init__(STATE_CLOSED)
        self._key = name
        self._redis = Redis.from_url(
            url,
            socket_timeout=REDIS_TIMEOUT_S,
            socket_connect_timeout=REDIS_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )
        self._away_until = 0.0
        self._was_away = False

    @property
    def state(self) -> str:
        """The state as the last process left it."""
        self._pull()
        return self._state

    @state.setter
    def state(self, state: str) -> None:
        self._state = state
        self._push()

    @property
    def counter(self) -> int:
        """Failures in a row, of all processes."""
        self._pull()
        return self._fail_counter

    @property
    def opened_at(self) -> datetime | None:
        """When the circuit was opened."""
        self._pull()
        return self._opened_at

    @opened_at.setter
    def opened_at(self, opened_at: datetime) -> None:
        self._opened_at = opened_at
        self._push()

    def increment_counter(self) -> None:
        """Count one failure."""
        self._fail_counter += 1
        counted = self._ask(lambda redis: redis.hincrby(self._key, "failures", 1))
        if counted is not None:
            self._fail_counter = int(counted)
            self._push()

    def reset_counter(self) -> None:
        """Forget the failures."""
        self._fail_counter = 0
        self._push()

    def increment_success_counter(self) -> None:
        """Count one success while half open."""
        super().increment_success_counter()
        self._push()

    def reset_success_counter(self) -> None:
        """Forget the successes."""
        super().reset_success_counter()
        self._push()

    def take_trial(self, seconds: float) -> bool:
        """Tell whether this process may try for all whether the endpoint is back; nobody else for `seconds`."""
        taken = self._ask(lambda redis: bool(redis.set(f"{self._key}:trial", 1, nx=True, px=int(seconds * 1000))))
        return True if taken is None else taken

    def end_trial(self) -> None:
        """Let the next one try when it is due."""
        self._ask(lambda redis: redis.delete(f"{self._key}:trial"))

    def _pull(self) -> None:
        if self._was_away and self._state != STATE_CLOSED:
            self._push()  # what was learnt while Redis was away
        found = self._ask(lambda redis: redis.hgetall(self._key))
        if found is None:
            return
        if "state" not in found:
            if self._state != STATE_CLOSED:
                self._push()  # a Redis that has lost its data
            return
        self._state = found["state"]
        self._fail_counter = int(found["failures"])
        self._success_counter = int(found["successes"])
        opened_at = float(found["opened_at"])
        self._opened_at = datetime.fromtimestamp(opened_at, UTC) if opened_at else None

    def _push(self) -> None:
        known = {
            "state": self._state,
            "failures": self._fail_counter,
            "successes": self._success_counter,
            "opened_at": self._opened_at.timestamp() if self._opened_at else 0.0,
        }

        def write(redis: Redis) -> bool:
            redis.hset(self._key, mapping=known)
            redis.expire(self._key, FORGET_AFTER_S)
            return True

        self._ask(write)

    def _ask(self, work: Callable[[Redis], Answer]) -> Answer | None:
        """Return what Redis answers, None while it is away."""
        if time.monotonic() < self._away_until:
            return None
        try:
            answer = work(self._redis)
        except RedisError as error:
            # The text of a RedisError names the server.
            logger.warning("Redis is away (%s): this process keeps its own circuit breaker", type(error).__name__)
            self._away_until = time.monotonic() + REDIS_PAUSE_S
            self._was_away = True
            return None
        self._was_away = False
        return answer

"""Whether the endpoint is called at all: not after five failures in a row, until one session has tried again.

The rules are pybreaker's. Ours are that all processes share what they found (`breaker_storage`), so that a worker that
restarts does not pay again, and that one process alone tries whether the endpoint is back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TypeVar

from django.conf import settings
from pybreaker import STATE_CLOSED, STATE_OPEN, CircuitBreaker, CircuitBreakerError, CircuitBreakerListener

from predictions.backends.breaker_storage import SharedStorage
from predictions.backends.endpoint_config import FAILURES_TO_OPEN, EndpointConfig, endpoint_config
from predictions.backends.reasons import EndpointError, FallbackReason

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")
#: More than a trial can last, so that a worker that dies in it does not end trials for good, s.
TRIAL_MARGIN_S = 2.0


class EndpointBreaker:
    """The circuit breaker of one endpoint."""

    def __init__(self, config: EndpointConfig) -> None:
        self._trial_s = config.try_s + TRIAL_MARGIN_S
        self._pause = timedelta(seconds=config.pause_s)
        self._storage = SharedStorage(url=settings.REDIS_URL, name=f"cgm:endpoint:{config.digest}")
        self._breaker = CircuitBreaker(
            fail_max=FAILURES_TO_OPEN,
            reset_timeout=config.pause_s,
            state_storage=self._storage,
            listeners=[_Log()],
            throw_new_error_on_trip=False,
        )

    @property
    def state(self) -> str:
        """`closed`: the endpoint is called; `open`: it is not; `half-open`: one session is trying it."""
        return self._storage.state

    @property
    def opened_at(self) -> datetime | None:
        """When it was opened last."""
        return self._storage.opened_at

    def call(self, work: Callable[[], Answer]) -> Answer:
        """Return what `work` returns; raises what it raises, or EndpointError(breaker_open) without calling it."""
        if self._storage.state == STATE_CLOSED:
            return self._call(work)
        if not self._is_due() or not self._storage.take_trial(self._trial_s):
            raise EndpointError(FallbackReason.BREAKER_OPEN)
        try:
            return self._call(work)
        finally:
            self._storage.end_trial()

    def _call(self, work: Callable[[], Answer]) -> Answer:
        try:
            return self._breaker.call(work)
        except CircuitBreakerError:
            raise EndpointError(FallbackReason.BREAKER_OPEN) from None

    def _is_due(self) -> bool:
        opened_at = self.opened_at
        return opened_at is None or datetime.now(UTC) >= opened_at + self._pause


class _Log(CircuitBreakerListener):
    """Says once when the endpoint goes away and why, and once when it is back."""

    def __init__(self) -> None:
        self._reason = "as another process found"

    def failure(self, cb: CircuitBreaker, exc: BaseException) -> None:
        """Remember what the last failure was."""
        self._reason = exc.reason.value if isinstance(exc, EndpointError) else type(exc).__name__

    def state_change(self, cb: CircuitBreaker, old_state: object, new_state: object) -> None:
        """Log a change that this process made or noticed; a trial in vain is no news."""
        old, new = (getattr(state, "name", "") for state in (old_state, new_state))
        if (old, new) == (STATE_CLOSED, STATE_OPEN):
            logger.error(
                "the model endpoint fails (%s) and is tried every %g s; the local model answers",
                self._reason,
                cb.reset_timeout,
            )
        elif new == STATE_CLOSED:
            logger.warning("the model endpoint answers again")


def endpoint_state() -> str:
    """Return `off` where no endpoint is configured, else what its breaker says: `closed`, `open` or `half-open`.

    For health pages and figures: nothing is called but Redis. Raises DomainError as `endpoint_config` does.
    """
    config = endpoint_config()
    return "off" if config is None else breaker_of(config).state


@cache
def breaker_of(config: EndpointConfig) -> EndpointBreaker:
    """Return this process's breaker of an endpoint; what it remembers is read from Redis."""
    return EndpointBreaker(config)

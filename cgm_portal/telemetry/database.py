"""Database calls: counted for each request, and a span of its own for each that a person would ask about.

A span holds the verb and the table, never the statement. Every call would cost more than a request may pay, so calls
below TELEMETRY_SLOW_QUERY_SECONDS are counted in `cgm.db.calls` and `cgm.db.seconds` of the request or task alone.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode

_VERB = re.compile(r"\s*(\w+)")
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+\"?(\w+)", re.IGNORECASE)


@dataclass
class DatabaseFigures:
    """What the database did for one request or task."""

    calls: int = 0
    seconds: float = 0.0


_figures: ContextVar[DatabaseFigures | None] = ContextVar("database_figures", default=None)


@contextmanager
def count_calls() -> Iterator[DatabaseFigures]:
    """Count the database calls of the block."""
    figures = DatabaseFigures()
    token = _figures.set(figures)
    try:
        yield figures
    finally:
        _figures.reset(token)


def instrument() -> None:
    """Watch every connection of this process, also those to come."""
    connection_created.connect(_watch, dispatch_uid="telemetry")
    for connection in connections.all(initialized_only=True):
        _watch(connection=connection)


def uninstrument() -> None:
    """Watch no further connection; those that are watched find nothing to count."""
    connection_created.disconnect(dispatch_uid="telemetry")


def _watch(*, connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    # Outermost: who adds a wrapper for a while takes the last one away again.
    if _observed not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _observed)


def _observed(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    figures = _figures.get()
    if figures is None:
        return execute(sql, params, many, context)
    started = time.perf_counter()
    error: DatabaseError | None = None
    try:
        return execute(sql, params, many, context)
    except DatabaseError as raised:
        error = raised
        raise
    finally:
        seconds = time.perf_counter() - started
        figures.calls += 1
        figures.seconds += seconds
        if seconds >= settings.TELEMETRY_SLOW_QUERY_SECONDS or error is not None:
            _record(sql, seconds, error)


def _record(sql: str, seconds: float, error: DatabaseError | None) -> None:
    """Record a span that has just ended."""
    if not trace.get_current_span().is_recording():
        return
    verb, table = _verb_and_table(str(sql))
    ended = time.time_ns()
    span = trace.get_tracer("cgm_portal.database").start_span(
        f"{verb} {table}".strip(),
        kind=SpanKind.CLIENT,
        start_time=ended - int(seconds * 1e9),
        attributes={"db.system": "postgresql", "db.operation": verb, "db.collection.name": table},
    )
    if error is not None:
        span.set_attribute("error.type", getattr(error.__cause__, "sqlstate", None) or type(error).__name__)
        span.set_status(Status(StatusCode.ERROR))
    span.end(ended)


@lru_cache(maxsize=512)
def _verb_and_table(sql: str) -> tuple[str, str]:
    verb, table = _VERB.match(sql), _TABLE.search(sql)
    return (verb[1].upper() if verb else "SQL", table[1] if table else "")

"""Whether telemetry runs in this process, and the few calls that the apps make of it."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction

from cgm_portal.telemetry.events import Event

_recorder: Any = None  # the module cgm_portal.telemetry.recorder, once telemetry runs in this process


def start_telemetry(process: str) -> bool:
    """Start telemetry in this process, which is called `process` in what it sends; False when none is configured.

    Call it after Django's settings and after the last fork. A second call in the same process changes nothing.
    """
    global _recorder
    if _recorder is None and settings.TELEMETRY_ENABLED:
        _recorder = import_module("cgm_portal.telemetry.recorder")
        _recorder.start(process)
        atexit.register(stop_telemetry)
    return _recorder is not None


def stop_telemetry() -> None:
    """Send what is waiting and stop; a second call, or one without a start, does nothing."""
    global _recorder
    recorder, _recorder = _recorder, None
    if recorder is not None:
        recorder.stop()


def send_events(make: Callable[[], Iterable[Event]]) -> None:
    """Make and send events when the running transaction has committed; with a rollback they never happened.

    `make` runs after the commit, and only where telemetry runs: what was stored stays stored even if it fails.
    """
    if _recorder is not None:
        # Lambdas, not partials: Django asks a robust one that fails for its __qualname__.
        transaction.on_commit(lambda: _send(make), robust=True)


def note_stage_seconds(stage_seconds: Mapping[str, float]) -> None:
    """Report how long the stages of a scan took, seconds by stage, when the running transaction has committed."""
    if _recorder is not None:
        transaction.on_commit(lambda: _note(dict(stage_seconds)), robust=True)


def current_trace_parent() -> str:
    """Return the W3C `traceparent` of what runs now, to be kept with work that is done later; empty without one."""
    return "" if _recorder is None else str(_recorder.current_trace_parent())


@contextmanager
def continue_trace(find_trace_parent: Callable[[], str]) -> Iterator[None]:
    """Do the work of the block as part of the trace that was kept with it.

    `find_trace_parent` is asked only where telemetry runs; an empty answer changes nothing.
    """
    trace_parent = "" if _recorder is None else find_trace_parent()
    if not trace_parent:
        yield
        return
    with _recorder.continued_trace(trace_parent):
        yield


def _send(make: Callable[[], Iterable[Event]]) -> None:
    if _recorder is not None:
        for event in make():
            _recorder.send_event(event)


def _note(stage_seconds: Mapping[str, float]) -> None:
    if _recorder is not None:
        _recorder.note_stage_seconds(stage_seconds)

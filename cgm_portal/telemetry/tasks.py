"""One span for each Celery message sent and each task run, in the trace of the request that caused them.

The trace travels in the message's headers, also for tasks that are sent by name. What beat starts by the clock begins a
trace of its own.
"""

from __future__ import annotations

from contextlib import ExitStack
from contextvars import ContextVar
from typing import Any

from celery import Task, signals
from opentelemetry import context, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from cgm_portal.telemetry.database import count_calls
from cgm_portal.telemetry.redaction import type_name

HEADER = "traceparent"
_UID = "telemetry"
_propagator = TraceContextTextMapPropagator()
_publishing: ContextVar[Span | None] = ContextVar("publishing", default=None)
_running: ContextVar[tuple[Span, ExitStack] | None] = ContextVar("running", default=None)


def instrument() -> None:
    """Watch what this process sends and runs."""
    signals.before_task_publish.connect(_before_publish, dispatch_uid=_UID)
    signals.after_task_publish.connect(_after_publish, dispatch_uid=_UID)
    signals.task_prerun.connect(_before_run, dispatch_uid=_UID)
    signals.task_failure.connect(_failed, dispatch_uid=_UID)
    signals.task_postrun.connect(_after_run, dispatch_uid=_UID)


def uninstrument() -> None:
    """Watch no longer."""
    signals.before_task_publish.disconnect(dispatch_uid=_UID)
    signals.after_task_publish.disconnect(dispatch_uid=_UID)
    signals.task_prerun.disconnect(dispatch_uid=_UID)
    signals.task_failure.disconnect(dispatch_uid=_UID)
    signals.task_postrun.disconnect(dispatch_uid=_UID)


def _before_publish(sender: str, headers: dict[str, Any], routing_key: str = "", **_kwargs: Any) -> None:
    if not trace.get_current_span().get_span_context().is_valid:
        return  # beat: nothing caused it but the clock
    span = trace.get_tracer("cgm_portal.tasks").start_span(
        f"publish {sender}",
        kind=SpanKind.PRODUCER,
        attributes={
            "messaging.system": "celery",
            "messaging.destination": routing_key,
            "messaging.message.id": headers["id"],
            "cgm.task": sender,
        },
    )
    # Not made the running span: when the broker is away nobody is told, and it would stay the running one.
    _propagator.inject(headers, trace.set_span_in_context(span))
    _publishing.set(span)


def _after_publish(**_kwargs: Any) -> None:
    span = _publishing.get()
    if span is not None:
        span.end()
        _publishing.set(None)


def _before_run(task_id: str, task: Task, **_kwargs: Any) -> None:
    trace_parent = task.request.get(HEADER)
    outer = _propagator.extract({HEADER: trace_parent}) if isinstance(trace_parent, str) else context.Context()
    delivery = task.request.delivery_info or {}
    span = trace.get_tracer("cgm_portal.tasks").start_span(
        f"run {task.name}",
        context=outer,
        kind=SpanKind.CONSUMER,
        attributes={
            "messaging.system": "celery",
            "messaging.destination": delivery.get("routing_key") or "",
            "messaging.message.id": task_id,
            "cgm.task": task.name,
        },
    )
    scope = ExitStack()
    scope.enter_context(trace.use_span(span, record_exception=False, set_status_on_exception=False))
    figures = scope.enter_context(count_calls())
    scope.callback(
        lambda: span.set_attributes({"cgm.db.calls": figures.calls, "cgm.db.seconds": round(figures.seconds, 6)})
    )
    _running.set((span, scope))


def _failed(exception: BaseException, **_kwargs: Any) -> None:
    running = _running.get()
    if running is not None:
        span, _scope = running
        span.set_attribute("error.type", type_name(exception))
        span.set_status(Status(StatusCode.ERROR))


def _after_run(**_kwargs: Any) -> None:
    running = _running.get()
    if running is not None:
        span, scope = running
        _running.set(None)
        scope.close()
        span.end()

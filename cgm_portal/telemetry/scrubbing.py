"""What may leave this machine as telemetry: names of attributes that were thought about. Everything else is dropped.

A list of what is allowed, not of what is forbidden: a library that begins to record addresses, query strings or
statements changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk._logs import LogRecordProcessor, ReadWriteLogRecord
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.trace import Status

from cgm_portal.telemetry.events import EVENTS
from cgm_portal.telemetry.redaction import redact

CUSTOM_EVENT_NAME = "microsoft.custom_event.name"  # by this attribute Azure Monitor knows a custom event
SPAN_ATTRIBUTES = frozenset(
    {
        "_MS.sampleRate",  # Azure multiplies by it
        "http.request.method",
        "http.method",
        "http.route",
        "http.response.status_code",
        "http.status_code",
        "server.address",
        "server.port",
        "error.type",
        "db.system",
        "db.operation",
        "db.collection.name",
        "messaging.system",
        "messaging.destination",
        "messaging.message.id",
        "cgm.db.calls",
        "cgm.db.seconds",
        "cgm.task",
    }
)
SPAN_PREFIXES = ("cgm.stage.",)
LOG_ATTRIBUTES = frozenset({"exception.type", "exception.message", "exception.stacktrace"})
_EVENT_ATTRIBUTES = {event.__name__: frozenset({CUSTOM_EVENT_NAME, *event.field_names()}) for event in EVENTS}


class ScrubSpans(SpanProcessor):
    """Drops attributes, events and status texts of spans before any exporter sees them.

    Runs before the exporters' processors, which are handed the same object: the way that Azure Monitor's documentation
    gives for changing spans.
    """

    def on_end(self, span: ReadableSpan) -> None:
        """Leave of `span` what is allowed; names of calls to others lose all but method and host."""
        attributes = span.attributes or {}
        if not attributes.keys() <= SPAN_ATTRIBUTES:
            span._attributes = _allowed_of_span(attributes)
        if span.events:
            span._events = ()
        if span.status.description:
            span._status = Status(span.status.status_code)
        if "/" in span.name and not span.attributes.get("http.route"):
            span._name = redact(span.name)


class ScrubLogs(LogRecordProcessor):
    """Drops attributes of log records that are neither a known event's nor an exception's."""

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Leave of the record what is allowed."""
        record = log_record.log_record
        attributes = record.attributes or {}
        allowed = _EVENT_ATTRIBUTES.get(str(attributes.get(CUSTOM_EVENT_NAME)), LOG_ATTRIBUTES)
        for name in [name for name in attributes if name not in allowed]:
            del attributes[name]

    def shutdown(self) -> None:
        """Nothing to close."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing waits here."""
        return True


def _allowed_of_span(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in attributes.items() if name in SPAN_ATTRIBUTES or name.startswith(SPAN_PREFIXES)
    }

"""How log lines are written: for people or as JSON, both without people's data and with the ids of trace and task."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from django.conf import settings

from cgm_portal.telemetry.redaction import describe_exception, exception_text, redact, type_name

NO_ROUTE = "(no route)"  # an address that the portal does not have may say anything


def safe_message(record: logging.LogRecord) -> str:
    """Return the message of `record`, addresses of requests as their route, without what could point to a person."""
    args = record.args
    if isinstance(args, Mapping) and "exc" in args:  # Celery's line about a task that failed
        error = record.exc_info[1] if record.exc_info else None
        args = {**args, "exc": type_name(error) if error else "", "traceback": "", "args": "", "kwargs": ""}
    elif isinstance(args, tuple):
        args = tuple(_safe_argument(arg, record) for arg in args)
    try:
        message = str(record.msg) % args if args else str(record.msg)
    except (TypeError, ValueError, KeyError):  # a wrong call of a logger; logging itself would print all arguments
        message = str(record.msg)
    return redact(message)


def _safe_argument(arg: object, record: logging.LogRecord) -> object:
    if isinstance(arg, BaseException):
        return f"{type_name(arg)} {describe_exception(arg)}".strip()
    if isinstance(arg, str) and arg.startswith("/") and hasattr(record, "request"):  # Django's lines about a request
        return route_of(record.request)
    return arg


def safe_exception(record: logging.LogRecord) -> str:
    """Return the traceback of `record`, or an empty text; whole while DEBUG is on."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return ""
    if settings.DEBUG:
        return logging.Formatter().formatException(record.exc_info)
    return exception_text(error)


def route_of(request: object) -> str:
    """Return the route of a request, such as /children/<uuid:pk>/: nothing of what somebody typed."""
    match = getattr(request, "resolver_match", None)
    return NO_ROUTE if match is None else f"/{match.route}"


def trace_ids() -> dict[str, str]:
    """Return the ids of the running trace and span, 32 and 16 hex digits; empty without telemetry."""
    api = sys.modules.get("opentelemetry.trace")
    if api is None or not (context := api.get_current_span().get_span_context()).is_valid:
        return {}
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}


class LineFormatter(logging.Formatter):
    """One line for people, then the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of `record`; the record itself stays as it is for other handlers."""
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {safe_message(record)}"
        trace = safe_exception(record)
        return f"{line}\n{trace}" if trace else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, process, trace_id, span_id, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object of `record` as JSON."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": safe_message(record),
            "process": record.process,
            **trace_ids(),
        }
        if trace := safe_exception(record):
            entry["exception"] = trace
        return json.dumps(entry, ensure_ascii=False)

"""One span for each request: method, route, status, and how much of the time the database took.

The route is the pattern of the address, `/children/<uuid:pk>/`: not even ids of records are sent.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from cgm_portal.telemetry.database import DatabaseFigures, count_calls
from cgm_portal.telemetry.log_format import route_of

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
FIRST_SERVER_ERROR = 500
_propagator = TraceContextTextMapPropagator()


class TraceRequests:
    """Middleware: traces what reaches Django's sessions and views; health checks and static files lie above it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._tracer = trace.get_tracer("cgm_portal.requests")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer within a span, in the trace that a gateway before us has begun if it did."""
        trace_parent = request.META.get("HTTP_TRACEPARENT")
        outer = _propagator.extract({"traceparent": trace_parent}) if trace_parent else None
        method = request.method if request.method in METHODS else "_OTHER"
        with (
            self._tracer.start_as_current_span(
                method, context=outer, kind=SpanKind.SERVER, record_exception=False, set_status_on_exception=False
            ) as span,
            count_calls() as database,
        ):
            response = self.get_response(request)
            if span.is_recording():
                _describe(span, request, response, database)
            return response


def _describe(span: trace.Span, request: HttpRequest, response: HttpResponse, database: DatabaseFigures) -> None:
    route = route_of(request)
    method = request.method if request.method in METHODS else "_OTHER"
    span.update_name(f"{method} {route}")
    span.set_attributes(
        {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": response.status_code,
            "cgm.db.calls": database.calls,
            "cgm.db.seconds": round(database.seconds, 6),
        }
    )
    if response.status_code >= FIRST_SERVER_ERROR:
        span.set_status(Status(StatusCode.ERROR))

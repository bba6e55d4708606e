"""OpenTelemetry in this process: providers, exporters, what is instrumented. Imported only when a collector is set.

Azure Monitor's distribution sets up the providers where a connection string is given; an OTLP collector is served
beside it or alone. Requests, database calls and tasks are traced by modules of this package, not by the published
instrumentations: those record addresses and statements, and lose the span of a task that is sent by name.
"""

from __future__ import annotations

import atexit
import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import Any

from azure.monitor.opentelemetry import configure_azure_monitor
from azure.monitor.opentelemetry.exporter import ApplicationInsightsSampler
from django.conf import settings
from django.utils.module_loading import import_string
from opentelemetry import _logs, context, metrics, trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from urllib3.connectionpool import HTTPConnectionPool

from cgm_portal.telemetry import database, tasks
from cgm_portal.telemetry.events import Event
from cgm_portal.telemetry.exported_logs import ExportHandler
from cgm_portal.telemetry.figures import observe_figures
from cgm_portal.telemetry.scrubbing import CUSTOM_EVENT_NAME, ScrubLogs, ScrubSpans

SCOPE = "cgm_portal"
STAGE_SECONDS = "cgm.scan.stage.seconds"
FLUSH_SECONDS = 5.0  # of a process that ends; well below the grace that supervisors give
BEAT = "beat"  # there is one of it: it reports the figures of the whole portal
_UNUSED_LOGGER = "cgm_portal.telemetry.unused"  # Azure's own log handler sits here; ours is `ExportHandler`
# What the SDK tells Microsoft of itself, and what it asks there: off unless the environment says otherwise.
_QUIET = {
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED": "true",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
    "APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED": "true",
}
_PORTS = {"http": 80, "https": 443}
_propagator = TraceContextTextMapPropagator()
_handler = ExportHandler()


def start(process: str) -> None:
    """Set up the providers for the process called `process`, and instrument it."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("OTEL_METRIC_EXPORT_INTERVAL", str(round(settings.TELEMETRY_METRICS_SECONDS * 1000)))
    resource = Resource.create({"service.namespace": "cgm", "service.name": process})
    if settings.APPLICATIONINSIGHTS_CONNECTION_STRING:
        _set_up_azure(resource)
    else:
        _set_up_otlp(resource)
    for provider in _providers():
        atexit.unregister(provider.shutdown)  # it has no end; `stop` has one
    database.instrument()
    tasks.instrument()
    URLLib3Instrumentor().instrument(request_hook=_name_host)  # blob store and model endpoint; others build on it
    logging.getLogger().addHandler(_handler)
    if process == BEAT:
        observe_figures(metrics.get_meter(SCOPE), import_string(settings.TELEMETRY_FIGURES), metrics.Observation)


def stop() -> None:
    """Send what waits and stop; after FLUSH_SECONDS what has not been taken is given up."""
    logging.getLogger().removeHandler(_handler)
    tasks.uninstrument()
    database.uninstrument()
    URLLib3Instrumentor().uninstrument()
    # Side by side and in daemons: the exporters try for minutes to reach a collector that is away.
    threads = [Thread(target=provider.shutdown, daemon=True) for provider in _providers()]
    for thread in threads:
        thread.start()
    until = time.monotonic() + FLUSH_SECONDS
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def send_event(event: Event) -> None:
    """Send a custom event now, as part of the running trace; empty values are left out."""
    name = type(event).__name__
    values = {key: value for key, value in vars(event).items() if value is not None and value != ""}
    _logs.get_logger(SCOPE).emit(
        _logs.LogRecord(
            timestamp=time.time_ns(),
            severity_number=_logs.SeverityNumber.INFO,
            severity_text="INFO",
            body=name,
            event_name=name,
            attributes={CUSTOM_EVENT_NAME: name, **values},
        )
    )


def note_stage_seconds(stage_seconds: Mapping[str, float]) -> None:
    """Add the stages' seconds to the histogram, and to the span of the task that did them."""
    histogram = metrics.get_meter(SCOPE).create_histogram(
        STAGE_SECONDS, unit="s", description="Seconds of one stage of a scan"
    )
    for stage, seconds in stage_seconds.items():
        histogram.record(seconds, {"stage": stage})
    trace.get_current_span().set_attributes(
        {f"cgm.stage.{stage}_seconds": seconds for stage, seconds in stage_seconds.items()}
    )


def current_trace_parent() -> str:
    """Return the `traceparent` of the running span, or an empty text."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent", "")


@contextmanager
def continued_trace(trace_parent: str) -> Iterator[None]:
    """Make the span that `trace_parent` names the running one for a while."""
    token = context.attach(_propagator.extract({"traceparent": trace_parent}))
    try:
        yield
    finally:
        context.detach(token)


def _providers() -> tuple[Any, ...]:
    return _logs.get_logger_provider(), trace.get_tracer_provider(), metrics.get_meter_provider()


def _name_host(span: trace.Span, pool: HTTPConnectionPool, _request: object) -> None:
    """Say which host is called; the address itself, with its path and signature, is dropped."""
    span.set_attributes({"server.address": pool.host, "server.port": pool.port or _PORTS[pool.scheme]})


def _set_up_azure(resource: Resource) -> None:
    """Let Azure's distribution make the providers; an OTLP collector gets the same, if there is one."""
    otlp = bool(settings.OTEL_EXPORTER_OTLP_ENDPOINT)
    configure_azure_monitor(
        connection_string=settings.APPLICATIONINSIGHTS_CONNECTION_STRING,
        resource=resource,
        sampling_ratio=settings.TELEMETRY_SAMPLING_RATIO,
        span_processors=[ScrubSpans(), *([_otlp_spans()] if otlp else [])],
        log_record_processors=[ScrubLogs(), *([_otlp_logs()] if otlp else [])],
        metric_readers=[_otlp_metrics()] if otlp else [],
        logger_name=_UNUSED_LOGGER,
        enable_live_metrics=settings.TELEMETRY_LIVE_METRICS,
        enable_performance_counters=False,  # the platform reports them
        disable_offline_storage=not settings.TELEMETRY_OFFLINE_STORAGE,
        instrumentation_options={
            name: {"enabled": False}
            for name in ("azure_sdk", "django", "fastapi", "flask", "psycopg2", "requests", "urllib", "urllib3")
        },
    )


def _set_up_otlp(resource: Resource) -> None:
    # The same sampler: it goes by the trace's id alone, so that nobody outside can have traces kept.
    tracers = TracerProvider(resource=resource, sampler=ApplicationInsightsSampler(settings.TELEMETRY_SAMPLING_RATIO))
    tracers.add_span_processor(ScrubSpans())
    tracers.add_span_processor(_otlp_spans())
    trace.set_tracer_provider(tracers)
    loggers = LoggerProvider(resource=resource)
    loggers.add_log_record_processor(ScrubLogs())
    loggers.add_log_record_processor(_otlp_logs())
    _logs.set_logger_provider(loggers)
    metrics.set_meter_provider(MeterProvider(resource=resource, metric_readers=[_otlp_metrics()]))


def _otlp_address(signal: str) -> str:
    return f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/{signal}"


def _otlp_spans() -> BatchSpanProcessor:
    return BatchSpanProcessor(OTLPSpanExporter(endpoint=_otlp_address("traces")))


def _otlp_logs() -> BatchLogRecordProcessor:
    return BatchLogRecordProcessor(OTLPLogExporter(endpoint=_otlp_address("logs")))


def _otlp_metrics() -> PeriodicExportingMetricReader:
    return PeriodicExportingMetricReader(OTLPMetricExporter(endpoint=_otlp_address("metrics")))

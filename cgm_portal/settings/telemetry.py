"""Where traces, metrics and events go, nowhere until a collector is given; who reads /metrics; how logs are written."""

from cgm_portal.env import env_bool, env_float, env_str

APPLICATIONINSIGHTS_CONNECTION_STRING = env_str("APPLICATIONINSIGHTS_CONNECTION_STRING", default="")
OTEL_EXPORTER_OTLP_ENDPOINT = env_str(
    "OTEL_EXPORTER_OTLP_ENDPOINT", default=""
)  # base address of an OTLP/HTTP collector
TELEMETRY_ENABLED = bool(APPLICATIONINSIGHTS_CONNECTION_STRING or OTEL_EXPORTER_OTLP_ENDPOINT)
# Share of traces that are kept, 0-1, chosen by the trace's id: a request and its tasks go together. Events and metrics
# are never sampled.
TELEMETRY_SAMPLING_RATIO = env_float("TELEMETRY_SAMPLING_RATIO", default=1.0)
# Database calls that took longer have a span of their own; all are counted on their request's. 0: each has one.
TELEMETRY_SLOW_QUERY_SECONDS = env_float("TELEMETRY_SLOW_QUERY_SECONDS", default=0.01)
TELEMETRY_METRICS_SECONDS = env_float("TELEMETRY_METRICS_SECONDS", default=60.0)
TELEMETRY_LIVE_METRICS = env_bool("TELEMETRY_LIVE_METRICS", default=False)  # Azure's live page: a call every second
TELEMETRY_OFFLINE_STORAGE = env_bool("TELEMETRY_OFFLINE_STORAGE", default=False)  # keep what could not be sent on disk
# What beat reports of the whole portal; a dotted name, so that the telemetry package need not know the apps.
TELEMETRY_FIGURES = "cgm_portal.metrics.portal_figures"
TELEMETRY_MIDDLEWARE = ["cgm_portal.telemetry.requests.TraceRequests"] if TELEMETRY_ENABLED else []

METRICS_TOKEN = env_str("METRICS_TOKEN", default="")  # opens /metrics to others than this machine itself
HEALTH_TIMEOUT_SECONDS = env_float("HEALTH_TIMEOUT_SECONDS", default=3.0)  # a part that has not answered is away

LOG_FORMAT = env_str("LOG_FORMAT", default="line")  # `line` for people, `json` for machines

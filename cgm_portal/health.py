"""`/livez`: the process answers. `/readyz`: it can do its work, or names the part that cannot. `/metrics`: figures.

All three are answered before sessions, hosts and sign-in are looked at: whoever probes has none of them, and with the
database away those would fail first. Nothing here tells a secret: a part is `ok`, `unreachable` or `slow`.
"""

from __future__ import annotations

import hmac
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import redis
from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from cgm_portal.metrics import portal_figures, prometheus_text
from cgm_portal.telemetry.redaction import describe_exception, type_name

logger = logging.getLogger(__name__)
LOOPBACK = {"127.0.0.1", "::1"}
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
OK, UNREACHABLE, SLOW = "ok", "unreachable", "slow"


class HealthMiddleware:
    """Answers the three addresses at once; everything else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer by exact path."""
        view = ADDRESSES.get(request.path)
        return self.get_response(request) if view is None else view(request)


def livez(request: HttpRequest) -> HttpResponse:
    """Answer without touching anything."""
    return HttpResponse(OK, content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers, else 503 with the part's name.

    Broker and storage away: `degraded`, still 200. Records can be kept without them, scans wait for them.
    """
    parts = part_states(timeout_seconds=settings.HEALTH_TIMEOUT_SECONDS)
    ready = parts["database"] == OK
    status = "ready" if all(part == OK for part in parts.values()) else "degraded" if ready else "not ready"
    return JsonResponse({"status": status, "parts": parts}, status=200 if ready else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the figures in Prometheus' text format, to this machine or with METRICS_TOKEN as bearer token."""
    if not _may_read_metrics(request):
        return HttpResponse(
            "Ask from this machine, or with the metrics token.\n", status=403, content_type="text/plain"
        )
    try:
        values = dict(portal_figures.read())
    except Error:
        return _text("The database does not answer.", status=503)
    return HttpResponse(prometheus_text(values), content_type=PROMETHEUS)


def _text(sentence: str, *, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")


def _may_read_metrics(request: HttpRequest) -> bool:
    sent = request.META.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ").strip()
    if settings.METRICS_TOKEN and hmac.compare_digest(sent.encode(), settings.METRICS_TOKEN.encode()):
        return True
    # A proxy on this machine is on the loopback too, but says for whom it asks.
    forwarded = "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not forwarded


class Probe:
    """Asks one part in a thread of its own. A part that hangs keeps that thread, and is not asked again meanwhile."""

    def __init__(self, name: str, ask: Callable[[], None]) -> None:
        self._name = name
        self._ask = ask
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._state = SLOW

    def begin(self) -> None:
        """Ask, unless the last question is still open."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._state = SLOW
                # A daemon: a part that never answers must not keep the process from ending.
                self._thread = threading.Thread(target=self._run, name=f"probe-{self._name}", daemon=True)
                self._thread.start()

    def state(self, *, until: float) -> str:
        """Return `ok`, `unreachable`, or `slow` when there is no answer by `until` (time.monotonic)."""
        assert self._thread is not None
        self._thread.join(max(0.0, until - time.monotonic()))
        return self._state

    def _run(self) -> None:
        try:
            self._ask()
        except Exception as error:  # noqa: BLE001 - whatever a driver raises, the part is away
            self._state = UNREACHABLE
            logger.warning("%s does not answer: %s %s", self._name, type_name(error), describe_exception(error))
        else:
            self._state = OK


def part_states(*, timeout_seconds: float) -> dict[str, str]:
    """Ask all parts side by side and return their states, after `timeout_seconds` at the latest."""
    for probe in PROBES.values():
        probe.begin()
    until = time.monotonic() + timeout_seconds
    return {name: probe.state(until=until) for name, probe in PROBES.items()}


def _ask_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def _ask_broker() -> None:
    seconds = settings.HEALTH_TIMEOUT_SECONDS
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=seconds, socket_connect_timeout=seconds)
    with client:
        client.ping()


def _ask_storage() -> None:
    """Raise OSError when films could not be kept now."""
    storage = storages["scan_videos"]
    if isinstance(storage, FileSystemStorage):
        folder = Path(storage.location)
        folder.mkdir(parents=True, exist_ok=True)
        folder.stat()
    else:
        storage.client.get_container_properties(timeout=int(settings.HEALTH_TIMEOUT_SECONDS), retry_total=0)


PROBES = {
    "database": Probe("database", _ask_database),
    "broker": Probe("broker", _ask_broker),
    "storage": Probe("storage", _ask_storage),
}
ADDRESSES = {"/livez": livez, "/readyz": readyz, "/metrics": metrics}

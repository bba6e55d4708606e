"""`/livez`: the process answers. `/readyz`: it can do its work; names the part that cannot, without secrets."""

from __future__ import annotations

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

TIMEOUT_SECONDS = 2


def livez(request: HttpRequest) -> HttpResponse:
    """Answer without touching anything."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers, else 503; a broker that is down is named but does not stop records."""
    parts = {"database": _database(), "broker": _broker()}
    ready = parts["database"] == "ok"
    status = "ready" if all(part == "ok" for part in parts.values()) else "degraded" if ready else "not ready"
    return JsonResponse({"status": status, "parts": parts}, status=200 if ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _broker() -> str:
    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
        )
        with client:
            client.ping()
    except redis.RedisError:
        return "unreachable"
    return "ok"

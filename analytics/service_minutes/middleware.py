"""Times every answer that Django gives; health checks and static files lie above it."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from analytics.service_minutes.models import RequestGroup
from analytics.service_minutes.recorder import recorder

FIRST_SERVER_ERROR = 500
FILM_TYPES = ("multipart/form-data", "application/octet-stream")


class ServiceMinutesMiddleware:
    """Counts the answer's time and whether it was the server's fault; keeps nothing of the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, then count."""
        began = time.perf_counter()
        response = self.get_response(request)
        recorder.note(
            group_of(request),
            seconds=time.perf_counter() - began,
            failed=response.status_code >= FIRST_SERVER_ERROR,
        )
        return response


def group_of(request: HttpRequest) -> RequestGroup:
    """Return the group that a request is counted in, by its address and by what it brings."""
    if request.content_type in FILM_TYPES:
        return RequestGroup.UPLOADS
    if request.path.startswith("/api/"):
        return RequestGroup.API
    return RequestGroup.ADMIN if request.path.startswith("/admin/") else RequestGroup.PAGES

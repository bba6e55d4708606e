"""Pages show dates and times as they are where the user's programme works."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.access import programmes_of

SESSION_KEY = "time_zone"


class ProgrammeTimeZoneMiddleware:
    """Activates the time zone of the user's first programme; looked up once a session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer within that zone."""
        with timezone.override(self._zone_of(request)):
            return self.get_response(request)

    def _zone_of(self, request: HttpRequest) -> str | None:
        if SESSION_KEY in request.session:
            return request.session[SESSION_KEY]
        if not request.user.is_authenticated:
            return None
        programme = programmes_of(request.user).first()
        request.session[SESSION_KEY] = programme.time_zone if programme else None
        return request.session[SESSION_KEY]

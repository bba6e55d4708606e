"""A session that nobody uses ends: the next person at the clinic's computer is somebody else."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext

SESSION_KEY = "last_used"
SIGNED_IN_KEY = "signed_in_at"
POLLING_TARGETS = {"progress", "export-jobs"}  # ids of the elements that refresh themselves
WRITTEN_EVERY_SECONDS = 60  # a session is a row: not each request writes it


@receiver(user_logged_in)
def note_sign_in(request: HttpRequest, **kwargs: Any) -> None:
    """Count from the sign-in on."""
    request.session[SESSION_KEY] = request.session[SIGNED_IN_KEY] = int(time.time())


class IdleSessionMiddleware:
    """Signs out whoever has not asked for anything for SESSION_IDLE_SECONDS, people of the admin for half as long.

    What a page asks by itself (`hx-trigger="every ..."`) is no use. SESSION_COOKIE_AGE after the sign-in every session
    ends, used or not: writing the row would move its end otherwise.
    Needs sessions, authentication and messages above it. Bearer tokens have no session and are not touched.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as to somebody who is not signed in when the session has been idle for too long."""
        if SESSION_KEY in request.session:
            self._use(request)
        return self.get_response(request)

    def _use(self, request: HttpRequest) -> None:
        now = int(time.time())
        idle_seconds = now - request.session[SESSION_KEY]
        limit_seconds = settings.SESSION_IDLE_STAFF_SECONDS if _is_staff(request) else settings.SESSION_IDLE_SECONDS
        if now - request.session.get(SIGNED_IN_KEY, now) > settings.SESSION_COOKIE_AGE:
            logout(request)
        elif idle_seconds > limit_seconds:
            logout(request)
            minutes = limit_seconds // 60
            messages.info(
                request,
                ngettext(
                    "You were signed out because nothing was done here for %(minutes)d minute.",
                    "You were signed out because nothing was done here for %(minutes)d minutes.",
                    minutes,
                )
                % {"minutes": minutes},
            )
        elif idle_seconds >= WRITTEN_EVERY_SECONDS and not _is_asked_by_the_page(request):
            request.session[SESSION_KEY] = now


def _is_asked_by_the_page(request: HttpRequest) -> bool:
    """Tell what a page asks again and again while nobody need be there: fragments that show a progress."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Target") in POLLING_TARGETS


def _is_staff(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_staff", False))

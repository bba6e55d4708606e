"""Pages and problem documents for 400, 403, 404, 500, 503 and failed CSRF checks."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cgm_portal.errors import problem_response, wants_problem

_TEXTS = {
    400: ("bad_request", _("The request could not be read. Go back and try again.")),
    403: ("not_allowed", _("You may not do this.")),
    404: ("not_found", _("There is nothing here, or it is not yours to see.")),
    500: ("server_error", _("Something went wrong on our side. Nothing was changed; try again in a moment.")),
    503: (
        "database_unavailable",
        _("The records can't be reached at the moment. Nothing was changed; try again in a few seconds."),
    ),
}
RETRY_AFTER_SECONDS = 5  # of a 503; a database that restarts is back by then


def _answer(request: HttpRequest, status: int) -> HttpResponse:
    code, sentence = _TEXTS[status]
    if wants_problem(request):
        return problem_response(status=status, code=code, detail=str(sentence))
    return _page(status, str(sentence))


def _page(status: int, sentence: str) -> HttpResponse:
    """Return the error page, made without the request: context processors ask for the user, and so the database."""
    return HttpResponse(render_to_string("error.html", {"status": status, "sentence": sentence}), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler400."""
    return _answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler403."""
    return _answer(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler404."""
    return _answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. A database that is away, wherever it was missed, is 503 and when to ask again."""
    if not isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return _answer(request, 500)
    response = _answer(request, 503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW: the form was open too long, or came from elsewhere."""
    if wants_problem(request):
        return problem_response(status=403, code="csrf_failed", detail=gettext("The request lacks a valid CSRF token."))
    sentence = gettext("The page was open too long. Go back, reload it and send the form again.")
    return _page(403, sentence)

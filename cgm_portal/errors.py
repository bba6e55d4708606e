"""Errors with a code for programs and a sentence for people, and the RFC 9457 document that carries them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _

PROBLEM_CONTENT_TYPE = "application/problem+json"
_TITLES = {
    400: _("Not accepted"),
    401: _("Sign in"),
    403: _("Not allowed"),
    404: _("Not found"),
    405: _("Method not allowed"),
    409: _("Conflict"),
    413: _("Too large"),
    415: _("Unsupported media type"),
    429: _("Too many requests"),
    503: _("Not available now"),
}


class DomainError(Exception):
    """A rule of the portal refuses what was asked.

    `code` is stable and for programs, `message` is a sentence for people: what happened, the limit, what to do.
    `field` names the input at fault, where there is one. `details`: where several are, one dict each with `code`,
    `detail`, `attr` and what else a program can use; the first says what `code`, `message` and `field` say.
    """

    def __init__(
        self, code: str, message: str, *, field: str | None = None, details: Sequence[dict[str, Any]] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.details = details


class StoreUnavailableError(OSError):
    """The store of films, models or backups does not answer, or not as it should: try again in a while."""


class ContainerMissingError(StoreUnavailableError):
    """The store answers, but the container of the settings was never made: `manage.py create_containers`."""


def problem(*, status: int, code: str, detail: str, errors: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return an RFC 9457 problem document with our stable `code`."""
    return {
        "type": f"urn:cgm:error:{code}",
        "title": str(_TITLES.get(status, _("Error"))),
        "status": status,
        "code": code,
        "detail": detail,
        "errors": errors or [],
    }


def problem_response(*, status: int, code: str, detail: str) -> JsonResponse:
    """Return a problem document outside DRF (URL resolver, CSRF, crash)."""
    body = problem(status=status, code=code, detail=detail)
    return JsonResponse(body, status=status, content_type=PROBLEM_CONTENT_TYPE)


def wants_problem(request: HttpRequest) -> bool:
    """Return True for requests that want JSON errors: everything below /api/."""
    return request.path.startswith("/api/")

"""How Django REST framework's errors and ours become problem documents, and which HTTP status each code has."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ErrorResponse
from rest_framework.exceptions import APIException, NotFound, PermissionDenied
from rest_framework.response import Response

from cgm_portal.errors import PROBLEM_CONTENT_TYPE, DomainError, StoreUnavailableError, problem

NOTHING_HERE = gettext_lazy("There is nothing here, or it is not yours to see.")
RETRY_AFTER_SECONDS = 5  # of a 503; a database that restarts is back by then

# The status of a DomainError by its code; a code that is not named here is 400.
STATUS_OF_CODE: dict[str, HTTPStatus] = {
    "not_your_clinic": HTTPStatus.FORBIDDEN,
    "not_supervisor": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "id_taken": HTTPStatus.CONFLICT,
    "child_erased": HTTPStatus.CONFLICT,
    "consent_withdrawn_since": HTTPStatus.CONFLICT,
    "erasure_ended": HTTPStatus.CONFLICT,
    "already_ended": HTTPStatus.CONFLICT,
    "in_treatment": HTTPStatus.CONFLICT,
    "treatment_ended": HTTPStatus.CONFLICT,
    "tracing_closed": HTTPStatus.CONFLICT,
    "child_not_active": HTTPStatus.CONFLICT,
    "no_open_alert": HTTPStatus.CONFLICT,
    "status_unchanged": HTTPStatus.CONFLICT,
    "alert_resolved": HTTPStatus.CONFLICT,
    "follow_up_ended": HTTPStatus.CONFLICT,
    "no_scan_consent": HTTPStatus.CONFLICT,
    "no_video": HTTPStatus.CONFLICT,
    "no_image_review_consent": HTTPStatus.CONFLICT,
    "blocks_missing": HTTPStatus.CONFLICT,
    "too_many_uploads": HTTPStatus.CONFLICT,
    "upload_busy": HTTPStatus.CONFLICT,
    "upload_complete": HTTPStatus.CONFLICT,
    "mixed_positions": HTTPStatus.CONFLICT,
    "scan_not_correctable": HTTPStatus.CONFLICT,
    "session_closed": HTTPStatus.CONFLICT,
    "video_exists": HTTPStatus.CONFLICT,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "locked_out": HTTPStatus.TOO_MANY_REQUESTS,
    "wrong_credentials": HTTPStatus.UNAUTHORIZED,
}


class RefusedByRule(APIException):
    """A DomainError on its way to becoming a problem document."""

    def __init__(self, error: DomainError) -> None:
        self.status_code = STATUS_OF_CODE.get(error.code, HTTPStatus.BAD_REQUEST)
        super().__init__(error.message, code=error.code)
        self.field = error.field
        self.details = list(error.details)
        if self.status_code == HTTPStatus.UNAUTHORIZED:
            self.auth_header = "Bearer"


class DatabaseAway(APIException):
    """PostgreSQL does not answer: nothing was stored, ask again soon."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_code = "database_unavailable"
    default_detail = gettext_lazy(
        "The records can't be reached at the moment. Nothing was changed; send it again in a few seconds."
    )
    wait = RETRY_AFTER_SECONDS


class StoreAway(APIException):
    """The store of films does not answer: no film was stored or opened, ask again soon."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_code = "store_unavailable"
    default_detail = gettext_lazy("The store of films can't be reached at the moment. Send it again in a few seconds.")
    wait = RETRY_AFTER_SECONDS


class Crashed(APIException):
    """A bug; its traceback is in the log."""

    default_code = "server_error"
    default_detail = gettext_lazy("Something went wrong on our side. Nothing was changed; try again in a moment.")


class ProblemHandler(ExceptionHandler):
    """Answers every API error, DomainError included, as application/problem+json."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        """Return the API exception that stands for `exc`, or `exc` itself when nobody expected it."""
        if isinstance(exc, Http404 | NotFound):
            return NotFound(NOTHING_HERE)
        if isinstance(exc, DomainError):
            return RefusedByRule(exc)
        if isinstance(exc, PermissionDenied) and str(exc.detail).startswith("CSRF Failed"):
            return PermissionDenied(_("The request lacks a valid CSRF token."), code="csrf_failed")
        if isinstance(exc, RequestDataTooBig):
            return RefusedByRule(DomainError("too_large", _("The request is too large. Send less at once.")))
        if isinstance(exc, SuspiciousOperation):
            return RefusedByRule(DomainError("bad_request", _("The request could not be read.")))
        if isinstance(exc, OperationalError | InterfaceError):
            return DatabaseAway()
        if isinstance(exc, StoreUnavailableError):
            return StoreAway()
        if isinstance(exc, IntegrityError) and _is_taken_primary_key(exc):
            return RefusedByRule(DomainError("id_taken", _("Something else has this id already. Send a new id.")))
        return super().convert_known_exceptions(exc)

    def convert_unhandled_exceptions(self, exc: Exception) -> APIException:
        """Say the same of every crash; the log says the rest."""
        return exc if isinstance(exc, APIException) else Crashed()

    def get_response(self, exc: APIException, data: dict[str, Any]) -> Response:
        """Return the problem with its own media type."""
        response = super().get_response(exc, data)
        response.content_type = PROBLEM_CONTENT_TYPE
        return response


class ProblemFormatter(ExceptionFormatter):
    """Turns drf-standardized-errors' answer into an RFC 9457 problem document.

    `errors` names the fields at fault; it is empty where no field is.
    """

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        """Return the document; its `code` and `detail` are those of the first error."""
        first = error_response.errors[0]
        field = getattr(self.exc, "field", None)
        errors = [{"code": e.code, "detail": str(e.detail), "attr": e.attr or field} for e in error_response.errors]
        if [error["attr"] for error in errors] == [None]:
            errors = []
        errors = getattr(self.exc, "details", None) or errors
        return problem(status=int(self.exc.status_code), code=first.code, detail=str(first.detail), errors=errors)


def problem_exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Django REST framework's EXCEPTION_HANDLER."""
    return ProblemHandler(exc, context).run()


def _is_taken_primary_key(error: IntegrityError) -> bool:
    """Two requests at once used one client UUID for two things."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    return constraint.endswith("_pkey")

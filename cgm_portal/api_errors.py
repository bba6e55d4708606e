"""How Django REST framework's errors and ours become problem documents."""

from __future__ import annotations

from typing import Any

from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ErrorResponse
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response

from cgm_portal.errors import PROBLEM_CONTENT_TYPE, DomainError, problem


class ProblemHandler(ExceptionHandler):
    """Answers every API error, DomainError included, as application/problem+json."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        """Turn a DomainError into a validation error that keeps its code, message and field."""
        if isinstance(exc, DomainError):
            detail: Any = {exc.field: [exc.message]} if exc.field else [exc.message]
            return ValidationError(detail, code=exc.code)
        return super().convert_known_exceptions(exc)

    def get_response(self, exc: APIException, data: dict[str, Any]) -> Response:
        """Return the problem with its own media type."""
        response = super().get_response(exc, data)
        response.content_type = PROBLEM_CONTENT_TYPE
        return response


class ProblemFormatter(ExceptionFormatter):
    """Turns drf-standardized-errors' answer into an RFC 9457 problem document."""

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        """Return the document; its `code` and `detail` are those of the first error."""
        first = error_response.errors[0]
        errors = [{"code": e.code, "detail": str(e.detail), "attr": e.attr} for e in error_response.errors]
        return problem(status=self.exc.status_code, code=first.code, detail=str(first.detail), errors=errors)


def problem_exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Django REST framework's EXCEPTION_HANDLER."""
    return ProblemHandler(exc, context).run()

"""Cursor pages of the API: stable while rows are added, and strict about what a client asks for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.views import APIView


class CreatedCursorPagination(CursorPagination):
    """Newest first by each model's own creation instant, which the view names in `ordering`.

    The first name in `ordering` is an instant that never changes, so that pages neither skip nor repeat.
    """

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering = ("-created_at", "id")

    def get_ordering(self, request: Request, queryset: QuerySet[Model], view: APIView) -> tuple[str, ...]:
        """Return the view's `ordering`, else newest first."""
        return tuple(getattr(view, "ordering", self.ordering))

    def get_page_size(self, request: Request) -> int:
        """Return the asked-for size. Raises ValidationError outside 1 to 200: nobody is given less than was asked."""
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return self.page_size
        if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:6]) <= self.max_page_size):
            sentence = _("Ask for 1 to %(most)d results a page.") % {"most": self.max_page_size}
            raise ValidationError({self.page_size_query_param: [sentence]}, code="page_size_invalid")
        return int(asked)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Return the cursor of the query. Raises ValidationError("cursor_invalid") for one that we did not make."""
        sentence = _("This cursor is not one of ours. Take it from `next` or `previous` of a page.")
        try:
            cursor = super().decode_cursor(request)
            known = cursor is None or cursor.position is None or _is_ours(cursor.position)
        except (NotFound, ValueError):
            known = False
        if not known:
            raise ValidationError({self.cursor_query_param: [sentence]}, code="cursor_invalid")
        return cursor

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """Return the query parameters for OpenAPI, with their limits."""
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] = {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": self.max_page_size,
                    "default": self.page_size,
                }
        return parameters

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the schema of a page."""
        page = super().get_paginated_response_schema(schema)
        page["required"] = ["next", "previous", "results"]
        return page


def _is_ours(position: str) -> bool:
    """Say whether `position` is an instant as we write it: in UTC, so that PostgreSQL can hold it."""
    instant = parse_datetime(position)
    return instant is not None and instant.utcoffset() == timedelta(0)

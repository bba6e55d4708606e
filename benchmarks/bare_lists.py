"""Addresses of the plainest lists that Django REST framework can make: the yardstick of list endpoints.

Every field of the table, newest first, pages of the portal's size; signed in like the portal's own, but no scoping by
clinic, no filters, no nested answers.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Model
from django.urls import path
from rest_framework import generics, pagination, serializers

from children.models import Child, Measurement


def bare_list(table: type[Model], *, newest_first: str) -> Any:
    """Return the view of a list of `table`."""

    class Plain(serializers.ModelSerializer):
        class Meta:
            model = table
            fields = "__all__"

    class Pages(pagination.CursorPagination):
        page_size = settings.REST_FRAMEWORK["PAGE_SIZE"]
        ordering = newest_first

    class List(generics.ListAPIView):
        queryset = table.objects.all()
        serializer_class = Plain
        pagination_class = Pages
        filter_backends = ()

    return List.as_view()


urlpatterns = [
    path("bare/api/v1/children/", bare_list(Child, newest_first="-registered_at")),
    path("bare/api/v1/measurements/", bare_list(Measurement, newest_first="-measured_at")),
]

"""Addresses of bare lists of Django REST framework: the yardstick of list endpoints.

`/bare/`: the same answer as the portal's, with the same serializer, but no scoping by clinic, no filters, no strict
paging. `/flat/`: every field of the one table by a plain ModelSerializer, nothing nested. Both newest first, in pages
of the portal's size, for people who have signed in.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Model, Prefetch, QuerySet
from django.urls import path
from rest_framework import generics, pagination, serializers

from children.models import Child, GrowthAssessment, Measurement
from children.serializers import ChildSerializer, MeasurementSerializer

IN_FORCE = Prefetch("assessments", queryset=GrowthAssessment.objects.filter(is_current=True))
CHILDREN = Child.objects.prefetch_related("guardians", "consents")
MEASUREMENTS = Measurement.objects.select_related("corrected_by").prefetch_related(IN_FORCE, "confirmed_questions")


def bare_list(rows: QuerySet[Any], serializer: type[serializers.Serializer], *, newest_first: str) -> Any:
    """Return the view of a list of `rows`."""

    class Pages(pagination.CursorPagination):
        page_size = settings.REST_FRAMEWORK["PAGE_SIZE"]
        ordering = newest_first

    class List(generics.ListAPIView):
        queryset = rows
        serializer_class = serializer
        pagination_class = Pages
        filter_backends = ()

    return List.as_view()


def plain(table: type[Model]) -> type[serializers.Serializer]:
    """Return the serializer of every field of a table."""

    class Plain(serializers.ModelSerializer):
        class Meta:
            model = table
            fields = "__all__"

    return Plain


def _lists(rows: QuerySet[Any], serializer: type[serializers.Serializer], name: str, newest_first: str) -> list[Any]:
    flat = bare_list(rows.model.objects.all(), plain(rows.model), newest_first=newest_first)
    return [
        path(f"bare/api/v1/{name}/", bare_list(rows, serializer, newest_first=newest_first)),
        path(f"flat/api/v1/{name}/", flat),
    ]


urlpatterns = [
    *_lists(CHILDREN, ChildSerializer, "children", "-registered_at"),
    *_lists(MEASUREMENTS, MeasurementSerializer, "measurements", "-measured_at"),
]

"""API of children: search, register, change, growth chart."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import clinics_of
from cgm_portal.api_schema import PrivateViewSet
from children.api.growth_chart import (
    GrowthChartQuerySerializer,
    GrowthChartSerializer,
    growth_chart,
)
from children.api_filters import ChildFilter
from children.growth import Index
from children.models import Child, GrowthAssessment
from children.registration import ChildDetails, Registration, register_child, update_child
from children.serializers import (
    ChildCreateSerializer,
    ChildSerializer,
    ChildUpdateSerializer,
    GuardianWriteSerializer,
)


class ChildViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PrivateViewSet):
    """Children of the clinics where you work."""

    queryset = Child.objects.none()
    serializer_class = ChildSerializer
    filterset_class = ChildFilter
    ordering = ("-registered_at", "id")

    def get_queryset(self) -> QuerySet[Child]:
        """Return the children that the user may see by name."""
        return Child.objects.visible_to(self.request.user).prefetch_related("guardians", "consents")

    @extend_schema(request=ChildCreateSerializer, responses={201: ChildSerializer})
    def create(self, request: Request) -> Response:
        """Register a child with guardian and consents. The same id with the same content answers the same again."""
        given = ChildCreateSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = dict(given.validated_data)
        child_id = data.pop("id", None)
        clinic = get_object_or_404(clinics_of(request.user), pk=data.pop("clinic"))
        guardian = GuardianWriteSerializer().details(data.pop("guardian", None))
        purposes = tuple(agreed["purpose"] for agreed in data.pop("consents", ()))
        registration = Registration(child=ChildDetails(**data), guardian=guardian, purposes=purposes)
        child = register_child(clinic=clinic, registration=registration, registered_by=request.user, child_id=child_id)
        return Response(ChildSerializer(child).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ChildUpdateSerializer, responses={200: ChildSerializer})
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what was registered. Measurements are assessed anew where sex, birth date or gestation change."""
        child = self.get_object()
        given = ChildUpdateSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        changes = dict(given.validated_data)
        guardian = GuardianWriteSerializer().details(changes.pop("guardian", None))
        update_child(child=child, changes=changes, changed_by=request.user, guardian=guardian)
        return Response(ChildSerializer(self.get_object()).data)

    @extend_schema(parameters=[GrowthChartQuerySerializer], responses={200: GrowthChartSerializer}, filters=False)
    @action(detail=True, url_path="growth-chart", filterset_class=None, pagination_class=None)
    def growth_chart(self, request: Request, pk: str) -> Response:
        """Return the WHO curves of one index and the child's measurements on them, as numbers."""
        child = self.get_object()
        asked = GrowthChartQuerySerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        in_force = GrowthAssessment.objects.filter(is_current=True).select_related("borrowed_weight_from")
        measurements = child.measurements.active().order_by("measured_on", "recorded_at")
        chart = growth_chart(
            child,
            measurements.prefetch_related(Prefetch("assessments", queryset=in_force)),
            Index(asked.validated_data["index"]),
        )
        return Response(GrowthChartSerializer(chart).data)

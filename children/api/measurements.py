"""API of measurements and their assessments: record, correct, void, read."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import clinics_of
from cgm_portal.api_schema import PrivateViewSet
from children.api_filters import AssessmentFilter, MeasurementFilter
from children.erased_ids import child_to_write
from children.models import GrowthAssessment, Measurement
from children.serializers import (
    AssessmentSerializer,
    MeasurementCorrectSerializer,
    MeasurementCreateSerializer,
    MeasurementSerializer,
    MeasurementVoidSerializer,
)
from children.services import correct_measurement, record_measurement, void_measurement


class MeasurementViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PrivateViewSet):
    """Measurements of the children of your clinics, corrected and void ones included (`state`)."""

    queryset = Measurement.objects.none()
    serializer_class = MeasurementSerializer
    filterset_class = MeasurementFilter
    ordering = ("-recorded_at", "id")

    def get_queryset(self) -> QuerySet[Measurement]:
        """Return the measurements that the user may see, each with its assessment in force."""
        in_force = Prefetch("assessments", queryset=GrowthAssessment.objects.filter(is_current=True))
        mine = Measurement.objects.visible_to(self.request.user).select_related("corrected_by")
        return mine.prefetch_related(in_force, "confirmed_questions")

    @extend_schema(request=MeasurementCreateSerializer, responses={201: MeasurementSerializer})
    def create(self, request: Request) -> Response:
        """Store a measurement by hand and assess it. The same id with the same content answers the same again."""
        given = MeasurementCreateSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        child = child_to_write(request.user, given.validated_data["child"])
        measurement = record_measurement(
            child=child,
            values=given.measured_values(),
            measured_on=given.validated_data["measured_on"],
            recorded_by=request.user,
            measurement_id=given.validated_data.get("id"),
            confirmed_fields=given.confirmed(),
        )
        return self._answer(measurement, status.HTTP_201_CREATED)

    @extend_schema(request=MeasurementCorrectSerializer, responses={201: MeasurementSerializer})
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: str) -> Response:
        """Put a new measurement in the place of a wrong one, which stays listed. For supervisors."""
        measurement = self.get_object()
        given = MeasurementCorrectSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        correction = correct_measurement(
            measurement=measurement,
            values=given.measured_values(),
            measured_on=given.validated_data["measured_on"],
            corrected_by=request.user,
            reason=given.validated_data["reason"],
            confirmed_fields=given.confirmed(),
        )
        return self._answer(correction, status.HTTP_201_CREATED)

    @extend_schema(request=MeasurementVoidSerializer, responses={200: MeasurementSerializer})
    @action(detail=True, methods=["post"])
    def void(self, request: Request, pk: str) -> Response:
        """Take a wrong measurement out of charts and counts; it stays listed. For supervisors."""
        measurement = self.get_object()
        given = MeasurementVoidSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        voided = void_measurement(
            measurement=measurement, voided_by=request.user, reason=given.validated_data["reason"]
        )
        return self._answer(voided, status.HTTP_200_OK)

    def _answer(self, measurement: Measurement, code: int) -> Response:
        stored = self.get_queryset().get(pk=measurement.pk)
        return Response(MeasurementSerializer(stored).data, status=code)


class AssessmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PrivateViewSet):
    """Assessments, those that a later one replaced included (`is_current`)."""

    queryset = GrowthAssessment.objects.none()
    serializer_class = AssessmentSerializer
    filterset_class = AssessmentFilter
    ordering = ("-computed_at", "id")

    def get_queryset(self) -> QuerySet[GrowthAssessment]:
        """Return the assessments of children that the user may see."""
        return GrowthAssessment.objects.filter(measurement__child__clinic__in=clinics_of(self.request.user))

"""API of referrals, treatments, tracing and a child's status: what people write down about their work."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from care.api_filters import ReferralFilter, StatusChangeFilter, TracingFilter, TreatmentFilter
from care.leaving import change_child_status
from care.models import Referral, Tracing, TreatmentEpisode
from care.referrals import record_referral_outcome, refer_child
from care.serializers_work import (
    AdmitSerializer,
    AttemptSerializer,
    ExitSerializer,
    OutcomeSerializer,
    ReferralSerializer,
    ReferSerializer,
    StatusChangeSerializer,
    StatusSerializer,
    TracingOutcomeSerializer,
    TracingSerializer,
    TreatmentSerializer,
)
from care.tracing import close_tracing, record_attempt
from care.treatment import admit_child, exit_treatment
from cgm_portal.api_schema import PrivateViewSet
from children.erased_ids import child_to_write
from children.models import StatusChange


class WorkViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PrivateViewSet):
    """Rows of children of your clinics, and the services that write them."""

    def given(self, serializer_class: Any) -> dict[str, Any]:
        """Return what the client sent, validated."""
        given = serializer_class(data=self.request.data)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def answer(self, row: Any, *, made: bool = False) -> Response:
        """Return `row` as it stands in the database now."""
        body = self.get_serializer(self.get_queryset().get(pk=row.pk)).data
        return Response(body, status=status.HTTP_201_CREATED if made else status.HTTP_200_OK)


class ReferralViewSet(WorkViewSet):
    """Children who were sent to another place, and whether they arrived."""

    queryset = Referral.objects.none()
    serializer_class = ReferralSerializer
    filterset_class = ReferralFilter
    ordering = ("-recorded_at", "id")

    def get_queryset(self) -> QuerySet[Referral]:
        """Return the referrals that the user may see."""
        return Referral.objects.visible_to(self.request.user)

    @extend_schema(request=ReferSerializer, responses={201: ReferralSerializer})
    def create(self, request: Request) -> Response:
        """Refer a child for all its open alerts."""
        given = self.given(ReferSerializer)
        child = child_to_write(request.user, given.pop("child"))
        return self.answer(refer_child(child=child, referred_by=request.user, **given), made=True)

    @extend_schema(request=OutcomeSerializer, responses={200: ReferralSerializer})
    @action(detail=True, methods=["post"])
    def outcome(self, request: Request, pk: str) -> Response:
        """Write down whether the child arrived; again when more is known."""
        referral = self.get_object()
        given = self.given(OutcomeSerializer)
        return self.answer(record_referral_outcome(referral=referral, recorded_by=request.user, **given))


class TreatmentViewSet(WorkViewSet):
    """Treatments of acute malnutrition, from admission to exit; visits are the child's measurements."""

    queryset = TreatmentEpisode.objects.none()
    serializer_class = TreatmentSerializer
    filterset_class = TreatmentFilter
    ordering = ("-recorded_at", "id")

    def get_queryset(self) -> QuerySet[TreatmentEpisode]:
        """Return the treatments that the user may see."""
        return TreatmentEpisode.objects.visible_to(self.request.user)

    @extend_schema(request=AdmitSerializer, responses={201: TreatmentSerializer})
    def create(self, request: Request) -> Response:
        """Admit a child; it has at most one open treatment."""
        given = self.given(AdmitSerializer)
        child = child_to_write(request.user, given.pop("child"))
        return self.answer(admit_child(child=child, admitted_by=request.user, **given), made=True)

    @extend_schema(request=ExitSerializer, responses={200: TreatmentSerializer})
    @action(detail=True, methods=["post"])
    def exit(self, request: Request, pk: str) -> Response:
        """End a treatment; a death becomes the child's status."""
        episode = self.get_object()
        given = self.given(ExitSerializer)
        ended = exit_treatment(episode=episode, exit_as=given.pop("exit"), exited_by=request.user, **given)
        return self.answer(ended)


class TracingViewSet(WorkViewSet):
    """Looking for children who did not come: attempts, and how it ended."""

    queryset = Tracing.objects.none()
    serializer_class = TracingSerializer
    filterset_class = TracingFilter
    ordering = ("-opened_at", "id")

    def get_queryset(self) -> QuerySet[Tracing]:
        """Return the tracings that the user may see."""
        return Tracing.objects.visible_to(self.request.user).prefetch_related("attempts")

    @extend_schema(request=AttemptSerializer, responses={201: TracingSerializer})
    def create(self, request: Request) -> Response:
        """Log one attempt to reach the family; the first one opens the tracing, which is the answer."""
        given = self.given(AttemptSerializer)
        child = child_to_write(request.user, given.pop("child"))
        return self.answer(record_attempt(child=child, recorded_by=request.user, **given).tracing, made=True)

    @extend_schema(request=TracingOutcomeSerializer, responses={200: TracingSerializer})
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """End a tracing; moved, died and not found become the child's status."""
        tracing = self.get_object()
        given = self.given(TracingOutcomeSerializer)
        return self.answer(close_tracing(tracing=tracing, closed_by=request.user, **given))


class StatusChangeViewSet(WorkViewSet):
    """What became of children: moved, lost, died, active again."""

    queryset = StatusChange.objects.none()
    serializer_class = StatusChangeSerializer
    filterset_class = StatusChangeFilter
    ordering = ("-changed_at", "id")

    def get_queryset(self) -> QuerySet[StatusChange]:
        """Return the changes that the user may see."""
        return StatusChange.objects.visible_to(self.request.user)

    @extend_schema(request=StatusSerializer, responses={201: StatusChangeSerializer})
    def create(self, request: Request) -> Response:
        """Change a child's status: its open work ends, or, back to active, opens again (supervisors)."""
        given = self.given(StatusSerializer)
        child = child_to_write(request.user, given.pop("child"))
        return self.answer(change_child_status(child=child, changed_by=request.user, **given), made=True)

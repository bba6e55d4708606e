"""API of alerts and follow-ups: list, act, complete."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from care.api_filters import AlertFilter, FollowUpFilter
from care.models import Alert, FollowUp
from care.referrals import refer_alert
from care.serializers import (
    AlertReferSerializer,
    AlertResolveSerializer,
    AlertSerializer,
    FollowUpCompleteSerializer,
    FollowUpSerializer,
)
from care.services import acknowledge_alert, complete_follow_up, resolve_alert
from cgm_portal.api_schema import PrivateViewSet
from children.models import Measurement


class AlertViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PrivateViewSet):
    """Alerts for children of your clinics: open -> acknowledged -> referred -> resolved."""

    queryset = Alert.objects.none()
    serializer_class = AlertSerializer
    filterset_class = AlertFilter
    ordering = ("-opened_at", "id")

    def get_queryset(self) -> QuerySet[Alert]:
        """Return the alerts that the user may see."""
        evidence = Prefetch("evidence", queryset=Measurement.objects.only("pk"))
        return Alert.objects.visible_to(self.request.user).select_related("child").prefetch_related(evidence)

    @extend_schema(request=None, responses={200: AlertSerializer})
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """Note that you have seen the alert and act."""
        acknowledge_alert(alert=self.get_object(), acknowledged_by=request.user)
        return self._answer()

    @extend_schema(request=AlertReferSerializer, responses={200: AlertSerializer})
    @action(detail=True, methods=["post"])
    def refer(self, request: Request, pk: str) -> Response:
        """Note where the child was referred to."""
        alert = self.get_object()
        given = AlertReferSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        refer_alert(alert=alert, referred_by=request.user, **given.validated_data)
        return self._answer()

    @extend_schema(request=AlertResolveSerializer, responses={200: AlertSerializer})
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> Response:
        """Close the alert, with a reason."""
        alert = self.get_object()
        given = AlertResolveSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        resolve_alert(alert=alert, resolved_by=request.user, **given.validated_data)
        return self._answer()

    def _answer(self) -> Response:
        return Response(AlertSerializer(self.get_object()).data)


class FollowUpViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PrivateViewSet):
    """Tasks with a date for children of your clinics."""

    queryset = FollowUp.objects.none()
    serializer_class = FollowUpSerializer
    filterset_class = FollowUpFilter
    ordering = ("-created_at", "id")

    def get_queryset(self) -> QuerySet[FollowUp]:
        """Return the follow-ups that the user may see."""
        return FollowUp.objects.visible_to(self.request.user).select_related("child")

    @extend_schema(request=FollowUpCompleteSerializer, responses={200: FollowUpSerializer})
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: str) -> Response:
        """Note what came of a follow-up, late ones too."""
        follow_up = self.get_object()
        given = FollowUpCompleteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        complete_follow_up(follow_up=follow_up, completed_by=request.user, outcome=given.validated_data["outcome"])
        return Response(FollowUpSerializer(self.get_object()).data)

"""API of consents: give, withdraw."""

from __future__ import annotations

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import clinics_of
from cgm_portal.api_parsers import StrictCharField, StrictModelSerializer, StrictSerializer, StrictUUIDField
from cgm_portal.api_schema import PrivateViewSet
from children.api_filters import ConsentFilter
from children.consents import give_consent, withdraw_consent
from children.erased_ids import child_to_write
from children.models import Consent


class ConsentSerializer(serializers.ModelSerializer):
    """A consent: given for one purpose, by words of a version, perhaps withdrawn."""

    class Meta:
        model = Consent
        fields = [
            "id",
            "child",
            "guardian",
            "purpose",
            "text_version",
            "text_sha256",
            "language",
            "given_at",
            "recorded_by",
            "withdrawn_at",
            "withdrawn_by",
            "withdrawal_reason",
        ]
        read_only_fields = fields


class ConsentGiveSerializer(StrictModelSerializer):
    """The guardian agrees to one purpose."""

    child = StrictUUIDField()
    guardian = StrictUUIDField(
        required=False, help_text="A guardian of this child; the first one where it is left out."
    )

    class Meta:
        model = Consent
        fields = ["child", "guardian", "purpose", "language"]


class ConsentWithdrawSerializer(StrictSerializer):
    """Why the consent is withdrawn, where the guardian says so."""

    reason = StrictCharField(max_length=500, required=False, allow_blank=True, default="")


class ConsentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PrivateViewSet):
    """Consents of guardians, each for one purpose, withdrawn ones included."""

    queryset = Consent.objects.none()
    serializer_class = ConsentSerializer
    filterset_class = ConsentFilter
    ordering = ("-given_at", "id")

    def get_queryset(self) -> QuerySet[Consent]:
        """Return the consents for children that the user may see."""
        return Consent.objects.filter(child__clinic__in=clinics_of(self.request.user))

    @extend_schema(request=ConsentGiveSerializer, responses={201: ConsentSerializer})
    def create(self, request: Request) -> Response:
        """Record that the guardian agrees to a purpose; a live consent is answered as it is."""
        given = ConsentGiveSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        child = child_to_write(request.user, data["child"])
        guardian = get_object_or_404(child.guardians, pk=data["guardian"]) if "guardian" in data else None
        consent = give_consent(
            child=child,
            purpose=data["purpose"],
            recorded_by=request.user,
            guardian=guardian,
            language=data.get("language", ""),
        )
        return Response(ConsentSerializer(consent).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ConsentWithdrawSerializer, responses={200: ConsentSerializer})
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Withdraw a consent; for scans, processing stops and films are erased. Withdrawing again changes nothing."""
        consent = self.get_object()
        given = ConsentWithdrawSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        withdrawn = withdraw_consent(consent=consent, withdrawn_by=request.user, reason=given.validated_data["reason"])
        return Response(ConsentSerializer(withdrawn).data)

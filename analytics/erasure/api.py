"""API of erasure: ask for it, decide on it, read the receipt."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.erasure.ledger import receipt_of
from analytics.erasure.service import execute_request
from cgm_portal.api_parsers import StrictCharField, StrictSerializer, StrictUUIDField
from cgm_portal.api_schema import PrivateViewSet
from children.erased_ids import child_to_write
from children.erasure_requests import decline_erasure, request_erasure
from children.models import ErasureRecord, ErasureRequest
from scans.blob_deletions import files_still_there


class ErasureRequestSerializer(serializers.ModelSerializer):
    """A guardian's wish to erase a child, until a supervisor has decided."""

    class Meta:
        model = ErasureRequest
        fields = [
            "id",
            "child",
            "why",
            "state",
            "requested_at",
            "requested_by",
            "ended_at",
            "ended_by",
            "decline_reason",
        ]
        read_only_fields = fields


class ErasureAskSerializer(StrictSerializer):
    """Whose record the guardian wants erased."""

    child = StrictUUIDField()


class ErasureDeclineSerializer(StrictSerializer):
    """Why the record is kept."""

    reason = StrictCharField(max_length=500)


class ExportedRowsSerializer(serializers.Serializer):
    """Rows of a training set that left the portal: whoever holds a copy must delete them."""

    training_set = serializers.UUIDField()
    manifest_sha256 = serializers.CharField()
    sessions = serializers.ListField(child=serializers.CharField(), help_text="Pseudonyms in the files.")


class ErasureSerializer(serializers.ModelSerializer):
    """The receipt of an erasure: ids, counts and keyed hashes.

    `receipt_hmac` is the HMAC-SHA-256 over `receipt` as JSON with sorted keys and without blanks.
    """

    counts = serializers.DictField(child=serializers.IntegerField(), help_text="Rows erased, by table.")
    exported_rows = ExportedRowsSerializer(many=True)
    files_deleted = serializers.SerializerMethodField(help_text="False while files wait for a store that is away.")
    receipt = serializers.SerializerMethodField(help_text="The facts that are signed.")

    class Meta:
        model = ErasureRecord
        fields = [
            "id",
            "child_id",
            "clinic_id",
            "scope",
            "why",
            "consent_id",
            "session_ids",
            "requested_by_id",
            "requested_at",
            "executed_by_id",
            "executed_at",
            "counts",
            "exported_rows",
            "kept_by_law",
            "files_deleted",
            "receipt",
            "receipt_hmac",
        ]
        read_only_fields = fields

    def get_files_deleted(self, record: ErasureRecord) -> bool:
        """Return whether the store has obeyed."""
        return not files_still_there(record.pk)

    def get_receipt(self, record: ErasureRecord) -> dict[str, Any]:
        """Return the signed document."""
        return receipt_of(record)


class ErasureRequestViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PrivateViewSet):
    """Requests to erase children of your clinics. An executed one is gone with its child: see `erasures`."""

    queryset = ErasureRequest.objects.none()
    serializer_class = ErasureRequestSerializer
    ordering = ("-requested_at", "id")

    def get_queryset(self) -> QuerySet[ErasureRequest]:
        """Return the requests that the user may see."""
        return ErasureRequest.objects.visible_to(self.request.user)

    @extend_schema(request=ErasureAskSerializer, responses={201: ErasureRequestSerializer})
    def create(self, request: Request) -> Response:
        """Record that the guardian wants the child erased. Every consent is withdrawn: scans stop and go at once.

        An open request is answered as it is.
        """
        given = ErasureAskSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        child = child_to_write(request.user, given.validated_data["child"])
        wish = request_erasure(child=child, requested_by=request.user, why=ErasureRequest.Why.GUARDIAN_REQUEST)
        return Response(ErasureRequestSerializer(wish).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={201: ErasureSerializer})
    @action(detail=True, methods=["post"])
    def execute(self, request: Request, pk: str) -> Response:
        """Erase the child for good and answer the receipt. For supervisors."""
        record = execute_request(request=self.get_object(), executed_by=request.user)
        return Response(ErasureSerializer(record).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ErasureDeclineSerializer, responses={200: ErasureRequestSerializer})
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:
        """Keep the care record, because the request was a mistake. Consents stay withdrawn. For supervisors."""
        wish = self.get_object()
        given = ErasureDeclineSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        declined = decline_erasure(request=wish, declined_by=request.user, reason=given.validated_data["reason"])
        return Response(ErasureRequestSerializer(declined).data)


class ErasureViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PrivateViewSet):
    """Receipts of what was erased in your clinics."""

    queryset = ErasureRecord.objects.none()
    serializer_class = ErasureSerializer
    ordering = ("-executed_at", "id")

    def get_queryset(self) -> QuerySet[ErasureRecord]:
        """Return the records that the user may see."""
        return ErasureRecord.objects.visible_to(self.request.user)

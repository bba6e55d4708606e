"""API of scan sessions: open, upload films, submit, look where it stands."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cgm_portal.api_parsers import BoundedMultiPartParser
from cgm_portal.api_schema import LOCATION_HEADER, PrivateViewSet
from children.erased_ids import child_to_write, refuse_erased_session
from scans.api_filters import ScanSessionFilter
from scans.models import ScanSession
from scans.serializers import (
    CaptureSerializer,
    ScanSessionSerializer,
    ScanVideoSerializer,
    VideoUploadSerializer,
)
from scans.services import attach_video, start_session, submit_session


class ScanSessionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PrivateViewSet):
    """Scans of children of your clinics. Open a session, upload one to three films, submit it, poll it."""

    queryset = ScanSession.objects.none()
    serializer_class = ScanSessionSerializer
    filterset_class = ScanSessionFilter
    ordering = ("-started_at", "id")

    def get_queryset(self) -> QuerySet[ScanSession]:
        """Return the sessions that the user may see."""
        return ScanSession.objects.visible_to(self.request.user).prefetch_related("videos")

    def get_object(self) -> ScanSession:
        """Return the session; what a phone still sends of an erased child is refused as `child_erased`."""
        try:
            return super().get_object()
        except Http404:
            if self.request.method == "POST":
                refuse_erased_session(self.request.user, self.kwargs["pk"])
            raise

    @extend_schema(request=CaptureSerializer, responses={201: ScanSessionSerializer}, parameters=[LOCATION_HEADER])
    def create(self, request: Request) -> Response:
        """Open a session with its capture facts. The same id with the same content answers the same again."""
        given = CaptureSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        child = child_to_write(request.user, given.validated_data["child"])
        session = start_session(
            child=child, started_by=request.user, facts=given.facts(), session_id=given.validated_data.get("id")
        )
        answer = ScanSessionSerializer(session)
        location = self.reverse_action("detail", kwargs={"pk": session.pk})
        return Response(answer.data, status=status.HTTP_201_CREATED, headers={"Location": location})

    @extend_schema(request=VideoUploadSerializer, responses={201: ScanVideoSerializer})
    @action(detail=True, methods=["post"], parser_classes=[BoundedMultiPartParser])
    def videos(self, request: Request, pk: str) -> Response:
        """Upload one film of the session. The same film sent again answers the same again."""
        session = self.get_object()
        given = VideoUploadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        video = attach_video(
            session=session,
            scan_type=given.validated_data["scan_type"],
            upload=given.validated_data["file"],
            sha256=given.validated_data.get("sha256"),
        )
        return Response(ScanVideoSerializer(video).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={202: ScanSessionSerializer})
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """Queue the session for processing; submitting again changes nothing. Then poll the session."""
        submit_session(session=self.get_object())
        return Response(ScanSessionSerializer(self.get_object()).data, status=status.HTTP_202_ACCEPTED)

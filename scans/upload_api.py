"""API of films that go straight from the phone into the store, and of links by which staff see one."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cgm_portal.api_schema import LOCATION_HEADER, PrivateViewSet
from cgm_portal.errors import DomainError
from children.erased_ids import refuse_erased_session
from scans.block_views import block_address, film_address
from scans.direct_uploads import BlockGrant, complete_upload, grant_blocks, start_upload
from scans.film_access import open_film
from scans.models import DirectUpload, ScanSession, ScanVideo
from scans.serializers import ScanVideoSerializer
from scans.upload_serializers import (
    AnnouncementSerializer,
    DirectUploadSerializer,
    FilmLinkSerializer,
    SendToSerializer,
)

DECIDES_ADDRESS = ("completed_at", "session__child_id", "session__state", "session__consent__withdrawn_at")


class VideoUploadViewSet(mixins.RetrieveModelMixin, PrivateViewSet):
    """Films in blocks: announce one, PUT its blocks to the address of the answer, complete it. See docs/uploads.md."""

    queryset = DirectUpload.objects.none()
    serializer_class = DirectUploadSerializer

    def get_queryset(self) -> QuerySet[DirectUpload]:
        """Return the uploads that the user may see; for an address only what decides about it."""
        uploads = DirectUpload.objects.visible_to(self.request.user).select_related("session__consent")
        return uploads.only(*DECIDES_ADDRESS) if self.action == "address" else uploads

    @extend_schema(
        request=AnnouncementSerializer, responses={201: DirectUploadSerializer}, parameters=[LOCATION_HEADER]
    )
    def create(self, request: Request) -> Response:
        """Announce a film and get an address for its blocks.

        Announcing the same film again, after a cut or when the address has expired, answers with the same upload, a
        new address, and the blocks that are still missing.
        """
        given = AnnouncementSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        refuse_erased_session(request.user, given.validated_data["session"])
        sessions = ScanSession.objects.visible_to(request.user).select_related("consent")
        session = get_object_or_404(sessions, pk=given.validated_data["session"])
        started = start_upload(session=session, announced=given.announcement(), started_by=request.user)
        upload = started.upload
        answer = DirectUploadSerializer(
            upload, context={"grant": _address(request, upload), "missing": started.missing_blocks()}
        )
        location = self.reverse_action("detail", kwargs={"pk": upload.pk})
        return Response(answer.data, status=status.HTTP_201_CREATED, headers={"Location": location})

    @extend_schema(request=None, responses={201: SendToSerializer})
    @action(detail=True, methods=["post"])
    def address(self, request: Request, pk: str) -> Response:
        """Get a new address for the blocks when the old one has expired in the middle of an upload."""
        grant = _address(request, self.get_object())
        if grant is None:
            raise DomainError("upload_complete", _("This upload is complete; there is nothing to send."))
        return Response(SendToSerializer(grant).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={201: ScanVideoSerializer})
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: str) -> Response:
        """Make the film of an upload whose blocks have all arrived: size, SHA-256 and MD5 are checked.

        Completing again answers the same again. Of a damaged film (`hash_mismatch`) all blocks are missing again.
        """
        video = complete_upload(upload=self.get_object())
        return Response(ScanVideoSerializer(video).data, status=status.HTTP_201_CREATED)


def _address(request: Request, upload: DirectUpload) -> BlockGrant | None:
    grant = grant_blocks(upload)
    if grant is not None and grant.url is None:
        return replace(grant, url=block_address(request, upload))
    return grant


class ScanVideoViewSet(PrivateViewSet):
    """Films of sessions. What they hold is on the session; here a supervisor opens one."""

    queryset = ScanVideo.objects.none()
    serializer_class = ScanVideoSerializer

    def get_queryset(self) -> QuerySet[ScanVideo]:
        """Return the films of sessions that the user may see."""
        sessions = ScanSession.objects.visible_to(self.request.user)
        return ScanVideo.objects.filter(session__in=sessions).select_related("session__child")

    @extend_schema(request=None, responses={201: FilmLinkSerializer})
    @action(detail=True, methods=["post"])
    def open(self, request: Request, pk: str) -> Response:
        """Get an address to see one film at for a few minutes. Supervisors, with a live consent to image review.

        Who opens which film is written down.
        """
        link = open_film(video=self.get_object(), opened_by=request.user)
        url = link.url or film_address(request, link.view)
        answer = FilmLinkSerializer({"url": url, "expires_at": link.view.expires_at})
        return Response(answer.data, status=status.HTTP_201_CREATED)

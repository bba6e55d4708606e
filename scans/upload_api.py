"""API of films that go straight from the phone into the store, and of links by which staff see one."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cgm_portal.api_schema import LOCATION_HEADER, PrivateViewSet
from scans.block_views import block_address, film_address
from scans.direct_uploads import complete_upload, grant_blocks, start_upload
from scans.film_access import open_film
from scans.models import DirectUpload, ScanSession, ScanVideo
from scans.serializers import ScanVideoSerializer
from scans.upload_serializers import AnnouncementSerializer, DirectUploadSerializer, FilmLinkSerializer


class VideoUploadViewSet(mixins.RetrieveModelMixin, PrivateViewSet):
    """Films in blocks: announce one, PUT its blocks to the address of the answer, complete it. See docs/uploads.md."""

    queryset = DirectUpload.objects.none()
    serializer_class = DirectUploadSerializer

    def get_queryset(self) -> QuerySet[DirectUpload]:
        """Return the uploads that the user may see."""
        return DirectUpload.objects.visible_to(self.request.user).select_related("session__consent")

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
        sessions = ScanSession.objects.visible_to(request.user).select_related("consent")
        session = get_object_or_404(sessions, pk=given.validated_data["session"])
        upload = start_upload(session=session, announced=given.announcement(), started_by=request.user)
        grant = grant_blocks(upload)
        if grant is not None and grant.url is None:
            grant = replace(grant, url=block_address(request, upload))
        answer = DirectUploadSerializer(upload, context={"grant": grant})
        location = self.reverse_action("detail", kwargs={"pk": upload.pk})
        return Response(answer.data, status=status.HTTP_201_CREATED, headers={"Location": location})

    @extend_schema(request=None, responses={201: ScanVideoSerializer})
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: str) -> Response:
        """Make the film of an upload whose blocks have all arrived: size, SHA-256 and MD5 are checked.

        Completing again answers the same again. Of a damaged film (`hash_mismatch`) all blocks are missing again.
        """
        video = complete_upload(upload=self.get_object())
        return Response(ScanVideoSerializer(video).data, status=status.HTTP_201_CREATED)


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

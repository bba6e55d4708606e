"""API of predictions: a video in one request, its result, and the models."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSetMixin

from cgm_portal.api_parsers import BoundedMultiPartParser
from cgm_portal.api_schema import LOCATION_HEADER, PrivateView, PrivateViewSet
from children.erased_ids import child_to_write
from children.models import GrowthAssessment
from predictions.api_filters import PredictionFilter
from predictions.models import ModelVersion, Prediction
from predictions.serializers import ModelVersionSerializer, PredictionSerializer, PredictVideoSerializer
from scans.models import ScanSession
from scans.serializers import ScanSessionSerializer
from scans.services import attach_video, start_session, submit_session


class PredictionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PrivateViewSet):
    """What models estimated of scans of your clinics: screening estimates, no diagnoses."""

    queryset = Prediction.objects.none()
    serializer_class = PredictionSerializer
    filterset_class = PredictionFilter
    ordering = ("-created_at", "id")

    def get_queryset(self) -> QuerySet[Prediction]:
        """Return the predictions that the user may see, with what their bodies show."""
        in_force = Prefetch("measurement__assessments", queryset=GrowthAssessment.objects.filter(is_current=True))
        return (
            Prediction.objects.visible_to(self.request.user)
            .select_related("model_version", "session__child__clinic__programme", "measurement__corrected_by")
            .prefetch_related(in_force, "measurement__confirmed_questions")
        )

    @extend_schema(operation_id="scan_sessions_result", tags=["scan-sessions"])
    def of_session(self, request: Request, pk: str) -> Response:
        """Return what the model estimated of a session; 404 until it has succeeded."""
        prediction = get_object_or_404(self.get_queryset(), session_id=pk)
        return Response(PredictionSerializer(prediction).data)


class ModelVersionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PrivateViewSet):
    """Trained estimators; one is active."""

    queryset = ModelVersion.objects.all()
    serializer_class = ModelVersionSerializer
    ordering = ("-created_at", "id")


class PredictVideoView(ViewSetMixin, PrivateView):
    """A whole scan in one request."""

    parser_classes = (BoundedMultiPartParser,)

    @extend_schema(
        operation_id="predict_video",
        request=PredictVideoSerializer,
        responses={202: ScanSessionSerializer},
        parameters=[LOCATION_HEADER],
    )
    def create(self, request: Request) -> Response:
        """Open a session, store its film and queue it. Poll `Location`; the estimate is at its `result_url`."""
        given = PredictVideoSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        child = child_to_write(request.user, data["child"])
        session = start_session(child=child, started_by=request.user, facts=given.facts(), session_id=data.get("id"))
        attach_video(session=session, scan_type=data["scan_type"], upload=data["video"], sha256=data.get("sha256"))
        submit_session(session=session)
        answer = ScanSessionSerializer(ScanSession.objects.prefetch_related("videos").get(pk=session.pk))
        location = reverse("api-scan-session-detail", kwargs={"pk": session.pk})
        return Response(
            answer.data,
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": request.build_absolute_uri(location)},
        )

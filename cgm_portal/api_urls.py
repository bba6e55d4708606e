"""Addresses below /api/: version 1, its OpenAPI document and a reference to read."""

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from accounts.api import ClinicViewSet, MeView, TokenViewSet
from accounts.sign_in_api import AcceptInvitationView, AppSignInView
from analytics.erasure.api import ErasureRequestViewSet, ErasureViewSet
from care.api import AlertViewSet, FollowUpViewSet
from care.api_work import ReferralViewSet, StatusChangeViewSet, TracingViewSet, TreatmentViewSet
from cgm_portal.api_schema import OnceGenerator
from children.api.children import ChildViewSet
from children.api.consents import ConsentViewSet
from children.api.measurements import AssessmentViewSet, MeasurementViewSet
from predictions.api import ModelVersionViewSet, PredictionViewSet, PredictVideoView
from scans.api import ScanSessionViewSet
from scans.upload_api import ScanVideoViewSet, VideoUploadViewSet

router = SimpleRouter(use_regex_path=False)
router.register("tokens", TokenViewSet, basename="api-token")
router.register("clinics", ClinicViewSet, basename="api-clinic")
router.register("children", ChildViewSet, basename="api-child")
router.register("consents", ConsentViewSet, basename="api-consent")
router.register("measurements", MeasurementViewSet, basename="api-measurement")
router.register("assessments", AssessmentViewSet, basename="api-assessment")
router.register("scan-sessions", ScanSessionViewSet, basename="api-scan-session")
router.register("video-uploads", VideoUploadViewSet, basename="api-video-upload")
router.register("scan-videos", ScanVideoViewSet, basename="api-scan-video")
router.register("predictions", PredictionViewSet, basename="api-prediction")
router.register("model-versions", ModelVersionViewSet, basename="api-model-version")
router.register("alerts", AlertViewSet, basename="api-alert")
router.register("follow-ups", FollowUpViewSet, basename="api-follow-up")
router.register("referrals", ReferralViewSet, basename="api-referral")
router.register("treatments", TreatmentViewSet, basename="api-treatment")
router.register("tracings", TracingViewSet, basename="api-tracing")
router.register("status-changes", StatusChangeViewSet, basename="api-status-change")
router.register("erasure-requests", ErasureRequestViewSet, basename="api-erasure-request")
router.register("erasures", ErasureViewSet, basename="api-erasure")

version_1 = [
    path("sign-in/", AppSignInView.as_view({"get": "retrieve"}), name="api-sign-in"),
    path("invitations/accept/", AcceptInvitationView.as_view({"post": "create"}), name="api-invitation-accept"),
    path("me/", MeView.as_view({"get": "retrieve"}), name="api-me"),
    path("predict/video/", PredictVideoView.as_view({"post": "create"}), name="api-predict-video"),
    path(
        "scan-sessions/<uuid:pk>/result/",
        PredictionViewSet.as_view({"get": "of_session"}, detail=True),
        name="api-scan-result",
    ),
    *router.urls,
]

# Swagger UI comes from our own static files; its page and its widgets set styles in place, which this page alone may.
reference = csp_update({"style-src": [UNSAFE_INLINE]})(SpectacularSwaggerSplitView.as_view(url_name="api-schema"))

urlpatterns = [
    path("v1/", include(version_1)),
    path("schema/", SpectacularAPIView.as_view(generator_class=OnceGenerator), name="api-schema"),
    path("docs/", reference, name="api-docs"),
]

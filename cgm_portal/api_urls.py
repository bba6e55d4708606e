"""Addresses below /api/: version 1, its OpenAPI document and a reference to read."""

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from accounts.api import ClinicViewSet, MeView, TokenViewSet

router = SimpleRouter(use_regex_path=False)
router.register("tokens", TokenViewSet, basename="api-token")
router.register("clinics", ClinicViewSet, basename="api-clinic")

version_1 = [
    path("me/", MeView.as_view({"get": "retrieve"}), name="api-me"),
    *router.urls,
]

# Swagger UI comes from our own static files; its page and its widgets set styles in place, which this page alone may.
reference = csp_update({"style-src": [UNSAFE_INLINE]})(SpectacularSwaggerSplitView.as_view(url_name="api-schema"))

urlpatterns = [
    path("v1/", include(version_1)),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", reference, name="api-docs"),
]

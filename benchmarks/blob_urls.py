"""The portal's addresses and one more: a view that authenticates and answers, the yardstick of `benchmarks.blob`."""

from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from cgm_portal.api_schema import PrivateView
from cgm_portal.urls import urlpatterns as portal_urls


class BareView(PrivateView):
    """Answers who asked, with a token of the API; reads nothing else."""

    def post(self, request: Request) -> Response:
        """Return the id of the user."""
        return Response({"user": str(request.user.pk)})


urlpatterns = [path("api/v1/bare/", BareView.as_view()), *portal_urls]

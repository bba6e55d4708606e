"""API of users: tokens, me, clinics."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle
from rest_framework.viewsets import ViewSetMixin

from accounts.access import clinics_counted_for, clinics_of
from accounts.addresses import client_address
from accounts.models import ApiToken, Clinic, User
from accounts.serializers import (
    ClinicSerializer,
    IssuedTokenSerializer,
    MeSerializer,
    TokenRequestSerializer,
    TokenSerializer,
)
from accounts.services import issue_api_token, revoke_api_token
from cgm_portal.api_schema import PrivateView, PrivateViewSet
from cgm_portal.errors import DomainError


class SignInThrottle(SimpleRateThrottle):
    """Bounds sign-ins by password from one address, whatever the username; axes bounds those of one username."""

    scope = "sign_in"
    rate = "30/min"

    def get_cache_key(self, request: Request, view: PrivateView) -> str:
        """Return the key of the client's address."""
        return self.cache_format % {"scope": self.scope, "ident": client_address(request)}


class TokenViewSet(mixins.ListModelMixin, PrivateViewSet):
    """API tokens: opaque, stored hashed, shown once, expiring, revocable."""

    queryset = ApiToken.objects.none()
    serializer_class = TokenSerializer
    ordering = ("-created_at", "id")

    def get_queryset(self) -> QuerySet[ApiToken]:
        """Return the user's own tokens that still work."""
        return ApiToken.objects.live().filter(user=self.request.user)

    def get_authenticators(self) -> list:
        """Let a phone sign in again while it still sends its expired token."""
        return [] if self.request is not None and self.request.method == "POST" else super().get_authenticators()

    def get_permissions(self) -> list[BasePermission]:
        """Ask for a token in every action but the one that issues them."""
        return [AllowAny()] if self.action == "create" else [IsAuthenticated()]

    def get_throttles(self) -> list[BaseThrottle]:
        """Bound sign-ins."""
        return [SignInThrottle()] if self.action == "create" else []

    @extend_schema(request=TokenRequestSerializer, responses={201: IssuedTokenSerializer}, auth=[])
    def create(self, request: Request) -> Response:
        """Issue a token for username and password; the secret is shown in this answer alone."""
        asked = TokenRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        user = sign_in(request, asked.validated_data["username"], asked.validated_data["password"])
        token, secret = issue_api_token(user=user, name=asked.validated_data["name"])
        answer = IssuedTokenSerializer(token, context={"secret": secret})
        return Response(answer.data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Revoke a token; it is refused from the next request on."""
        revoke_api_token(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeView(ViewSetMixin, PrivateView):
    """The user who asks."""

    @extend_schema(operation_id="me_retrieve", responses=MeSerializer)
    def retrieve(self, request: Request) -> Response:
        """Return who you are and your roles."""
        user = User.objects.prefetch_related("memberships__programme").get(pk=request.user.pk)
        return Response(MeSerializer(user).data)


class ClinicViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PrivateViewSet):
    """Clinics where you work, and those whose totals you may see."""

    queryset = Clinic.objects.none()
    serializer_class = ClinicSerializer
    ordering = ("-created_at", "id")

    def get_queryset(self) -> QuerySet[Clinic]:
        """Return the user's clinics, marked where the user may record."""
        works_here = Exists(clinics_of(self.request.user).filter(pk=OuterRef("pk")))
        return clinics_counted_for(self.request.user).filter(is_active=True).annotate(may_record=works_here)


def sign_in(request: Request, username: str, password: str) -> User:
    """Return the user of a password. Raises DomainError: `locked_out`, `wrong_credentials`.

    Takes axes' mark off a locked-out request, or its middleware would put the HTML page in place of the problem.
    """
    user = authenticate(request._request, username=username, password=password)
    if getattr(request._request, "axes_locked_out", False):
        request._request.axes_locked_out = False
        raise DomainError("locked_out", _("Too many failed sign-ins. Wait 15 minutes, or ask your supervisor."))
    if user is None:
        raise DomainError("wrong_credentials", _("Username and password do not fit. Check both and try again."))
    return user

"""API of sign-in with the organisation's tenant: what the app's MSAL needs, and accepting an invitation."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.conf import settings
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSetMixin

from accounts.forms import MAX_CODE_LENGTH
from accounts.invitations import accept_invitation
from accounts.serializers import MembershipSerializer
from accounts.tenants import B2C, ENTRA, configured_tenant
from cgm_portal.api_parsers import StrictCharField, StrictSerializer
from cgm_portal.api_schema import PrivateView


@dataclass(frozen=True)
class AppSignIn:
    """How the mobile app signs people in; none of it is secret."""

    provider: str
    client_id: str
    authority: str
    known_authorities: list[str]
    scopes: list[str]
    redirect_uri: str
    api_base_url: str


class AppSignInSerializer(serializers.Serializer):
    """The configuration of MSAL in the mobile app."""

    provider = serializers.ChoiceField(choices=[B2C, ENTRA])
    client_id = serializers.CharField(help_text="The app's registration: a public client without a secret.")
    authority = serializers.URLField()
    known_authorities = serializers.ListField(child=serializers.CharField(), help_text="Hosts that MSAL may trust.")
    scopes = serializers.ListField(child=serializers.CharField(), help_text="Of the access token for this API.")
    redirect_uri = serializers.CharField()
    api_base_url = serializers.URLField(help_text="Where this API is.")


class AppSignInView(ViewSetMixin, PrivateView):
    """Sign-in of the mobile app."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    further_problems = ("404",)

    @extend_schema(operation_id="sign_in_retrieve", responses=AppSignInSerializer, auth=[])
    def retrieve(self, request: Request) -> Response:
        """Return what the app configures MSAL with; 404 where people sign in with passwords alone."""
        tenant = configured_tenant()
        if tenant is None:
            raise Http404
        told = AppSignIn(
            provider=tenant.kind,
            client_id=tenant.app_client_id,
            authority=tenant.authority,
            known_authorities=[tenant.host],
            scopes=[tenant.scope_address],
            redirect_uri=tenant.app_redirect_uri,
            api_base_url=settings.AZURE_API_BASE_URL or request.build_absolute_uri("/api/v1/"),
        )
        return Response(AppSignInSerializer(asdict(told)).data)


class AcceptInvitationSerializer(StrictSerializer):
    """The code of an invitation, as it was read out or sent."""

    code = StrictCharField(max_length=MAX_CODE_LENGTH)


class AcceptInvitationView(ViewSetMixin, PrivateView):
    """Invitations, for those who have signed in."""

    @extend_schema(
        operation_id="invitations_accept", request=AcceptInvitationSerializer, responses={200: MembershipSerializer}
    )
    def create(self, request: Request) -> Response:
        """Take the role that an invitation offers; its code works once."""
        asked = AcceptInvitationSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        membership = accept_invitation(code=asked.validated_data["code"], user=request.user)
        return Response(MembershipSerializer(membership).data)

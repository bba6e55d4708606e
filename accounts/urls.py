"""Addresses of sign-in, sign-out, API tokens and invitations."""

from django.urls import path

from accounts.invitation_views import InvitationsView, JoinView, RevokeInvitationView
from accounts.views import RevokeTokenView, SignInView, SignOutView, TokensView

app_name = "accounts"
urlpatterns = [
    path("sign-in/", SignInView.as_view(), name="sign_in"),
    path("sign-out/", SignOutView.as_view(), name="sign_out"),
    path("tokens/", TokensView.as_view(), name="tokens"),
    path("tokens/<uuid:token_id>/revoke/", RevokeTokenView.as_view(), name="revoke_token"),
    path("invitations/", InvitationsView.as_view(), name="invitations"),
    path("invitations/<uuid:invitation_id>/revoke/", RevokeInvitationView.as_view(), name="revoke_invitation"),
    path("join/", JoinView.as_view(), name="join"),
]

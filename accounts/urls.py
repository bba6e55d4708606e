"""Addresses of sign-in, sign-out and API tokens."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts.views import RevokeTokenView, SignInView, TokensView

app_name = "accounts"
urlpatterns = [
    path("sign-in/", SignInView.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("tokens/", TokensView.as_view(), name="tokens"),
    path("tokens/<uuid:token_id>/revoke/", RevokeTokenView.as_view(), name="revoke_token"),
]

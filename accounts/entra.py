"""Entra External ID for social-auth: its generic OpenID Connect backend with what Entra does otherwise."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from social_core.backends.open_id_connect import OpenIdConnectAuth


class EntraExternalId(OpenIdConnectAuth):
    """A tenant at `<name>.ciamlogin.com`; the endpoint comes from SOCIAL_AUTH_ENTRA_EXTERNAL_ID_OIDC_ENDPOINT."""

    name = "entra-external-id"
    title = "Microsoft Entra External ID"
    ID_KEY = "oid"  # the subject is another one for every app, and so differs between browser and mobile app
    DEFAULT_SCOPE = ["openid", "profile"]
    DEFAULT_USE_PKCE = True
    TOKEN_ENDPOINT_AUTH_METHOD = "client_secret_post"  # noqa: S105 - the name of a method

    def user_data(self, access_token: str, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Return the claims of the validated ID token: Entra's user-info page is Graph's, and says less."""
        return self.id_token

    def logout_url(self, *, post_logout_redirect_uri: str, id_token_hint: str) -> str:
        """Return where a browser ends its session with the tenant."""
        query = urlencode({"post_logout_redirect_uri": post_logout_redirect_uri, "id_token_hint": id_token_hint})
        return f"{self.oidc_config()['end_session_endpoint']}?{query}"

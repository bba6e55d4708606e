"""The Microsoft tenant that people sign in with, as the settings describe it: Azure AD B2C or Entra External ID.

Decides its addresses, which claim names a person, and what a token for our API has to say. Fetches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

B2C, ENTRA = "azure_ad_b2c", "entra_external_id"


@dataclass(frozen=True)
class SignInTenant:
    """One tenant.

    `backend`: name of social-auth's backend, under which people are remembered. `authority`: what MSAL is configured
    with. `subject_claim`: the claim that names a person in every token of the tenant. `policy`: B2C's user flow, that
    each token must come from; "" where there are none. `api_audience`, `api_scope`: what an access token must carry.
    """

    kind: str
    backend: str
    host: str
    authority: str
    discovery_url: str
    subject_claim: str
    policy: str
    api_audience: str
    api_scope: str
    scope_address: str
    app_client_id: str
    app_redirect_uri: str


def configured_tenant() -> SignInTenant | None:
    """Return the tenant, or None when people sign in with passwords alone."""
    if settings.AZURE_B2C_CLIENT_ID:
        host, policy = settings.AZURE_B2C_AUTHORITY_HOST, settings.AZURE_B2C_POLICY
        authority = f"https://{host}/{settings.AZURE_B2C_TENANT_NAME}.onmicrosoft.com/{policy}"
        # Subject and object id are the same in B2C, in the tokens of every app.
        subject_claim = settings.SOCIAL_AUTH_AZUREAD_B2C_OAUTH2_ID_KEY
        kind, backend = B2C, "azuread-b2c-oauth2"
    elif settings.ENTRA_CLIENT_ID:
        host, policy = settings.ENTRA_AUTHORITY_HOST, ""
        authority = f"https://{host}/{settings.ENTRA_TENANT_ID}"
        # Entra's subject is another one in the tokens of every app; the object id is not.
        kind, backend, subject_claim = ENTRA, "entra-external-id", "oid"
    else:
        return None
    return SignInTenant(
        kind=kind,
        backend=backend,
        host=host,
        authority=authority,
        discovery_url=f"{authority}/v2.0/.well-known/openid-configuration",
        subject_claim=subject_claim,
        policy=policy,
        api_audience=settings.AZURE_API_CLIENT_ID,
        api_scope=settings.AZURE_API_SCOPE,
        scope_address=f"{settings.AZURE_API_ID_URI}/{settings.AZURE_API_SCOPE}",
        app_client_id=settings.AZURE_APP_CLIENT_ID,
        app_redirect_uri=settings.AZURE_B2C_REDIRECT_URI,
    )

"""Bearer tokens of the mobile app: access tokens that the tenant issued for our API.

Decides what such a token has to be. Only RS256 with a key that the tenant itself published; a token that brings or
points to a key of its own is refused. Its person is the same user as in the browser (accounts/identities.py).

Sources: RFC 8725 (JSON Web Token best current practices);
https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens;
https://learn.microsoft.com/azure/active-directory-b2c/tokens-overview#validation
"""

from __future__ import annotations

import logging
from typing import Any

import jwt
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from accounts.identities import Identity, user_of_identity
from accounts.models import User
from accounts.services import TOKEN_PREFIX
from accounts.signing_keys import KeysUnavailable, UnknownKey, signing_keys
from accounts.tenants import SignInTenant, configured_tenant
from cgm_portal.errors import DomainError

logger = logging.getLogger(__name__)

NOT_ACCEPTED = "The access token is not accepted. Sign in again."
MAX_TOKEN_BYTES = 8000  # Microsoft's have 1 to 3 kB; web servers take header lines of 8 kB
MAX_KEY_ID_LENGTH = 200  # characters
MAX_LIFETIME_SECONDS = 24 * 3600 + 600  # B2C's longest is a day
REQUIRED = ["exp", "iat", "iss", "aud", "sub"]
PLAIN_TYPES = {None, "jwt", "at+jwt"}
HEADER_FIELDS = {"alg", "kid", "typ", "x5t"}  # `jku`, `jwk`, `x5u`, `x5c`, `crit`, `b64`, ... have no place in ours


class TokenRefused(Exception):
    """A token that is not accepted; the text says why, for the log."""


class SignInAway(APIException):
    """The tenant does not answer and the token's key is not known: nobody can say yet whether the token is good."""

    status_code = 503
    default_code = "sign_in_unavailable"
    default_detail = gettext_lazy(
        "Sign-in can't be checked at the moment. Nothing was changed; send it again in half a minute."
    )
    wait = 30


class AccessTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer eyJ...`, when a tenant is configured; our own tokens are left to the next class."""

    def authenticate(self, request: Request) -> tuple[User, dict[str, Any]] | None:
        """Return user and claims; raises AuthenticationFailed for a token that is not accepted."""
        parts = get_authorization_header(request).split()
        tenant = configured_tenant()
        if tenant is None or len(parts) != 2 or parts[0].lower() != b"bearer":
            return None
        if parts[1].startswith(TOKEN_PREFIX.encode()):
            return None
        try:
            claims = access_token_claims(parts[1], tenant)
            identity = Identity(tenant.backend, claims["iss"], tenant.subject_claim, claims)
            return user_of_identity(identity).user, claims
        except TokenRefused as error:
            logger.info("An access token was refused: %s", error)
            raise AuthenticationFailed(
                _("The access token is not accepted. Sign in again."), code="token_invalid"
            ) from None
        except DomainError as error:
            raise AuthenticationFailed(error.message, code="token_invalid") from None
        except KeysUnavailable:
            raise SignInAway from None

    def authenticate_header(self, request: Request) -> str:
        """Return the WWW-Authenticate value of a 401."""
        return "Bearer"


def access_token_claims(token: bytes, tenant: SignInTenant) -> dict[str, Any]:
    """Return the claims of an access token that the tenant issued for our API. Raises TokenRefused, KeysUnavailable."""
    if len(token) > MAX_TOKEN_BYTES:
        raise TokenRefused("longer than any of the tenant's")
    try:
        issuer, key = signing_keys(tenant.discovery_url).find(_key_id(token))
        claims = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=tenant.api_audience,
            issuer=issuer,
            leeway=settings.SIGN_IN_LEEWAY_SECONDS,
            options={"require": REQUIRED, "strict_aud": True},
        )
    except UnknownKey:
        raise TokenRefused("signed with a key that the tenant has not published") from None
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
        raise TokenRefused(type(error).__name__) from None
    _check_claims(claims, tenant)
    return claims


def _key_id(token: bytes) -> str:
    """Return the id of the signing key, from a header that says nothing but what it may."""
    header = jwt.get_unverified_header(token)
    if header.get("alg") != "RS256":
        raise TokenRefused("not signed with RS256")
    if set(header) - HEADER_FIELDS:
        raise TokenRefused("a header field that ours do not have")
    kind = header.get("typ")
    if (kind.lower() if isinstance(kind, str) else kind) not in PLAIN_TYPES:
        raise TokenRefused("not the type of an access token")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= MAX_KEY_ID_LENGTH:
        raise TokenRefused("no usable key id")
    return key_id


def _check_claims(claims: dict[str, Any], tenant: SignInTenant) -> None:
    """Raise TokenRefused unless it is an access token of our app for our API, of the policy that we ask for."""
    scopes = claims.get("scp")
    if not isinstance(scopes, str) or tenant.api_scope not in scopes.split():
        raise TokenRefused("not for the scope of our API")  # an ID token has no scopes at all
    if tenant.policy and _policy(claims) != tenant.policy.lower():
        raise TokenRefused("of another policy")
    if claims.get("azp") != tenant.app_client_id:
        raise TokenRefused("issued to another app")
    times = [claims["exp"], claims["iat"]]
    if any(type(instant) is not int for instant in times) or times[0] - times[1] > MAX_LIFETIME_SECONDS:
        raise TokenRefused("valid for longer than a day")


def _policy(claims: dict[str, Any]) -> str:
    said = claims.get("tfp") or claims.get("acr")
    return said.lower() if isinstance(said, str) else ""

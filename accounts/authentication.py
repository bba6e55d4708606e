"""Bearer tokens of the API: opaque local tokens."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiToken, User
from accounts.services import TOKEN_PREFIX, hash_token

LAST_USED_RESOLUTION = timedelta(minutes=5)  # one write per token in five minutes is enough to see that it is in use
MAX_TOKEN_LENGTH = 200  # characters; ours have 47


class ApiTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer cgm_...`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return user and token, None without a bearer header; raises AuthenticationFailed for a bad one."""
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2 or len(parts[1]) > MAX_TOKEN_LENGTH or not parts[1].startswith(TOKEN_PREFIX.encode()):
            raise AuthenticationFailed(_("The token is not one of ours. Sign in again."), code="token_invalid")
        digest = hash_token(parts[1].decode("latin-1"))
        token = ApiToken.objects.live().select_related("user").filter(token_sha256=digest).first()
        if token is None or not token.user.is_active:
            raise AuthenticationFailed(
                _("The token is unknown, expired or revoked. Sign in again."), code="token_invalid"
            )
        now = timezone.now()
        if token.last_used_at is None or now - token.last_used_at > LAST_USED_RESOLUTION:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return the WWW-Authenticate value of a 401."""
        return "Bearer"

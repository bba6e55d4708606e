"""Sign-in and sign-out of a browser through the tenant: our steps of social-auth's pipeline, and the way out.

https://python-social-auth.readthedocs.io/en/latest/pipeline.html
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from social_core.backends.base import BaseAuth
from social_core.exceptions import AuthAssociationError, AuthPolicyError, SocialAuthBaseException
from social_django.models import UserSocialAuth
from social_django.utils import load_backend, load_strategy

from accounts.identities import Identity, update_names, user_of_identity
from accounts.models import User
from cgm_portal.errors import DomainError

logger = logging.getLogger(__name__)

ID_TOKEN_KEY = "sign_in_id_token"  # noqa: S105 - a key of the session
BACKEND_KEY = "social_auth_last_login_backend"  # social-auth's own


def match_user(
    backend: BaseAuth[Any], response: Mapping[str, Any], user: User | None = None, **kwargs: Any
) -> dict[str, Any]:
    """Find or make the user of the person who has just signed in with the tenant; `response` has the token's claims.

    Never joins the person to a user who is signed in already: on a shared computer that would be somebody else.
    """
    identity = Identity(backend.name, response["iss"], backend.id_key(), response)
    try:
        link: UserSocialAuth = user_of_identity(identity)
    except DomainError as error:
        raise AuthPolicyError(backend, error.message, stage="pipeline") from error
    if user is not None and user.is_authenticated and user.pk != link.user_id:
        raise AuthAssociationError(backend, code="identity_in_use", stage="pipeline")
    update_names(link.user, response)
    return {"user": link.user, "social": link, "is_new": False}


def remember_id_token(backend: BaseAuth[Any], response: Mapping[str, Any], **kwargs: Any) -> None:
    """Keep the ID token in the session: the tenant asks for it at sign-out."""
    backend.strategy.session_set(ID_TOKEN_KEY, response["id_token"])


def tenant_sign_out_url(request: HttpRequest, *, back_to: str) -> str | None:
    """Return where the browser ends its session with the tenant, or None when it has none that can be ended.

    `back_to`: absolute address of a page of ours, registered with the tenant.
    """
    id_token = request.session.get(ID_TOKEN_KEY)
    if id_token is None:
        return None
    try:
        backend = load_backend(load_strategy(request), request.session.get(BACKEND_KEY, ""), redirect_uri=None)
        return backend.logout_url(post_logout_redirect_uri=back_to, id_token_hint=id_token)
    except SocialAuthBaseException as error:
        logger.warning("The tenant's sign-out can't be reached: %s", error.code)
        return None

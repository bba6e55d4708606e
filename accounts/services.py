"""Makes programmes, members and API tokens."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import ApiToken, Clinic, Membership, Programme, Role, User
from cgm_portal.errors import DomainError

TOKEN_PREFIX = "cgm_"  # noqa: S105 - lets secret scanners recognise a leaked token


@transaction.atomic
def create_programme(
    *,
    name: str,
    country: str,
    clinic_name: str,
    area: str,
    administrator_username: str,
    password: str,
    language: str = "en",
) -> Programme:
    """Create a programme with its first clinic and administrator (Django admin rights).

    `language`: of its notices, and of its administrator's pages.
    Raises DomainError("name_taken") when the programme or the user exists already.
    """
    if Programme.objects.filter(name=name).exists() or User.objects.filter(username=administrator_username).exists():
        raise DomainError("name_taken", "A programme or a user of that name exists already. Choose another name.")
    programme = Programme.objects.create(name=name, country=country.upper(), language=language)
    Clinic.objects.create(programme=programme, name=clinic_name, area=area)
    user = User.objects.create_superuser(username=administrator_username, password=password, language=language)
    Membership.objects.create(user=user, programme=programme, role=Role.ADMINISTRATOR)
    return programme


def hash_token(secret: str) -> str:
    """Return the stored form of an API token: hex SHA-256 of its 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_api_token(*, user: User, name: str) -> tuple[ApiToken, str]:
    """Create an API token; the returned secret is shown once and never stored."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        token_sha256=hash_token(secret),
        expires_at=timezone.now() + timedelta(days=settings.API_TOKEN_DAYS),
    )
    return token, secret


def revoke_api_token(token: ApiToken) -> ApiToken:
    """Make the token useless from the next request on; safe to repeat."""
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
    return token

"""Roles that the tenant gives: from the values of one claim to memberships, by settings.

SIGN_IN_ROLE_CLAIM names the claim. SIGN_IN_ROLES is a JSON object from its values to `role:id`, the id of a clinic for
health workers and supervisors, of a programme for the other roles. What the claim no longer says is taken away again;
roles given by invitation or in Django admin are left alone.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pghistory
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from accounts.models import CLINIC_ROLES, Clinic, Membership, Programme, Role, User

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Grant:
    """One role in one place: the id of a clinic or of a programme, as the role asks."""

    role: Role
    place_id: UUID


def role_grants(claims: Mapping[str, Any]) -> frozenset[Grant]:
    """Return what the claim of roles grants; values without a meaning in the settings grant nothing."""
    said = claims.get(settings.SIGN_IN_ROLE_CLAIM)
    values = said.split(",") if isinstance(said, str) else said if isinstance(said, list) else []
    meanings = configured_grants()
    return frozenset(meanings[v.strip()] for v in values if isinstance(v, str) and v.strip() in meanings)


def configured_grants() -> dict[str, Grant]:
    """Return SIGN_IN_ROLES; raises ImproperlyConfigured with the value at fault."""
    try:
        meanings = json.loads(settings.SIGN_IN_ROLES)
        return {value: _grant(meaning) for value, meaning in meanings.items()}
    except (ValueError, AttributeError) as error:
        raise ImproperlyConfigured(
            f'SIGN_IN_ROLES is not a JSON object of "value": "role:id of a clinic or programme": {error}'
        ) from error


def _grant(meaning: str) -> Grant:
    role, _, place_id = meaning.partition(":")
    return Grant(Role(role), UUID(place_id))


@transaction.atomic
def apply_role_grants(*, user: User, grants: frozenset[Grant]) -> None:
    """Make the memberships of `user` that came from the claim what `grants` says."""
    with pghistory.context(user=str(user.pk), cause="role_claim"):
        given = user.memberships.filter(source=Membership.Source.CLAIM)
        given.exclude(pk__in=[m.pk for m in given if _grant_of(m) in grants]).delete()
        for grant in grants:
            _give(user, grant)


def _grant_of(membership: Membership) -> Grant:
    return Grant(Role(membership.role), membership.clinic_id or membership.programme_id)


def _give(user: User, grant: Grant) -> None:
    clinic = Clinic.objects.filter(pk=grant.place_id).first() if grant.role in CLINIC_ROLES else None
    programme = clinic.programme if clinic else Programme.objects.filter(pk=grant.place_id).first()
    if programme is None or (grant.role in CLINIC_ROLES and clinic is None):
        logger.error("SIGN_IN_ROLES names %s %s, which does not exist.", grant.role, grant.place_id)
        return
    Membership.objects.get_or_create(
        user=user,
        programme=programme,
        clinic=clinic,
        role=grant.role,
        defaults={"source": Membership.Source.CLAIM},
    )

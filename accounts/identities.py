"""Whose token it is: people of the tenant and users of the portal, matched by issuer and subject alone.

Browser sign-in and bearer tokens come through here, so that both mean the same user. Names are copied for display; an
e-mail address is neither looked at nor stored, since nobody may have verified it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from social_django.models import UserSocialAuth

from accounts.models import User
from accounts.role_claims import apply_role_grants, role_grants
from cgm_portal.errors import DomainError

MAX_SUBJECT_LENGTH = 100  # characters; Microsoft's have 36 or 43
NAME_LENGTH = 150  # characters, of User.first_name and last_name
APPLIED_AT = "roles_issued_at"  # `iat` of the token whose roles were applied last


@dataclass(frozen=True)
class Identity:
    """A person as a validated token names them. `claims`: all that it says."""

    backend: str
    issuer: str
    subject_claim: str
    claims: Mapping[str, Any] = field(repr=False)

    @property
    def key(self) -> str:
        """Issuer and subject in one. Raises DomainError("subject_missing") without a usable subject."""
        subject = self.claims.get(self.subject_claim)
        if not isinstance(subject, str) or not subject.strip() or len(subject) > MAX_SUBJECT_LENGTH:
            raise DomainError(
                "subject_missing",
                _("The tenant's token names nobody: its claim %(claim)s.") % {"claim": self.subject_claim},
            )
        return f"{self.issuer}|{subject}"

    @property
    def issued_at(self) -> int:
        """When the token was issued, in seconds since 1970; 0 when it does not say."""
        return int(self.claims.get("iat", 0))


def user_of_identity(identity: Identity) -> UserSocialAuth:
    """Return the link of the person to their user; both are made at the first sight of the person.

    Applies the roles that the token claims, unless a newer token of the person was seen already. Raises
    DomainError: `account_disabled`, `subject_missing`.
    """
    link = _link_of(identity) or _make_link(identity)
    if not link.user.is_active:
        raise DomainError("account_disabled", _("This account is switched off. Ask your supervisor."))
    if settings.SIGN_IN_ROLE_CLAIM and identity.issued_at > link.extra_data.get(APPLIED_AT, -1):
        _apply_roles(link, identity)
    return link


def update_names(user: User, claims: Mapping[str, Any]) -> None:
    """Copy the person's names, when they have changed."""
    names = _names(claims)
    if any(getattr(user, field) != name for field, name in names.items()):
        User.objects.filter(pk=user.pk).update(**names)


def _link_of(identity: Identity) -> UserSocialAuth | None:
    found = UserSocialAuth.objects.select_related("user").filter(provider=identity.backend, uid=identity.key)
    return found.first()


def _make_link(identity: Identity) -> UserSocialAuth:
    """Create user and link. Two first requests of one phone may come at once: the second takes what the first made."""
    try:
        with transaction.atomic():
            user = User(username=_username(identity), **_names(identity.claims))
            user.set_unusable_password()
            user.save()
            return UserSocialAuth.objects.create(
                user=user, provider=identity.backend, uid=identity.key, id_key=identity.subject_claim
            )
    except IntegrityError:
        link = _link_of(identity)
        if link is None:
            raise
        return link


def _username(identity: Identity) -> str:
    """Return a name to recognise, that nobody can choose to look like another user's."""
    name = identity.claims.get("name")
    readable = slugify(name)[:60] if isinstance(name, str) else ""
    return f"{readable or 'user'}-{hashlib.sha256(identity.key.encode()).hexdigest()[:12]}"


def _names(claims: Mapping[str, Any]) -> dict[str, str]:
    first, last, full = (claims.get(name) for name in ("given_name", "family_name", "name"))
    if not isinstance(first, str) and not isinstance(last, str):
        first, last = full, ""
    return {
        "first_name": first[:NAME_LENGTH] if isinstance(first, str) else "",
        "last_name": last[:NAME_LENGTH] if isinstance(last, str) else "",
    }


@transaction.atomic
def _apply_roles(link: UserSocialAuth, identity: Identity) -> None:
    """Apply the roles of the newest token: an older one, still valid for an hour, must not give back what was taken."""
    locked = UserSocialAuth.objects.select_for_update().get(pk=link.pk)
    if identity.issued_at > locked.extra_data.get(APPLIED_AT, -1):
        locked.extra_data[APPLIED_AT] = identity.issued_at
        locked.save(update_fields=["extra_data", "modified"])
        apply_role_grants(user=link.user, grants=role_grants(identity.claims))

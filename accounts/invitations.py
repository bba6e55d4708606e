"""Invitations: who may invite to which role, and how the invited person takes the role.

A supervisor invites to the clinics that they supervise, an administrator to every role of their programmes. The code
is shown once to the inviter, who passes it on; whoever signs in and shows it first gets the role.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta

import pghistory
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import supervised_clinics_of
from accounts.models import CLINIC_ROLES, Clinic, Invitation, Membership, Programme, Role, User
from cgm_portal.errors import DomainError

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that looks like something else
CODE_LENGTH = 25  # 122 bits: nobody guesses one
CODE_GROUP = 5  # characters between hyphens, to read them out


def programmes_administered_by(user: User) -> QuerySet[Programme]:
    """Return the programmes where `user` is an administrator."""
    if not user.is_active:
        return Programme.objects.none()
    member = Membership.objects.filter(user=user, role=Role.ADMINISTRATOR)
    return Programme.objects.filter(pk__in=member.values("programme_id"))


def may_invite(user: User) -> bool:
    """Return True when `user` may invite to anything."""
    return supervised_clinics_of(user).exists() or programmes_administered_by(user).exists()


def clinics_to_invite_to(user: User) -> QuerySet[Clinic]:
    """Return the clinics that `user` may invite health workers and supervisors to."""
    supervised = supervised_clinics_of(user).values("pk")
    administered = programmes_administered_by(user).values("pk")
    return Clinic.objects.filter(Q(pk__in=supervised) | Q(programme_id__in=administered), is_active=True)


def invitations_seen_by(user: User) -> QuerySet[Invitation]:
    """Return the invitations to places that `user` may invite to, whoever sent them."""
    clinics = clinics_to_invite_to(user).values("pk")
    programmes = programmes_administered_by(user).values("pk")
    return Invitation.objects.filter(Q(clinic_id__in=clinics) | Q(programme_id__in=programmes))


def invite(
    *, invited_by: User, role: Role, clinic: Clinic | None, programme: Programme | None
) -> tuple[Invitation, str]:
    """Create an invitation; the returned code is shown once and stored hashed.

    `clinic` for health workers and supervisors, `programme` for the other roles. Raises DomainError("may_not_invite"),
    DomainError("place_missing").
    """
    if (clinic if role in CLINIC_ROLES else programme) is None:
        raise DomainError("place_missing", _("Choose the clinic of this role, or the programme."), field="clinic")
    place = clinic.programme if role in CLINIC_ROLES and clinic else programme
    clinic = clinic if role in CLINIC_ROLES else None
    if not _may_invite_to(invited_by, clinic, place):
        raise DomainError("may_not_invite", _("You may not invite to this role there. Ask an administrator."))
    letters = "".join(secrets.choice(CODE_ALPHABET) for _letter in range(CODE_LENGTH))
    invitation = Invitation.objects.create(
        programme=place,
        clinic=clinic,
        role=role,
        code_sha256=_hash(letters),
        invited_by=invited_by,
        expires_at=timezone.now() + timedelta(days=settings.INVITATION_DAYS),
    )
    return invitation, "-".join(letters[at : at + CODE_GROUP] for at in range(0, CODE_LENGTH, CODE_GROUP))


def invitation_of_code(code: str) -> Invitation:
    """Return the open invitation of a code, however it was typed. Raises DomainError("invitation_invalid")."""
    invitation = Invitation.objects.open().filter(code_sha256=_hash(code)).first()
    if invitation is None or not _may_invite_to(invitation.invited_by, invitation.clinic, invitation.programme):
        raise DomainError(
            "invitation_invalid",
            _("This invitation is unknown, used or expired. Check the code, or ask for a new invitation."),
            field="code",
        )
    return invitation


@transaction.atomic
def accept_invitation(*, code: str, user: User) -> Membership:
    """Give `user` the role of the invitation and use it up. Raises DomainError("invitation_invalid")."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation_of_code(code).pk)
    if invitation.accepted_at is not None or invitation.revoked_at is not None:  # by somebody a moment before
        raise DomainError(
            "invitation_invalid", _("This invitation has just been used. Ask for a new one."), field="code"
        )
    with pghistory.context(cause="invitation", invitation=str(invitation.pk)):
        invitation.accepted_at, invitation.accepted_by = timezone.now(), user
        invitation.save(update_fields=["accepted_at", "accepted_by"])
        membership, _made = Membership.objects.get_or_create(
            user=user,
            programme=invitation.programme,
            clinic=invitation.clinic,
            role=invitation.role,
            defaults={"source": Membership.Source.INVITATION},
        )
    return membership


def revoke_invitation(invitation: Invitation) -> Invitation:
    """Make the code useless; safe to repeat, and without effect on one that was accepted."""
    if invitation.accepted_at is None and invitation.revoked_at is None:
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
    return invitation


def _may_invite_to(user: User, clinic: Clinic | None, programme: Programme | None) -> bool:
    if clinic is not None:
        return clinics_to_invite_to(user).filter(pk=clinic.pk).exists()
    return programme is not None and programmes_administered_by(user).filter(pk=programme.pk).exists()


def _hash(code: str) -> str:
    """Return the stored form of a code; hyphens, blanks and small letters do not matter."""
    return hashlib.sha256(re.sub(r"[\s-]", "", code).upper().encode()).hexdigest()

"""Keeps what was erased from coming back: a phone that was offline still holds the child and sends it again.

The answer is a refusal by one stable code, `child_erased`, so that the phone can drop what it holds.
"""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from cgm_portal.errors import DomainError
from children.models import Child, ErasureRecord

CHILD_ERASED = "child_erased"


def refuse_erased_child(child_id: UUID | None) -> None:
    """Raise DomainError("child_erased") when a child with this id was erased."""
    gone = ErasureRecord.objects.filter(child_id=child_id, scope=ErasureRecord.Scope.CHILD)
    if child_id is not None and gone.exists():
        raise child_erased()


def child_to_write(user: User, child_id: UUID) -> Child:
    """Return the child of the user's clinics for whom something was sent.

    Raises DomainError("child_erased") when it was erased in one of them, Http404 when it is not there or not theirs.
    """
    child = Child.objects.visible_to(user).filter(pk=child_id).first()
    if child is not None:
        return child
    records = ErasureRecord.objects.visible_to(user)
    if records.filter(child_id=child_id, scope=ErasureRecord.Scope.CHILD).exists():
        raise child_erased()
    raise Http404


def refuse_erased_session(user: User, session_id: UUID) -> None:
    """Raise DomainError("child_erased") when this scan session went with a child of the user's clinics."""
    records = ErasureRecord.objects.visible_to(user).filter(scope=ErasureRecord.Scope.CHILD)
    if records.filter(session_ids__contains=[session_id]).exists():
        raise child_erased()


def child_erased() -> DomainError:
    """Return the refusal of what belongs to an erased child."""
    return DomainError(
        CHILD_ERASED,
        _(
            "This child's record was erased at the guardian's wish. Nothing was stored: delete what this device still "
            "holds of the child. Should the family come again, register the child anew."
        ),
    )

"""Carers agree to reminders, or take that back; nothing is sent without it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import may_record_in
from accounts.models import User
from care.models import ReminderAgreement
from cgm_portal.errors import DomainError
from children.models import Child
from children.services import lock_child


@transaction.atomic
def agree_to_reminders(*, child: Child, recorded_by: User) -> ReminderAgreement:
    """Note that the carer agrees; once, however often it is asked.

    Raises DomainError: `not_your_clinic`, `no_phone`.
    """
    child = _lock(child, recorded_by)
    if not child.guardians.exclude(phone="").exists():
        raise DomainError("no_phone", _("No phone number of a guardian is recorded."))
    live = child.reminder_agreements.filter(withdrawn_at__isnull=True).first()
    return live or ReminderAgreement.objects.create(child=child, recorded_by=recorded_by)


@transaction.atomic
def withdraw_reminders(*, child: Child, withdrawn_by: User) -> None:
    """Note that the carer does not want reminders any more. Raises DomainError("not_your_clinic")."""
    child = _lock(child, withdrawn_by)
    child.reminder_agreements.filter(withdrawn_at__isnull=True).update(
        withdrawn_at=timezone.now(), withdrawn_by=withdrawn_by
    )


def _lock(child: Child, actor: User) -> Child:
    child = lock_child(child.pk)
    if not may_record_in(actor, child.clinic_id):
        raise DomainError("not_your_clinic", _("You do not record for this child's clinic."))
    return child

"""The one door to a child's status. What follows for open work is decided above, in `care.leaving`."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import may_record_in, may_supervise
from accounts.models import User
from cgm_portal.errors import DomainError
from children.models import Child, StatusChange
from children.services import lock_child


def change_status(
    *, child: Child, status: Child.Status, happened_on: date, reason: str, changed_by: User
) -> StatusChange:
    """Set the status of `child`, with the day, the reason and the person; runs in the caller's transaction.

    Raises DomainError: `not_your_clinic`, `not_supervisor` (back to active is a supervisor's), `status_unchanged`,
    `reason_missing`, `date_in_future`, `date_before_birth`.
    """
    child = lock_child(child.pk)
    if not may_record_in(changed_by, child.clinic_id):
        raise DomainError("not_your_clinic", _("You do not record for this child's clinic."))
    if status == Child.Status.ACTIVE and not may_supervise(changed_by, child.clinic_id):
        raise DomainError("not_supervisor", _("Only a supervisor of this clinic makes a child active again."))
    if status == child.status:
        raise DomainError("status_unchanged", _("The child has this status already."), field="status")
    if not reason.strip():
        raise DomainError("reason_missing", _("Say why, so that others can follow it later."), field="reason")
    if happened_on > child.clinic.programme.day_of(timezone.now()):
        raise DomainError("date_in_future", _("The day lies in the future."), field="happened_on")
    if happened_on < child.born_on:
        raise DomainError("date_before_birth", _("The day lies before the child's birth."), field="happened_on")
    change = StatusChange.objects.create(
        child=child,
        before=child.status,
        after=status,
        happened_on=happened_on,
        reason=reason.strip(),
        changed_by=changed_by,
    )
    child.status = status
    child.save(update_fields=["status"])
    return change

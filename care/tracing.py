"""Writes down the search for children who did not come."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import may_record_in
from accounts.models import User
from care.dates import refuse_impossible_day
from care.leaving import change_child_status
from care.models import Tracing, TracingAttempt
from cgm_portal.errors import DomainError
from children.models import Child
from children.services import lock_child

STATUS_OF_OUTCOME = {
    Tracing.Outcome.MOVED: Child.Status.MOVED,
    Tracing.Outcome.DIED: Child.Status.DIED,
    Tracing.Outcome.NOT_FOUND: Child.Status.LOST,
}


@transaction.atomic
def record_attempt(
    *,
    child: Child,
    attempted_on: date,
    way: str,
    was_reached: bool,
    recorded_by: User,
    reason_not_reached: str = "",
    note: str = "",
) -> TracingAttempt:
    """Store one try to reach the family; the first one opens the tracing.

    Raises DomainError: `not_your_clinic`, `child_not_active`, `choice_unknown`, `reason_missing` (not reached, without
    why), `reason_not_fitting` (reached, with why not), `date_in_future`, `date_before_birth`.
    """
    child = _lock(child, recorded_by)
    if child.status in (Child.Status.DIED, Child.Status.MOVED):
        raise DomainError("child_not_active", _("The child is recorded as moved or died: nobody looks for it."))
    if way not in TracingAttempt.Way.values:
        raise DomainError("choice_unknown", _("Choose how it was tried."), field="way")
    if not was_reached and reason_not_reached not in TracingAttempt.NotReached.values:
        raise DomainError("reason_missing", _("Say why nobody was reached."), field="reason_not_reached")
    if was_reached and reason_not_reached:
        raise DomainError(
            "reason_not_fitting",
            _("The family was reached: leave the reason for not reaching it empty."),
            field="reason_not_reached",
        )
    refuse_impossible_day(attempted_on, child=child, field="attempted_on")
    tracing = Tracing.objects.open().filter(child=child).first()
    if tracing is None:
        tracing = Tracing.objects.create(child=child, opened_by=recorded_by)
    return TracingAttempt.objects.create(
        tracing=tracing,
        attempted_on=attempted_on,
        way=way,
        was_reached=was_reached,
        reason_not_reached=reason_not_reached,
        note=note.strip(),
        recorded_by=recorded_by,
    )


@transaction.atomic
def close_tracing(*, tracing: Tracing, outcome: str, outcome_on: date, closed_by: User, note: str = "") -> Tracing:
    """End a tracing; moved, died and not found become the child's status.

    Raises DomainError: `not_your_clinic`, `choice_unknown`, `tracing_closed`, `date_in_future`, `date_before_birth`.
    """
    child = _lock(tracing.child, closed_by)
    tracing = Tracing.objects.select_for_update().get(pk=tracing.pk)
    if tracing.outcome:
        raise DomainError("tracing_closed", _("This tracing has ended already."))
    if outcome not in Tracing.Outcome.values:
        raise DomainError("choice_unknown", _("Choose how the tracing ended."), field="outcome")
    refuse_impossible_day(outcome_on, child=child, field="outcome_on")
    tracing.outcome = outcome
    tracing.outcome_on = outcome_on
    tracing.outcome_note = note.strip()
    tracing.closed_by = closed_by
    tracing.save()
    status = STATUS_OF_OUTCOME.get(Tracing.Outcome(outcome))
    if status is not None and child.status != status:
        reason = note.strip() or str(Tracing.Outcome(outcome).label)
        change_child_status(child=child, status=status, happened_on=outcome_on, reason=reason, changed_by=closed_by)
    return tracing


def _lock(child: Child, actor: User) -> Child:
    child = lock_child(child.pk)
    if not may_record_in(actor, child.clinic_id):
        raise DomainError("not_your_clinic", _("You do not record for this child's clinic."))
    return child

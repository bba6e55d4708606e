"""A child moves, is lost or dies: its open work ends with that reason; a supervisor can undo it.

What ends is stamped with the change's own instant, by which undoing finds it again.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from care.models import Alert, FollowUp, Tracing, TreatmentEpisode
from children.models import Child, StatusChange
from children.services import lock_child
from children.status import change_status

_EXIT_OF = {
    Child.Status.MOVED: TreatmentEpisode.Exit.TRANSFERRED,
    Child.Status.LOST: TreatmentEpisode.Exit.DEFAULTED,
    Child.Status.DIED: TreatmentEpisode.Exit.DIED,
}
_TRACED_AS = {
    Child.Status.MOVED: Tracing.Outcome.MOVED,
    Child.Status.LOST: Tracing.Outcome.NOT_FOUND,
    Child.Status.DIED: Tracing.Outcome.DIED,
}


@transaction.atomic
def change_child_status(*, child: Child, status: str, happened_on: date, reason: str, changed_by: User) -> StatusChange:
    """Set a child's status and end its open work, or, back to active, open again what the last change had ended.

    Raises DomainError: those of `children.status.change_status`.
    """
    change = change_status(
        child=child, status=Child.Status(status), happened_on=happened_on, reason=reason, changed_by=changed_by
    )
    if change.after == Child.Status.ACTIVE:
        _open_again(change)
    else:
        _end_open_work(change)
    return change


def end_episode(
    episode: TreatmentEpisode, *, exit_as: str, exited_on: date, exited_by: User, at: datetime, note: str = ""
) -> None:
    """End an open episode; runs in the caller's transaction."""
    episode.exit = exit_as
    episode.exited_on = exited_on
    episode.exited_by = exited_by
    episode.exit_recorded_at = at
    episode.exit_note = note
    episode.save()


def _end_open_work(change: StatusChange) -> None:
    status = Child.Status(change.after)
    Alert.objects.open().filter(child=change.child).update(
        state=Alert.State.RESOLVED,
        resolution=Alert.Resolution.CHILD_LEFT,
        resolution_reason=change.reason,
        resolved_at=change.changed_at,
        resolved_by=change.changed_by,
    )
    FollowUp.objects.open().filter(child=change.child).update(
        state=FollowUp.State.CANCELLED,
        completed_at=change.changed_at,
        completed_by=change.changed_by,
        outcome=change.reason,
    )
    Tracing.objects.open().filter(child=change.child).update(
        outcome=_TRACED_AS[status], outcome_on=change.happened_on, closed_by=change.changed_by
    )
    for episode in TreatmentEpisode.objects.open().filter(child=change.child):
        end_episode(
            episode,
            exit_as=_EXIT_OF[status],
            exited_on=max(change.happened_on, episode.admitted_on),
            exited_by=change.changed_by,
            at=change.changed_at,
            note=change.reason,
        )


def _open_again(change: StatusChange) -> None:
    child = lock_child(change.child_id)
    left = StatusChange.objects.filter(child=child, before=Child.Status.ACTIVE).order_by("-changed_at").first()
    if left is None:
        return
    for alert in child.alerts.filter(resolution=Alert.Resolution.CHILD_LEFT, resolved_at=left.changed_at):
        if not Alert.objects.open().filter(child=child, criterion=alert.criterion).exists():
            alert.state = Alert.State.REFERRED if alert.referred_at else Alert.State.OPEN
            alert.resolution = alert.resolution_reason = ""
            alert.resolved_at = alert.resolved_by = None
            alert.save()
    for follow_up in child.follow_ups.filter(state=FollowUp.State.CANCELLED, completed_at=left.changed_at):
        if not FollowUp.objects.open().filter(child=child, reason=follow_up.reason).exists():
            follow_up.state = FollowUp.State.OPEN
            follow_up.completed_at = follow_up.completed_by = None
            follow_up.outcome = ""
            follow_up.save()
    ended = child.treatment_episodes.filter(exit_recorded_at=left.changed_at).first()
    if ended is not None and not child.treatment_episodes.open().exists():
        ended.exit = ended.exit_note = ""
        ended.exited_on = ended.exited_by = ended.exit_recorded_at = None
        ended.save()

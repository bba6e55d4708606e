"""What follows from a measurement: alerts raised, fed and resolved; follow-ups planned and completed.

| the newest counted measurement says | alert | follow-up |
|---|---|---|
| SAM by WHZ, MUAC or oedema | critical, one per criterion | check the referral, 7 days |
| infant under 6 months at risk | high | the same |
| MAM by WHZ or MUAC | high | enrol and counsel, 14 days |
| weight loss, faltering | moderate | reweigh, 14 days |
| severe stunting, severe underweight | moderate | clinical review, 30 days |
| a scan whose interval crosses an action line | none | measure by hand, today |
| a value missing or flagged | none | measure again, today |

A scan raises only an alert by WHZ with a borrowed manual weight, marked `unconfirmed`.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import may_record_in
from accounts.models import User
from care.models import WINDOW_DAYS, Alert, FollowUp, Tracing
from care.outbox import announce_alert
from care.rules import PlannedFollowUp, RaisedAlert, alerts_for, follow_ups_for, has_recovered
from cgm_portal.errors import DomainError
from children.measurement_models import QUANTITY_FIELDS
from children.models import Child, Measurement

VISIT_COMPLETES = [reason for reason in FollowUp.Reason.values if reason != FollowUp.Reason.REFER]


def act_on_measurement(measurement: Measurement) -> None:
    """Bring alerts and follow-ups of the child in line after `measurement` was stored, corrected, voided or assessed
    anew.

    Runs in the caller's transaction, which holds the child's lock.
    """
    if measurement.state != Measurement.State.ACTIVE:
        _withdraw(measurement)
        for row in _newest_day(measurement.child):
            _apply(row)
        return
    if measurement.source == Measurement.Source.MANUAL:
        _complete_with_visit(measurement)
    if measurement in _newest_day(measurement.child):
        _apply(measurement)
    for scan in _scans_weighed_by(measurement):
        for raised in alerts_for(scan, scan.assessments.get(is_current=True)):
            _raise_or_feed(scan, raised)


def ask_for_manual_measurement(*, child: Child, detail: str) -> None:
    """Plan "measure by hand today" for a child whose scan gave no estimate; once, however often it is asked."""
    _plan(child, PlannedFollowUp(reason=FollowUp.Reason.MEASURE_BY_HAND, days=0, detail=detail), measurement=None)


@transaction.atomic
def acknowledge_alert(*, alert: Alert, acknowledged_by: User) -> Alert:
    """Note that a person has seen the alert and acts. Raises DomainError("alert_resolved", _("not_your_clinic"))."""
    alert = lock_open_alert(alert, acknowledged_by)
    if alert.state == Alert.State.OPEN:
        alert.state = Alert.State.ACKNOWLEDGED
        alert.acknowledged_at = timezone.now()
        alert.acknowledged_by = acknowledged_by
        alert.save()
    return alert


@transaction.atomic
def resolve_alert(
    *, alert: Alert, resolved_by: User, reason: str = "", close_reason: str = Alert.CloseReason.OTHER
) -> Alert:
    """Close the alert by a person's decision: one of the reasons to choose from, another one in words.

    Raises DomainError: `reason_missing`, `choice_unknown`, and those of acknowledging.
    """
    if close_reason not in Alert.CloseReason.values:
        raise DomainError("choice_unknown", _("Choose one of the reasons."), field="close_reason")
    if close_reason == Alert.CloseReason.OTHER and not reason.strip():
        raise DomainError("reason_missing", _("Say why the alert is closed."), field="reason")
    alert = lock_open_alert(alert, resolved_by)
    alert.close_reason = close_reason
    _resolve(alert, Alert.Resolution.BY_PERSON, reason=reason.strip(), resolved_by=resolved_by)
    return alert


@transaction.atomic
def complete_follow_up(*, follow_up: FollowUp, completed_by: User, outcome: str) -> FollowUp:
    """Note what came of a follow-up, late ones too.

    Raises DomainError: `outcome_missing`, `follow_up_ended`, `not_your_clinic`.
    """
    if not outcome.strip():
        raise DomainError("outcome_missing", _("Say what came of it."), field="outcome")
    follow_up = FollowUp.objects.select_for_update(of=("self",)).select_related("child").get(pk=follow_up.pk)
    if not may_record_in(completed_by, follow_up.child.clinic_id):
        raise DomainError("not_your_clinic", _("You do not record for this child's clinic."))
    if follow_up.state != FollowUp.State.OPEN:
        raise DomainError("follow_up_ended", _("This follow-up has ended already."))
    follow_up.state = FollowUp.State.DONE
    follow_up.completed_at = timezone.now()
    follow_up.completed_by = completed_by
    follow_up.outcome = outcome.strip()
    follow_up.save()
    return follow_up


def _apply(measurement: Measurement) -> None:
    """Raise or feed alerts, resolve on recovery and plan follow-ups by the newest counted measurement.

    An old visit of a child that has died, entered late, asks nobody to act.
    """
    if measurement.child.status == Child.Status.DIED:
        return
    assessment = measurement.assessments.get(is_current=True)
    for raised in alerts_for(measurement, assessment):
        _raise_or_feed(measurement, raised)
    for alert in Alert.objects.open().filter(child=measurement.child):
        if has_recovered(alert, measurement):
            _resolve(alert, Alert.Resolution.RECOVERED)
    for planned in follow_ups_for(measurement, assessment):
        _plan(measurement.child, planned, measurement=measurement)


def _raise_or_feed(measurement: Measurement, raised: RaisedAlert) -> None:
    alert = Alert.objects.open().filter(child=measurement.child, criterion=raised.criterion).first()
    if alert is None and _was_closed_on_it(measurement, raised):
        return
    if alert is None:
        alert = Alert.objects.create(
            child=measurement.child,
            criterion=raised.criterion,
            severity=raised.severity,
            unconfirmed=raised.unconfirmed,
            raised_by=measurement,
        )
        announce_alert(alert)
    else:
        # Never lowered by one better reading: recovery takes two visits.
        alert.severity = min(Alert.Severity(alert.severity), raised.severity, key=lambda severity: severity.rank)
        alert.unconfirmed = alert.unconfirmed and raised.unconfirmed
        alert.save(update_fields=["severity", "unconfirmed"])
    alert.evidence.add(measurement)


def _was_closed_on_it(measurement: Measurement, raised: RaisedAlert) -> bool:
    """Tell whether a person, or the child's leaving, closed an alert that this measurement fed and that was as severe.

    The newest day is applied again whenever another row ends: that alone opens nothing anew.
    """
    closed = Alert.objects.filter(
        evidence=measurement,
        criterion=raised.criterion,
        resolution__in=(Alert.Resolution.BY_PERSON, Alert.Resolution.CHILD_LEFT),
    )
    return any(Alert.Severity(alert.severity).rank <= raised.severity.rank for alert in closed)


def _withdraw(measurement: Measurement) -> None:
    """Take an ended measurement out of the evidence; an alert or follow-up that rested on it alone ends."""
    for alert in Alert.objects.open().filter(evidence=measurement):
        alert.evidence.remove(measurement)
        if not alert.evidence.filter(state=Measurement.State.ACTIVE).exists():
            _resolve(alert, Alert.Resolution.MEASUREMENT_WITHDRAWN)
    FollowUp.objects.open().filter(measurement=measurement).update(
        state=FollowUp.State.CANCELLED, completed_at=timezone.now(), outcome=FollowUp.WITHDRAWN
    )


def _complete_with_visit(measurement: Measurement) -> None:
    """A visit is what most follow-ups ask for: it completes those that were open before it, now or assessed anew.

    Not a visit where only the feet were looked at: nobody measured the child.
    """
    if all(getattr(measurement, name) is None for name in QUANTITY_FIELDS):
        return
    asked_before = FollowUp.objects.open().filter(created_at__lt=measurement.recorded_at)
    asked_before.filter(child=measurement.child, reason__in=VISIT_COMPLETES).update(
        state=FollowUp.State.DONE,
        completed_at=timezone.now(),
        completed_by=measurement.recorded_by,
        completed_with=measurement,
        outcome=FollowUp.SEEN,
    )
    looked_for = Tracing.objects.open().filter(child=measurement.child, opened_at__lt=measurement.recorded_at)
    looked_for.update(
        outcome=Tracing.Outcome.RETURNED, outcome_on=measurement.measured_on, closed_by=measurement.recorded_by
    )


def _plan(child: Child, planned: PlannedFollowUp, *, measurement: Measurement | None) -> None:
    asked_on = timezone.localdate() if measurement is None else measurement.measured_on
    due_on = asked_on + timedelta(days=planned.days)
    follow_up = FollowUp.objects.open().filter(child=child, reason=planned.reason).first()
    if follow_up is None and measurement is not None and _was_done_since(measurement, planned):
        return
    if follow_up is None:
        FollowUp.objects.create(
            child=child,
            reason=planned.reason,
            due_on=due_on,
            window_days=WINDOW_DAYS[planned.reason],
            detail=planned.detail,
            probability=planned.probability,
            measurement=measurement,
        )
    elif due_on < follow_up.due_on:
        follow_up.due_on = due_on
        follow_up.save(update_fields=["due_on"])


def _was_done_since(measurement: Measurement, planned: PlannedFollowUp) -> bool:
    """Tell whether a person has said, after `measurement` was recorded, what came of the same follow-up."""
    done = FollowUp.objects.filter(child=measurement.child, reason=planned.reason, state=FollowUp.State.DONE)
    return done.filter(completed_with__isnull=True, completed_at__gte=measurement.recorded_at).exists()


def _resolve(alert: Alert, resolution: Alert.Resolution, *, reason: str = "", resolved_by: User | None = None) -> None:
    alert.state = Alert.State.RESOLVED
    alert.resolution = resolution
    alert.resolution_reason = reason
    alert.resolved_at = timezone.now()
    alert.resolved_by = resolved_by
    alert.save()


def lock_open_alert(alert: Alert, actor: User) -> Alert:
    """Return the alert, locked. Raises DomainError: `not_your_clinic`, `alert_resolved`."""
    alert = Alert.objects.select_for_update(of=("self",)).select_related("child").get(pk=alert.pk)
    if not may_record_in(actor, alert.child.clinic_id):
        raise DomainError("not_your_clinic", _("You do not record for this child's clinic."))
    if alert.state == Alert.State.RESOLVED:
        raise DomainError("alert_resolved", _("This alert was resolved already."))
    return alert


def _scans_weighed_by(measurement: Measurement) -> QuerySet[Measurement]:
    """Return the counted scans whose assessment borrowed the weight of `measurement`."""
    return Measurement.objects.counted().filter(
        child=measurement.child, assessments__is_current=True, assessments__borrowed_weight_from=measurement
    )


def _newest_day(child: Child) -> list[Measurement]:
    """Return the counted measurements of the last day on which the child was measured, the earliest first."""
    counted = Measurement.objects.counted().filter(child=child)
    newest = counted.order_by("-measured_on").values("measured_on")[:1]
    return list(counted.filter(measured_on=newest).order_by("measured_at", "recorded_at"))

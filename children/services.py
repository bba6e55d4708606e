"""The only doors to a child's measurements: record, correct, void.

Each locks the child, so that two visits stored at once see each other; assesses; and sends `measurement_recorded`
inside the same transaction, so that alerts and follow-ups are stored with the facts or not at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import may_record_in, may_supervise
from accounts.models import User
from cgm_portal.errors import DomainError
from children.assessments import BORROW_WINDOW, assess_measurement, visits_compared_with
from children.confirmation_models import ConfirmedQuestion
from children.confirmations import answers_that_stay, keep_answers
from children.dates import printed_day
from children.measurement_models import Measurement
from children.models import Child
from children.plausibility import check_values, refuse_impossible_values
from children.questions import Question
from children.screening_events import report_screening
from children.signals import measurement_recorded

OLDEST_AGE_YEARS = 19
ANSWER_FIELDS = ("risk_level", "rows")  # of an assessment: what alerts and follow-ups are made of
CLOCK_TOLERANCE = timedelta(minutes=10)  # phones run ahead


@dataclass(frozen=True)
class MeasuredValues:
    """What was measured; a value that was not taken is None (position and `measured_by` then empty)."""

    weight_kg: Decimal | None = None
    length_height_cm: Decimal | None = None
    position: str = ""
    muac_mm: Decimal | None = None
    head_circumference_cm: Decimal | None = None
    oedema: bool | None = None
    length_height_sd_cm: Decimal | None = None
    measured_by: str = ""


@transaction.atomic
def record_measurement(
    *,
    child: Child,
    values: MeasuredValues,
    measured_on: date,
    recorded_by: User,
    source: Measurement.Source = Measurement.Source.MANUAL,
    measured_at: datetime | None = None,
    measurement_id: uuid.UUID | None = None,
    confirmed_fields: frozenset[str] = frozenset(),
    answered_before: Collection[ConfirmedQuestion] = (),
    class_probabilities: Mapping[str, float] | None = None,
) -> Measurement:
    """Store one measurement of a child, its assessment, and what follows from it.

    `measurement_id` makes the call repeatable: the same id with the same values returns the stored row.
    `confirmed_fields` names values that a person has confirmed when asked back, `answered_before` what was confirmed of
    the row that this one corrects; both are kept with the measurement. Scans are not asked.
    `class_probabilities`: what a scan's predicted weight and MUAC say of the acute classes (0-1), kept on the
    assessment; the values themselves are not. Raises DomainError: `not_your_clinic`, `date_in_future`,
    `date_before_birth`, `too_old`, `id_taken`, and those of `children.plausibility.check_values`.
    """
    child = lock_child(child.pk)
    if measurement_id is not None:
        stored = Measurement.objects.filter(pk=measurement_id).first()
        if stored is not None:
            return _same_measurement_or_refuse(stored, child, values, measured_on)
    if source == Measurement.Source.MANUAL and not may_record_in(recorded_by, child.clinic_id):
        raise DomainError("not_your_clinic", _("You do not record for this child's clinic."))
    _refuse_impossible_date(child, measured_on)
    answered: tuple[Question, ...] = ()
    if source == Measurement.Source.MANUAL:
        answered = check_values(
            values,
            child=child,
            measured_on=measured_on,
            confirmed_fields=confirmed_fields,
            answered_before=answered_before,
        )
    else:
        refuse_impossible_values(values, child=child, measured_on=measured_on)
    measurement = Measurement.objects.create(
        id=measurement_id or uuid.uuid4(),
        child=child,
        clinic=child.clinic,
        source=source,
        measured_on=measured_on,
        measured_at=measured_at or _instant_of(measured_on, child),
        recorded_by=recorded_by,
        **asdict(values),
    )
    keep_answers(measurement, answered, answered_before=answered_before)
    assessment = assess_measurement(measurement, predicted_probabilities=class_probabilities or {})
    report_screening(measurement, assessment)
    _reassess_neighbours(measurement)
    measurement_recorded.send(sender=Measurement, measurement=measurement)
    return measurement


@transaction.atomic
def correct_measurement(
    *,
    measurement: Measurement,
    values: MeasuredValues,
    measured_on: date,
    corrected_by: User,
    reason: str,
    confirmed_fields: frozenset[str] = frozenset(),
) -> Measurement:
    """Put a new measurement in the place of a wrong one; the old row stays listed as corrected.

    What was confirmed of values that stay as they are is not asked again, and stays with who confirmed it and when.
    Raises DomainError: `not_supervisor`, `already_ended`, `reason_missing`, `scan_not_correctable`, and those of
    `record_measurement`.
    """
    if measurement.is_scan:
        raise DomainError(
            "scan_not_correctable", _("A scan's value can't be edited. Void it, or measure by hand: that value wins.")
        )
    old = _end(measurement, state=Measurement.State.CORRECTED, ended_by=corrected_by, reason=reason)
    # What rested on the old row ends. Its neighbours wait for the new one: between the two they would raise alerts.
    measurement_recorded.send(sender=Measurement, measurement=old)
    new = record_measurement(
        child=old.child,
        values=values,
        measured_on=measured_on,
        measured_at=old.measured_at if measured_on == old.measured_on else None,
        recorded_by=corrected_by,
        confirmed_fields=confirmed_fields,
        answered_before=answers_that_stay(old, measured_on=measured_on, position=values.position),
    )
    new.corrects = old
    new.save(update_fields=["corrects"])
    _reassess_neighbours(old)
    return new


@transaction.atomic
def void_measurement(*, measurement: Measurement, voided_by: User, reason: str) -> Measurement:
    """Take a wrong measurement out of charts and counts; it stays listed as void.

    Raises DomainError: `not_supervisor`, `already_ended`, `reason_missing`.
    """
    ended = _end(measurement, state=Measurement.State.VOID, ended_by=voided_by, reason=reason)
    _reassess_neighbours(ended)
    measurement_recorded.send(sender=Measurement, measurement=ended)
    return ended


def lock_child(child_id: uuid.UUID) -> Child:
    """Return the child, locked until the transaction ends: whoever else writes its measurements waits."""
    locked = Child.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("clinic__programme").get(pk=child_id)


def assess_again(measurement: Measurement) -> None:
    """Assess a stored measurement anew; what follows from it moves only where the answer became another one.

    Runs in the caller's transaction, which holds the child's lock.
    """
    before = measurement.assessments.filter(is_current=True).first()
    after = assess_measurement(measurement)
    if before is None or any(getattr(before, name) != getattr(after, name) for name in ANSWER_FIELDS):
        measurement_recorded.send(sender=Measurement, measurement=measurement)


def _end(measurement: Measurement, *, state: Measurement.State, ended_by: User, reason: str) -> Measurement:
    lock_child(measurement.child_id)
    measurement = Measurement.objects.select_related("child__clinic").get(pk=measurement.pk)
    if not may_supervise(ended_by, measurement.child.clinic_id):
        raise DomainError("not_supervisor", _("Only a supervisor of this clinic corrects or voids a measurement."))
    if measurement.state != Measurement.State.ACTIVE:
        raise DomainError("already_ended", _("This measurement was corrected or voided before."))
    if not reason.strip():
        raise DomainError("reason_missing", _("Say why, so that others can follow it later."), field="reason")
    measurement.state = state
    measurement.ended_at = timezone.now()
    measurement.ended_by = ended_by
    measurement.end_reason = reason.strip()
    measurement.superseded_by = None
    measurement.save(update_fields=["state", "ended_at", "ended_by", "end_reason", "superseded_by"])
    return measurement


def _reassess_neighbours(measurement: Measurement) -> None:
    """Bring up to date what `measurement` changed in others.

    A manual value supersedes scans within 24 hours and may lend them a weight; a weight is what later visits' weight
    loss is measured against.
    """
    near = (measurement.measured_at - BORROW_WINDOW, measurement.measured_at + BORROW_WINDOW)
    scans = Measurement.objects.active().filter(
        child_id=measurement.child_id, source=Measurement.Source.SCAN, measured_at__range=near
    )
    for scan in scans.select_related("child"):
        winner, winner_before = _manual_length_near(scan), scan.superseded_by_id
        if winner_before != (winner and winner.pk):
            scan.superseded_by = winner
            scan.save(update_fields=["superseded_by"])
        if not measurement.is_scan:
            assess_measurement(scan)
        if winner_before and not winner:  # it counts again
            measurement_recorded.send(sender=Measurement, measurement=scan)
    if measurement.weight_kg is not None:
        for visit in visits_compared_with(measurement):
            assess_again(visit)


def _manual_length_near(scan: Measurement) -> Measurement | None:
    near = (scan.measured_at - BORROW_WINDOW, scan.measured_at + BORROW_WINDOW)
    manual = (
        Measurement.objects.active()
        .manual()
        .filter(child_id=scan.child_id, length_height_cm__isnull=False, measured_at__range=near)
    )
    return min(manual, key=lambda row: abs(row.measured_at - scan.measured_at), default=None)


def _same_measurement_or_refuse(
    stored: Measurement, child: Child, values: MeasuredValues, measured_on: date
) -> Measurement:
    same = stored.child_id == child.pk and stored.measured_on == measured_on
    if same and all(getattr(stored, name) == value for name, value in asdict(values).items()):
        return stored
    raise DomainError(
        "id_taken",
        _(
            "This form was stored before, with other values. Open a new form for another visit, or have the stored one "
            "corrected."
        ),
        field="id",
    )


def _refuse_impossible_date(child: Child, measured_on: date) -> None:
    today = child.clinic.programme.day_of(timezone.now() + CLOCK_TOLERANCE)
    if measured_on > today:
        raise DomainError(
            "date_in_future",
            _("%(day)s is in the future. Today is %(today)s.")
            % {"day": printed_day(measured_on), "today": printed_day(today)},
            field="measured_on",
        )
    if measured_on < child.born_on:
        raise DomainError(
            "date_before_birth",
            _("%(day)s is before the birth date %(born)s.")
            % {"day": printed_day(measured_on), "born": printed_day(child.born_on)},
            field="measured_on",
        )
    if child.age_days_on(measured_on) >= OLDEST_AGE_YEARS * 365.25:
        raise DomainError(
            "too_old",
            _("The child was over %(years)d years old then.") % {"years": OLDEST_AGE_YEARS},
            field="measured_on",
        )


def _instant_of(measured_on: date, child: Child) -> datetime:
    """Return now for today, else noon (UTC) of that day: the hour of an older visit is not known."""
    now = timezone.now()
    if measured_on >= child.clinic.programme.day_of(now):
        return now
    return datetime.combine(measured_on, time(12), tzinfo=UTC)

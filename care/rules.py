"""Which alerts and follow-ups an assessment asks for. No database writes here.

Sources: case definitions and the banner table in docs/growth.md; recovery at two consecutive visits: WHO guideline
2023.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db.models import Max, QuerySet

from care.models import Alert, FollowUp
from children.growth import Action, RowCode
from children.growth.change.recovery import VISITS_IN_A_ROW, deciding_days, meets_recovery
from children.models import GrowthAssessment, Measurement

MODERATE_Z = Decimal("-2.00")
SEVERE_Z = Decimal("-3.00")

_CRITICAL, _HIGH, _MODERATE = Alert.Severity.CRITICAL, Alert.Severity.HIGH, Alert.Severity.MODERATE
_ALERT_OF_ROW = {
    RowCode.INFANT_AT_RISK: (Alert.Criterion.INFANT, _HIGH),
    RowCode.OEDEMA: (Alert.Criterion.OEDEMA, _CRITICAL),
    RowCode.WEIGHT_LOSS: (Alert.Criterion.FALTERING, _MODERATE),
    RowCode.FALTERING: (Alert.Criterion.FALTERING, _MODERATE),
    RowCode.SEVERE_STUNTING: (Alert.Criterion.HAZ, _MODERATE),
    RowCode.SEVERE_UNDERWEIGHT: (Alert.Criterion.WAZ, _MODERATE),
}
_FOLLOW_UP_OF_ACTION = {
    Action.MEASURE_AGAIN: FollowUp.Reason.MEASURE_AGAIN,
    Action.REFER_TODAY: FollowUp.Reason.REFER,
    Action.REFER: FollowUp.Reason.REFER,
    Action.ENROL_AND_COUNSEL: FollowUp.Reason.ENROL,
    Action.REWEIGH: FollowUp.Reason.REWEIGH,
    Action.CLINICAL_REVIEW: FollowUp.Reason.CLINICAL_REVIEW,
    Action.COUNSEL: FollowUp.Reason.COUNSEL,
    Action.ROUTINE_VISIT: FollowUp.Reason.ROUTINE,
}
_ACUTE_ALERT_CRITERIA = {"whz": Alert.Criterion.WHZ, "muac": Alert.Criterion.MUAC, "oedema": Alert.Criterion.OEDEMA}


@dataclass(frozen=True)
class RaisedAlert:
    """An alert that a measurement asks for."""

    criterion: Alert.Criterion
    severity: Alert.Severity
    unconfirmed: bool


@dataclass(frozen=True)
class PlannedFollowUp:
    """A follow-up that a measurement asks for, due in `days` days from the visit."""

    reason: FollowUp.Reason
    days: int
    detail: str = ""
    probability: Decimal | None = None


def alerts_for(measurement: Measurement, assessment: GrowthAssessment) -> list[RaisedAlert]:
    """Return the alerts that an assessment asks for; a scan asks only for WHZ with a borrowed manual weight."""
    acute = _acute_alerts(assessment, unconfirmed=measurement.is_scan)
    if measurement.is_scan:
        return [raised for raised in acute if raised.criterion == Alert.Criterion.WHZ]
    others = [
        RaisedAlert(criterion=criterion, severity=severity, unconfirmed=False)
        for row in assessment.rows
        if row["code"] in _ALERT_OF_ROW
        for criterion, severity in [_ALERT_OF_ROW[RowCode(row["code"])]]
    ]
    first_of_each = {raised.criterion: raised for raised in reversed([*acute, *others])}
    return list(first_of_each.values())


def _acute_alerts(assessment: GrowthAssessment, *, unconfirmed: bool) -> list[RaisedAlert]:
    severity = {"sam": _CRITICAL, "mam": _HIGH}.get(assessment.acute)
    if severity is None:
        return []
    return [
        RaisedAlert(criterion=_ACUTE_ALERT_CRITERIA[name], severity=severity, unconfirmed=unconfirmed)
        for name in assessment.criteria
        if name in _ACUTE_ALERT_CRITERIA
    ]


def follow_ups_for(measurement: Measurement, assessment: GrowthAssessment) -> list[PlannedFollowUp]:
    """Return the follow-ups that an assessment asks for: that of the first true row, and "measure again" where it is
    due.

    A scan asks for a measurement by hand today, or for nothing.
    """
    if measurement.is_scan:
        return [_measure_by_hand(assessment)] if scan_needs_hand(assessment) else []
    again = [row for row in assessment.rows if row["action"] == Action.MEASURE_AGAIN]
    planned: dict[FollowUp.Reason, PlannedFollowUp] = {}
    for row in (assessment.banner_row, *again):
        reason = _FOLLOW_UP_OF_ACTION.get(row["action"])
        if reason is not None and row["follow_up_days"] is not None:
            planned.setdefault(reason, PlannedFollowUp(reason=reason, days=row["follow_up_days"], detail=row["code"]))
    return list(planned.values())


def _measure_by_hand(assessment: GrowthAssessment) -> PlannedFollowUp:
    probability = Decimal(f"{action_probability(assessment):.3f}")
    return PlannedFollowUp(reason=FollowUp.Reason.MEASURE_BY_HAND, days=0, probability=probability)


def scan_needs_hand(assessment: GrowthAssessment) -> bool:
    """Return True when a scan calls for a measurement by hand today.

    Either P(SAM or MAM or severe stunting) reaches SCAN_REFER_PROBABILITY, or an 80 % interval crosses an action
    cut-off, or a flag or a missing z leaves the class open.
    """
    open_class = assessment.haz is None or "haz" in assessment.flags
    return (
        bool(assessment.crossed_cutoffs)
        or open_class
        or action_probability(assessment) >= settings.SCAN_REFER_PROBABILITY
    )


def action_probability(assessment: GrowthAssessment) -> float:
    """Return P(SAM or MAM or severe stunting), 0-1, by the scanned length and by the predicted weight and MUAC."""
    name = "sam_mam_or_severe_stunting"
    return max(assessment.class_probabilities.get(name, 0.0), assessment.predicted_probabilities.get(name, 0.0))


def has_recovered(alert: Alert, measurement: Measurement) -> bool:
    """Return True when the last two days of visits, up to `measurement`, are both free of the alert's criterion.

    Both lie after the alert's last evidence. A day is free when one of its rows, measured by hand, says so and none
    speaks against it. The acute criteria end together: WHZ >= -2, MUAC >= 125 mm and no oedema, none flagged.
    """
    if measurement.is_scan:
        return False
    manual = Measurement.objects.active().manual().filter(child_id=measurement.child_id)
    days = manual.filter(measured_on__lte=measurement.measured_on).order_by("-measured_on")
    last_days = days.values_list("measured_on", flat=True).distinct()[:VISITS_IN_A_ROW]
    last_bad = alert.evidence.filter(state=Measurement.State.ACTIVE).aggregate(day=Max("measured_on"))["day"]
    deciding = deciding_days(last_days, last_evidence_on=last_bad)
    return bool(deciding) and all(alert.criterion in _free_of_day(manual.filter(measured_on=day)) for day in deciding)


def _free_of_day(visits: QuerySet[Measurement]) -> set[Alert.Criterion]:
    free: set[Alert.Criterion] = set()
    raised: set[Alert.Criterion] = set()
    for visit in visits:
        free |= _free_of(visit)
        raised |= {alert.criterion for alert in alerts_for(visit, visit.assessments.get(is_current=True))}
    return free - raised


def _free_of(visit: Measurement) -> set[Alert.Criterion]:
    assessment = visit.assessments.get(is_current=True)
    rows = {row["code"] for row in assessment.rows}
    haz, waz, whz = (
        None if index in assessment.flags else getattr(assessment, index) for index in ("haz", "waz", "whz")
    )
    free: set[Alert.Criterion] = set()
    if meets_recovery(whz=_float(whz), muac_mm=_float(visit.muac_mm), oedema=visit.oedema):
        free |= {Alert.Criterion.WHZ, Alert.Criterion.MUAC, Alert.Criterion.OEDEMA}
    if haz is not None and haz >= SEVERE_Z:
        free.add(Alert.Criterion.HAZ)
    if waz is not None and waz >= SEVERE_Z:
        free.add(Alert.Criterion.WAZ)
    if visit.weight_kg is not None and not rows & {RowCode.WEIGHT_LOSS, RowCode.FALTERING}:
        free.add(Alert.Criterion.FALTERING)
    if waz is not None and waz >= MODERATE_Z and whz is not None and whz >= MODERATE_Z and not visit.oedema:
        free.add(Alert.Criterion.INFANT)
    return free


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)

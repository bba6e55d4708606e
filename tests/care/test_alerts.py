"""Alerts and follow-ups follow from measurements, once, and end by recovery, by a person or with the measurement."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from care.models import Alert, FollowUp
from care.referrals import refer_alert
from care.services import acknowledge_alert, complete_follow_up, resolve_alert
from cgm_portal.errors import DomainError
from children.registration import update_child
from children.services import MeasuredValues, correct_measurement, void_measurement

NORMAL = {"weight_kg": 11.0, "length_height_cm": 84.5, "position": "length", "muac_mm": 148}
SAM_BY_MUAC = {**NORMAL, "muac_mm": 110}


def test_sam_by_muac_raises_one_critical_alert_and_a_follow_up_in_seven_days(make_measurement, child):
    measurement = make_measurement(**SAM_BY_MUAC)

    alert = Alert.objects.get(child=child)
    follow_up = FollowUp.objects.open().get(child=child)
    assert (alert.criterion, alert.severity, alert.raised_by) == ("muac", "critical", measurement)
    assert not alert.unconfirmed
    assert follow_up.reason == FollowUp.Reason.REFER
    assert (follow_up.due_on - timezone.localdate()).days == 7


def test_oedema_and_low_muac_are_two_alerts(make_measurement, child):
    make_measurement(**SAM_BY_MUAC, oedema=True)

    assert set(child.alerts.values_list("criterion", flat=True)) == {"muac", "oedema"}


def test_a_second_measurement_feeds_the_open_alert(make_measurement, child):
    first = make_measurement(**SAM_BY_MUAC, days_ago=7)
    second = make_measurement(**{**NORMAL, "muac_mm": 120})

    alert = child.alerts.get()
    assert set(alert.evidence.all()) == {first, second}


def test_one_better_reading_does_not_lower_a_critical_alert(make_measurement, child):
    make_measurement(**SAM_BY_MUAC, days_ago=7)

    make_measurement(**{**NORMAL, "muac_mm": 120})

    assert child.alerts.get().severity == "critical"


def test_a_worse_reading_raises_the_severity(make_measurement, child):
    make_measurement(**{**NORMAL, "muac_mm": 120}, days_ago=7)

    make_measurement(**SAM_BY_MUAC)

    assert child.alerts.get().severity == "critical"


def test_an_infant_at_risk_has_not_recovered_by_growing_older(make_child, make_measurement):
    infant = make_child(age_days=200, sex="M")
    thin = {"weight_kg": 5.6, "length_height_cm": 63.0, "position": "length"}
    make_measurement(child=infant, days_ago=40, **thin)
    assert infant.alerts.get(criterion="infant_at_risk").state == Alert.State.OPEN

    for days_ago in (10, 0):
        make_measurement(child=infant, days_ago=days_ago, **thin, muac_mm=130)

    assert infant.alerts.get(criterion="infant_at_risk").state == Alert.State.OPEN


def test_a_follow_up_counts_from_the_day_of_the_visit(make_measurement, child):
    measurement = make_measurement(**SAM_BY_MUAC, days_ago=10)

    follow_up = FollowUp.objects.open().get(child=child)
    assert (follow_up.due_on - measurement.measured_on).days == 7
    assert follow_up.is_overdue


def test_the_database_refuses_a_second_open_alert_of_one_criterion(make_measurement, child):
    measurement = make_measurement(**SAM_BY_MUAC)

    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(child=child, criterion="muac", severity="critical", raised_by=measurement)


def test_recovery_needs_two_visits(make_measurement, child):
    make_measurement(**SAM_BY_MUAC, days_ago=20)

    make_measurement(**NORMAL, days_ago=10)
    after_one = child.alerts.get().state
    make_measurement(**NORMAL)
    after_two = child.alerts.get()

    assert after_one == Alert.State.OPEN
    assert after_two.state == Alert.State.RESOLVED
    assert after_two.resolution == Alert.Resolution.RECOVERED


def test_voiding_the_only_evidence_resolves_the_alert_and_cancels_its_follow_up(make_measurement, child, supervisor):
    measurement = make_measurement(**SAM_BY_MUAC)

    void_measurement(measurement=measurement, voided_by=supervisor, reason="other child")

    assert child.alerts.get().resolution == Alert.Resolution.MEASUREMENT_WITHDRAWN
    assert child.follow_ups.get().state == FollowUp.State.CANCELLED


def test_a_correction_moves_the_alert_to_the_right_criterion(make_measurement, child, supervisor):
    wrong = make_measurement(**SAM_BY_MUAC)

    right = correct_measurement(
        measurement=wrong,
        values=MeasuredValues(
            weight_kg=Decimal("8"), length_height_cm=Decimal("84.5"), position="length", muac_mm=Decimal("140")
        ),
        measured_on=wrong.measured_on,
        corrected_by=supervisor,
        reason="digits swapped",
    )

    open_alert = Alert.objects.open().get(child=child)
    assert (open_alert.criterion, open_alert.raised_by) == ("whz", right)


def test_an_older_visit_entered_late_raises_no_alert(make_measurement, child):
    make_measurement(**NORMAL)

    make_measurement(**SAM_BY_MUAC, days_ago=30)

    assert not child.alerts.exists()


def test_a_missing_value_asks_to_measure_again_today(make_measurement, child):
    make_measurement(weight_kg=11.0, muac_mm=148)

    follow_up = FollowUp.objects.open().get(child=child, reason=FollowUp.Reason.MEASURE_AGAIN)
    assert follow_up.due_on == timezone.localdate()


def test_looking_at_the_feet_alone_completes_no_follow_up(make_measurement, child):
    make_measurement(weight_kg=11.0, muac_mm=148, days_ago=1)

    make_measurement(oedema=False)

    assert child.follow_ups.get(reason=FollowUp.Reason.MEASURE_AGAIN).state == FollowUp.State.OPEN


def test_a_visit_completes_open_follow_ups(make_measurement, child):
    make_measurement(weight_kg=11.0, muac_mm=148, days_ago=1)

    visit = make_measurement(**NORMAL)

    done = child.follow_ups.get(reason=FollowUp.Reason.MEASURE_AGAIN)
    assert (done.state, done.completed_with) == (FollowUp.State.DONE, visit)


def test_a_person_acknowledges_refers_and_resolves(make_measurement, child, health_worker):
    make_measurement(**SAM_BY_MUAC)
    alert = child.alerts.get()

    acknowledge_alert(alert=alert, acknowledged_by=health_worker)
    refer_alert(alert=alert, referred_by=health_worker, referred_to="District hospital")
    with pytest.raises(DomainError) as refused:
        resolve_alert(alert=alert, resolved_by=health_worker, reason=" ")
    resolve_alert(alert=alert, resolved_by=health_worker, reason="admitted to the hospital programme")

    alert.refresh_from_db()
    assert refused.value.code == "reason_missing"
    assert alert.state == Alert.State.RESOLVED
    assert alert.resolved_by == health_worker
    assert alert.referred_to == "District hospital"


def test_somebody_of_another_clinic_acts_on_nothing(make_measurement, child, outsider):
    make_measurement(**SAM_BY_MUAC)

    with pytest.raises(DomainError) as refused_alert:
        acknowledge_alert(alert=child.alerts.get(), acknowledged_by=outsider)
    with pytest.raises(DomainError) as refused_follow_up:
        complete_follow_up(follow_up=child.follow_ups.get(), completed_by=outsider, outcome="came")

    assert {refused_alert.value.code, refused_follow_up.value.code} == {"not_your_clinic"}


def test_a_change_of_the_child_that_changes_no_answer_opens_no_alert_that_a_person_closed(
    make_measurement, child, health_worker
):
    make_measurement(**SAM_BY_MUAC)
    resolve_alert(alert=child.alerts.get(), resolved_by=health_worker, reason="admitted to the hospital programme")

    update_child(child=child, changes={"birth_date_estimated": True}, changed_by=health_worker)

    assert not child.alerts.open().exists()


def test_voiding_another_row_opens_no_alert_and_no_follow_up_that_a_person_ended(
    make_measurement, child, health_worker, supervisor
):
    older = make_measurement(**NORMAL, days_ago=30)
    make_measurement(**SAM_BY_MUAC)
    resolve_alert(alert=child.alerts.get(), resolved_by=health_worker, reason="admitted to the hospital programme")
    complete_follow_up(follow_up=child.follow_ups.open().get(), completed_by=health_worker, outcome="referral kept")

    void_measurement(measurement=older, voided_by=supervisor, reason="other child")

    assert not child.alerts.open().exists()
    assert not child.follow_ups.open().exists()


def test_a_worse_answer_of_the_same_visit_opens_a_new_alert_though_a_person_closed_the_milder_one(
    make_measurement, child, health_worker, supervisor
):
    older = make_measurement(**NORMAL, days_ago=30)
    make_measurement(**SAM_BY_MUAC)
    resolve_alert(alert=child.alerts.get(), resolved_by=health_worker, reason="measured again")
    child.alerts.update(severity=Alert.Severity.HIGH)  # as if it had been moderate when it was closed

    void_measurement(measurement=older, voided_by=supervisor, reason="other child")

    assert child.alerts.open().get().severity == Alert.Severity.CRITICAL

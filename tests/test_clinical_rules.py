"""The clinical rules that no code may bend, one by one. How pages show them is tested in tests/analytics."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from care.models import Alert, FollowUp
from cgm_portal.errors import DomainError
from children.assessments import assess_measurement
from children.models import GrowthAssessment, Measurement
from children.services import MeasuredValues, correct_measurement, record_measurement, void_measurement
from ml_models.types import AnthropometryEstimate, QuantityEstimate, ScaleCue
from predictions.screening import predicted_class_probabilities
from scans.services import start_session

GIRL_700_DAYS = {"weight_kg": 11.0, "length_height_cm": 84.5, "position": "length", "muac_mm": 148}


@pytest.fixture
def make_scan(child, health_worker):
    """Return a recorder of scanned lengths: `make_scan(84.5, sd=1.5)`."""

    def make(length_cm: float, *, sd: float = 1.0, child=child, **probabilities: float) -> Measurement:
        return record_measurement(
            child=child,
            values=MeasuredValues(
                length_height_cm=Decimal(str(length_cm)), length_height_sd_cm=Decimal(str(sd)), position="length"
            ),
            measured_on=timezone.localdate(),
            recorded_by=health_worker,
            source=Measurement.Source.SCAN,
            class_probabilities=probabilities,
        )

    return make


def test_rule_1_a_manual_value_within_a_day_supersedes_the_scan(make_scan, make_measurement):
    scan = make_scan(80)

    manual = make_measurement(**GIRL_700_DAYS)

    scan.refresh_from_db()
    assert scan.superseded_by == manual
    assert list(Measurement.objects.counted()) == [manual]


def test_rule_1_a_scan_after_the_manual_value_is_superseded_too(make_scan, make_measurement):
    manual = make_measurement(**GIRL_700_DAYS)

    scan = make_scan(80)

    scan.refresh_from_db()
    assert scan.superseded_by == manual


def test_rule_1_voiding_the_manual_value_brings_the_scan_back(make_scan, make_measurement, supervisor):
    scan = make_scan(80)
    manual = make_measurement(**GIRL_700_DAYS)

    void_measurement(measurement=manual, voided_by=supervisor, reason="other child")

    scan.refresh_from_db()
    assert scan.superseded_by is None


def test_rule_1_a_correction_without_the_length_brings_the_scan_back(make_scan, make_measurement, supervisor):
    scan = make_scan(72)
    manual = make_measurement(**GIRL_700_DAYS)

    correct_measurement(
        measurement=manual,
        values=MeasuredValues(muac_mm=Decimal(148)),
        measured_on=manual.measured_on,
        corrected_by=supervisor,
        reason="The length was another child's",
    )

    scan.refresh_from_db()
    assert scan.superseded_by is None
    assert FollowUp.objects.open().get(reason=FollowUp.Reason.MEASURE_BY_HAND).measurement == scan


def test_rule_2_the_database_refuses_a_scan_with_a_weight(make_scan):
    scan = make_scan(84.5)

    with pytest.raises(IntegrityError), transaction.atomic():
        Measurement.objects.filter(pk=scan.pk).update(weight_kg=11)


def test_rule_2_a_severely_short_scan_raises_no_alert_but_asks_for_a_hand(make_scan, child):
    scan = make_scan(70, sd=1.0)

    assert scan.assessment.stunting == "severe"
    assert not child.alerts.exists()
    follow_up = FollowUp.objects.open().get(child=child)
    assert follow_up.reason == FollowUp.Reason.MEASURE_BY_HAND
    assert follow_up.due_on == timezone.localdate()
    assert follow_up.probability > Decimal("0.9")


def test_rule_2_a_firmly_normal_scan_asks_for_nothing(make_scan, child):
    make_scan(88, sd=0.5)

    assert not child.follow_ups.exists()


def test_rule_2_an_interval_across_a_cut_off_asks_for_a_hand(make_scan, child):
    scan = make_scan(79.6, sd=0.5)

    assert scan.assessment.crossed_cutoffs == [["haz", -2.0]]
    assert FollowUp.objects.open().filter(child=child, reason=FollowUp.Reason.MEASURE_BY_HAND).exists()


def test_rule_2_a_predicted_muac_asks_for_a_hand_and_nothing_more(make_scan, child):
    make_scan(88, sd=0.5, sam_mam_or_severe_stunting=0.4)

    follow_up = FollowUp.objects.open().get(child=child)
    assert (follow_up.reason, follow_up.probability) == (FollowUp.Reason.MEASURE_BY_HAND, Decimal("0.400"))
    assert not child.alerts.exists()


def test_rule_2_a_borrowed_weight_may_raise_an_unconfirmed_alert(make_scan, make_measurement, child):
    weighed = make_measurement(weight_kg=7.6)

    scan = make_scan(84.5)

    alert = child.alerts.get(criterion="whz")
    assert alert.unconfirmed
    assert alert.raised_by == scan
    assert scan.assessment.borrowed_weight_from == weighed


def test_rule_2_a_weight_taken_after_the_scan_may_raise_it_too(make_scan, make_measurement, child):
    scan = make_scan(84.5)

    make_measurement(weight_kg=7.6)

    alert = child.alerts.get(criterion="whz")
    assert (alert.unconfirmed, alert.raised_by) == (True, scan)


def test_rule_2_probabilities_of_predicted_weight_and_muac(child):
    def quantity(mean: float, sd: float) -> QuantityEstimate:
        return QuantityEstimate(mean=mean, sd=sd, intervals={})

    estimate = AnthropometryEstimate(
        height_cm=quantity(84.5, 0.01),
        weight_kg=quantity(11.0, 0.01),
        muac_mm=quantity(115.0, 5.0),
        head_circumference_cm=None,
        cue=ScaleCue.MARKER,
        confidence=0.5,
        model_version="test",
    )

    found = predicted_class_probabilities(estimate, child=child, measured_on=timezone.localdate(), position="length")

    assert found["sam"] == pytest.approx(0.5, abs=0.001)
    assert found["mam"] == pytest.approx(0.4772, abs=0.001)
    assert found["sam_mam_or_severe_stunting"] == pytest.approx(0.9772, abs=0.001)


def test_rule_3_recomputing_keeps_the_old_assessment_readable(make_measurement):
    measurement = make_measurement(**GIRL_700_DAYS)
    old = measurement.assessments.get()

    new = assess_measurement(measurement)

    old.refresh_from_db()
    assert (old.is_current, new.is_current) == (False, True)
    assert (old.standard, old.engine_version) == (new.standard, new.engine_version)
    assert GrowthAssessment.objects.filter(measurement=measurement).count() == 2


def test_rule_4_an_implausible_value_is_kept_flagged_and_measured_again(make_measurement, child):
    measurement = make_measurement(
        **{**GIRL_700_DAYS, "length_height_cm": 60.0}, confirmed_fields=frozenset({"length_height_cm"})
    )

    assessment = measurement.assessment
    assert measurement.length_height_cm == Decimal("60.0")
    assert "haz" in assessment.flags
    assert assessment.haz < -6
    assert assessment.stunting == ""
    assert FollowUp.objects.open().filter(child=child, reason=FollowUp.Reason.MEASURE_AGAIN).exists()


@pytest.mark.parametrize(
    ("changed", "criteria"),
    [
        ({"muac_mm": 110}, {"muac"}),
        ({"weight_kg": 7.6}, {"whz"}),
        ({"oedema": True}, {"oedema"}),
        ({"muac_mm": 110, "weight_kg": 7.6}, {"muac", "whz"}),
    ],
    ids=["MUAC", "WHZ", "oedema", "both"],
)
def test_rule_5_sam_says_which_criterion_triggered(make_measurement, changed, criteria):
    assessment = make_measurement(**(GIRL_700_DAYS | changed)).assessment

    assert assessment.acute == "sam"
    assert criteria <= set(assessment.criteria)


def test_rule_6_no_scan_without_a_live_consent(make_child, health_worker):
    child = make_child(purposes=("care",))

    with pytest.raises(DomainError) as refused:
        start_session(child=child, started_by=health_worker, facts={})

    assert refused.value.code == "no_scan_consent"


def test_rule_7_a_correction_redoes_the_assessment_and_the_alert(make_measurement, child, supervisor):
    wrong = make_measurement(**(GIRL_700_DAYS | {"muac_mm": 110}))

    right = correct_measurement(
        measurement=wrong,
        values=MeasuredValues(
            weight_kg=Decimal("11"), length_height_cm=Decimal("84.5"), position="length", muac_mm=Decimal("148")
        ),
        measured_on=wrong.measured_on,
        corrected_by=supervisor,
        reason="tape read from the wrong end",
    )

    wrong.refresh_from_db()
    assert (wrong.state, wrong.ended_by, wrong.end_reason) == (
        Measurement.State.CORRECTED,
        supervisor,
        "tape read from the wrong end",
    )
    assert right.assessment.risk_level == "none"
    assert not Alert.objects.open().filter(child=child).exists()
    assert set(Measurement.objects.filter(child=child)) == {wrong, right}


def test_rule_8_one_open_alert_per_child_and_criterion(make_measurement, child):
    for days_ago in (20, 10, 0):
        make_measurement(**(GIRL_700_DAYS | {"muac_mm": 112}), days_ago=days_ago)

    alert = child.alerts.get()
    assert alert.evidence.count() == 3

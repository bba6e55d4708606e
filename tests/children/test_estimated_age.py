"""An estimated birth date: what is firm stays firm, what needs the age says how uncertain it is."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from care.models import FollowUp
from children.models import Child, Measurement
from children.registration import update_child
from children.services import MeasuredValues, record_measurement

STUNTED_AT_700_DAYS = {
    "weight_kg": 10.0,
    "length_height_cm": 78.5,
    "position": "length",
    "muac_mm": 140,
    "oedema": False,
}


@pytest.fixture
def estimated(make_child) -> Child:
    return make_child(age_days=700, birth_date_estimated=True)


def record_scan(child, recorded_by, *, cm, sd):
    return record_measurement(
        child=child,
        values=MeasuredValues(
            length_height_cm=Decimal(str(cm)), length_height_sd_cm=Decimal(str(sd)), position="length"
        ),
        measured_on=timezone.localdate(),
        recorded_by=recorded_by,
        source=Measurement.Source.SCAN,
    )


def test_scores_by_age_get_an_interval_and_weight_for_length_does_not(estimated, make_measurement):
    assessment = make_measurement(child=estimated, **STUNTED_AT_700_DAYS).assessment

    low, high = assessment.zscore_intervals["haz"]
    assert low < assessment.haz < high
    assert high - low > 1.0  # a tenth of two years is ten weeks
    assert {"waz", "baz"} <= assessment.zscore_intervals.keys()
    assert "whz" not in assessment.zscore_intervals
    assert 0.5 < assessment.class_probabilities["stunting"] < 1.0
    assert assessment.class_probabilities["sam"] == 0.0


def test_classes_stay_those_of_the_recorded_age(estimated, make_child, make_measurement):
    exact = make_child(age_days=700, name="Another child")

    by_estimate = make_measurement(child=estimated, **STUNTED_AT_700_DAYS).assessment
    by_date = make_measurement(child=exact, **STUNTED_AT_700_DAYS).assessment

    assert (by_estimate.haz, by_estimate.stunting, by_estimate.rows) == (by_date.haz, by_date.stunting, by_date.rows)
    assert by_date.zscore_intervals == {}
    assert by_date.class_probabilities == {}


def test_measurement_by_hand_asks_for_no_other_hand(estimated, make_measurement):
    assessment = make_measurement(child=estimated, **STUNTED_AT_700_DAYS).assessment

    assert assessment.crossed_cutoffs == []
    assert not estimated.follow_ups.filter(reason=FollowUp.Reason.MEASURE_BY_HAND).exists()


def test_what_was_registered_at_birth_stays_known_to_the_month(make_child, make_measurement):
    child = make_child(age_days=700, birth_date_estimated=True)
    Child.objects.filter(pk=child.pk).update(registered_at=timezone.now() - timedelta(days=690))
    child.refresh_from_db()

    low, high = make_measurement(child=child, **STUNTED_AT_700_DAYS).assessment.zscore_intervals["haz"]

    assert 0.2 < high - low < 0.4


def test_scan_asks_for_a_hand_by_the_error_of_its_length_alone(estimated, health_worker):
    scan = record_scan(estimated, health_worker, cm=81.0, sd=0.5)

    low, high = scan.assessment.zscore_intervals["haz"]
    assert low < -2.0 < high
    assert scan.assessment.crossed_cutoffs == []


def test_correcting_the_estimate_to_a_date_takes_the_interval_away(estimated, make_measurement, health_worker):
    measurement = make_measurement(child=estimated, **STUNTED_AT_700_DAYS)

    update_child(child=estimated, changes={"birth_date_estimated": False}, changed_by=health_worker)

    measurement.refresh_from_db()
    assert measurement.assessment.zscore_intervals == {}


def test_page_says_how_uncertain_the_age_makes_the_scores(client, estimated, make_measurement, health_worker):
    assessment = make_measurement(child=estimated, **STUNTED_AT_700_DAYS).assessment
    client.force_login(health_worker)

    page = client.get(f"/children/{estimated.pk}/").content.decode()

    low, high = assessment.zscore_intervals["haz"]
    assert f"HAZ {assessment.haz:+.1f} (80 % interval {low:+.1f} to {high:+.1f})" in page
    assert f"chance of stunting {assessment.class_probabilities['stunting']:.0%}".replace("%", " %") in page

"""Which earlier visits a weight is compared with for loss and faltering, and that a late change of one is heeded."""

from __future__ import annotations

from decimal import Decimal

import pytest

from care.models import Alert
from children.growth import Flag
from children.models import Measurement
from children.services import MeasuredValues, correct_measurement, void_measurement

pytestmark = pytest.mark.django_db

WEEKLY_KG = ((28, 10.5), (21, 10.4), (14, 10.35), (7, 10.3), (0, 10.25))


def codes_of(measurement: Measurement) -> set[str]:
    """Return the conditions of the assessment in force."""
    return {row["code"] for row in measurement.assessments.get(is_current=True).rows}


def test_a_slow_loss_over_weekly_visits_is_found(make_measurement):
    visits = [make_measurement(days_ago=days_ago, weight_kg=weight_kg) for days_ago, weight_kg in WEEKLY_KG]

    assert ["weight_loss" in codes_of(visit) for visit in visits] == [False, False, False, False, True]


def test_weights_before_oedema_are_not_compared(make_measurement):
    make_measurement(days_ago=28, weight_kg=11.5)
    make_measurement(days_ago=14, weight_kg=11.6, oedema=True)
    make_measurement(days_ago=7, weight_kg=10.4, oedema=False)
    last = make_measurement(weight_kg=10.4, oedema=False)

    assert "weight_loss" not in codes_of(last)


def test_a_corrected_weight_of_four_weeks_ago_is_heeded_today(make_measurement, supervisor):
    first, *_between, last = [
        make_measurement(days_ago=days_ago, weight_kg=weight_kg) for days_ago, weight_kg in WEEKLY_KG
    ]

    correct_measurement(
        measurement=first,
        values=MeasuredValues(weight_kg=Decimal("10.35")),
        measured_on=first.measured_on,
        corrected_by=supervisor,
        reason="Misread",
    )

    assert "weight_loss" not in codes_of(last)


def test_a_void_weight_is_compared_no_more(make_measurement, supervisor):
    wrong = make_measurement(days_ago=60, weight_kg=12.0)
    make_measurement(days_ago=20, weight_kg=10.5)
    last = make_measurement(weight_kg=10.5)
    before = codes_of(last)

    void_measurement(measurement=wrong, voided_by=supervisor, reason="Another child")

    assert ("weight_loss" in before, "weight_loss" in codes_of(last)) == (True, False)


def test_the_end_of_the_correction_of_age_is_no_faltering(make_child, make_measurement):
    child = make_child(age_days=745, gestation_weeks=24, gestation_days=0, sex="M")
    make_measurement(child=child, days_ago=40, weight_kg=16.9)
    last = make_measurement(child=child, weight_kg=16.7)

    earlier, now = (visit.assessments.get(is_current=True) for visit in child.measurements.order_by("measured_on"))
    assert earlier.corrected_age_days is not None
    assert now.corrected_age_days is None
    assert earlier.waz - now.waz >= 1
    assert "faltering" not in codes_of(last)


def test_a_weight_that_arrives_late_raises_the_alert_of_the_visit_after_it(make_measurement):
    """As from a phone that was offline for weeks."""
    newest = make_measurement(weight_kg=10.0)

    make_measurement(days_ago=20, weight_kg=11.0)

    assert "weight_loss" in codes_of(newest)
    alert = Alert.objects.get()
    assert (alert.criterion, alert.raised_by) == (Alert.Criterion.FALTERING, newest)


def test_a_void_weight_before_a_flagged_one_is_compared_no_more(make_measurement, supervisor):
    """The flagged weight-for-age serves no comparison, so the visits after it look further back."""
    wrong = make_measurement(days_ago=100, weight_kg=13.0)
    flagged = make_measurement(days_ago=60, weight_kg=3.0)
    last = make_measurement(weight_kg=9.5)
    before = codes_of(last)

    void_measurement(measurement=wrong, voided_by=supervisor, reason="Another child")

    assert Flag.WAZ in flagged.assessments.get(is_current=True).flags
    assert ("faltering" in before, "faltering" in codes_of(last)) == (True, False)


def test_a_correction_raises_no_alert_for_the_moment_between_the_old_row_and_the_new(make_measurement, supervisor):
    make_measurement(days_ago=60, weight_kg=12.0)
    misread = make_measurement(days_ago=30, weight_kg=9.0)
    newest = make_measurement(weight_kg=11.75)

    correct_measurement(
        measurement=misread,
        values=MeasuredValues(weight_kg=Decimal("11.9")),
        measured_on=misread.measured_on,
        corrected_by=supervisor,
        reason="Misread",
    )

    assert "weight_loss" not in codes_of(newest)
    assert not Alert.objects.open().exists()

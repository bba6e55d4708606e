"""Two tables measure one child on one day: the worst result stands, and nothing closes an alert too early."""

from __future__ import annotations

from decimal import Decimal

from care.models import Alert
from children.services import MeasuredValues, correct_measurement, void_measurement

NORMAL = {"weight_kg": 11.0, "length_height_cm": 84.5, "position": "length", "muac_mm": 148}


def test_a_better_row_of_the_same_day_is_no_recovery(make_measurement, child):
    make_measurement(**NORMAL, days_ago=30)
    make_measurement(muac_mm=112)

    make_measurement(**NORMAL)

    assert child.alerts.get(criterion="muac").state == Alert.State.OPEN


def test_recovery_counts_visits_after_the_last_bad_one_only(make_measurement, child):
    make_measurement(**NORMAL, days_ago=30)
    make_measurement(**(NORMAL | {"muac_mm": 112}), days_ago=20)

    make_measurement(**NORMAL, days_ago=10)

    assert child.alerts.get(criterion="muac").state == Alert.State.OPEN


def test_two_better_days_after_the_last_bad_one_are_a_recovery(make_measurement, child):
    make_measurement(**(NORMAL | {"muac_mm": 112}), days_ago=20)

    make_measurement(**NORMAL, days_ago=10)
    make_measurement(**NORMAL)

    assert child.alerts.get(criterion="muac").resolution == Alert.Resolution.RECOVERED


def test_a_correction_of_an_earlier_row_of_the_day_raises_its_alert(make_measurement, child, supervisor):
    earlier = make_measurement(**NORMAL)
    make_measurement(weight_kg=11.1, muac_mm=147)

    correct_measurement(
        measurement=earlier,
        values=MeasuredValues(
            weight_kg=Decimal("7.6"), length_height_cm=Decimal("84.5"), position="length", muac_mm=Decimal("148")
        ),
        measured_on=earlier.measured_on,
        corrected_by=supervisor,
        reason="digits swapped",
    )

    assert Alert.objects.open().filter(child=child, criterion="whz").exists()


def test_voiding_the_newest_row_acts_on_every_other_row_of_that_day(make_measurement, child, supervisor):
    make_measurement(**(NORMAL | {"muac_mm": 112}))
    alert = child.alerts.get()
    newest = make_measurement(weight_kg=11.1)
    Alert.objects.filter(pk=alert.pk).delete()

    void_measurement(measurement=newest, voided_by=supervisor, reason="other child")

    assert Alert.objects.open().filter(child=child, criterion="muac").exists()

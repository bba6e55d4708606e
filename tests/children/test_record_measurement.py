"""The doors to a child's measurements: record, correct, void."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from cgm_portal.errors import DomainError
from children.models import Measurement
from children.services import MeasuredValues, correct_measurement, record_measurement, void_measurement

NORMAL = {"weight_kg": 11.0, "length_height_cm": 84.5, "position": "length", "muac_mm": 148, "oedema": False}


def test_a_manual_measurement_is_assessed_by_the_who_standard(make_measurement):
    measurement = make_measurement(**NORMAL)

    assessment = measurement.assessment
    assert assessment.standard == "WHO2006"
    assert assessment.risk_level == "none"
    assert assessment.haz is not None
    assert assessment.whz is not None


def test_sam_by_muac_names_its_criterion_whatever_the_height(make_measurement):
    measurement = make_measurement(muac_mm=110)

    assessment = measurement.assessment
    assert assessment.risk_level == "critical"
    assert assessment.acute == "sam"
    assert assessment.criteria == ["muac"]
    assert "measurement_missing" in [row["code"] for row in assessment.rows]


def test_the_same_id_with_the_same_values_is_stored_once(child, health_worker):
    measurement_id = uuid.uuid4()
    given = {
        "child": child,
        "values": MeasuredValues(muac_mm=Decimal("150")),
        "measured_on": timezone.localdate(),
        "recorded_by": health_worker,
        "measurement_id": measurement_id,
    }

    first = record_measurement(**given)
    second = record_measurement(**given)

    assert first.pk == second.pk
    assert Measurement.objects.count() == 1


def test_the_same_id_with_other_values_is_refused(child, health_worker):
    measurement_id = uuid.uuid4()
    given = {
        "child": child,
        "measured_on": timezone.localdate(),
        "recorded_by": health_worker,
        "measurement_id": measurement_id,
    }
    record_measurement(values=MeasuredValues(muac_mm=Decimal("150")), **given)

    with pytest.raises(DomainError) as refused:
        record_measurement(values=MeasuredValues(muac_mm=Decimal("151")), **given)

    assert refused.value.code == "id_taken"


@pytest.mark.parametrize(
    ("days_from_today", "code"), [(2, "date_in_future"), (-701, "date_before_birth")], ids=["future", "before birth"]
)
def test_impossible_dates_are_refused_and_nothing_is_stored(child, health_worker, days_from_today, code):
    with pytest.raises(DomainError) as refused:
        record_measurement(
            child=child,
            values=MeasuredValues(muac_mm=Decimal("150")),
            measured_on=timezone.localdate() + timedelta(days=days_from_today),
            recorded_by=health_worker,
        )

    assert refused.value.code == code
    assert not Measurement.objects.exists()


@pytest.mark.parametrize(
    ("values", "field", "unit"),
    [
        ({"weight_kg": 24.9}, "weight_kg", "pounds"),
        ({"length_height_cm": 33.3, "position": "length"}, "length_height_cm", "inches"),
        ({"muac_mm": 14.8}, "muac_mm", "centimetres"),
    ],
    ids=["pounds", "inches", "MUAC in cm"],
)
def test_a_likely_unit_slip_is_asked_back(make_measurement, values, field, unit):
    with pytest.raises(DomainError) as asked:
        make_measurement(**values, confirmed_fields=frozenset())

    assert asked.value.field == field
    assert unit in asked.value.message
    assert not Measurement.objects.exists()


def test_weight_in_grams_is_refused_with_the_value_that_it_would_be(make_measurement):
    with pytest.raises(DomainError) as refused:
        make_measurement(weight_kg=11000)

    assert refused.value.code == "out_of_limits"
    assert "11" in refused.value.message


def test_somebody_of_another_clinic_may_not_record(child, outsider):
    with pytest.raises(DomainError) as refused:
        record_measurement(
            child=child,
            values=MeasuredValues(muac_mm=Decimal("150")),
            measured_on=timezone.localdate(),
            recorded_by=outsider,
        )

    assert refused.value.code == "not_your_clinic"


def test_a_correction_keeps_the_wrong_row_listed(make_measurement, supervisor):
    wrong = make_measurement(muac_mm=110)

    right = correct_measurement(
        measurement=wrong,
        values=MeasuredValues(muac_mm=Decimal("140")),
        measured_on=wrong.measured_on,
        corrected_by=supervisor,
        reason="read the wrong end of the tape",
    )

    wrong.refresh_from_db()
    assert wrong.state == Measurement.State.CORRECTED
    assert wrong.ended_by == supervisor
    assert right.corrects == wrong
    assert list(Measurement.objects.active()) == [right]


def test_only_a_supervisor_voids(make_measurement, health_worker, supervisor):
    measurement = make_measurement(muac_mm=110)

    with pytest.raises(DomainError) as refused:
        void_measurement(measurement=measurement, voided_by=health_worker, reason="other child")
    voided = void_measurement(measurement=measurement, voided_by=supervisor, reason="other child")

    assert refused.value.code == "not_supervisor"
    assert voided.state == Measurement.State.VOID


def test_today_is_the_day_where_the_programme_works(child, health_worker, monkeypatch):
    programme = child.clinic.programme
    programme.time_zone = "Pacific/Kiritimati"  # UTC+14
    programme.save()
    late_evening_utc = timezone.now().replace(hour=22, minute=30)
    monkeypatch.setattr("children.services.timezone.now", lambda: late_evening_utc)
    there = programme.day_of(late_evening_utc)

    measurement = record_measurement(
        child=child,
        values=MeasuredValues(muac_mm=Decimal("150")),
        measured_on=there,
        recorded_by=health_worker,
    )

    assert measurement.measured_on == late_evening_utc.date() + timedelta(days=1)


def test_a_date_is_refused_in_words_that_no_reader_mistakes(make_measurement):
    tomorrow = timezone.localdate() + timedelta(days=1)

    with pytest.raises(DomainError) as refused:
        make_measurement(weight_kg=9.1, measured_on=tomorrow)

    assert refused.value.code == "date_in_future"
    assert f"{tomorrow.day} {tomorrow:%b %Y} is in the future" in refused.value.message

"""What was asked back and confirmed stays with the measurement: which question, who, when, which values."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from children.models import ConfirmedQuestion, Measurement
from children.plausibility import AskedBack
from children.services import MeasuredValues, correct_measurement

pytestmark = pytest.mark.django_db

HEAVY = MeasuredValues(weight_kg=Decimal("14"), muac_mm=Decimal("142"))


@pytest.fixture
def heavy(make_measurement, health_worker):
    """A visit whose weight was far from the girl's own curve and was confirmed by the health worker."""
    make_measurement(days_ago=30, weight_kg=9.8, length_height_cm=82.0, position="length", muac_mm=141)
    return make_measurement(weight_kg=14, muac_mm=142, confirmed_fields=frozenset({"weight_kg"}))


@pytest.fixture
def correct(heavy, supervisor):
    """Return a corrector of the visit: `correct(muac_mm=Decimal("143"))`."""

    def put_right(*, measured_on=heavy.measured_on, confirmed_fields=frozenset(), **changes):
        return correct_measurement(
            measurement=heavy,
            values=replace(HEAVY, **changes),
            measured_on=measured_on,
            corrected_by=supervisor,
            reason="read again",
            confirmed_fields=confirmed_fields,
        )

    return put_right


def test_a_confirmed_question_is_kept_with_who_when_and_which_values(heavy, health_worker):
    kept = heavy.confirmed_questions.get()

    assert (kept.code, kept.field) == ("jump_suspected", "weight_kg")
    assert (kept.confirmed_by, kept.confirmed_at) == (health_worker, heavy.recorded_at)
    assert kept.values[0]["entered"] == 14.0
    assert kept.values[0]["previous"] == 9.8
    assert kept.values[0]["previous_on"] == str(heavy.measured_on - timedelta(days=30))


def test_a_value_that_nobody_asked_about_leaves_no_mark(make_measurement):
    measurement = make_measurement(weight_kg=10.4)  # every field confirmed, as a careless client sends it

    assert not measurement.confirmed_questions.exists()


def test_a_question_that_is_still_open_leaves_no_mark(heavy, make_measurement):
    with pytest.raises(AskedBack):
        make_measurement(
            weight_kg=21.6, length_height_cm=79, position="length", confirmed_fields=frozenset({"weight_kg"})
        )

    assert ConfirmedQuestion.objects.count() == 1


def test_a_correction_of_another_value_keeps_the_mark_and_does_not_ask_again(heavy, correct, health_worker):
    new = correct(muac_mm=Decimal("143"))

    kept = new.confirmed_questions.get()
    assert kept.code == "jump_suspected"
    assert (kept.confirmed_by, kept.confirmed_at) == (health_worker, heavy.recorded_at)
    assert heavy.confirmed_questions.count() == 1  # the old row keeps its own


def test_a_correction_of_the_confirmed_value_is_asked_and_marked_anew(correct, supervisor):
    with pytest.raises(AskedBack):
        correct(weight_kg=Decimal("14.5"))

    new = correct(weight_kg=Decimal("14.5"), confirmed_fields=frozenset({"weight_kg"}))

    assert new.confirmed_questions.get().confirmed_by == supervisor


def test_a_correction_to_another_day_is_asked_anew(heavy, correct):
    with pytest.raises(AskedBack):
        correct(measured_on=heavy.measured_on - timedelta(days=3))


def test_the_history_holds_the_mark(heavy):
    event = ConfirmedQuestion.pgh_event_model.objects.get()

    assert (event.code, event.pgh_label) == ("jump_suspected", "insert")


def test_a_field_is_confirmed_once(heavy):
    kept = heavy.confirmed_questions.get()

    with pytest.raises(IntegrityError, match="one_confirmed_question_per_field"):
        ConfirmedQuestion.objects.create(
            measurement=heavy, code=kept.code, field=kept.field, values=[], confirmed_by=kept.confirmed_by
        )


def test_the_table_of_visits_tells_what_was_confirmed_and_by_whom(client, heavy, health_worker):
    client.force_login(health_worker)

    page = client.get(reverse("child", args=[heavy.child_id])).content.decode()

    assert "Asked back and confirmed by worker" in page
    assert "weight 14 kg" in page
    assert "a value far from the child&#x27;s own curve" in page


def test_the_form_keeps_what_one_press_confirmed(client, heavy, child, health_worker):
    Measurement.objects.filter(pk=heavy.pk).update(measured_on=timezone.localdate() - timedelta(days=29))
    client.force_login(health_worker)

    client.post(
        reverse("children:measure", args=[child.pk]),
        {
            "measurement_id": "5a0f8b52-1c9d-4d6e-9d0b-1f2e3d4c5b6a",
            "measured_on": timezone.localdate().isoformat(),
            "muac_mm": "185",
            "oedema": "no",
            "asked": ["muac_mm=185"],
            "answer_muac_mm": "keep",
        },
    )

    kept = ConfirmedQuestion.objects.get(field="muac_mm")
    assert kept.values[0]["entered"] == 185.0
    assert kept.measurement.recorded_by == health_worker

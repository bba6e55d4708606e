"""What the forms make of what people type."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.utils import timezone, translation

from children.forms import RegisterForm
from children.measurement_forms import MeasurementForm
from children.selectors import last_values

pytestmark = pytest.mark.django_db


def posted(**values):
    data = QueryDict(mutable=True)
    for name, value in values.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def register_form(user, clinic, **changes):
    values = {
        "child_id": str(uuid4()),
        "clinic": str(clinic.pk),
        "name": "Zawadi",
        "sex": "F",
        "guardian_name": "Halima",
        **changes,
    }
    return RegisterForm(posted(**values), user=user)


def measurement_form(child, **values):
    data = {"measurement_id": str(uuid4()), "measured_on": timezone.localdate().isoformat(), **values}
    return MeasurementForm(posted(**data), child=child)


def test_an_age_in_months_becomes_an_estimated_birth_date_in_the_middle(health_worker, clinic):
    form = register_form(health_worker, clinic, age_months="14")

    assert form.is_valid()
    details = form.registration().child
    assert details.birth_date_estimated
    assert abs((timezone.localdate() - details.born_on) - timedelta(days=441)) <= timedelta(days=1)


def test_a_birth_date_or_an_age_is_needed(health_worker, clinic):
    assert "born_on" in register_form(health_worker, clinic).errors


def test_a_nul_in_a_name_is_refused(health_worker, clinic):
    assert "name" in register_form(health_worker, clinic, name="Za\x00wadi", age_months="3").errors


def test_an_emoji_in_a_name_is_kept(health_worker, clinic):
    assert register_form(health_worker, clinic, name="Zawadi 🌱", age_months="3").is_valid()


def test_only_own_clinics_are_offered(health_worker, other_clinic):
    assert "clinic" in register_form(health_worker, other_clinic, age_months="3").errors


@pytest.mark.parametrize(("age_months", "accepted"), [("9", True), ("10", True), ("12", False), ("3", False)])
def test_a_date_of_birth_and_an_age_that_contradict_are_refused(health_worker, clinic, age_months, accepted):
    born_on = timezone.localdate() - timedelta(days=300)

    form = register_form(health_worker, clinic, born_on=born_on.isoformat(), age_months=age_months)

    assert form.is_valid() is accepted
    assert ("age_months" in form.errors) is not accepted


def test_ages_that_contradict_are_asked_about_and_one_press_says_which_counts(health_worker, clinic):
    born_on = timezone.localdate() - timedelta(days=300)
    given = {"born_on": born_on.isoformat(), "age_months": "14"}

    asked = register_form(health_worker, clinic, **given)
    by_date = register_form(health_worker, clinic, **given, born_by="date")
    by_age = register_form(health_worker, clinic, **given, born_by="age")

    assert asked.errors["age_months"] == ["By the date of birth the age in months is 9, not 14. Which one is right?"]
    assert asked.asks_which_counts
    assert (by_date.is_valid(), by_age.is_valid()) == (True, True)
    assert by_date.registration().child.born_on == born_on
    assert not by_date.registration().child.birth_date_estimated
    assert by_age.registration().child.birth_date_estimated
    assert abs((timezone.localdate() - by_age.registration().child.born_on).days - 441) <= 1


@pytest.mark.parametrize(("language", "printed"), [("en", "+0.4 kg since then"), ("fr", "+0,4 kg")])
def test_the_change_since_the_last_value_follows_the_typed_number_and_the_language(
    child, make_measurement, language, printed
):
    make_measurement(days_ago=30, weight_kg=9.8)
    form = measurement_form(child, weight_kg="10,2")
    assert form.is_valid()

    with translation.override(language):
        row = form.number_rows(last_values(child))[0]

    assert printed in row["change"]
    assert row["last_plain"] == "9.8"


def test_a_visit_entered_late_has_no_change_since_a_later_value(child, make_measurement):
    make_measurement(days_ago=3, weight_kg=9.8)
    late = (timezone.localdate() - timedelta(days=30)).isoformat()
    form = measurement_form(child, weight_kg="9.5", measured_on=late)
    assert form.is_valid()

    assert form.number_rows(last_values(child))[0]["change"] == ""


def test_a_decimal_comma_is_understood(child):
    form = measurement_form(child, weight_kg="10,4")

    assert form.is_valid()
    assert form.values().weight_kg == Decimal("10.4")


def test_words_in_a_number_are_refused(child):
    assert "weight_kg" in measurement_form(child, weight_kg="ten").errors


def test_without_a_length_the_position_is_left_out(child):
    form = measurement_form(child, muac_mm="140", position="length")

    assert form.is_valid()
    assert form.values().position == ""


@pytest.mark.parametrize(("age_days", "position"), [(700, "length"), (760, "height")])
def test_the_position_begins_as_the_age_expects(make_child, age_days, position):
    assert MeasurementForm(child=make_child(age_days=age_days))["position"].value() == position


def test_oedema_not_examined_is_no_answer(child):
    form = measurement_form(child, muac_mm="140", oedema="")

    assert form.is_valid()
    assert form.values().oedema is None


def test_too_many_digits_after_the_point_ask_for_the_unit(child):
    form = measurement_form(child, length_height_cm="0.767", position="length")

    assert form.errors["length_height_cm"] == [
        "Too many digits after the decimal point (at most 2). Is the unit right?"
    ]


@pytest.mark.parametrize(("age_days", "hinted"), [(1800, []), (2200, ["muac_mm", "head_circumference_cm"])])
def test_from_five_years_on_values_without_a_standard_say_so(make_child, age_days, hinted):
    form = MeasurementForm(child=make_child(age_days=age_days))

    assert [row["name"] for row in form.number_rows() if row["hint"]] == hinted

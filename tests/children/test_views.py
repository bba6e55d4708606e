"""The pages of the health record: list, register, measure, correct, void, consents."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from children.models import Child, Consent, Measurement
from children.registration import GuardianDetails, update_child
from children.selectors import search_children

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, health_worker):
    client.force_login(health_worker)
    return client


def registration(clinic, **changes):
    return {
        "child_id": str(uuid4()),
        "clinic": str(clinic.pk),
        "name": "Zawadi Achieng",
        "sex": "F",
        "born_on": (timezone.localdate() - timedelta(days=500)).isoformat(),
        "guardian_name": "Halima",
        "purposes": ["care", "scan"],
        **changes,
    }


def visit(**changes):
    return {
        "measurement_id": str(uuid4()),
        "measured_on": timezone.localdate().isoformat(),
        "measured_by": "Amina",
        "weight_kg": "10.4",
        "length_height_cm": "80.2",
        "position": "length",
        "muac_mm": "145",
        "oedema": "no",
        **changes,
    }


def pages_of(child, measurement):
    return [
        reverse("children:measure", args=[child.pk]),
        reverse("children:correct", args=[measurement.pk]),
        reverse("children:void", args=[measurement.pk]),
    ]


def test_outside_the_clinic_every_page_is_not_found(client, child, make_measurement, outsider):
    measurement = make_measurement(muac_mm=145)
    client.force_login(outsider)

    assert [client.get(url).status_code for url in pages_of(child, measurement)] == [404, 404, 404]
    assert client.post(reverse("children:give_consent", args=[child.pk]), {"purpose": "care"}).status_code == 404
    consent = child.consents.first()
    assert client.post(reverse("children:withdraw_consent", args=[consent.pk])).status_code == 404
    assert child.name not in client.get(reverse("children:list")).content.decode()


def test_strangers_are_sent_to_the_sign_in(client, child, make_measurement):
    measurement = make_measurement(muac_mm=145)

    assert [client.get(url).status_code for url in pages_of(child, measurement)] == [302, 302, 302]


@pytest.mark.parametrize("words", ["amina", "yusuf amina", "halima", "CODE"])
def test_a_child_is_found_by_name_code_or_guardian(signed_in, child, make_child, words):
    other = make_child(name="Other Child")
    update_child(child=other, changes={}, changed_by=other.registered_by, guardian=GuardianDetails(name="Nobody"))

    answer = signed_in.get(reverse("children:list"), {"q": child.code if words == "CODE" else words})

    assert [found.pk for found in answer.context["children"]] == [child.pk]


def test_a_live_search_answers_with_the_rows_alone(signed_in, child):
    answer = signed_in.get(reverse("children:list"), {"q": "amina"}, headers={"HX-Request": "true"})

    assert child.name in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_the_list_comes_in_pages_without_gap_or_repeat(signed_in, make_child):
    for number in range(5):
        make_child(name=f"Child {number}")
    seen, cursor = [], ""
    while True:
        answer = signed_in.get(reverse("children:list"), {"limit": "2", "cursor": cursor})
        seen += [child.name for child in answer.context["children"]]
        cursor = answer.context["next_cursor"]
        if not cursor:
            break

    assert seen == [f"Child {number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("instant", ["", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_broken_cursor_is_not_found(signed_in, child, instant):
    cursor = base64.urlsafe_b64encode(f"{instant}|{child.pk}".encode()).decode()

    assert signed_in.get(reverse("children:list"), {"cursor": cursor}).status_code == 404


def test_a_search_of_many_words_asks_the_database_no_more_than_one_of_six(child):
    few, many = (str(search_children(Child.objects.all(), "a " * words).query) for words in (6, 200))

    assert few == many


def test_the_list_takes_the_same_queries_for_two_and_for_twenty(signed_in, make_child, django_assert_num_queries):
    make_child(name="First")
    signed_in.get(reverse("children:list"))
    with django_assert_num_queries(5):  # session, user, page, clinics, roles for the menu
        signed_in.get(reverse("children:list"))
    for number in range(20):
        make_child(name=f"Child {number}")

    with django_assert_num_queries(5):
        signed_in.get(reverse("children:list"))


def test_registering_lands_on_the_childs_page(signed_in, clinic):
    answer = signed_in.post(reverse("children:register"), registration(clinic))

    child = Child.objects.get()
    assert answer.url == reverse("child", args=[child.pk])
    assert set(child.consents.values_list("purpose", flat=True)) == {"care", "scan"}


def test_the_same_registration_sent_twice_is_one_child(signed_in, clinic):
    form = registration(clinic)

    answers = [signed_in.post(reverse("children:register"), form) for _time in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Child.objects.count() == 1


def test_enter_in_a_field_does_not_pass_over_the_question_about_a_duplicate(signed_in, clinic, child):
    form = registration(clinic, name="Yusuf Aminah", born_on=child.born_on.isoformat())

    page = signed_in.post(reverse("children:register"), form).content.decode()

    buttons = re.findall(r"<button[^>]*>", page.split("novalidate>")[1])
    assert 'name="register_anyway"' not in buttons[0]
    assert any('name="register_anyway"' in button for button in buttons[1:])


def test_a_likely_duplicate_is_a_question_with_links(signed_in, clinic, child):
    form = registration(clinic, name="Yusuf Aminah", born_on=child.born_on.isoformat())

    asked = signed_in.post(reverse("children:register"), form)
    answered = signed_in.post(reverse("children:register"), {**form, "register_anyway": "1"})

    assert reverse("child", args=[child.pk]) in asked.content.decode()
    assert "Yusuf Aminah" in asked.content.decode()
    assert answered.status_code == 302
    assert Child.objects.count() == 2


@pytest.mark.parametrize("born_on", ["0001-01-01", "9999-12-31"])
def test_an_impossible_birth_date_is_refused_before_the_search_for_duplicates(signed_in, clinic, born_on):
    answer = signed_in.post(reverse("children:register"), registration(clinic, born_on=born_on))

    assert answer.status_code == 422
    assert "born_on" in answer.context["form"].errors


def test_nobody_registers_in_a_clinic_of_others(signed_in, other_clinic):
    answer = signed_in.post(reverse("children:register"), registration(other_clinic))

    assert answer.status_code == 422
    assert not Child.objects.exists()


def test_measuring_lands_on_the_childs_page(signed_in, child):
    answer = signed_in.post(reverse("children:measure", args=[child.pk]), visit())

    assert answer.url == reverse("child", args=[child.pk])
    assert Measurement.objects.get().oedema is False


def test_the_same_visit_sent_twice_is_one_measurement(signed_in, child):
    form = visit()

    answers = [signed_in.post(reverse("children:measure", args=[child.pk]), form) for _time in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Measurement.objects.count() == 1


def test_a_unit_slip_comes_back_as_a_question_and_nothing_is_lost(signed_in, child):
    url = reverse("children:measure", args=[child.pk])
    form = visit(weight_kg="22.9", muac_mm="145")

    asked = signed_in.post(url, form)
    confirmed = signed_in.post(url, {**form, "asked": ["weight_kg=22.9"], "answer_weight_kg": "keep"})

    page = asked.content.decode()
    assert asked.status_code == 422
    assert re.search(r'name="answer_weight_kg" value="keep"', page)
    assert re.search(r'name="answer_weight_kg" value="weight_kg=10.39"', page)
    assert 'name="asked" value="weight_kg=22.9"' in page
    assert 'value="22.9"' in page
    assert 'value="80.2"' in page
    assert form["measurement_id"] in page
    assert confirmed.status_code == 302


def test_a_weight_in_grams_is_refused_with_the_likely_value(signed_in, child):
    answer = signed_in.post(reverse("children:measure", args=[child.pk]), visit(weight_kg="10400"))

    assert answer.status_code == 422
    assert "10.4" in answer.content.decode()
    assert not Measurement.objects.exists()


def test_oedema_needs_a_second_tick(signed_in, child):
    url = reverse("children:measure", args=[child.pk])

    once = signed_in.post(url, visit(oedema="yes"))
    twice = signed_in.post(url, visit(oedema="yes", oedema_confirmed="on"))

    assert once.status_code == 422
    assert twice.status_code == 302
    assert Measurement.objects.get().oedema is True


def test_the_last_values_stand_beside_the_fields(signed_in, child, make_measurement):
    seen = make_measurement(weight_kg=10, length_height_cm=80.5, position="length", days_ago=30)

    page = signed_in.get(reverse("children:measure", args=[child.pk])).content.decode()

    day = date_format(seen.measured_on, "j M Y")
    assert f"Last: 10 kg, {day}" in page
    assert f"Last: 80.5 cm, {day}, lying (length)" in page
    assert page.count("No earlier value") == 2


def test_without_a_script_a_form_that_comes_back_tells_the_change(signed_in, child, make_measurement):
    make_measurement(weight_kg=10, days_ago=30)

    page = signed_in.post(reverse("children:measure", args=[child.pk]), visit(weight_kg="14")).content.decode()

    assert ">+4 kg since then</output>" in page


def test_one_question_is_answered_by_a_button_that_enter_never_presses(signed_in, child, make_measurement):
    make_measurement(weight_kg=10, days_ago=30)

    page = signed_in.post(reverse("children:measure", args=[child.pk]), visit(weight_kg="14")).content.decode()

    buttons = re.findall(r"<button[^>]*>", page[page.index('name="measurement_id"') :])
    assert "answer_" not in buttons[0]
    assert any('name="answer_weight_kg" value="keep"' in button for button in buttons[1:])


def test_registering_can_go_on_to_the_measuring_form(signed_in, clinic):
    form = registration(clinic)

    straight = signed_in.post(reverse("children:register"), {**form, "then": "measure"})

    child = Child.objects.get(pk=form["child_id"])
    assert straight.url == reverse("children:measure", args=[child.pk])


def test_only_a_supervisor_corrects_and_voids(client, make_measurement, health_worker, supervisor):
    measurement = make_measurement(muac_mm=145)
    urls = [reverse(f"children:{name}", args=[measurement.pk]) for name in ("correct", "void")]

    client.force_login(health_worker)
    assert [client.get(url).status_code for url in urls] == [404, 404]
    client.force_login(supervisor)
    assert [client.get(url).status_code for url in urls] == [200, 200]


def test_a_correction_keeps_the_old_row(client, child, make_measurement, supervisor):
    old = make_measurement(weight_kg=10.4, muac_mm=110)
    client.force_login(supervisor)

    page = client.get(reverse("children:correct", args=[old.pk])).content.decode()
    answer = client.post(reverse("children:correct", args=[old.pk]), visit(muac_mm="140", reason="Tape twisted"))

    assert 'value="110"' in page
    assert answer.status_code == 302
    old.refresh_from_db()
    assert old.state == Measurement.State.CORRECTED
    assert old.corrected_by.muac_mm == 140


def test_voiding_needs_a_reason(client, make_measurement, supervisor):
    measurement = make_measurement(muac_mm=110)
    client.force_login(supervisor)
    url = reverse("children:void", args=[measurement.pk])

    assert client.post(url, {"reason": " "}).status_code == 422
    assert client.post(url, {"reason": "Another child"}).status_code == 302

    measurement.refresh_from_db()
    assert measurement.state == Measurement.State.VOID


def test_a_consent_is_given_and_withdrawn(signed_in, make_child):
    child = make_child(purposes=("care",))

    signed_in.post(reverse("children:give_consent", args=[child.pk]), {"purpose": "scan"})
    consent = child.consents.get(purpose=Consent.Purpose.SCAN)
    answer = signed_in.post(
        reverse("children:withdraw_consent", args=[consent.pk]),
        {"reason": "Changed mind", "next": reverse("child", args=[child.pk])},
    )

    consent.refresh_from_db()
    assert consent.withdrawn_at is not None
    assert answer.url == reverse("child", args=[child.pk])


def test_next_never_leads_to_another_site(signed_in, child):
    answer = signed_in.post(
        reverse("children:give_consent", args=[child.pk]), {"purpose": "care", "next": "https://evil.example/"}
    )

    assert answer.url == reverse("child", args=[child.pk])

"""What the portal asks about a value that this child can hardly have: in the service, the form and its answers."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from children.models import Measurement
from children.plausibility import AskedBack
from children.services import MeasuredValues, correct_measurement, record_measurement

pytestmark = pytest.mark.django_db

ASKED = frozenset()


@pytest.fixture
def seen_before(make_measurement):
    """A visit of the girl of 700 days, 30 days ago."""
    return make_measurement(days_ago=30, weight_kg=9.8, length_height_cm=82.0, position="length", muac_mm=141)


def posted(**changes):
    return {
        "measurement_id": str(uuid4()),
        "measured_on": timezone.localdate().isoformat(),
        "measured_by": "Amina",
        "weight_kg": "10",
        "length_height_cm": "83.1",
        "position": "length",
        "muac_mm": "142",
        "oedema": "no",
        **changes,
    }


@pytest.fixture
def send(client, health_worker, child):
    """Return a sender of the measurement form."""
    client.force_login(health_worker)
    return lambda **changes: client.post(reverse("children:measure", args=[child.pk]), posted(**changes))


def page_of(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


# ---- The service


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ({"weight_kg": 21.6}, "unit_slip_suspected", "If it was read in pounds, it is 9.8 kg."),
        ({"weight_kg": 0.98}, "decimal_slip_suspected", "If the decimal point slipped, it is 9.8 kg."),
        ({"weight_kg": 14.0}, "jump_suspected", "About 10 kg was to be expected by now. Measure again."),
        (
            {"length_height_cm": 79.0, "position": "length"},
            "shrinkage_suspected",
            "Children do not shrink, and the error of measuring is smaller.",
        ),
        ({"length_height_cm": 90.5, "position": "length"}, "fast_change_suspected", "was to be expected by now."),
        ({"muac_mm": 104}, "digits_suspected", "If digits were mixed up or lost, it is 140 mm."),
        (
            {"weight_kg": 9.8, "length_height_cm": 82.0, "position": "length"},
            "carried_forward_suspected",
            "Was it all measured again? It is the same as on",
        ),
    ],
)
def test_each_suspicion_is_asked_back_with_its_evidence(make_measurement, seen_before, values, code, words):
    with pytest.raises(AskedBack) as asked:
        make_measurement(**values, confirmed_fields=ASKED)

    assert asked.value.code == code
    assert words in asked.value.message
    assert f"{date_format(seen_before.measured_on, 'j M Y')}, 30 days before" in asked.value.message
    assert Measurement.objects.count() == 1


def test_one_day_before_is_said_in_the_singular(make_measurement):
    make_measurement(days_ago=1, weight_kg=9.8)

    with pytest.raises(AskedBack, match="1 day before"):
        make_measurement(weight_kg=14.0, confirmed_fields=ASKED)


def test_the_same_visit_entered_twice_is_asked(make_measurement):
    visit = {"weight_kg": 9.8, "length_height_cm": 82.0, "position": "length"}
    make_measurement(**visit)

    with pytest.raises(AskedBack, match="measured twice on this day") as asked:
        make_measurement(**visit, confirmed_fields=ASKED)

    assert asked.value.code == "repeated_visit_suspected"


def test_a_confirmed_field_is_not_asked_again(make_measurement, seen_before):
    stored = make_measurement(weight_kg=14.0, confirmed_fields=frozenset({"weight_kg"}))

    assert stored.weight_kg == Decimal("14.0")


def test_void_and_corrected_visits_are_no_evidence(make_measurement, seen_before, supervisor):
    corrected = correct_measurement(
        measurement=seen_before,
        values=MeasuredValues(weight_kg=Decimal("14.1")),
        measured_on=seen_before.measured_on,
        corrected_by=supervisor,
        reason="scale read wrongly",
    )

    stored = make_measurement(weight_kg=14.2, confirmed_fields=ASKED)

    assert {row.pk for row in Measurement.objects.active()} == {corrected.pk, stored.pk}


def test_a_correction_is_asked_about_too(make_measurement, seen_before, supervisor):
    wrong = make_measurement(weight_kg=10.1)

    with pytest.raises(AskedBack) as asked:
        correct_measurement(
            measurement=wrong,
            values=MeasuredValues(weight_kg=Decimal("21.6")),
            measured_on=wrong.measured_on,
            corrected_by=supervisor,
            reason="read again",
        )

    assert asked.value.code == "unit_slip_suspected"


def test_an_impossible_value_is_refused_whoever_confirms_it(make_measurement, seen_before):
    with pytest.raises(AskedBack) as asked:
        make_measurement(weight_kg=9900, confirmed_fields=frozenset({"weight_kg"}))

    assert asked.value.code == "out_of_limits"
    assert "it is 9.9 kg" in asked.value.message


# ---- The form


def test_all_questions_of_a_visit_are_asked_at_once(send, seen_before):
    answer = send(weight_kg="21.6", length_height_cm="79", muac_mm="142")

    page = page_of(answer)
    assert answer.status_code == 422
    assert "Please answer the 2 questions below" in page
    assert 'id="question_weight_kg"' in page
    assert 'id="question_length_height_cm"' in page
    assert 'id="question_muac_mm"' not in page


def test_the_proposed_value_is_taken_with_one_press(send, seen_before):
    page = page_of(send(weight_kg="21.6"))
    assert 'name="answer_weight_kg" value="weight_kg=9.8"' in page

    answer = send(weight_kg="21.6", asked=["weight_kg=21.6"], answer_weight_kg="weight_kg=9.8")

    assert answer.status_code == 302
    assert Measurement.objects.latest("recorded_at").weight_kg == Decimal("9.8")


def test_the_entered_value_is_kept_with_one_press(send, seen_before):
    answer = send(weight_kg="14", asked=["weight_kg=14"], answer_weight_kg="keep")

    assert answer.status_code == 302
    assert Measurement.objects.latest("recorded_at").weight_kg == Decimal("14")


def test_a_swap_is_put_right_with_one_press(send, make_child, client, make_measurement):
    child = make_child(age_days=1200, name="Juma")
    url = reverse("children:measure", args=[child.pk])
    visit = posted(weight_kg="94.2", length_height_cm="13.4", position="height", muac_mm="150")

    page = page_of(client.post(url, visit))
    answer = client.post(
        url,
        {
            **visit,
            "asked": ["weight_kg=94.2", "length_height_cm=13.4"],
            "answer_length_height_cm": "weight_kg=13.4;length_height_cm=94.2",
        },
    )

    assert 'value="weight_kg=13.4;length_height_cm=94.2"' in page
    assert 'value="keep"' not in page  # no child is 13.4 cm tall
    assert answer.status_code == 302
    stored = Measurement.objects.get(child=child)
    assert (stored.weight_kg, stored.length_height_cm) == (Decimal("13.4"), Decimal("94.2"))


def test_an_answer_to_another_value_counts_for_nothing(send, seen_before):
    answer = send(weight_kg="15.5", asked=["weight_kg=14"], answer_weight_kg="keep")

    assert answer.status_code == 422
    assert "really 15.5 kg" in page_of(answer)


def test_a_value_typed_anew_beats_the_proposal(send, seen_before):
    answer = send(weight_kg="9.9", asked=["weight_kg=21.6"], answer_weight_kg="weight_kg=9.8")

    assert answer.status_code == 302
    assert Measurement.objects.latest("recorded_at").weight_kg == Decimal("9.9")


def test_a_kept_value_stays_kept_while_another_question_is_open(send, seen_before):
    answer = send(weight_kg="14", length_height_cm="79", asked=["weight_kg=14"], answer_weight_kg="keep")

    page = page_of(answer)
    assert answer.status_code == 422
    assert '<input type="hidden" name="answer_weight_kg" value="keep">' in page
    assert 'id="question_weight_kg"' not in page


def test_an_impossible_value_has_a_proposal_and_no_way_to_keep_it(send, seen_before):
    page = page_of(send(weight_kg="9900"))

    assert 'name="answer_weight_kg" value="weight_kg=9.9"' in page
    assert 'name="answer_weight_kg" value="keep"' not in page


def test_what_a_browser_is_made_to_send_is_only_ever_a_value(send, seen_before):
    answer = send(weight_kg="21.6", asked=["weight_kg=21.6"], answer_weight_kg="measured_by=x;weight_kg=<b>")

    assert answer.status_code == 422
    assert not Measurement.objects.filter(measured_by="x").exists()


def test_a_plausible_visit_is_not_asked_about(send, seen_before):
    assert send().status_code == 302


def test_more_kilograms_than_centimetres_look_swapped_even_where_no_swap_fits(make_measurement, send):
    with pytest.raises(AskedBack) as asked:
        make_measurement(weight_kg=17.5, length_height_cm=9.1, position="length")
    page = page_of(send(weight_kg="17.5", length_height_cm="9.1"))

    assert asked.value.code == "values_swapped"  # not `..._suspected`: no child is 9.1 cm long, nobody can confirm it
    assert asked.value.message.startswith("17.5 kg and 9.1 cm: these look swapped.")
    assert "17.5 kg and 9.1 cm: these look swapped." in page
    assert "Measure both again." in page
    assert 'value="keep"' not in page


@pytest.mark.parametrize(
    ("visit", "words"),
    [
        ({"weight_kg": 104.0, "length_height_cm": 82.5}, "it is 10.4 kg"),
        ({"weight_kg": 10.4, "length_height_cm": 8.25}, "it is 82.5 cm"),
    ],
)
def test_one_slipped_decimal_point_is_not_taken_for_a_swap(make_measurement, seen_before, visit, words):
    with pytest.raises(AskedBack, match=f"If the decimal point slipped, {words}"):
        make_measurement(**visit, position="length", confirmed_fields=ASKED)


def test_a_length_in_metres_is_not_taken_for_a_swap(make_measurement):
    with pytest.raises(AskedBack, match="If it was read in metres, it is 82 cm"):
        make_measurement(weight_kg=10.4, length_height_cm=0.82, position="length")


# ---- Scans


def test_a_scan_is_not_asked(child, health_worker, seen_before):
    scan = record_measurement(
        child=child,
        values=MeasuredValues(length_height_cm=Decimal("75.0"), length_height_sd_cm=Decimal("1.5"), position="length"),
        measured_on=timezone.localdate() - timedelta(days=3),
        recorded_by=health_worker,
        source=Measurement.Source.SCAN,
    )

    assert scan.is_scan


# ---- The words


def test_the_evidence_names_the_day_compared_with_and_not_the_last_visit(seen_before, send):
    send(weight_kg="10", length_height_cm="", muac_mm="")

    page = page_of(send(weight_kg="21.6"))

    day = date_format(seen_before.measured_on, "j M Y")
    assert f"On {day}, 30 days before, it was 9.8 kg." in page


def test_the_evidence_of_swapped_values_says_which_value_it_was(seen_before, send):
    page = page_of(send(weight_kg="83.1", length_height_cm="10"))

    assert "83.1 kg and 10 cm: these look swapped." in page
    assert "30 days before, the weight was 9.8 kg." in page

"""Which measurement answers, and in which words."""

from __future__ import annotations

from analytics.pages.answer import answer_of, answering_visit
from analytics.selectors import visits_of

NORMAL = {"weight_kg": 11.0, "length_height_cm": 84.5, "position": "length", "muac_mm": 148, "oedema": False}


def test_the_worst_row_of_the_newest_day_answers(child, make_measurement):
    make_measurement(**NORMAL, days_ago=10)
    severe = make_measurement(muac_mm=112)
    make_measurement(weight_kg=11.0, length_height_cm=84.5, position="length")

    answering = answering_visit(visits_of(child))

    assert answering == severe
    assert answer_of(answering).level == "critical"


def test_a_complete_row_answers_before_an_incomplete_one_of_the_same_day(child, make_measurement):
    complete = make_measurement(**NORMAL)
    make_measurement(weight_kg=11.0)

    assert answering_visit(visits_of(child)) == complete


def test_oedema_that_was_not_examined_is_said(child, make_measurement):
    make_measurement(**(NORMAL | {"oedema": None}))

    answer = answer_of(answering_visit(visits_of(child)))

    assert "edema" in answer.missing


def test_a_child_born_early_and_not_yet_at_term_is_not_to_be_measured_again(make_child, make_measurement):
    tiny = make_child(age_days=6, gestation_weeks=30)
    make_measurement(child=tiny, weight_kg=1.3, length_height_cm=39.0, position="length", oedema=False)

    answer = answer_of(answering_visit(visits_of(tiny)))

    assert (answer.level, answer.word, answer.action) == ("unknown", "No class", "Judge clinically.")


def test_no_calm_banner_while_a_critical_alert_is_open(client, health_worker, child, make_measurement):
    make_measurement(**(NORMAL | {"oedema": True}), days_ago=10)
    make_measurement(**NORMAL)
    client.force_login(health_worker)

    page = client.get(f"/children/{child.pk}/").content.decode()

    assert "banner-critical" in page
    assert "banner-none" not in page
    assert "Bilateral oedema" in page[: page.index("Since the last visit")]

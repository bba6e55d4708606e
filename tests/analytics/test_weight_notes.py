"""What the child page says of two weighings: in grams and days, with the error of weighing, and WHO's velocity."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.pages.velocities import _pairs_within, velocities_of
from analytics.pages.weight_notes import weight_notes
from analytics.selectors import visits_of
from children.services import void_measurement

pytestmark = pytest.mark.django_db


def notes_of(child):
    return weight_notes(child, visits_of(child))


@pytest.mark.parametrize(
    ("age_days", "days", "before_kg", "now_kg", "word", "words"),
    [
        (309, 9, 8.6, 8.68, "Within error", "+80 g in 9 days: within the error of two weighings (172 g). In 2"),
        (345, 45, 8.6, 8.68, "Within error", "+80 g in 45 days: within the error of two weighings (172 g), so neither"),
        (345, 45, 8.6, 9.1, "Gained", "+500 g in 45 days: more than the error of two weighings (172 g)."),
        (345, 45, 8.6, 8.3, "Weight lost", "300 g less in 45 days: more than the error of two weighings (172 g)."),
        (128, 28, 6.0, 6.0, "No gain", "0 g in 28 days: an infant under six months should gain."),
        (122, 31, 5.8, 5.91, "Slow gain", "+110 g in 31 days: slower than nearly all healthy children."),
        (120, 60, 5.4, 5.6, "Faltering", "weight for age fell by 1.5 z in 60 days (+200 g)."),
        (7, 7, 3.4, 3.1, "Loss after birth", "300 g less in 7 days: usual in the first two weeks of life."),
    ],
)
def test_each_verdict_is_one_sentence(make_child, make_measurement, age_days, days, before_kg, now_kg, word, words):
    child = make_child(age_days=age_days)
    make_measurement(child=child, days_ago=days, weight_kg=before_kg)
    make_measurement(child=child, weight_kg=now_kg)

    (note,) = notes_of(child)

    assert note.word == word
    assert words in note.sentence


def test_weights_with_oedema_are_not_compared(child, make_measurement):
    make_measurement(days_ago=30, weight_kg=11.5, oedema=True)
    make_measurement(weight_kg=10.6, oedema=False)

    (note,) = notes_of(child)

    assert (note.word, note.facts) == ("Not compared", ())
    assert "-900 g in 30 days: not compared, with oedema the weight is partly water." in note.sentence


def test_a_visit_too_near_is_joined_by_the_last_that_tells(make_child, make_measurement):
    child = make_child(age_days=335)
    for days_ago, weight_kg in ((35, 8.1), (14, 8.35), (7, 8.42), (0, 8.5)):
        make_measurement(child=child, days_ago=days_ago, weight_kg=weight_kg)

    near, far = notes_of(child)

    assert "+80 g in 7 days: within the error" in near.sentence
    assert "+400 g in 35 days" in far.sentence
    assert any(fact.startswith("expected on the child's own line: +") for fact in far.facts)


def test_velocity_names_the_window_of_the_standard_that_served(make_child, make_measurement):
    child = make_child(age_days=243)
    make_measurement(child=child, days_ago=61, weight_kg=7.3)
    make_measurement(child=child, weight_kg=7.95)

    (note,) = notes_of(child)

    assert "weight velocity z -0.01, centile 50 (WHO 2009, 2 months from 6 months)" in note.facts


def test_where_no_window_serves_it_is_said_until_two_years(make_child, make_measurement):
    young, old = make_child(age_days=300, name="Young"), make_child(age_days=900, name="Old")
    for child in (young, old):
        make_measurement(child=child, days_ago=45, weight_kg=8.0)
        make_measurement(child=child, weight_kg=8.5)

    assert "no WHO velocity for this interval at this age" in notes_of(young)[0].facts
    assert "no WHO velocity for this interval at this age" not in notes_of(old)[0].facts


@pytest.mark.parametrize(
    ("now_kg", "details", "words"),
    [
        (3.35, {}, "reaches centile 10 of what newborns gain from day 0 to 7 (WHO 2009)"),
        (3.05, {}, "below centile 5 of what newborns gain from day 0 to 7 (WHO 2009)"),
        (3.35, {"gestation_weeks": 36, "gestation_days": 0}, "no WHO velocity for this interval at this age"),
    ],
)
def test_a_newborn_at_term_has_the_centiles_of_its_birth_weight(make_child, make_measurement, now_kg, details, words):
    child = make_child(age_days=7, **details)
    make_measurement(child=child, days_ago=7, weight_kg=3.4)
    make_measurement(child=child, weight_kg=now_kg)

    assert notes_of(child)[0].facts == (words,)


def test_crossed_lines_of_the_chart_are_named(make_child, make_measurement):
    child = make_child(age_days=360)
    make_measurement(child=child, days_ago=60, weight_kg=8.8)
    make_measurement(child=child, weight_kg=8.0)

    assert "weight for age crossed these lines of the chart downwards: 0" in notes_of(child)[0].facts


def test_one_weight_void_weights_and_scans_are_nothing_to_compare(child, make_measurement, make_scan, supervisor):
    make_measurement(weight_kg=10.6)
    wrong = make_measurement(days_ago=30, weight_kg=9.0)
    void_measurement(measurement=wrong, voided_by=supervisor, reason="Another child")
    make_scan(child, cm=80.0, sd=1.5, days_ago=20)

    assert notes_of(child) == []


def test_the_table_has_the_velocity_since_the_last_visit_that_fits_a_window(make_child, make_measurement):
    child = make_child(age_days=243)
    first = make_measurement(child=child, days_ago=61, weight_kg=7.3)
    near = make_measurement(child=child, days_ago=7, weight_kg=7.9)
    last = make_measurement(child=child, weight_kg=7.95)

    assert velocities_of(child, visits_of(child)) == {last.pk: -0.01}
    assert {first.pk, near.pk}.isdisjoint(velocities_of(child, visits_of(child)))


def test_velocity_of_a_preterm_child_is_at_corrected_ages(make_child, make_measurement):
    child = make_child(age_days=175, gestation_weeks=28, gestation_days=0)
    make_measurement(child=child, days_ago=30, weight_kg=5.0)
    make_measurement(child=child, weight_kg=5.72)

    assert "(WHO 2009, 1 month from 2 months)" in notes_of(child)[0].facts[0]
    assert list(velocities_of(child, visits_of(child)).values()) == [0.01]


def test_the_child_page_shows_the_verdict_and_the_velocity(client, health_worker, make_child, make_measurement):
    child = make_child(age_days=243)
    make_measurement(child=child, days_ago=61, weight_kg=7.3)
    make_measurement(child=child, weight_kg=7.95)
    client.force_login(health_worker)

    page = client.get(f"/children/{child.pk}/").content.decode()

    changes = page[page.index('id="changes"') : page.index('id="chart"')]
    assert "+650 g in 61 days" in changes
    assert "weight velocity z -0.01" in changes
    assert "gain</span> <b>-0.01</b>" in page


def test_velocities_of_a_child_weighed_every_day_are_those_of_all_pairs(make_child, make_measurement):
    child = make_child(age_days=300)
    for days_ago in range(260, -1, -20):
        make_measurement(child=child, days_ago=days_ago, weight_kg=round(9.0 - days_ago * 0.012, 2))
    visits = visits_of(child)

    few_pairs = velocities_of(child, visits)

    assert len(few_pairs) >= 8
    for newest in range(len(visits) - 1):
        alone = velocities_of(child, visits[newest:])
        assert alone.get(visits[newest].pk) == few_pairs.get(visits[newest].pk)


def test_pairs_further_apart_than_the_longest_interval_are_not_made():
    later, earlier = _pairs_within(np.array([500.0, 400.0, 399.0, 100.0, 100.0]), longest=101.0)

    assert list(zip(later.tolist(), earlier.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 2), (3, 4)]

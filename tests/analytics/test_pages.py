"""The pages over several apps: who sees them, and what they say."""

from __future__ import annotations

import json
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from analytics.pages.visits import PAGE_SIZE
from children.models import Consent, Measurement
from children.services import MeasuredValues, correct_measurement, void_measurement
from scans.models import ScanSession
from scans.services import start_session

pytestmark = pytest.mark.django_db
SAM = {"weight_kg": 7.0, "length_height_cm": 80, "position": "length", "muac_mm": 110, "oedema": False}
NORMAL = {"weight_kg": 11.0, "length_height_cm": 84.5, "position": "length", "muac_mm": 148, "oedema": False}


@pytest.fixture
def signed_in(client, health_worker):
    client.force_login(health_worker)
    return client


def child_page(child, **query):
    return reverse("child", args=[child.pk], query=query)


def test_every_page_of_a_child_is_not_found_outside_its_clinic(client, child, health_worker, outsider):
    session = start_session(child=child, started_by=health_worker, facts={})
    urls = [
        child_page(child),
        reverse("growth_chart", args=[child.pk]),
        reverse("scan_session", args=[session.pk]),
        reverse("scan_session_progress", args=[session.pk]),
    ]

    assert [client.get(url).status_code for url in urls] == [302] * 4
    client.force_login(outsider)
    assert [client.get(url).status_code for url in urls] == [404] * 4
    client.force_login(health_worker)
    assert [client.get(url).status_code for url in urls] == [200] * 4


@pytest.mark.parametrize("role", [Role.PROGRAMME_MANAGER, Role.PARTNER, Role.ADMINISTRATOR])
def test_roles_without_a_clinic_see_totals_and_never_a_name(client, make_user, make_measurement, child, role):
    make_measurement(**SAM)
    client.force_login(make_user("someone", role))

    page = client.get(reverse("home")).content.decode()

    assert "Totals" in page
    assert child.name not in page
    assert (child.code in page) == (role == Role.PROGRAMME_MANAGER)
    assert client.get(child_page(child)).status_code == 404
    assert client.get(reverse("children:register")).status_code == 404
    for name in ("children:list", "care:alerts", "care:follow_ups"):
        assert child.name not in client.get(reverse(name)).content.decode()


def test_totals_count_manual_measurements_by_class(client, make_user, make_child, make_measurement):
    make_measurement(child=make_child(name="One"), **SAM)
    make_measurement(child=make_child(name="Two"), **NORMAL)
    client.force_login(make_user("partner", Role.PARTNER))

    counts = {level: n for level, _word, n in client.get(reverse("home")).context["counts"]}

    assert (counts["critical"], counts["none"]) == (1, 1)


def test_today_lists_alerts_follow_ups_and_running_scans(signed_in, child, make_measurement, health_worker):
    make_measurement(muac_mm=110)
    start_session(child=child, started_by=health_worker, facts={})

    page = signed_in.get(reverse("home"))

    assert page.context["child_count"] == 1
    assert page.context["follow_up_count"] == 1
    assert len(page.context["sessions"]) == 1


def test_the_answer_names_condition_action_and_criteria(signed_in, child, make_measurement):
    make_measurement(**SAM)

    answer = signed_in.get(child_page(child)).context["answer"]

    assert (answer.level, answer.condition) == ("critical", "Severe acute malnutrition")
    assert answer.action == "Refer for treatment today."
    assert answer.criteria == "weight-for-length/height, MUAC"
    assert [row.condition for row in answer.also][:1] == ["Severe underweight"]


def test_a_scan_answers_as_a_screening_estimate(signed_in, child, make_scan):
    make_scan(child, cm=80.0, sd=1.5)

    page = signed_in.get(child_page(child))

    assert "Screening estimate, not a diagnosis" in page.content.decode()
    assert page.context["answer"].screening.interval == "78.5 to 81.5 cm"  # the model's own


def test_a_scan_that_asks_for_a_hand_shows_no_calm_banner(signed_in, child, make_scan):
    make_scan(child, cm=81.5, sd=2.0)

    answer = signed_in.get(child_page(child)).context["answer"]

    assert answer.screening.needs_hand
    assert (answer.level, answer.condition) == ("unknown", "Measure by hand today")


def test_a_value_by_hand_of_the_same_day_wins_over_a_later_scan(signed_in, child, make_measurement, make_scan):
    make_measurement(muac_mm=110)
    make_scan(child, cm=84.5, sd=1.0)

    answer = signed_in.get(child_page(child)).context["answer"]

    assert answer.level == "critical"
    assert answer.screening is None


def test_void_and_corrected_rows_stay_listed_and_leave_the_chart(
    signed_in, client, child, make_measurement, supervisor
):
    kept = make_measurement(days_ago=60, **NORMAL)
    void_measurement(measurement=make_measurement(days_ago=30, **NORMAL), voided_by=supervisor, reason="Another child")
    correct_measurement(
        measurement=make_measurement(days_ago=20, **SAM),
        values=MeasuredValues(muac_mm=140),
        measured_on=timezone.localdate(),
        corrected_by=supervisor,
        reason="Tape twisted",
    )

    page = signed_in.get(child_page(child, index="waz"))

    text = page.content.decode()
    assert "Another child" in text
    assert "Tape twisted" in text
    assert Measurement.objects.count() == 4
    figure = json.loads(signed_in.get(reverse("growth_chart", args=[child.pk]) + "?index=waz").content)
    points = [trace for trace in figure["data"] if trace["name"] == "by hand"]
    assert len(points[0]["x"]) == 1
    assert points[0]["x"][0] == child.age_days_on(kept.measured_on)


def test_the_last_chosen_chart_is_remembered(signed_in, child, make_measurement):
    make_measurement(**NORMAL)

    signed_in.get(child_page(child, index="acz"))
    chart = signed_in.get(child_page(child)).context["chart"]

    assert [tab.name for tab in chart.tabs if tab.is_current] == ["MUAC"]


@pytest.mark.parametrize(
    ("age_days", "weights_kg", "details", "words"),
    [
        (700, (8.9, 10.2), {"birth_date_estimated": True}, "The birth date is estimated"),
        (1900, (15.6, 17.1), {}, "follows the standard of 2006"),
        (4000, (29.5, 31.0), {}, "weight for age ends at ten years"),
    ],
)
def test_special_cases_are_told_beside_the_weight_chart(
    signed_in, make_child, make_measurement, age_days, weights_kg, details, words
):
    child = make_child(age_days=age_days, **details)
    for days_ago, weight_kg in zip((200, 0), weights_kg, strict=True):
        make_measurement(child=child, days_ago=days_ago, weight_kg=weight_kg)

    assert words in signed_in.get(child_page(child, index="waz")).content.decode()


def test_a_chart_that_ended_before_the_first_visit_gives_way_until_it_is_asked_for(
    signed_in, make_child, make_measurement
):
    twelve = make_child(age_days=4400)
    make_measurement(child=twelve, weight_kg=31.0, length_height_cm=148.0, position="height")

    opened = signed_in.get(child_page(twelve)).context["chart"]
    asked = signed_in.get(child_page(twelve, index="waz")).context["chart"]

    assert opened.title == "BMI for age"
    assert opened.notes == ()
    assert asked.title == "Weight for age"
    assert asked.notes == ("WHO's weight for age ends at ten years: see height and BMI.",)


def test_a_chart_that_gave_way_stays_the_choice_for_the_next_child(signed_in, child, make_child, make_measurement):
    make_measurement(**NORMAL)
    six = make_child(age_days=2200, name="Another child")
    make_measurement(child=six, weight_kg=19.0)

    signed_in.get(child_page(child, index="acz"))
    given_way = signed_in.get(child_page(six)).context["chart"]
    kept = signed_in.get(child_page(child)).context["chart"]

    assert (given_way.title, kept.title) == ("Weight for age", "MUAC for age")


def test_the_head_of_a_page_tells_both_ages_of_a_child_born_early(signed_in, make_child):
    early = make_child(age_days=180, gestation_weeks=31, gestation_days=3)

    page = signed_in.get(child_page(early)).content.decode()

    assert "5 months (corrected 3 months)" in page


def test_an_unchanged_value_is_told_without_a_sign(signed_in, child, make_measurement):
    for days_ago in (30, 0):
        make_measurement(days_ago=days_ago, muac_mm=141)

    changes = signed_in.get(child_page(child)).context["changes"]

    assert [(change.arrow, change.difference) for change in changes] == [("same", "0")]


@pytest.mark.parametrize(("days_ago", "told"), [(61, True), (9, False)])
def test_the_gain_is_explained_where_the_table_shows_one(signed_in, child, make_measurement, days_ago, told):
    make_measurement(days_ago=days_ago, weight_kg=9.4)
    make_measurement(weight_kg=9.5)

    page = signed_in.get(child_page(child)).content.decode()

    assert ("gain: z-score of the weight gained" in page) is told


def test_a_child_without_a_measurement_is_told_so(signed_in, child):
    page = signed_in.get(child_page(child)).content.decode()

    assert "No measurement yet" in page
    assert "This child was not measured yet" in page


def test_predicted_weight_and_muac_are_hidden_unless_the_programme_shows_them(signed_in, child, make_scan, programme):
    session = make_scan(child, cm=80.0, sd=1.5).prediction.session
    url = reverse("scan_session", args=[session.pk])

    hidden = signed_in.get(url).content.decode()
    programme.shows_predicted_muac = True
    programme.save()
    shown = signed_in.get(url).content.decode()

    assert "MUAC (predicted)" not in hidden
    assert "MUAC (predicted)" in shown
    assert "MUAC (predicted)" not in signed_in.get(child_page(child)).content.decode()


def test_a_running_scan_polls_and_an_ended_one_does_not(signed_in, child, health_worker):
    session = start_session(child=child, started_by=health_worker, facts={})
    url = reverse("scan_session_progress", args=[session.pk])

    running = signed_in.get(url).content.decode()
    ScanSession.objects.filter(pk=session.pk).update(
        state="unusable", reason="feet_cut_off", finished_at=timezone.now()
    )
    ended = signed_in.get(url).content.decode()

    assert "every 1s" in running
    assert "every 1s" not in ended
    assert "The feet are cut off." in ended
    assert "Film again with both feet" in ended


def test_consents_are_shown_with_their_state(signed_in, child):
    rows = {row.purpose: row.live is not None for row in signed_in.get(child_page(child)).context["consents"]}

    assert rows[Consent.Purpose.SCAN]
    assert not rows[Consent.Purpose.RESEARCH_TRAINING]


def test_the_child_page_takes_the_same_queries_for_two_visits_and_for_many(
    signed_in, child, make_measurement, django_assert_max_num_queries, django_assert_num_queries
):
    for days_ago in (200, 190):  # the second repeats every value: a question that somebody confirmed
        make_measurement(days_ago=days_ago, **NORMAL)
    signed_in.get(child_page(child))
    with django_assert_max_num_queries(18) as first:
        signed_in.get(child_page(child))
    for days_ago in range(10, 100, 10):
        make_measurement(days_ago=days_ago, **NORMAL)

    with django_assert_num_queries(len(first)):
        signed_in.get(child_page(child))


def test_errors_are_pages_with_a_way_back(signed_in):
    answer = signed_in.get("/nowhere/")

    assert answer.status_code == 404
    assert "Back to today" in answer.content.decode()


def test_the_parts_of_a_childs_page_stand_in_the_order_of_their_use(signed_in, child, make_measurement):
    make_measurement(days_ago=40, **NORMAL)
    make_measurement(**SAM)

    page = signed_in.get(child_page(child)).content.decode()

    parts = ("answer", "changes", "chart", "visits", "sessions", "alerts", "follow-ups", "consents", "guardians")
    places = [page.index(f'id="{part}"') for part in parts]
    assert places == sorted(places)


def test_today_has_one_entry_for_each_child_however_many_alerts_it_has(signed_in, child, make_child, make_measurement):
    make_measurement(**SAM)
    other = make_child(name="Baraka Mwangi")
    make_measurement(child=other, **SAM)
    assert child.alerts.count() > 1

    answer = signed_in.get(reverse("home"))

    assert {entry.child.pk for entry in answer.context["alerts"]} == {child.pk, other.pk}
    assert len(answer.context["alerts"]) == answer.context["child_count"] == 2
    assert answer.content.decode().count(f'<h2><a href="{child_page(child)}">') == 1


def test_older_visits_come_when_they_are_asked_for(signed_in, child, make_measurement):
    for number in range(PAGE_SIZE + 1):
        make_measurement(days_ago=number * 7, muac_mm=140)

    newest = signed_in.get(child_page(child))
    everything = signed_in.get(
        child_page(child) + newest.context["visits"].all_url, headers={"HX-Request": "true", "HX-Target": "visits"}
    )

    assert newest.content.decode().count("<tr>") == PAGE_SIZE + 1  # and the heading
    assert everything.content.decode().count("<tr>") == PAGE_SIZE + 2
    assert "<html" not in everything.content.decode()


def test_visits_of_one_day_show_their_time(signed_in, child, make_measurement):
    make_measurement(days_ago=1, muac_mm=141)
    twice = [make_measurement(muac_mm=140), make_measurement(muac_mm=142)]

    rows = signed_in.get(child_page(child)).context["visits"].rows

    assert {row.measurement.pk: row.time for row in rows if row.time} == {m.pk: m.recorded_at for m in twice}


def test_centiles_and_the_joining_line_are_switched_and_remembered(signed_in, child, make_measurement):
    make_measurement(days_ago=60, **NORMAL)
    make_measurement(**NORMAL)
    first = signed_in.get(child_page(child))
    centiles = signed_in.get(first.context["chart"].switches.lines_url)
    apart = signed_in.get(first.context["chart"].switches.join_url)

    kept = signed_in.get(child_page(child))
    figure = signed_in.get(kept.context["chart"].figure_url).json()

    ends = [note["text"] for note in figure["layout"]["annotations"]]
    assert ends == ["3", "15", "50", "85", "97"]
    assert "visits" not in {trace["name"] for trace in figure["data"]}
    svgs = [str(answer.context["chart"].svg) for answer in (first, centiles, apart)]
    assert [">97</text>" in svg for svg in svgs] == [False, True, True]
    assert ['class="joining"' in svg for svg in svgs] == [True, True, False]


def test_every_point_of_the_chart_is_reached_by_the_keyboard_and_says_all(signed_in, child, make_measurement):
    make_measurement(measured_by="Amina Nurse", **NORMAL)

    svg = str(signed_in.get(child_page(child)).context["chart"].svg)

    (label,) = re.findall(r'tabindex="0" role="img"><title>([^<]+)</title>', svg)
    assert all(words in label for words in ("11.00 kg", "z ", "centile", "by hand, Amina Nurse"))

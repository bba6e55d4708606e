"""Lists of alerts and follow-ups, and what is done with them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Role
from care.models import Alert, FollowUp
from care.tracing import record_attempt
from care.treatment import admit_child

pytestmark = pytest.mark.django_db
SAM = {"weight_kg": 7.0, "length_height_cm": 80, "position": "length", "muac_mm": 110, "oedema": False}


@pytest.fixture
def alert(make_measurement):
    make_measurement(**SAM)
    return Alert.objects.get(criterion=Alert.Criterion.MUAC)


@pytest.fixture
def signed_in(client, health_worker):
    client.force_login(health_worker)
    return client


def test_alerts_of_the_clinic_are_listed_worst_first(signed_in, alert, child):
    page = signed_in.get(reverse("care:alerts"))

    assert child.name in page.content.decode()
    assert page.context["children"][0].worst.severity == Alert.Severity.CRITICAL


def test_outsiders_see_and_change_nothing(client, alert, child, outsider):
    client.force_login(outsider)
    follow_up = FollowUp.objects.open().first()

    assert child.name not in client.get(reverse("care:alerts")).content.decode()
    assert child.name not in client.get(reverse("care:follow_ups")).content.decode()
    for action in ("acknowledge", "refer", "resolve"):
        assert client.post(reverse(f"care:{action}", args=[alert.pk])).status_code == 404
    assert client.post(reverse("care:complete_follow_up", args=[follow_up.pk])).status_code == 404


def test_actions_need_a_sign_in_and_a_post(client, alert, health_worker):
    url = reverse("care:acknowledge", args=[alert.pk])

    assert client.post(url).url.startswith(reverse("accounts:sign_in"))
    client.force_login(health_worker)
    assert client.get(url).status_code == 405


def test_an_alert_goes_from_open_to_resolved(signed_in, alert):
    states = []
    for action, form in (
        ("acknowledge", {}),
        ("refer", {"referred_to": "District hospital"}),
        ("resolve", {"reason": "Treated"}),
    ):
        signed_in.post(reverse(f"care:{action}", args=[alert.pk]), form)
        alert.refresh_from_db()
        states.append(alert.state)

    assert states == ["acknowledged", "referred", "resolved"]
    assert alert.referred_to == "District hospital"


def test_a_refusal_is_shown_as_a_sentence_where_the_button_was(signed_in, alert):
    home = reverse("home")

    answer = signed_in.post(reverse("care:resolve", args=[alert.pk]), {"reason": " ", "next": home}, follow=True)

    assert answer.redirect_chain == [(home, 302)]
    assert "Say why" in answer.content.decode()


def test_filters_choose_by_state_and_severity(signed_in, alert):
    signed_in.post(reverse("care:acknowledge", args=[alert.pk]))

    def listed(**query):
        children = signed_in.get(reverse("care:alerts"), query).context["children"]
        return {alert.pk for child in children for alert in child.alerts}

    assert alert.pk in listed()
    assert listed(state="acknowledged") == {alert.pk}
    assert alert.pk not in listed(state="open")
    assert alert.pk not in listed(severity="moderate")
    assert alert.pk in listed(state="nonsense")


def test_overdue_follow_ups_are_marked_and_filtered(signed_in, alert):
    late = FollowUp.objects.open().first()
    FollowUp.objects.filter(pk=late.pk).update(due_on=timezone.localdate() - timedelta(days=3))

    page = signed_in.get(reverse("care:follow_ups"), {"when": "overdue"})

    assert [f.pk for f in page.context["page"]] == [late.pk]
    assert "Overdue" in page.content.decode()


def test_a_follow_up_is_completed_with_its_outcome(signed_in, alert):
    follow_up = FollowUp.objects.open().first()

    signed_in.post(reverse("care:complete_follow_up", args=[follow_up.pk]), {"outcome": "Admitted"})

    follow_up.refresh_from_db()
    assert (follow_up.state, follow_up.outcome) == (FollowUp.State.DONE, "Admitted")


def test_a_child_is_one_entry_with_all_its_alerts(signed_in, alert, child):
    entries = signed_in.get(reverse("care:alerts")).context["children"]

    assert [entry.child for entry in entries] == [child]
    assert {found.criterion for found in entries[0].alerts} == set(child.alerts.values_list("criterion", flat=True))
    assert len(entries[0].alerts) > 1


def test_the_worst_child_comes_first_then_the_longest_open(signed_in, alert, child, make_child, make_measurement):
    moderate, older = make_child(name="Moderate"), make_child(name="Older")
    make_measurement(child=moderate, muac_mm=120)
    make_measurement(child=older, muac_mm=110)
    Alert.objects.filter(child=older).update(opened_at=timezone.now() - timedelta(days=9))

    entries = signed_in.get(reverse("care:alerts")).context["children"]

    assert [entry.child for entry in entries] == [older, child, moderate]


def test_an_alert_that_waits_too_long_is_marked_and_filtered(signed_in, alert):
    Alert.objects.filter(pk=alert.pk).update(opened_at=timezone.now() - timedelta(days=2))

    page = signed_in.get(reverse("care:alerts"), {"age": "overdue"})

    assert [found.pk for found in page.context["children"][0].alerts] == [alert.pk]
    assert "Overdue" in page.content.decode()
    assert page.context["query"] == "age=overdue&"
    assert not signed_in.get(reverse("care:alerts"), {"age": "7"}).context["children"]


def test_filters_choose_by_criterion_and_by_clinic(signed_in, alert, other_clinic, health_worker, programme):
    Membership.objects.create(user=health_worker, programme=programme, clinic=other_clinic, role=Role.HEALTH_WORKER)

    def listed(**query):
        return signed_in.get(reverse("care:alerts"), query).context["children"]

    assert [found.criterion for found in listed(criterion="muac")[0].alerts] == ["muac"]
    assert not listed(criterion="haz")
    assert listed(clinic=str(alert.child.clinic_id))
    assert not listed(clinic=str(other_clinic.pk))


def test_a_follow_up_done_after_its_window_is_shown_as_late(signed_in, alert, child):
    late = FollowUp.objects.open().get(child=child)
    FollowUp.objects.filter(pk=late.pk).update(due_on=timezone.localdate() - timedelta(days=10), window_days=3)
    assert "window ended" in signed_in.get(reverse("care:follow_ups"), {"when": "missed"}).content.decode()

    signed_in.post(reverse("care:complete_follow_up", args=[late.pk]), {"outcome": "Came by herself"})

    late.refresh_from_db()
    assert late.days_late == 7
    assert "7 days late" in signed_in.get(reverse("care:follow_ups"), {"state": "done"}).content.decode()


LISTS = ["care:alerts", "care:follow_ups", "care:defaulters", "care:treatments"]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_the_same_queries_for_one_and_for_many(
    signed_in, make_child, make_measurement, health_worker, name
):
    def ill_child(number):
        ill = make_child(name=f"Child {number}")
        make_measurement(child=ill, days_ago=30, **SAM)
        admitted_on = timezone.localdate() - timedelta(days=30)
        admit_child(
            child=ill, kind="sam", criterion="muac", admission="new", admitted_on=admitted_on, admitted_by=health_worker
        )
        attempted = {"attempted_on": timezone.localdate(), "way": "phone", "was_reached": True}
        record_attempt(child=ill, recorded_by=health_worker, **attempted)

    ill_child(0)
    signed_in.get(reverse(name))  # the first request of a session looks up its time zone
    with CaptureQueriesContext(connection) as for_one:
        signed_in.get(reverse(name))
    for number in range(1, 5):
        ill_child(number)

    with CaptureQueriesContext(connection) as for_many:
        page = signed_in.get(reverse(name))

    assert page.context["page"].paginator.count >= 5
    assert len(for_many) == len(for_one)

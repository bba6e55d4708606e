"""Lists of alerts and follow-ups, and what is done with them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from care.models import Alert, FollowUp

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
    assert page.context["page"][0].severity == Alert.Severity.CRITICAL


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
        return {a.pk for a in signed_in.get(reverse("care:alerts"), query).context["page"]}

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


@pytest.mark.parametrize("name", ["care:alerts", "care:follow_ups"])
def test_a_list_takes_the_same_queries_for_one_and_for_many(
    signed_in, make_child, make_measurement, django_assert_num_queries, name
):
    make_measurement(child=make_child(name="First"), **SAM)
    signed_in.get(reverse(name))  # the first request of a session looks up its time zone
    with django_assert_num_queries(4):  # session, user, count, rows
        signed_in.get(reverse(name))
    for number in range(6):
        make_measurement(child=make_child(name=f"Child {number}"), **SAM)

    with django_assert_num_queries(4):
        signed_in.get(reverse(name))

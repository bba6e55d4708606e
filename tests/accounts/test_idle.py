"""A session that nobody uses ends; one in use does not, and writes its row once a minute at most."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts import idle

PAGE = "/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    """Return a clock whose hands the test moves: `clock["now"] += 60`."""
    hands = {"now": 1_790_000_000}
    monkeypatch.setattr(idle.time, "time", lambda: hands["now"])
    return hands


def test_half_an_hour_without_use_signs_out_and_says_so(client, health_worker, clock):
    client.force_login(health_worker)
    clock["now"] += 30 * 60 + 1

    answer = client.get(PAGE, follow=True)

    assert answer.redirect_chain[0][0].startswith(reverse("accounts:sign_in"))
    assert "nothing was done here for 30 minutes" in answer.text
    assert "_auth_user_id" not in client.session


def test_a_session_in_use_lasts(client, health_worker, clock):
    client.force_login(health_worker)
    for _quarter in range(8):
        clock["now"] += 15 * 60
        assert client.get(PAGE).status_code == 200


def test_people_of_the_admin_are_signed_out_after_half_the_time(client, make_user, clock):
    client.force_login(make_user("admin", is_staff=True, is_superuser=True))
    clock["now"] += 15 * 60 + 1

    assert client.get("/admin/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_the_row_of_a_session_is_not_written_by_each_request(client, health_worker, clock):
    client.force_login(health_worker)
    signed_in = client.session[idle.SESSION_KEY]
    clock["now"] += 59
    client.get(PAGE)
    assert client.session[idle.SESSION_KEY] == signed_in

    clock["now"] += 1
    client.get(PAGE)
    assert client.session[idle.SESSION_KEY] == signed_in + 60


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(client, health_worker, clock):
    client.force_login(health_worker)
    for _minute in range(31):
        clock["now"] += 60
        client.get(PAGE, headers={"hx-request": "true", "hx-target": "progress"})

    assert "_auth_user_id" not in client.session


def test_twelve_hours_after_the_sign_in_a_session_in_use_ends(client, health_worker, clock, settings):
    client.force_login(health_worker)
    for _quarter in range(settings.SESSION_COOKIE_AGE // 900):
        clock["now"] += 900
        assert client.get(PAGE).status_code == 200

    clock["now"] += 1
    assert client.get(PAGE).status_code == 302


def test_signing_out_leaves_no_page_of_a_child_in_the_browser(client, health_worker):
    client.force_login(health_worker)

    assert client.post(reverse("accounts:sign_out"))["Clear-Site-Data"] == '"cache", "storage"'

"""Sign-in, its lock, the token page, and what every private page answers."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import ApiToken

pytestmark = pytest.mark.django_db


def sign_in(client, password, username="worker"):
    return client.post(reverse("accounts:sign_in"), {"username": username, "password": password})


def test_a_health_worker_signs_in_with_a_password(client, health_worker):
    answer = sign_in(client, "correct horse")

    assert answer.status_code == 302
    assert answer.url == reverse("home")


def test_five_failures_lock_the_sign_in(client, health_worker):
    for _attempt in range(5):
        answer = sign_in(client, "wrong")

    assert answer.status_code == 429
    assert "locked" in answer.content.decode()
    assert sign_in(client, "correct horse").status_code == 429


def test_the_button_of_the_organisation_is_shown_where_there_is_a_tenant(client, settings):
    assert "your organisation" not in client.get(reverse("accounts:sign_in")).content.decode()

    settings.ENTRA_CLIENT_ID = "portal"
    page = client.get(reverse("accounts:sign_in")).content.decode()

    assert "Sign in with your organisation" in page
    assert reverse("social:begin", args=["entra-external-id"]) in page


def test_signing_out_needs_a_post(client, health_worker):
    client.force_login(health_worker)

    assert client.get(reverse("accounts:sign_out")).status_code == 405
    assert client.post(reverse("accounts:sign_out")).status_code == 302
    assert client.get(reverse("home")).status_code == 302


@pytest.mark.parametrize("name", ["home", "accounts:tokens", "children:list", "care:alerts", "care:follow_ups"])
def test_a_stranger_is_sent_to_the_sign_in(client, name):
    answer = client.get(reverse(name))

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("accounts:sign_in"))


@pytest.mark.parametrize("name", ["home", "accounts:tokens", "children:list", "care:alerts", "care:follow_ups"])
def test_no_copy_of_a_private_page_is_kept(client, health_worker, name):
    client.force_login(health_worker)

    answer = client.get(reverse(name))

    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]


def test_a_token_is_shown_once_and_stored_hashed(client, health_worker):
    client.force_login(health_worker)

    issued = client.post(reverse("accounts:tokens"), {"name": "Tablet"})
    later = client.get(reverse("accounts:tokens"))

    secret = issued.context["secret"]
    assert secret in issued.content.decode()
    assert secret not in later.content.decode()
    assert ApiToken.objects.get().token_sha256 != secret


def test_a_token_is_revoked_by_its_owner_alone(client, health_worker, outsider):
    client.force_login(health_worker)
    client.post(reverse("accounts:tokens"), {"name": "Tablet"})
    token = ApiToken.objects.get()
    url = reverse("accounts:revoke_token", args=[token.pk])

    client.force_login(outsider)
    assert client.post(url).status_code == 404
    client.force_login(health_worker)
    assert client.post(url).status_code == 302

    token.refresh_from_db()
    assert token.revoked_at is not None

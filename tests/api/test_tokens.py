"""Tokens, me and clinics."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import ApiToken
from tests.api.conftest import ApiClient

SIGN_IN = {"username": "worker", "password": "correct horse", "name": "Tecno Spark 8"}


def test_password_gives_a_token_that_works_and_is_stored_hashed(api, health_worker):
    answer = api(None).post("/api/v1/tokens/", SIGN_IN)

    assert answer.status_code == 201
    secret = answer.json()["token"]
    assert secret.startswith("cgm_")
    assert not ApiToken.objects.filter(token_sha256=secret).exists()
    assert ApiClient(secret).get("/api/v1/me/").json()["username"] == "worker"


def test_the_secret_is_shown_once(worker_api):
    tokens = worker_api.get("/api/v1/tokens/").json()["results"]

    assert [set(token) & {"token", "token_sha256"} for token in tokens] == [set()]


def test_a_revoked_token_is_refused_from_the_next_request_on(worker_api):
    token_id = worker_api.get("/api/v1/tokens/").json()["results"][0]["id"]

    assert worker_api.delete(f"/api/v1/tokens/{token_id}/").status_code == 204

    refused = worker_api.get("/api/v1/me/")
    assert refused.status_code == 401
    assert refused.json()["code"] == "token_invalid"
    assert refused["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_is_refused_but_does_not_stop_a_new_sign_in(worker_api, health_worker):
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert worker_api.get("/api/v1/me/").status_code == 401
    assert worker_api.post("/api/v1/tokens/", SIGN_IN).status_code == 201


def test_a_token_of_a_user_who_left_is_refused(worker_api, health_worker):
    health_worker.is_active = False
    health_worker.save()

    assert worker_api.get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize("username", ["worker", "nobody"])
def test_a_wrong_password_tells_nothing_about_the_username(api, health_worker, username):
    answer = api(None).post("/api/v1/tokens/", {**SIGN_IN, "username": username, "password": "wrong"})

    assert answer.status_code == 401
    assert answer.json()["code"] == "wrong_credentials"


def test_guessing_locks_the_username_out_and_answers_a_problem(api, health_worker):
    for _guess in range(settings.AXES_FAILURE_LIMIT):
        api(None).post("/api/v1/tokens/", {**SIGN_IN, "password": "guess"})

    answer = api(None).post("/api/v1/tokens/", SIGN_IN)

    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "locked_out"
    assert ApiToken.objects.count() == 0


def test_sign_ins_from_one_address_are_bounded_whatever_they_claim(api, health_worker, settings):
    settings.AXES_ENABLED = False
    client = api(None)
    wrong = {**SIGN_IN, "password": "guess"}
    for number in range(30):
        client.request("post", "/api/v1/tokens/", wrong, REMOTE_ADDR="10.1.1.1", HTTP_X_FORWARDED_FOR=f"1.2.3.{number}")

    answer = client.request("post", "/api/v1/tokens/", wrong, REMOTE_ADDR="10.1.1.1", HTTP_X_FORWARDED_FOR="9.9.9.9")

    assert answer.status_code == 429
    assert answer.json()["code"] == "throttled"
    assert int(answer["Retry-After"]) > 0


def test_behind_a_trusted_proxy_each_client_is_counted_for_itself(api, health_worker, settings):
    settings.AXES_ENABLED = False
    settings.TRUSTED_PROXY_COUNT = 1
    client = api(None)
    wrong = {**SIGN_IN, "password": "guess"}
    for _guess in range(31):
        last = client.request("post", "/api/v1/tokens/", wrong, HTTP_X_FORWARDED_FOR="6.6.6.6, 1.1.1.1")

    other = client.request("post", "/api/v1/tokens/", wrong, HTTP_X_FORWARDED_FOR="6.6.6.6, 2.2.2.2")

    assert last.status_code == 429
    assert other.status_code == 401


def test_me_names_roles_programme_and_clinic(worker_api, clinic):
    membership = worker_api.get("/api/v1/me/").json()["memberships"][0]

    assert membership["role"] == "health_worker"
    assert membership["clinic"] == str(clinic.pk)
    assert membership["programme"]["shows_predicted_muac"] is False


def test_clinics_say_where_the_user_may_record(api, health_worker, manager, clinic, other_clinic):
    mine = api(health_worker).get("/api/v1/clinics/").json()["results"]
    of_programme = api(manager).get("/api/v1/clinics/").json()["results"]

    assert [(row["id"], row["may_record"]) for row in mine] == [(str(clinic.pk), True)]
    assert {(row["id"], row["may_record"]) for row in of_programme} == {
        (str(clinic.pk), False),
        (str(other_clinic.pk), False),
    }


def test_answers_are_kept_by_no_cache(worker_api):
    assert worker_api.get("/api/v1/me/")["Cache-Control"] == "no-store"

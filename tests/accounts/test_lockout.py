"""Limits of password guesses, and tokens that end with the password."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import ApiToken, User
from accounts.services import issue_api_token
from tests.accounts.test_bearer import me
from tests.api.conftest import plain_client

pytestmark = pytest.mark.django_db

ADDRESS = "10.1.2.3"


@pytest.fixture(autouse=True)
def _forget_throttle():
    cache.clear()
    yield
    cache.clear()


def by_page(username: str, password: str, address: str = ADDRESS) -> int:
    data = {"username": username, "password": password}
    return plain_client().post(reverse("accounts:sign_in"), data, REMOTE_ADDR=address).status_code


def by_api(username: str, password: str, address: str = ADDRESS) -> int:
    body = {"username": username, "password": password, "name": "phone"}
    path, kind = "/api/v1/tokens/", "application/json"
    return plain_client().post(path, body, content_type=kind, REMOTE_ADDR=address).status_code


WAYS = pytest.mark.parametrize(("sign_in", "accepted"), [(by_page, 302), (by_api, 201)])


@WAYS
def test_guesses_over_many_names_lock_their_address(health_worker, settings, sign_in, accepted):
    for number in range(settings.SIGN_IN_FAILURES_PER_ADDRESS):
        sign_in(f"name-{number}", "guess")

    assert sign_in("worker", "correct horse") == 429
    assert sign_in("worker", "correct horse", address="10.9.9.9") == accepted


def test_page_and_api_count_together(health_worker, settings):
    for number in range(settings.SIGN_IN_FAILURES_PER_ADDRESS // 2):
        by_page(f"name-{number}", "guess")
        by_api(f"name-{number}", "guess")

    assert by_page("worker", "correct horse") == 429
    assert by_api("worker", "correct horse") == 429


def test_the_guess_that_reaches_the_limit_is_told_so(settings):
    statuses = [by_api(f"name-{number}", "guess") for number in range(settings.SIGN_IN_FAILURES_PER_ADDRESS)]

    assert set(statuses[:-1]) == {401}
    assert statuses[-1] == 429


def test_an_own_account_does_not_pay_for_guesses_at_others(health_worker, settings):
    for number in range(settings.SIGN_IN_FAILURES_PER_ADDRESS - 1):
        by_page(f"name-{number}", "guess")
    assert by_page("worker", "correct horse") == 302

    by_page("somebody", "guess")

    assert by_page("worker", "correct horse") == 429


def test_a_clinic_where_some_mistype_is_not_locked(health_worker, settings):
    for number in range(settings.SIGN_IN_FAILURES_PER_ADDRESS - 1):
        by_page(f"nurse-{number}", "mistyped")

    assert by_page("worker", "correct horse") == 302


def test_the_log_names_the_address_and_not_what_was_typed(caplog):
    by_page("hunter2-typed-into-the-wrong-field", "guess")

    assert ADDRESS in caplog.text
    assert "hunter2" not in caplog.text


@pytest.fixture
def token(health_worker: User) -> str:
    secret = issue_api_token(user=health_worker, name="phone")[1]
    assert me(secret).status_code == 200
    return secret


def test_a_new_password_ends_the_tokens(health_worker, token):
    health_worker.set_password("battery staple")
    health_worker.save()

    assert me(token).status_code == 401
    assert ApiToken.objects.get().revoked_at is not None


def test_a_password_changed_in_the_database_itself_ends_the_tokens_too(health_worker, token):
    User.objects.filter(pk=health_worker.pk).update(password="!")

    assert me(token).status_code == 401


def test_switching_a_user_off_and_on_again_leaves_no_token_alive(health_worker, token):
    for active in (False, True):
        health_worker.is_active = active
        health_worker.save()
        assert me(token).status_code == 401


def test_other_changes_leave_the_tokens_alone(health_worker, supervisor, token):
    health_worker.first_name = "Amina"
    health_worker.save()
    supervisor.set_password("another")
    supervisor.save()

    assert me(token).status_code == 200


def test_a_sign_in_by_password_leaves_the_other_tokens_alone(health_worker, token):
    assert by_api("worker", "correct horse") == 201
    assert me(token).status_code == 200

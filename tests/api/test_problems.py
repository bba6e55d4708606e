"""Every error is a problem document with a stable code, whatever went wrong and wherever."""

from __future__ import annotations

import json

import pytest
from django.db import OperationalError
from django.test import Client

from children.models import Child
from tests.api.conftest import ApiClient, plain_client


def send(api: ApiClient, body: bytes, *, content_type: str = "application/json", path: str = "/api/v1/children/"):
    return plain_client().post(
        path, data=body, content_type=content_type, headers={"Authorization": f"Bearer {api.token}"}
    )


def assert_problem(answer, status: int, code: str) -> None:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == code
    assert body["status"] == status
    assert body["type"] == f"urn:cgm:error:{code}"
    assert body["detail"]
    assert body["title"]


def test_an_address_that_does_not_exist(worker_api):
    assert_problem(worker_api.get("/api/v1/nothing/"), 404, "not_found")
    assert_problem(worker_api.get("/api/v1/children/not-a-uuid/"), 404, "not_found")


def test_absent_things_and_absent_addresses_answer_alike(worker_api):
    absent = worker_api.get("/api/v1/children/00000000-0000-4000-8000-000000000000/")

    assert absent.json() == worker_api.get("/api/v1/nothing/").json()


def test_no_token(api):
    assert_problem(api(None).get("/api/v1/children/"), 401, "not_authenticated")


@pytest.mark.parametrize("header", ["Bearer", "Bearer x y", "Bearer cgm_wrong", "Bearer " + "x" * 9000, "Bearer cgm_é"])
def test_a_token_that_is_not_one(db, header):
    answer = plain_client().get("/api/v1/children/", headers={"Authorization": header})

    assert_problem(answer, 401, "token_invalid")


def test_another_media_type(worker_api):
    assert_problem(send(worker_api, b"<child/>", content_type="application/xml"), 415, "unsupported_media_type")
    assert_problem(send(worker_api, b"name=x", content_type="multipart/form-data"), 415, "unsupported_media_type")


def test_json_where_a_film_belongs(worker_api):
    assert_problem(send(worker_api, b"{}", path="/api/v1/predict/video/"), 415, "unsupported_media_type")


def test_a_broken_multipart_form(worker_api):
    broken = send(worker_api, b"--x", content_type="multipart/form-data; boundary=", path="/api/v1/predict/video/")

    assert_problem(broken, 400, "parse_error")


def test_an_answer_in_another_format(worker_api):
    answer = worker_api.request("get", "/api/v1/children/", HTTP_ACCEPT="text/html")

    assert_problem(answer, 406, "not_acceptable")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff\xfe",
        b'{"name": "a\\u0000b"}',
        b'{"name": "\\ud800"}',
        b'{"a\\u0000": 1}',
        b'{"gestation_weeks": NaN}',
        b'{"gestation_weeks": -Infinity}',
        b'{"gestation_weeks": 1e999}',
        b'{"gestation_weeks": ' + b"9" * 30 + b"}",
        b'{"gestation_weeks": ' + b"9" * 5000 + b"}",
        b'{"name": "a", "name": "b"}',
        b"[" * 40 + b"]" * 40,
        b"[" * 30_000,
        b'{"name":' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_json_that_cannot_be_stored_is_refused_never_a_crash(worker_api, body):
    answer = send(worker_api, body)

    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert Child.objects.count() == 0


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null", b"true"])
def test_json_that_is_no_object_is_refused(worker_api, body):
    assert_problem(send(worker_api, body), 400, (json.loads(body) is None and "null") or "invalid")


@pytest.mark.parametrize("day", ["0000-00-00", "99999-01-01", "2024-02-30", "2024-13-01", "0001-01-01", "9999-12-31"])
def test_impossible_dates_are_refused(worker_api, clinic, day):
    child = {"clinic": str(clinic.pk), "name": "Amina", "sex": "F", "born_on": day}

    assert worker_api.post("/api/v1/children/", child).status_code == 400


def test_a_body_over_the_limit(worker_api):
    assert_problem(send(worker_api, b'{"name": "' + b"x" * 70_000 + b'"}'), 413, "too_large")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"page_size": "201"}, "page_size_invalid"),
        ({"page_size": "0"}, "page_size_invalid"),
        ({"page_size": "many"}, "page_size_invalid"),
        ({"page_size": "9" * 5000}, "page_size_invalid"),
        ({"cursor": "nonsense"}, "cursor_invalid"),
        ({"cursor": "cD1ub25zZW5zZQ=="}, "cursor_invalid"),  # p=nonsense
        ({"cursor": "cD0yMDI0LTk5LTk5"}, "cursor_invalid"),  # p=2024-99-99
        ({"cursor": "cD05OTk5LTEyLTMxVDIzOjU5OjU5LTIzOjU5"}, "cursor_invalid"),  # p=9999-12-31T23:59:59-23:59
        ({"sex": "X"}, "invalid_choice"),
        ({"clinic": "7"}, "invalid"),
        ({"clinic": ""}, "empty"),
        ({"clinic": "00000000000040008000000000000000"}, "invalid"),
        ({"born_from": "2024-1-5"}, "invalid"),
        ({"born_from": "yesterday"}, "invalid"),
        ({"q": "a\x00b"}, "null_characters_not_allowed"),
    ],
)
def test_query_parameters_are_not_guessed_at(worker_api, query, code):
    assert_problem(worker_api.get("/api/v1/children/", **query), 400, code)


def test_a_session_without_a_csrf_token_changes_nothing(health_worker, child):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(health_worker, backend="django.contrib.auth.backends.ModelBackend")

    seen = browser.get(f"/api/v1/children/{child.pk}/")
    changed = browser.patch(f"/api/v1/children/{child.pk}/", {"name": "x"}, content_type="application/json")

    assert seen.status_code == 200
    assert_problem(changed, 403, "csrf_failed")


def test_a_crash_tells_nothing_but_that_it_happened(worker_api, child, monkeypatch):
    def crash(*args, **options):
        raise RuntimeError("Amina Yusuf")

    monkeypatch.setattr("children.api.children.update_child", crash)

    answer = worker_api.patch(f"/api/v1/children/{child.pk}/", {"name": "x"})

    assert_problem(answer, 500, "server_error")
    assert b"Amina" not in answer.content


def test_a_database_that_is_away_asks_to_try_again(worker_api, child, monkeypatch):
    def away(*args, **options):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("children.api.children.update_child", away)

    answer = worker_api.patch(f"/api/v1/children/{child.pk}/", {"name": "x"})

    assert_problem(answer, 503, "database_unavailable")
    assert answer["Retry-After"] == "5"

"""Who may do what: one row for every route and method, generated from the URL resolver."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.invitations import invite
from accounts.models import Role, User
from accounts.services import issue_api_token, revoke_api_token
from tests.api.conftest import ApiClient
from tests.api.routes import api_routes

ROLES = ("anonymous", "revoked", "worker", "supervisor", "outsider", "manager", "partner", "administrator")
NOT_MINE = {"outsider": 404, "manager": 404, "partner": 404, "administrator": 404}
EVERYBODY = dict.fromkeys(ROLES[2:], 200)


@dataclass(frozen=True)
class Row:
    """What each role gets. `of`: whose id is in the path; `body`: what is sent; `lists_nothing`: an empty page."""

    expected: dict[str, int]
    of: str = ""
    body: Any = None
    multipart: bool = False
    lists_nothing: bool = False


def clinic_list() -> Row:
    return Row(EVERYBODY, lists_nothing=True)


def clinic_item(of: str) -> Row:
    return Row({"worker": 200, "supervisor": 200, **NOT_MINE}, of=of)


def clinic_write(status: int, *, of: str = "", body: Any = None, worker: int | None = None, **options: Any) -> Row:
    return Row({"worker": worker or status, "supervisor": status, **NOT_MINE}, of=of, body=body, **options)


def child_body(things: SimpleNamespace) -> dict[str, Any]:
    born_on = str(timezone.localdate() - timedelta(days=500))
    return {"clinic": str(things.clinic.pk), "name": "Juma", "sex": "M", "born_on": born_on}


def measurement_body(things: SimpleNamespace) -> dict[str, Any]:
    visit = {"child": str(things.child.pk), "measured_on": str(timezone.localdate()), "muac_mm": 140}
    return {**visit, "confirmed_fields": ["muac_mm"]}  # the same visit was recorded before


def correction_body(things: SimpleNamespace) -> dict[str, Any]:
    return {"measured_on": str(timezone.localdate()), "muac_mm": 141, "reason": "read again"}


def admission_body(things: SimpleNamespace) -> dict[str, Any]:
    chosen = {"kind": "sam", "criterion": "muac", "admission": "new"}
    return {"child": str(things.child.pk), **chosen, "admitted_on": str(timezone.localdate())}


def attempt_body(things: SimpleNamespace) -> dict[str, Any]:
    tried = {"attempted_on": str(timezone.localdate()), "way": "visit", "was_reached": True}
    return {"child": str(things.child.pk), **tried}


def status_body(things: SimpleNamespace) -> dict[str, Any]:
    became = {"status": "moved", "happened_on": str(timezone.localdate()), "reason": "to the city"}
    return {"child": str(things.child.pk), **became}


def announcement_body(things: SimpleNamespace) -> dict[str, Any]:
    digests = {"sha256": "a" * 64, "md5": "b" * 32}
    return {"session": str(things.session.pk), "scan_type": "lying_above", "size_bytes": 10, **digests}


def open_invitation(things: SimpleNamespace) -> str:
    supervisor = User.objects.get(username="supervisor")
    _row, code = invite(invited_by=supervisor, role=Role.HEALTH_WORKER, clinic=things.clinic, programme=None)
    return code


def film() -> SimpleUploadedFile:
    return SimpleUploadedFile("film.mp4", b"film", content_type="video/mp4")


PUBLIC = Row(dict.fromkeys(ROLES, 200) | {"revoked": 401})
ROWS: dict[tuple[str, str], Row] = {
    ("api-schema", "get"): PUBLIC,
    ("api-docs", "get"): PUBLIC,
    ("api-token-list", "post"): Row(
        dict.fromkeys(ROLES, 201), body=lambda t: {"username": "worker", "password": "correct horse", "name": "phone"}
    ),
    ("api-token-list", "get"): Row(EVERYBODY),
    ("api-token-detail", "delete"): Row({"worker": 204, "supervisor": 404, **NOT_MINE}, of="token"),
    ("api-sign-in", "get"): Row(dict.fromkeys(ROLES, 404)),  # no tenant is configured: tests/accounts/test_app_sign_in
    ("api-invitation-accept", "post"): Row(EVERYBODY, body=lambda t: {"code": open_invitation(t)}),
    ("api-me", "get"): Row(EVERYBODY),
    ("api-clinic-list", "get"): Row(EVERYBODY),
    ("api-clinic-detail", "get"): Row(EVERYBODY | {"outsider": 404}, of="clinic"),
    ("api-child-list", "get"): clinic_list(),
    ("api-child-list", "post"): clinic_write(201, body=child_body),
    ("api-child-detail", "get"): clinic_item("child"),
    ("api-child-detail", "patch"): clinic_write(200, of="child", body=lambda t: {"name": "Amina"}),
    ("api-child-growth-chart", "get"): clinic_item("child"),
    ("api-consent-list", "get"): clinic_list(),
    ("api-consent-list", "post"): clinic_write(201, body=lambda t: {"child": str(t.child.pk), "purpose": "scan"}),
    ("api-consent-detail", "get"): clinic_item("consent"),
    ("api-consent-withdraw", "post"): clinic_write(200, of="consent", body=lambda t: {"reason": "asked"}),
    ("api-measurement-list", "get"): clinic_list(),
    ("api-measurement-list", "post"): clinic_write(201, body=measurement_body),
    ("api-measurement-detail", "get"): clinic_item("measurement"),
    ("api-measurement-correct", "post"): clinic_write(201, of="measurement", body=correction_body, worker=403),
    ("api-measurement-void", "post"): clinic_write(
        200, of="measurement", body=lambda t: {"reason": "other child"}, worker=403
    ),
    ("api-assessment-list", "get"): clinic_list(),
    ("api-assessment-detail", "get"): clinic_item("assessment"),
    ("api-scan-session-list", "get"): clinic_list(),
    ("api-scan-session-list", "post"): clinic_write(201, body=lambda t: {"child": str(t.child.pk)}),
    ("api-scan-session-detail", "get"): clinic_item("session"),
    ("api-scan-session-videos", "post"): clinic_write(
        201, of="session", body=lambda t: {"scan_type": "lying_above", "file": film()}, multipart=True
    ),
    ("api-scan-session-submit", "post"): clinic_write(202, of="succeeded"),
    ("api-scan-result", "get"): clinic_item("succeeded"),
    ("api-video-upload-list", "post"): clinic_write(201, body=announcement_body),
    ("api-video-upload-detail", "get"): clinic_item("upload"),
    ("api-video-upload-address", "post"): clinic_write(201, of="upload"),
    ("api-video-upload-complete", "post"): clinic_write(409, of="upload"),  # no block has arrived
    ("api-scan-video-open", "post"): clinic_write(201, of="video", worker=403),
    ("api-predict-video", "post"): clinic_write(
        202,
        body=lambda t: {"child": str(t.child.pk), "scan_type": "lying_above", "video": film()},
        multipart=True,
    ),
    ("api-prediction-list", "get"): clinic_list(),
    ("api-prediction-detail", "get"): clinic_item("prediction"),
    ("api-model-version-list", "get"): Row(EVERYBODY),
    ("api-model-version-detail", "get"): Row(EVERYBODY, of="model_version"),
    ("api-alert-list", "get"): clinic_list(),
    ("api-alert-detail", "get"): clinic_item("alert"),
    ("api-alert-acknowledge", "post"): clinic_write(200, of="alert"),
    ("api-alert-refer", "post"): clinic_write(200, of="alert", body=lambda t: {"referred_to": "District hospital"}),
    ("api-alert-resolve", "post"): clinic_write(200, of="alert", body=lambda t: {"reason": "seen at home"}),
    ("api-follow-up-list", "get"): clinic_list(),
    ("api-follow-up-detail", "get"): clinic_item("follow_up"),
    ("api-referral-list", "get"): clinic_list(),
    ("api-referral-list", "post"): clinic_write(
        201, body=lambda t: {"child": str(t.child.pk), "referred_to": "District hospital"}
    ),
    ("api-referral-detail", "get"): clinic_item("referral"),
    ("api-referral-outcome", "post"): clinic_write(
        200, of="referral", body=lambda t: {"outcome": "arrived", "outcome_on": str(timezone.localdate())}
    ),
    ("api-treatment-list", "get"): clinic_list(),
    ("api-treatment-list", "post"): clinic_write(409, body=admission_body),  # it is in treatment already
    ("api-treatment-detail", "get"): clinic_item("treatment"),
    ("api-treatment-exit", "post"): clinic_write(
        200, of="treatment", body=lambda t: {"exit": "recovered", "exited_on": str(timezone.localdate())}
    ),
    ("api-tracing-list", "get"): clinic_list(),
    ("api-tracing-list", "post"): clinic_write(201, body=attempt_body),
    ("api-tracing-detail", "get"): clinic_item("tracing"),
    ("api-tracing-close", "post"): clinic_write(
        200, of="tracing", body=lambda t: {"outcome": "returned", "outcome_on": str(timezone.localdate())}
    ),
    ("api-status-change-list", "get"): clinic_list(),
    ("api-status-change-list", "post"): clinic_write(201, body=status_body),
    ("api-status-change-detail", "get"): clinic_item("status_change"),
    ("api-erasure-request-list", "get"): clinic_list(),
    ("api-erasure-request-list", "post"): clinic_write(201, body=lambda t: {"child": str(t.child.pk)}),
    ("api-erasure-request-detail", "get"): clinic_item("erasure_request"),
    ("api-erasure-request-execute", "post"): clinic_write(201, of="erasure_request", worker=403),
    ("api-erasure-request-decline", "post"): clinic_write(
        200, of="erasure_request", body=lambda t: {"reason": "a mistake"}, worker=403
    ),
    ("api-erasure-list", "get"): clinic_list(),
    ("api-erasure-detail", "get"): clinic_item("erasure"),
    ("api-follow-up-complete", "post"): clinic_write(200, of="follow_up", body=lambda t: {"outcome": "weighed"}),
}


@pytest.fixture
def clients(
    api, health_worker, supervisor, outsider, manager, partner, administrator, make_user
) -> dict[str, ApiClient]:
    token, secret = issue_api_token(user=health_worker, name="lost phone")
    revoke_api_token(token)
    people = {
        "worker": health_worker,
        "supervisor": supervisor,
        "outsider": outsider,
        "manager": manager,
        "partner": partner,
        "administrator": administrator,
    }
    made = {role: api(user) for role, user in people.items()}
    return {**made, "anonymous": api(None), "revoked": ApiClient(secret)}


def test_every_route_and_method_has_a_row():
    assert set(api_routes()) == set(ROWS)


@pytest.mark.parametrize(("route", "method"), sorted(ROWS))
def test_each_role_gets_what_the_matrix_says(route, method, clients, everything, health_worker):
    row = ROWS[(route, method)]
    everything.token = health_worker.api_tokens.get(name="phone")
    path = reverse(route, kwargs={"pk": getattr(everything, row.of).pk} if row.of else None)

    answers = {}
    for role in ROLES:
        with transaction.atomic():
            body = row.body(everything) if row.body else None
            client = clients[role]
            answers[role] = client.upload(path, **body) if row.multipart else client.request(method, path, body)
            transaction.set_rollback(True)  # each role meets the same things

    statuses = {role: answer.status_code for role, answer in answers.items()}
    assert statuses == {role: row.expected.get(role, 401) for role in ROLES}
    if row.lists_nothing:
        seen_by = {role for role, answer in answers.items() if answer.status_code == 200 and answer.json()["results"]}
        assert seen_by == {"worker", "supervisor"}


ITEMS = sorted(key for key, row in ROWS.items() if key[1] == "get" and row.of and row.expected.get("partner") == 404)


def test_what_is_not_mine_looks_like_what_does_not_exist(outsider_api, everything):
    for route, _method in ITEMS:
        foreign = outsider_api.get(reverse(route, kwargs={"pk": getattr(everything, ROWS[(route, "get")].of).pk}))
        absent = outsider_api.get(reverse(route, kwargs={"pk": everything.new_id}))

        assert foreign.status_code == absent.status_code == 404, route
        assert foreign.json() == absent.json(), route


def test_other_methods_are_refused_as_problems(worker_api, everything):
    for route in sorted({name for name, _ in api_routes()} - {"api-schema", "api-docs"}):
        has_id = any(row.of for (name, _), row in ROWS.items() if name == route)
        path = reverse(route, kwargs={"pk": everything.new_id} if has_id else None)
        for method in ("put", "patch", "delete", "options"):
            if (route, method) in ROWS:
                continue

            answer = worker_api.request(method, path, {})

            assert answer.status_code == 405, (route, method)
            assert answer["Content-Type"] == "application/problem+json"
            assert answer.json()["code"] == "method_not_allowed"

"""A phone that hears no answer sends the same again: one row, the same answer. Also from eight threads at once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from children.models import Child, Consent, Measurement
from scans.models import ScanSession

THREADS = 8


def child_body(clinic, **changes):
    born_on = str(timezone.localdate() - timedelta(days=500))
    child = {"id": str(uuid.uuid4()), "clinic": str(clinic.pk), "name": "Amina", "sex": "F", "born_on": born_on}
    guardian = {"name": "Halima", "phone": "+254700000000"}
    return {**child, "guardian": guardian, "consents": [{"purpose": "care"}], **changes}


def measurement_body(child, **changes):
    body = {"id": str(uuid.uuid4()), "child": str(child.pk), "measured_on": str(timezone.localdate())}
    return {**body, "weight_kg": 11.0, **changes}


def session_body(child, **changes):
    return {"id": str(uuid.uuid4()), "child": str(child.pk), "camera_distance_cm": 180.5, **changes}


def test_the_same_child_again_answers_the_same(worker_api, clinic):
    body = child_body(clinic)

    first = worker_api.post("/api/v1/children/", body)
    second = worker_api.post("/api/v1/children/", body)

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert Child.objects.count() == 1


def test_a_repeat_is_recognised_after_the_child_was_changed(worker_api, clinic):
    body = child_body(clinic)
    worker_api.post("/api/v1/children/", body)
    worker_api.patch(f"/api/v1/children/{body['id']}/", {"name": "Amina Ali", "guardian": {"name": "Fatuma"}})

    again = worker_api.post("/api/v1/children/", body)

    assert again.status_code == 201
    assert again.json()["name"] == "Amina Ali"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Juma"},
        {"sex": "M"},
        {"born_on": "2025-01-01"},
        {"gestation_weeks": 33},
        {"guardian": {"name": "Fatuma"}},
        {"consents": [{"purpose": "scan"}]},
    ],
)
def test_the_id_of_another_child_is_taken(worker_api, clinic, changes):
    body = child_body(clinic)
    worker_api.post("/api/v1/children/", body)

    other = worker_api.post("/api/v1/children/", {**body, **changes})

    assert (other.status_code, other.json()["code"]) == (409, "id_taken")
    assert Child.objects.get().name == "Amina"


def test_the_same_measurement_again_answers_the_same_and_another_is_refused(worker_api, child):
    body = measurement_body(child)

    first = worker_api.post("/api/v1/measurements/", body)
    second = worker_api.post("/api/v1/measurements/", body)
    other = worker_api.post("/api/v1/measurements/", {**body, "weight_kg": 11.1})

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert (other.status_code, other.json()["code"]) == (409, "id_taken")
    assert Measurement.objects.count() == 1


def test_the_same_session_again_answers_the_same_and_another_is_refused(worker_api, child, make_child):
    body = session_body(child)

    first = worker_api.post("/api/v1/scan-sessions/", body)
    second = worker_api.post("/api/v1/scan-sessions/", body)
    other_facts = worker_api.post("/api/v1/scan-sessions/", {**body, "camera_distance_cm": 181})
    other_child = worker_api.post("/api/v1/scan-sessions/", {**body, "child": str(make_child(name="Juma").pk)})

    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert {answer.json()["code"] for answer in (other_facts, other_child)} == {"id_taken"}
    assert ScanSession.objects.count() == 1


def at_once(request):
    """Run `request` in eight threads and return their answers."""

    def run(_number: int):
        try:
            return request()
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


@pytest.mark.django_db(transaction=True)
def test_eight_threads_register_one_child(worker_api, clinic):
    body = child_body(clinic)

    answers = at_once(lambda: worker_api.post("/api/v1/children/", body))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert Child.objects.count() == Consent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_threads_store_one_measurement(worker_api, child):
    body = measurement_body(child)

    answers = at_once(lambda: worker_api.post("/api/v1/measurements/", body))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert Measurement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_threads_open_one_session(worker_api, child):
    body = session_body(child)

    answers = at_once(lambda: worker_api.post("/api/v1/scan-sessions/", body))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert ScanSession.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_id_for_two_children_at_once_crashes_nobody(worker_api, child, make_child):
    other = make_child(name="Juma")
    bodies = [measurement_body(child), measurement_body(other)] * (THREADS // 2)
    measurement_id = bodies[0]["id"]

    answers = at_once(lambda: worker_api.post("/api/v1/measurements/", {**bodies.pop(), "id": measurement_id}))

    assert {answer.status_code for answer in answers} == {201, 409}
    assert Measurement.objects.count() == 1

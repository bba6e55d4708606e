"""A phone that was offline sends an erased child again: a clear refusal, and nothing is stored."""

from __future__ import annotations

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from children.erasure_rows import rows_of
from children.models import Child, ErasureRecord
from scans.models import ScanSession
from tests.api.conftest import api, outsider_api, worker_api
from tests.erasure.test_declarations import DECLARED

__all__ = ["api", "outsider_api", "worker_api"]  # fixtures
pytestmark = pytest.mark.django_db


@pytest.fixture
def erased(child, make_session, erase) -> dict[str, uuid.UUID]:
    """The ids that the phone still holds: of the child, and of a session that it was uploading to."""
    session = make_session(submit=False)
    erase(child)
    return {"child": child.pk, "session": session.pk}


def film() -> SimpleUploadedFile:
    return SimpleUploadedFile("film.mp4", b"film", content_type="video/mp4")


def registration(erased, clinic) -> dict[str, object]:
    return {
        "id": str(erased["child"]),
        "clinic": str(clinic.pk),
        "name": "Amina Yusuf",
        "sex": "F",
        "born_on": str(timezone.localdate()),
    }


def everything_a_phone_sends(client, erased, clinic) -> dict[str, object]:
    child, session = str(erased["child"]), erased["session"]
    today = str(timezone.localdate())
    return {
        "register": client.post("/api/v1/children/", registration(erased, clinic)),
        "measure": client.post("/api/v1/measurements/", {"child": child, "measured_on": today, "muac_mm": 140}),
        "consent": client.post("/api/v1/consents/", {"child": child, "purpose": "scan"}),
        "session": client.post("/api/v1/scan-sessions/", {"id": str(session), "child": child}),
        "film": client.upload(f"/api/v1/scan-sessions/{session}/videos/", scan_type="lying_above", file=film()),
        "submit": client.post(f"/api/v1/scan-sessions/{session}/submit/"),
        "video": client.upload("/api/v1/predict/video/", child=child, scan_type="lying_above", video=film()),
        "erase": client.post("/api/v1/erasure-requests/", {"child": child}),
    }


def test_everything_it_sends_is_refused_by_one_code_and_nothing_is_stored(erased, worker_api, clinic):
    answers = everything_a_phone_sends(worker_api, erased, clinic)

    told = {name: (answer.status_code, answer.json()["code"]) for name, answer in answers.items()}
    assert told == dict.fromkeys(answers, (409, "child_erased"))
    assert not any(rows_of(erased["child"], DECLARED).values())
    assert not ScanSession.objects.exists()


def test_outside_the_clinic_an_erased_child_looks_like_one_that_never_was(erased, outsider_api):
    child = str(erased["child"])

    asked = outsider_api.post("/api/v1/consents/", {"child": child, "purpose": "scan"})
    absent = outsider_api.post("/api/v1/consents/", {"child": str(uuid.uuid4()), "purpose": "scan"})

    assert (asked.status_code, asked.json()) == (absent.status_code, absent.json())
    assert asked.status_code == 404


def test_reading_an_erased_child_is_404(erased, worker_api):
    assert worker_api.get(f"/api/v1/children/{erased['child']}/").status_code == 404


def test_the_family_may_register_anew(erased, worker_api, clinic):
    answer = worker_api.post("/api/v1/children/", registration({"child": uuid.uuid4()}, clinic))

    assert answer.status_code == 201
    assert Child.objects.count() == 1


def test_the_receipt_is_read_over_the_api(erased, worker_api, outsider_api):
    record = ErasureRecord.objects.get(scope="child")

    mine = worker_api.get(f"/api/v1/erasures/{record.pk}/").json()

    assert (mine["child_id"], mine["files_deleted"], mine["receipt_hmac"]) == (
        str(erased["child"]),
        True,
        record.receipt_hmac,
    )
    assert mine["receipt"]["counts"] == mine["counts"]
    assert outsider_api.get(f"/api/v1/erasures/{record.pk}/").status_code == 404

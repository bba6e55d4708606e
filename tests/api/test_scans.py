"""Scan sessions, uploads, `predict/video` and results over the API."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from children.consents import withdraw_consent
from children.models import Consent
from ml_models.quality import ADVICE, ReasonCode
from scans.models import ScanSession, ScanVideo
from tests.api.conftest import FILM

FACTS = {
    "marker_used": True,
    "marker_id": 7,
    "marker_size_mm": 150,
    "camera_distance_cm": 180.5,
    "camera_height_cm": 60,
    "phone_model": "Tecno Spark 8",
}


def film(content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("IMG_0001.MOV", FILM.read_bytes() if content is None else content)


def test_a_scan_from_session_to_queue(worker_api, child):
    opened = worker_api.post("/api/v1/scan-sessions/", {"child": str(child.pk), **FACTS})
    session = opened.json()
    uploaded = worker_api.upload(
        f"/api/v1/scan-sessions/{session['id']}/videos/",
        scan_type="standing_front",
        file=film(),
        sha256=hashlib.sha256(FILM.read_bytes()).hexdigest(),
    )
    submitted = worker_api.post(f"/api/v1/scan-sessions/{session['id']}/submit/")

    assert (opened.status_code, session["state"], session["marker_size_mm"]) == (201, "uploading", 150)
    assert opened["Location"].endswith(f"/api/v1/scan-sessions/{session['id']}/")
    assert (uploaded.status_code, uploaded.json()["size_bytes"]) == (201, FILM.stat().st_size)
    assert (submitted.status_code, submitted.json()["state"]) == (202, "queued")
    assert ScanVideo.objects.get().file.name == f"children/{child.pk}/sessions/{session['id']}/standing_front.mp4"


def test_a_video_in_one_request_is_queued_and_found_at_its_location(worker_api, child):
    answer = worker_api.upload(
        "/api/v1/predict/video/",
        child=str(child.pk),
        scan_type="standing_front",
        marker_used="true",
        marker_size_mm="150",
        camera_distance_cm="180.5",
        video=film(),
    )

    assert answer.status_code == 202, answer.content
    assert answer.json()["state"] == "queued"
    path = "/" + answer["Location"].split("/", 3)[3]
    assert worker_api.get(path).json() == answer.json()
    assert worker_api.get(path + "result/").status_code == 404


def test_a_video_sent_again_is_one_session(worker_api, child):
    given = {"id": str(uuid.uuid4()), "child": str(child.pk), "scan_type": "standing_front"}

    first = worker_api.upload("/api/v1/predict/video/", **given, video=film())
    second = worker_api.upload("/api/v1/predict/video/", **given, video=film())
    other = worker_api.upload("/api/v1/predict/video/", **given, video=film(b"another film"))

    assert first.status_code == second.status_code == 202
    assert first.json() == second.json()
    assert (other.status_code, other.json()["code"]) == (409, "video_exists")
    assert ScanSession.objects.count() == ScanVideo.objects.count() == 1


def test_a_damaged_upload_is_refused_and_may_be_sent_again(worker_api, session):
    path = f"/api/v1/scan-sessions/{session.pk}/videos/"

    damaged = worker_api.upload(path, scan_type="standing_front", file=film(), sha256="0" * 64)
    repaired = worker_api.upload(path, scan_type="standing_front", file=film())

    assert (damaged.status_code, damaged.json()["code"]) == (400, "hash_mismatch")
    assert repaired.status_code == 201


def test_an_empty_film_is_refused_with_what_to_do(worker_api, session):
    answer = worker_api.upload(
        f"/api/v1/scan-sessions/{session.pk}/videos/", scan_type="standing_front", file=film(b"")
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "empty_file")
    assert "Record it again" in answer.json()["detail"]


def test_a_film_over_the_limit_is_refused_before_it_is_read(worker_api, session, settings):
    settings.SCAN_MAX_BYTES = 1000

    answer = worker_api.upload(
        f"/api/v1/scan-sessions/{session.pk}/videos/", scan_type="standing_front", file=film(b"x" * 100_000)
    )

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_session_without_a_film_is_not_submitted(worker_api, session):
    answer = worker_api.post(f"/api/v1/scan-sessions/{session.pk}/submit/")

    assert (answer.status_code, answer.json()["code"]) == (409, "no_video")


def test_without_consent_nothing_is_filmed(worker_api, make_child):
    child = make_child(purposes=("care",))

    opened = worker_api.post("/api/v1/scan-sessions/", {"child": str(child.pk)})
    sent = worker_api.upload("/api/v1/predict/video/", child=str(child.pk), scan_type="standing_front", video=film())

    assert {(answer.status_code, answer.json()["code"]) for answer in (opened, sent)} == {(409, "no_scan_consent")}
    assert ScanSession.objects.count() == 0


def test_withdrawing_cancels_the_session_and_says_why(worker_api, session, health_worker):
    consent = Consent.objects.live().get(purpose="scan")

    withdraw_consent(consent=consent, withdrawn_by=health_worker)

    answer = worker_api.get(f"/api/v1/scan-sessions/{session.pk}/").json()
    assert (answer["state"], answer["reason"]) == ("cancelled", "consent_withdrawn")
    assert answer["advice"] == ADVICE[ReasonCode.CONSENT_WITHDRAWN]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"marker_used": True}, "marker_size_missing"),
        ({"marker_used": True, "marker_sheet": "a3", "marker_size_mm": 72}, "marker_size_not_of_sheet"),
        ({"marker_used": True, "marker_sheet": "a5"}, "invalid_choice"),
        ({"camera_distance_cm": 2}, "min_value"),
        ({"camera_height_cm": 1000}, "max_value"),
        ({"recorded_at": "2099-01-01T00:00:00Z"}, "date_in_future"),
        ({"recorded_at": "2001-01-01T00:00:00Z"}, "date_before_birth"),
        ({"recorded_at": "2024-01-01T00:00:00"}, "invalid"),
        ({"state": "succeeded"}, "unknown_field"),
    ],
)
def test_facts_that_cannot_be_are_refused(worker_api, child, changes, code):
    answer = worker_api.post("/api/v1/scan-sessions/", {"child": str(child.pk), **changes})

    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_scan_filmed_offline_keeps_its_hour(worker_api, child):
    filmed = timezone.now().replace(microsecond=0) - timedelta(days=3)

    answer = worker_api.post("/api/v1/scan-sessions/", {"child": str(child.pk), "recorded_at": filmed.isoformat()})

    assert answer.json()["recorded_at"] == filmed.isoformat().replace("+00:00", "Z")


def every_number(answer):
    """Return all numbers of a JSON answer; ids are text and may hold any digits."""
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, list):
        return [number for part in answer for number in every_number(part)]
    return [float(answer)] if isinstance(answer, int | float) and not isinstance(answer, bool) else []


def test_the_result_holds_interval_model_and_caution_and_hides_muac(worker_api, make_prediction):
    prediction = make_prediction()

    session = worker_api.get(f"/api/v1/scan-sessions/{prediction.session_id}/").json()
    result = worker_api.get(session["result_url"]).json()

    assert result["height_cm"] == {"mean": 84.2, "sd": 1.1, "intervals": {"80": [82.8, 85.6]}}
    assert "not a diagnosis" in result["caution"]
    assert result["model_name"] == "fused-views"
    assert result["weight_kg"] is result["muac_mm"] is result["head_circumference_cm"] is None
    assert 142.0 not in every_number(result)
    assert result["measurement"]["assessment"]["standard"] == "WHO2006"


def test_a_programme_may_show_the_predicted_muac(worker_api, make_prediction, programme):
    programme.shows_predicted_muac = True
    programme.save()

    result = worker_api.get(f"/api/v1/predictions/{make_prediction().pk}/").json()

    assert result["muac_mm"] == {"mean": 142.0, "sd": 6.0, "intervals": {"80": [134.0, 150.0]}}

"""Films straight from the phone: the same steps and refusals with a folder and with Azurite."""

from __future__ import annotations

import base64
import hashlib
import os
import threading

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from accounts.services import issue_api_token
from children.consents import withdraw_consent
from scans import direct_uploads
from scans.blob_store import store_of
from scans.direct_uploads import part_of
from scans.models import DirectUpload, ScanSession, ScanVideo, scan_video_storage
from scans.services import attach_video, start_session
from tests.api.conftest import ApiClient, plain_client
from tests.scans.phones import announcement, block_url, put

FILM = os.urandom(2500)
BLOCK = 1000


@pytest.fixture(params=["folder", "azurite"])
def store(request, settings):
    """Keep films in both kinds of store, one after the other, cut into blocks of 1000 bytes."""
    settings.UPLOAD_BLOCK_BYTES = BLOCK
    if request.param == "azurite":
        request.getfixturevalue("azure_films")
    return request.param


@pytest.fixture
def session(child, health_worker) -> ScanSession:
    return start_session(child=child, started_by=health_worker, facts={})


@pytest.fixture
def phone(health_worker) -> ApiClient:
    return ApiClient(issue_api_token(user=health_worker, name="phone")[1])


def announce(phone, of_session, film=FILM, **changes):
    return phone.post("/api/v1/video-uploads/", announcement(of_session.pk, film) | changes)


def send(upload, film, number, **headers):
    """PUT one block as a phone does; return status and code."""
    block = film[number * BLOCK : (number + 1) * BLOCK]
    url = block_url(upload["send_to"]["url"], number)
    if "://testserver/" not in url:
        return put(url, block, **headers)
    answer = plain_client().put(url.removeprefix("http://testserver"), block, "video/mp4", headers=headers or None)
    return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else ""


def send_all(upload, film=FILM):
    for number in upload["missing_blocks"]:
        assert send(upload, film, number)[0] == 201


def complete(phone, upload):
    return phone.post(f"/api/v1/video-uploads/{upload['id']}/complete/")


def blobs(session):
    """Return the names of what lies in the store for a session."""
    return {blob.name for blob in store_of(scan_video_storage()).blobs() if str(session.pk) in blob.name}


def test_a_film_arrives_in_blocks_and_becomes_the_film_of_its_session(
    store, phone, session, django_capture_on_commit_callbacks
):
    announced = announce(phone, session)
    upload = announced.json()
    send(upload, FILM, 2)
    halfway = phone.get(announced["Location"].removeprefix("http://testserver")).json()
    send(upload, FILM, 0)
    send(upload, FILM, 1)
    with django_capture_on_commit_callbacks(execute=True):
        completed = complete(phone, upload)

    assert (announced.status_code, upload["block_count"], upload["missing_blocks"]) == (201, 3, [0, 1, 2])
    assert (halfway["missing_blocks"], halfway["send_to"], halfway["video"]) == ([0, 1], None, None)
    assert completed.status_code == 201
    video = ScanVideo.objects.get()
    assert completed.json()["id"] == str(video.pk)
    assert video.file.name == f"children/{session.child_id}/sessions/{session.pk}/standing_front.mp4"
    assert (video.size_bytes, video.sha256) == (2500, hashlib.sha256(FILM).hexdigest())
    assert b"".join(store_of(scan_video_storage()).read(video.file.name).chunks) == FILM


def test_an_answer_that_was_lost_is_given_again(store, phone, session):
    upload = announce(phone, session).json()
    send_all(upload)
    first = complete(phone, upload)

    again = complete(phone, upload)
    announced = announce(phone, session)

    assert (again.status_code, again.json()) == (201, first.json())
    assert (announced.status_code, announced.json()["id"], announced.json()["send_to"]) == (201, upload["id"], None)
    assert announced.json()["video"] == first.json()
    assert announced.json()["missing_blocks"] == []


def test_an_address_that_expired_half_way_is_renewed_until_the_upload_is_complete(store, phone, session, settings):
    settings.UPLOAD_GRANT_SECONDS = -1
    upload = announce(phone, session).json()
    expired = send(upload, FILM, 0)[0]
    settings.UPLOAD_GRANT_SECONDS = 60
    renewed = phone.post(f"/api/v1/video-uploads/{upload['id']}/address/")
    send_all(upload | {"send_to": renewed.json()})
    complete(phone, upload)

    late = phone.post(f"/api/v1/video-uploads/{upload['id']}/address/")

    assert (expired, renewed.status_code, ScanVideo.objects.count()) == (403, 201, 1)
    assert (late.status_code, late.json()["code"]) == (409, "upload_complete")


def test_a_portal_that_died_between_film_and_row_finishes_when_asked_again(store, phone, session, monkeypatch):
    upload = announce(phone, session).json()
    send_all(upload)

    def die(video):
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr("scans.direct_uploads.store_while_open", die)
        died = complete(phone, upload)
    completed = complete(phone, upload)

    assert (died.status_code, completed.status_code) == (500, 201)
    assert ScanVideo.objects.get().sha256 == upload["sha256"]


def test_blocks_that_are_missing_are_named(store, phone, session):
    upload = announce(phone, session).json()
    send(upload, FILM, 1)

    answer = complete(phone, upload)

    assert (answer.status_code, answer.json()["code"]) == (409, "blocks_missing")
    assert "2 blocks are missing: 0, 2." in answer.json()["detail"]
    assert not ScanVideo.objects.exists()


@pytest.mark.parametrize("wrong", [{"sha256": "0" * 64}, {"md5": "0" * 32}, {"size_bytes": 2499}])
def test_a_film_that_is_not_the_announced_one_is_thrown_away(store, phone, session, wrong):
    upload = announce(phone, session, **wrong).json()
    film = FILM[: upload["size_bytes"]]
    send_all(upload, film)

    answer = complete(phone, upload)

    assert (answer.status_code, answer.json()["code"]) == (400, "hash_mismatch")
    assert blobs(session) == set()
    assert not ScanVideo.objects.exists()
    assert announce(phone, session, **wrong).json()["missing_blocks"] == [0, 1, 2]


def test_a_block_that_arrives_damaged_is_refused_at_once(store, phone, session):
    upload = announce(phone, session).json()
    other = base64.b64encode(hashlib.md5(b"another block").digest()).decode()

    status, _code = send(upload, FILM, 0, **{"Content-MD5": other})

    assert status == 400
    assert announce(phone, session).json()["missing_blocks"] == [0, 1, 2]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"size_bytes": 0}, 400, "empty_file"),
        ({"size_bytes": 300 * 1024**2}, 413, "too_large"),
        ({"sha256": "0" * 63}, 400, "not_hex"),
        ({"md5": "g" * 32}, 400, "not_hex"),
        ({"content_type": "text/html"}, 400, "invalid_choice"),
        ({"session": "00000000-0000-4000-8000-000000000000"}, 404, "not_found"),
    ],
)
def test_what_cannot_be_a_film_is_refused_before_its_first_byte(phone, session, changes, status, code):
    answer = announce(phone, session, **changes)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not DirectUpload.objects.exists()


def test_a_session_that_has_ended_takes_no_film(store, phone, session, health_worker):
    upload = announce(phone, session).json()
    send_all(upload)
    withdraw_consent(consent=session.consent, withdrawn_by=health_worker)

    late = announce(phone, session)

    assert (late.status_code, late.json()["code"]) == (409, "no_scan_consent")
    assert complete(phone, upload).status_code in {404, 409}
    assert not ScanVideo.objects.exists()


def test_a_withdrawal_while_the_film_is_checked_leaves_nothing(store, phone, session, health_worker, monkeypatch):
    upload = announce(phone, session).json()
    send_all(upload)
    refuse = direct_uploads.store_while_open

    def withdraw_first(video):
        ScanSession.objects.filter(pk=session.pk).update(state="cancelled", finished_at=timezone.now())
        refuse(video)

    monkeypatch.setattr("scans.direct_uploads.store_while_open", withdraw_first)
    answer = complete(phone, upload)

    assert (answer.status_code, answer.json()["code"]) == (409, "session_closed")
    assert not any(name.endswith(".mp4") for name in blobs(session))


def test_a_lying_film_does_not_join_a_standing_one(store, phone, session):
    attach_video(session=session, scan_type="standing_front", upload=ContentFile(b"a film"))

    answer = announce(phone, session, scan_type="lying_above")

    assert (answer.status_code, answer.json()["code"]) == (409, "mixed_positions")


def test_another_film_of_the_kind_is_refused_and_the_same_one_is_known(store, phone, session):
    video = attach_video(session=session, scan_type="standing_front", upload=ContentFile(FILM))

    same = announce(phone, session)
    other = announce(phone, session, FILM + b"more")

    assert (same.status_code, same.json()["video"]["id"]) == (201, str(video.pk))
    assert (other.status_code, other.json()["code"]) == (409, "video_exists")


def test_a_film_that_came_by_form_meanwhile_is_not_asked_for_in_blocks(store, phone, session):
    upload = announce(phone, session).json()
    video = attach_video(session=session, scan_type="standing_front", upload=ContentFile(FILM))

    again = announce(phone, session).json()

    assert (again["id"], again["missing_blocks"], again["send_to"]) == (upload["id"], [], None)
    assert again["video"]["id"] == str(video.pk)


def test_of_a_film_by_form_and_one_in_blocks_at_once_one_stays(store, phone, session):
    upload = announce(phone, session).json()
    send_all(upload)
    attach_video(session=session, scan_type="standing_front", upload=ContentFile(b"the faster one"))

    answer = complete(phone, upload)

    assert (answer.status_code, answer.json()["code"]) == (409, "video_exists")
    assert ScanVideo.objects.get().size_bytes == len(b"the faster one")


def test_a_session_takes_no_endless_number_of_announcements(phone, session):
    answers = [announce(phone, session, FILM + bytes([number])) for number in range(11)]

    assert [answer.status_code for answer in answers] == [201] * 10 + [409]
    assert answers[-1].json()["code"] == "too_many_uploads"
    assert DirectUpload.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_completing_twice_at_once_makes_one_film(store, phone, session):
    upload = announce(phone, session).json()
    send_all(upload)
    answers = []

    def ask():
        answers.append(complete(phone, upload))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    codes = {answer.status_code for answer in answers}
    assert 201 in codes
    assert codes <= {201, 409}
    assert all(answer.json()["code"] == "upload_busy" for answer in answers if answer.status_code == 409)
    assert complete(phone, upload).status_code == 201
    assert ScanVideo.objects.count() == 1
    assert part_of(DirectUpload.objects.get()).endswith(f"{upload['id']}.part")

"""Who may see a film, for how long, and what is written down of it."""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.base import ContentFile
from django.db import Error, transaction
from django.utils import timezone

from accounts.models import Membership
from accounts.services import issue_api_token
from children.consents import give_consent, withdraw_consent
from scans.models import FilmView, ScanVideo
from scans.services import attach_video, start_session
from tests.api.conftest import ApiClient, plain_client
from tests.scans.phones import get, put

FILM = os.urandom(5000)


@pytest.fixture(params=["folder", "azurite"])
def store(request):
    if request.param == "azurite":
        request.getfixturevalue("azure_films")
    return request.param


@pytest.fixture
def video(child, health_worker) -> ScanVideo:
    session = start_session(child=child, started_by=health_worker, facts={})
    return attach_video(session=session, scan_type="standing_front", upload=ContentFile(FILM))


@pytest.fixture
def review(child, health_worker):
    return give_consent(child=child, purpose="image_review", recorded_by=health_worker)


def ask(user, video):
    client = ApiClient(issue_api_token(user=user, name="browser")[1])
    return client.post(f"/api/v1/scan-videos/{video.pk}/open/")


def fetch(url):
    """Return status and bytes of a GET without any cookie or token."""
    if "://testserver/" not in url:
        return get(url)
    answer = plain_client().get(url.removeprefix("http://testserver"))
    return answer.status_code, b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_a_supervisor_sees_the_film_and_it_is_written_down(store, video, review, supervisor):
    answer = ask(supervisor, video)

    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    assert fetch(answer.json()["url"]) == (200, FILM)
    view = FilmView.objects.get()
    assert (view.opened_by, view.video_id, view.session_id) == (supervisor, video.pk, video.session_id)
    assert timedelta(0) < view.expires_at - timezone.now() <= timedelta(seconds=300)


def test_the_address_in_azure_reads_one_blob_and_nothing_else(azure_films, video, review, supervisor):
    url = ask(supervisor, video).json()["url"]
    query = parse_qs(urlsplit(url).query)

    assert (query["sp"], query["sr"]) == (["r"], ["b"])
    assert put(url, b"x", **{"x-ms-blob-type": "BlockBlob"})[0] == 403
    assert put(url, method="DELETE")[0] == 403
    assert get(url.replace("standing_front", "standing_side"))[0] == 403


def test_an_address_that_has_expired_shows_nothing(store, video, review, supervisor, settings):
    settings.FILM_GRANT_SECONDS = -1

    status, content = fetch(ask(supervisor, video).json()["url"])

    assert status == 403
    assert FILM[:100] not in content


@pytest.mark.parametrize("change", [lambda url: url[:-1], lambda url: url.split("?")[0], lambda url: url + "x"])
def test_a_changed_address_shows_nothing(video, review, supervisor, change):
    assert fetch(change(ask(supervisor, video).json()["url"]))[0] == 403


def test_a_health_worker_does_not_see_films(video, review, health_worker):
    answer = ask(health_worker, video)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_supervisor")
    assert not FilmView.objects.exists()


def test_without_the_consent_to_image_review_nobody_sees_it(video, supervisor):
    answer = ask(supervisor, video)

    assert (answer.status_code, answer.json()["code"]) == (409, "no_image_review_consent")
    assert not FilmView.objects.exists()


def test_a_consent_that_is_withdrawn_closes_the_door_again(video, review, supervisor, health_worker):
    url = ask(supervisor, video).json()["url"]
    withdraw_consent(consent=review, withdrawn_by=health_worker)

    assert ask(supervisor, video).status_code == 409
    assert fetch(url)[0] == 403


def test_who_is_no_supervisor_any_more_sees_no_film_by_an_old_address(video, review, supervisor):
    url = ask(supervisor, video).json()["url"]
    Membership.objects.filter(user=supervisor).delete()

    assert fetch(url)[0] == 403


def test_another_clinic_learns_nothing(video, review, outsider):
    assert ask(outsider, video).status_code == 404


def test_an_erased_film_is_gone_for_its_address_too(video, review, supervisor):
    url = ask(supervisor, video).json()["url"]
    video.delete()

    assert fetch(url)[0] == 404
    assert FilmView.objects.count() == 1


def test_what_was_written_down_stays(video, review, supervisor):
    ask(supervisor, video)

    for change in (lambda: FilmView.objects.update(opened_at=timezone.now()), lambda: FilmView.objects.all().delete()):
        with pytest.raises(Error, match="Cannot update or delete"), transaction.atomic():
            change()


def test_neither_address_nor_token_reaches_the_log(video, review, supervisor, caplog):
    caplog.set_level("DEBUG")
    url = ask(supervisor, video).json()["url"]
    grant = parse_qs(urlsplit(url).query)["grant"][0]

    assert grant not in caplog.text
    assert video.file.name not in caplog.text
    assert hashlib.sha256(FILM).hexdigest() not in caplog.text
    assert str(video.pk) in caplog.text

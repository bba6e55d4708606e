"""Files are kept for people who have signed in, up to what one session's films may have."""

from __future__ import annotations

import pytest
from django.core.files import uploadedfile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.services import issue_api_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept_files(monkeypatch):
    """Return the names of the files that were begun on the disk."""
    begun = []

    class Spied(uploadedfile.TemporaryUploadedFile):
        def __init__(self, name, *args, **kwargs):
            begun.append(name)
            super().__init__(name, *args, **kwargs)

    monkeypatch.setattr("django.core.files.uploadhandler.TemporaryUploadedFile", Spied)
    return begun


@pytest.mark.parametrize("page", ["accounts:sign_in", "admin:login"])
def test_a_strangers_file_is_refused_before_it_is_kept(page, kept_files):
    stranger = Client(enforce_csrf_checks=True)
    stranger.get(reverse(page))

    answer = stranger.post(reverse(page), {"username": "x", "file": SimpleUploadedFile("big.bin", b"x" * 1000)})

    assert answer.status_code == 400
    assert kept_files == []


def test_a_form_over_the_films_of_one_session_is_refused_before_it_is_read(
    client, child, health_worker, settings, kept_files
):
    settings.SCAN_MAX_BYTES = 1000
    client.force_login(health_worker)
    film = SimpleUploadedFile("film.mp4", b"x" * 80_000)

    answer = client.post(reverse("scans:new", args=[child.pk]), {"film_lying_above": film})

    assert answer.status_code == 400
    assert kept_files == []


def test_an_api_token_is_enough_to_send_a_film(child, health_worker, kept_files):
    token = issue_api_token(user=health_worker, name="phone")[1]
    body = {"child": str(child.pk), "scan_type": "lying_above", "video": SimpleUploadedFile("film.mp4", b"film")}

    answer = Client().post("/api/v1/predict/video/", body, headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 202
    assert kept_files == ["film.mp4"]

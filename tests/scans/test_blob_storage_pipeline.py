"""A session whose film lies in Azure, from the queue to its answer; and when the film is damaged or out of reach."""

from __future__ import annotations

import pytest
from django.core.files.storage import storages

from children.models import Measurement
from predictions.models import Prediction
from predictions.pipeline import process_session
from scans.models import ScanSession, ScanVideo, scan_video_storage
from tests.conftest import DATA

FILM = DATA / "videos" / "A003_lying.mp4"
State = ScanSession.State

pytestmark = pytest.mark.django_db


@pytest.fixture
def queued(azure_films, make_session, make_child) -> ScanSession:
    """A session with a good film in Azurite."""
    facts = {"marker_used": True, "marker_size_mm": 160}
    return make_session(child=make_child(age_days=300), film=FILM.name, scan_type="lying_above", **facts)


def replace_blob(session, content):
    name = session.videos.get().file.name
    scan_video_storage().client.get_blob_client(name).upload_blob(content, overwrite=True)


def test_a_film_in_azure_is_measured(queued):
    process_session(queued.pk)

    queued.refresh_from_db()
    assert queued.state == State.SUCCEEDED
    assert Measurement.objects.get(child=queued.child).source == Measurement.Source.SCAN


def test_a_truncated_film_is_never_predicted_from(queued):
    replace_blob(queued, FILM.read_bytes()[:-1])

    process_session(queued.pk)

    queued.refresh_from_db()
    assert (queued.state, queued.reason) == (State.FAILED, "processing_failed")
    assert not Prediction.objects.exists()


def test_while_the_store_is_away_a_session_waits_and_no_attempt_counts(queued, azurite, use_containers, monkeypatch):
    near = storages["scan_videos"]
    use_containers(connection_string=azurite.connection_string.replace(f":{azurite.port}/", ":1/"), create=False)
    for _attempt in range(5):
        process_session(queued.pk)

    queued.refresh_from_db()
    assert (queued.state, queued.attempts) == (State.QUEUED, 0)
    monkeypatch.setattr(ScanVideo._meta.get_field("file"), "storage", near)
    process_session(queued.pk)
    queued.refresh_from_db()
    assert queued.state == State.SUCCEEDED

"""A child with a word of its own in every field goes the whole way, is erased, and none of the words is left anywhere.

Real parts: PostgreSQL, broker, blob server, web requests, gpu worker.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from children.models import Child, ErasureRecord
from scans.models import ScanSession
from tests.api.conftest import ApiClient, api, supervisor_api, worker_api
from tests.conftest import DATA
from tests.erasure.searching import Places, places_of
from tests.servers import process_env, start_worker, wait_until

__all__ = ["api", "supervisor_api", "worker_api"]  # fixtures
pytestmark = [pytest.mark.slow, pytest.mark.timeout(420), pytest.mark.django_db(transaction=True)]

PROCESSING_SECONDS = 200
WORDS = {
    name: f"Kanarie{name.title()}Zwq"
    for name in ("child", "renamed", "guardian", "relation", "measurer", "correction", "place", "outcome", "closing")
}
PHONE = "+254777123987"
# The capture facts of the film, beside it in good_sessions.csv.
MARKER = {"marker_used": "true", "marker_id": "4", "marker_size_mm": "160", "focal_length_px": "1160.5"}
LEDGER = {"table public.children_erasurerecord", "table public.scans_blobdeletion"}


@pytest.fixture
def containers(azurite: Any, azure_films: str) -> list[ContainerClient]:
    """New containers of the blob server, in which films and backups are kept."""
    client = BlobServiceClient.from_connection_string(azurite.connection_string)
    return [client.get_container_client(name) for name in (azure_films, f"{azure_films}-backups")]


@pytest.fixture
def gpu_worker(azurite: Any, azure_films: str, tmp_path: Path) -> Iterator[None]:
    """A real worker that reads films from the same container."""
    env = process_env(
        database=connection.settings_dict["NAME"],
        AZURE_STORAGE_CONNECTION_STRING=azurite.connection_string,
        SCAN_VIDEO_CONTAINER=azure_films,
    )
    worker = start_worker(queue="gpu", env=env, logs=tmp_path / "logs")
    yield
    worker.terminate()


def register(worker: ApiClient, clinic: Any) -> str:
    """Register and measure the child, correct it, raise and refer an alert; return the child's id."""
    today = timezone.localdate()
    child = worker.post(
        "/api/v1/children/",
        {
            "clinic": str(clinic.pk),
            "name": WORDS["child"],
            "sex": "F",
            "born_on": str(today - timedelta(days=304)),
            "guardian": {"name": WORDS["guardian"], "relation": WORDS["relation"], "phone": PHONE},
            "consents": [{"purpose": purpose} for purpose in ("care", "scan", "research_training")],
        },
    ).json()["id"]
    worker.patch(f"/api/v1/children/{child}/", {"name": WORDS["renamed"]})
    return child


def treat(worker: ApiClient, supervisor: ApiClient, child: str) -> None:
    """Measure by hand, correct, refer and close: words in every free text of care."""
    today = str(timezone.localdate())
    visit = {"child": child, "measured_on": today, "muac_mm": 112, "weight_kg": 7.1, "measured_by": WORDS["measurer"]}
    visit |= {"length_height_cm": 70.5, "position": "length", "confirmed_fields": ["muac_mm", "weight_kg"]}
    measured = worker.post("/api/v1/measurements/", visit).json()
    fixed = {key: value for key, value in visit.items() if key != "child"} | {"reason": WORDS["correction"]}
    assert supervisor.post(f"/api/v1/measurements/{measured['id']}/correct/", fixed).status_code == 201
    alert = worker.get("/api/v1/alerts/", child=child, state="open").json()["results"][0]["id"]
    worker.post(f"/api/v1/alerts/{alert}/refer/", {"referred_to": WORDS["place"]})
    worker.post(f"/api/v1/alerts/{alert}/resolve/", {"reason": WORDS["closing"]})
    follow_up = worker.get("/api/v1/follow-ups/", child=child, state="open").json()["results"][0]["id"]
    assert worker.post(f"/api/v1/follow-ups/{follow_up}/complete/", {"outcome": WORDS["outcome"]}).status_code == 200


def scan(worker: ApiClient, child: str) -> ScanSession:
    """Film the child and wait for the answer of the real worker."""
    film = SimpleUploadedFile("film.mp4", (DATA / "videos" / "A003_lying.mp4").read_bytes(), content_type="video/mp4")
    sent = worker.upload("/api/v1/predict/video/", child=child, scan_type="lying_above", video=film, **MARKER)
    assert sent.status_code == 202, sent.content
    session = ScanSession.objects.get(pk=sent.json()["id"])
    wait_until(
        lambda: not ScanSession.objects.get(pk=session.pk).is_in_progress,
        timeout=PROCESSING_SECONDS,
        what="an answer of the worker",
    )
    assert ScanSession.objects.get(pk=session.pk).state == "succeeded"
    return session


def look_at(user: Any, child: str) -> None:
    """Open the child's pages in a browser's session, with a message that waits in it."""
    browser = Client()
    browser.force_login(user)
    browser.get(f"/children/{child}/")
    browser.post(f"/children/{child}/erase/", {"execute": "1", "code": "wrong"})


def test_none_of_the_words_is_left_anywhere(
    worker_api, supervisor_api, health_worker, supervisor, clinic, containers, gpu_worker, settings, tmp_path
):
    settings.RESEARCH_PSEUDONYM_KEY = "k" * 32
    child = register(worker_api, clinic)
    treat(worker_api, supervisor_api, child)
    session = scan(worker_api, child)
    look_at(health_worker, child)
    drawn = {"purpose": "teaching", "ethics_reference": "EC 1", "created_by": supervisor.username}
    call_command("draw_training_set", name="canary", out=tmp_path / "set", **drawn)
    code = Child.objects.get(pk=child).code
    words = [*WORDS.values(), PHONE, code]
    ids = [child, str(session.pk)]

    def search() -> Places:
        return places_of([*words, *ids], containers=containers, folders=[tmp_path])

    before = search()
    wish = worker_api.post("/api/v1/erasure-requests/", {"child": child}).json()["id"]
    receipt = supervisor_api.post(f"/api/v1/erasure-requests/{wish}/execute/").json()
    after = search()

    assert set(before) == {*words, *ids}
    assert any(place.startswith("blob children/") for place in before[child])
    assert any(place.endswith("event") for place in before[WORDS["child"]])
    assert receipt["files_deleted"] is True
    assert not {word: places for word, places in after.items() if word in words}
    assert not [(word, place) for word in ids for place in after.get(word, ()) if not may_name_ids(place, tmp_path)]
    exported = [row for record in ErasureRecord.objects.all() for row in record.exported_rows]
    assert [pseudonym for row in exported for pseudonym in row["sessions"]] == pseudonyms_in(tmp_path / "set")


def may_name_ids(place: str, tmp_path: Path) -> bool:
    """Ids of what is gone stay in the ledger, in its copy, in the watch over late uploads, and in the worker's log."""
    return place in LEDGER or place.startswith(("blob erasure-ledger/", f"file {tmp_path / 'logs'}"))


def pseudonyms_in(folder: Path) -> list[str]:
    lines = (folder / "sessions.csv").read_text().splitlines()
    return [line.split(",")[lines[0].split(",").index("session")] for line in lines[1:]]

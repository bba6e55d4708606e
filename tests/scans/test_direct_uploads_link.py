"""The program of docs/uploads.md against the real web server, over a link that breaks."""

from __future__ import annotations

import hashlib
import os
import re
import runpy
from types import SimpleNamespace

import pytest
from django.db import connection

from accounts.services import issue_api_token
from cgm_portal.env import BASE_DIR
from scans.models import ScanSession, ScanVideo
from scans.services import start_session
from scans.storage import fetched_film
from tests.scans.link import breaking_link
from tests.servers import WebServer, process_env

MIB = 1024 * 1024
FILM_BYTES = 50 * MIB
CUTS = 20
# Requests beside the blocks, and headers: what the portal itself sends to the store goes over the same link.
OVERHEAD_BYTES = 2 * MIB

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session(child, health_worker) -> ScanSession:
    return start_session(child=child, started_by=health_worker, facts={})


@pytest.fixture
def token(health_worker) -> str:
    return issue_api_token(user=health_worker, name="phone")[1]


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> SimpleNamespace:
    """The program as the page prints it."""
    page = (BASE_DIR / "docs" / "uploads.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    path = tmp_path_factory.mktemp("example") / "send_film.py"
    path.write_text(program, encoding="utf-8")
    return SimpleNamespace(**runpy.run_path(str(path)))


@pytest.fixture
def start_portal(tmp_path):
    """Return a starter of the real web server, ended with the test."""
    started = []

    def start(**environment: str) -> WebServer:
        env = process_env(database=connection.settings_dict["NAME"], **environment)
        started.append(WebServer(env=env, logs=tmp_path))
        started[-1].start()
        return started[-1]

    yield start
    for server in started:
        server.terminate()


def film_of(folder, size):
    film = folder / "film.mp4"
    film.write_bytes(os.urandom(size))
    return film


def assert_stored(film):
    video = ScanVideo.objects.get()
    assert (video.size_bytes, video.sha256) == (film.stat().st_size, hashlib.sha256(film.read_bytes()).hexdigest())
    with fetched_film(video) as copy:
        assert copy.read_bytes() == film.read_bytes()


def test_the_program_of_the_page_sends_a_film_to_a_portal_with_folders(example, start_portal, session, token, tmp_path):
    portal = start_portal(UPLOAD_BLOCK_BYTES="4096")
    film = film_of(tmp_path, 10_000)

    stored = example.send_film(f"{portal.url}/api/v1/", token, str(session.pk), "standing_front", film, pause_s=0)

    assert stored["size_bytes"] == 10_000
    assert_stored(film)


def test_a_link_that_breaks_twenty_times_costs_one_block_each_time(
    example, start_portal, session, token, tmp_path, azurite, azure_films
):
    film = film_of(tmp_path, FILM_BYTES)
    cut_at = [MIB + cut * (FILM_BYTES // CUTS) for cut in range(CUTS)]
    with breaking_link(target_port=azurite.port, cut_at=cut_at) as link:
        portal = start_portal(
            AZURE_STORAGE_CONNECTION_STRING=azurite.connection_string.replace(f":{azurite.port}/", f":{link.port}/"),
            SCAN_VIDEO_CONTAINER=azure_films,
        )

        example.send_film(f"{portal.url}/api/v1/", token, str(session.pk), "standing_front", film, pause_s=0)

    assert link.cuts == CUTS
    assert link.bytes_up <= FILM_BYTES + CUTS * MIB + OVERHEAD_BYTES
    assert_stored(film)

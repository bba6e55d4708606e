"""Fixtures of films that go straight into a store."""

from __future__ import annotations

import hashlib
import os

import pytest

from scans.direct_uploads import Announcement, complete_upload, grant_blocks, start_upload
from scans.models import ScanSession
from scans.services import start_session

FILM = os.urandom(3000)
BLOCK = 1000


@pytest.fixture
def session(child, health_worker) -> ScanSession:
    """A session that waits for its films."""
    return start_session(child=child, started_by=health_worker, facts={})


@pytest.fixture
def announce(session, health_worker, settings):
    """Return a maker of uploads with the address for their blocks."""
    settings.UPLOAD_BLOCK_BYTES = BLOCK

    def make(film=FILM, scan_type="standing_front"):
        digests = {"sha256": hashlib.sha256(film).hexdigest(), "md5": hashlib.md5(film).hexdigest()}
        announced = Announcement(scan_type=scan_type, size_bytes=len(film), content_type="video/webm", **digests)
        upload = start_upload(session=session, announced=announced, started_by=health_worker).upload
        return upload, grant_blocks(upload).url

    return make


@pytest.fixture
def complete(django_capture_on_commit_callbacks):
    """Return `complete_upload` with what happens after its commit."""

    def run(upload):
        with django_capture_on_commit_callbacks(execute=True):
            return complete_upload(upload=upload)

    return run

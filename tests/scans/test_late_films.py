"""A film that was on its way while its session ended: nothing of it is kept."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile

from cgm_portal.errors import DomainError
from children.consents import withdraw_consent
from scans import services
from scans.models import ScanSession, ScanVideo, scan_video_storage
from scans.services import attach_video, start_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(child, health_worker):
    """Return the session as the upload's request read it, before the bytes arrived."""
    return start_session(child=child, started_by=health_worker, facts={})


def stored_films(session):
    folder = f"children/{session.child_id}/sessions/{session.pk}"
    storage = scan_video_storage()
    return storage.listdir(folder)[1] if storage.exists(folder) else []


def test_a_film_that_arrives_after_the_withdrawal_is_not_kept(session, health_worker):
    withdraw_consent(consent=session.consent, withdrawn_by=health_worker)

    with pytest.raises(DomainError) as refusal:
        attach_video(session=session, scan_type="lying_above", upload=ContentFile(b"a film"))

    assert refusal.value.code == "no_scan_consent"
    assert not ScanVideo.objects.exists()
    assert stored_films(session) == []


def test_a_film_that_arrives_after_the_session_closed_is_not_kept(session):
    ScanSession.objects.filter(pk=session.pk).update(state=ScanSession.State.QUEUED)

    with pytest.raises(DomainError) as refusal:
        attach_video(session=session, scan_type="lying_above", upload=ContentFile(b"a film"))

    assert refusal.value.code == "session_closed"
    assert not ScanVideo.objects.exists()
    assert stored_films(session) == []


def test_of_a_standing_and_a_lying_film_at_once_the_second_is_not_kept(session, monkeypatch):
    checks = []

    def attach_a_rival_after_the_first_check(*args):
        checks.append(args)
        if len(checks) == 1:
            monkeypatch.setattr(services, "refuse_mixed_positions", refuse)
            attach_video(session=session, scan_type="standing_front", upload=ContentFile(b"a rival"))

    refuse = services.refuse_mixed_positions
    monkeypatch.setattr(services, "refuse_mixed_positions", attach_a_rival_after_the_first_check)

    with pytest.raises(DomainError) as refusal:
        attach_video(session=session, scan_type="lying_above", upload=ContentFile(b"a film"))

    assert refusal.value.code == "mixed_positions"
    assert stored_films(session) == ["standing_front.mp4"]

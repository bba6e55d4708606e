"""Pictures for review: kept with consent alone, shown to supervisors alone, gone with the consent and in time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from children.consents import give_consent, withdraw_consent
from children.models import Consent
from ml_models.pose.landmarks import HEAD
from predictions.frames import FilmedFrames, keep_review_frames
from predictions.models import ReviewFrame
from predictions.pipeline import process_session
from scans.models import MediaRemoval, ScanSession
from scans.retention import delete_expired
from tests.ml_models.test_head_mask import ScriptedEstimator, frames_of_noise, mirrored, standing_body

pytestmark = pytest.mark.django_db
PURPOSES = ("care", "scan", "image_review")


def pictures_in_store(session: ScanSession) -> list[Path]:
    folder = Path(storages["scan_frames"].location)  # type: ignore[attr-defined]
    return sorted(folder.glob(f"children/{session.child_id}/sessions/{session.pk}/frames/*"))


@pytest.fixture
def make_ended(make_child, make_session):
    """Return a maker of ended scans: `make_ended(purposes=("care", "scan"))`."""

    def make(purposes=PURPOSES, state="unusable"):
        session = make_session(child=make_child(purposes=purposes), scan_type="standing_front")
        now = timezone.now()
        ScanSession.objects.filter(pk=session.pk).update(state=state, reason="feet_cut_off", finished_at=now)
        session.refresh_from_db()
        return session

    return make


def keep(session: ScanSession) -> int:
    """Keep pictures of a film on which one child is found."""
    body = standing_body()
    estimator = ScriptedEstimator(body, mirrored(body), None, body)
    return keep_review_frames(session.pk, [FilmedFrames("standing_front", frames_of_noise())], lambda: estimator)


@pytest.fixture
def kept(make_ended):
    """A refused scan with three pictures."""
    session = make_ended()
    assert keep(session) == 3
    return session


def test_a_processed_film_keeps_pictures_when_the_guardian_agreed(make_child, make_session):
    child = make_child(age_days=300, purposes=PURPOSES)
    session = make_session(child=child, film="A003_lying.mp4", marker_used=True, marker_size_mm=160)

    process_session(session.pk)

    session.refresh_from_db()
    frames = list(session.review_frames.all())
    assert session.state in {"succeeded", "unusable"}
    assert [frame.scan_type for frame in frames] == ["lying_above"] * len(frames)
    assert frames
    assert len(pictures_in_store(session)) == len(frames)
    assert all(frame.marker and not set(map(int, frame.points)) & set(HEAD) for frame in frames)


@pytest.mark.parametrize("purposes", [("care", "scan"), ("care", "scan", "research_training")])
def test_without_the_consent_to_image_review_nothing_is_kept(make_ended, purposes):
    session = make_ended(purposes=purposes)

    assert keep(session) == 0
    assert not ReviewFrame.objects.exists()
    assert pictures_in_store(session) == []


@pytest.mark.parametrize("state", ["cancelled", "failed_over"])
def test_a_scan_that_was_stopped_keeps_nothing(make_ended, state):
    session = make_ended()
    ScanSession.objects.filter(pk=session.pk).update(state="cancelled")
    if state == "failed_over":
        MediaRemoval.objects.create(session=session, what="frames", because="retention")
        ScanSession.objects.filter(pk=session.pk).update(state="unusable")

    assert keep(session) == 0
    assert pictures_in_store(session) == []


def test_a_consent_withdrawn_while_pictures_are_made_keeps_nothing(make_ended, health_worker, monkeypatch):
    session = make_ended()
    withdrawn = Consent.objects.get(child=session.child, purpose="image_review")

    class Withdrawing(ScriptedEstimator):
        def estimate(self, frames):
            if withdrawn.withdrawn_at is None:
                withdraw_consent(consent=withdrawn, withdrawn_by=health_worker)
                withdrawn.refresh_from_db()
            return super().estimate(frames)

    body = standing_body()
    film = FilmedFrames("standing_front", frames_of_noise())

    estimator = Withdrawing(body, mirrored(body), None, body)

    assert keep_review_frames(session.pk, [film], lambda: estimator) == 0
    assert pictures_in_store(session) == []


def test_a_fault_while_pictures_are_made_costs_no_answer(make_ended):
    session = make_ended()

    film = FilmedFrames("standing_front", frames_of_noise())

    assert keep_review_frames(session.pk, [film], ScriptedEstimator) == 0  # it finds no more words
    assert pictures_in_store(session) == []


def test_a_supervisor_sees_the_pictures_and_what_was_found(client, supervisor, kept):
    client.force_login(supervisor)
    frame = kept.review_frames.first()

    page = client.get(reverse("scan_session", args=[kept.pk])).content.decode()
    picture = client.get(reverse("review_frame", args=[kept.pk, frame.pk]))

    assert page.count(f"/scans/{kept.pk}/frames/") == 3
    assert 'class="overlay"' in page
    assert picture["Content-Type"] == "image/jpeg"
    assert "no-store" in picture["Cache-Control"]
    assert b"".join(picture.streaming_content).startswith(b"\xff\xd8")


def test_nobody_else_sees_them(client, health_worker, make_user, other_clinic, kept):
    address = reverse("review_frame", args=[kept.pk, kept.review_frames.first().pk])
    others = (
        health_worker,
        make_user("elsewhere", Role.SUPERVISOR, other_clinic),
        make_user("manager", Role.PROGRAMME_MANAGER),
    )
    for user in others:
        client.force_login(user)
        assert client.get(address).status_code == 404
    client.force_login(health_worker)
    assert "/frames/" not in client.get(reverse("scan_session", args=[kept.pk])).content.decode()


def test_a_picture_is_asked_for_by_its_own_scan(client, supervisor, kept, make_ended):
    client.force_login(supervisor)

    answer = client.get(reverse("review_frame", args=[make_ended().pk, kept.review_frames.first().pk]))

    assert answer.status_code == 404


def test_a_withdrawn_consent_takes_rows_and_pictures(
    client, supervisor, health_worker, kept, django_capture_on_commit_callbacks
):
    address = reverse("review_frame", args=[kept.pk, kept.review_frames.first().pk])
    consent = Consent.objects.get(child=kept.child, purpose="image_review")

    with django_capture_on_commit_callbacks(execute=True):
        withdraw_consent(consent=consent, withdrawn_by=health_worker)

    client.force_login(supervisor)
    assert not ReviewFrame.objects.exists()
    assert pictures_in_store(kept) == []
    assert client.get(address).status_code == 404
    page = client.get(reverse("scan_session", args=[kept.pk])).content.decode()
    assert "has not agreed that staff look at this child" in page


def test_a_withdrawn_and_renewed_consent_brings_nothing_back(health_worker, kept, django_capture_on_commit_callbacks):
    consent = Consent.objects.get(child=kept.child, purpose="image_review")
    with django_capture_on_commit_callbacks(execute=True):
        withdraw_consent(consent=consent, withdrawn_by=health_worker)
    give_consent(child=kept.child, purpose="image_review", recorded_by=health_worker)

    assert keep(kept) == 0


def test_pictures_go_when_their_time_is_over(kept, settings, django_capture_on_commit_callbacks):
    settings.FRAME_RETENTION_DAYS = 30

    with django_capture_on_commit_callbacks(execute=True):
        delete_expired(now=timezone.now() + timedelta(days=29))
    assert len(pictures_in_store(kept)) == 3
    with django_capture_on_commit_callbacks(execute=True):
        delete_expired(now=timezone.now() + timedelta(days=31))

    assert not ReviewFrame.objects.exists()
    assert pictures_in_store(kept) == []

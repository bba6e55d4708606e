"""Films and pictures go when their time is over, all of them, and nothing younger."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from predictions.models import Prediction
from scans import retention
from scans.models import BlobDeletion, MediaRemoval, ScanSession, ScanVideo
from scans.retention import delete_expired

pytestmark = pytest.mark.django_db


@pytest.fixture
def film_of_age(make_scan, make_child, film_folder):
    """Return a maker of filmed sessions of a child of `clinic`, uploaded `days` ago, with one picture."""

    def make(days: float, **child) -> ScanSession:
        session = make_scan(child=make_child(**child)).session
        then = timezone.now() - timedelta(days=days)
        ScanVideo.objects.filter(session=session).update(uploaded_at=then)
        ScanSession.objects.filter(pk=session.pk).update(started_at=then)
        frames = film_folder / f"children/{session.child_id}/sessions/{session.pk}/frames"
        frames.mkdir()
        (frames / "0001.jpg").write_bytes(b"picture")
        return session

    return make


@pytest.fixture
def run(django_capture_on_commit_callbacks):
    def deleted(**clock):
        with django_capture_on_commit_callbacks(execute=True):
            return delete_expired(**clock)

    return deleted


def blobs_of(session, film_folder) -> set[str]:
    folder = film_folder / f"children/{session.child_id}/sessions/{session.pk}"
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_each_goes_on_its_day_and_not_before(film_of_age, run, film_folder):
    session = film_of_age(0)
    filmed_at = session.videos.get().uploaded_at
    started_at = ScanSession.objects.get(pk=session.pk).started_at
    moment = timedelta(seconds=1)
    left = []

    for now in (
        started_at + timedelta(days=30) - moment,
        started_at + timedelta(days=30),
        filmed_at + timedelta(days=90) - moment,
        filmed_at + timedelta(days=90),
    ):
        run(now=now)
        left.append(blobs_of(session, film_folder))

    assert left == [{"lying_above.mp4", "0001.jpg"}, {"lying_above.mp4"}, {"lying_above.mp4"}, set()]


def test_all_that_is_expired_goes_in_batches_and_all_else_stays(film_of_age, run, film_folder, monkeypatch):
    monkeypatch.setattr(retention, "ROWS_PER_BATCH", 2)
    old = [film_of_age(days) for days in (90.01, 91, 120, 365, 2000)]
    young = [film_of_age(days) for days in (0, 29, 29.9)]

    done = run()

    assert (done.films, done.sessions_without_frames) == (5, 5)
    assert [blobs_of(session, film_folder) for session in old] == [set()] * 5
    assert [len(blobs_of(session, film_folder)) for session in young] == [2, 2, 2]
    assert not BlobDeletion.objects.exists()


def test_running_it_again_changes_nothing(film_of_age, run):
    film_of_age(100)
    run()

    again = run()

    assert (again.films, again.sessions_without_frames) == (0, 0)
    assert MediaRemoval.objects.count() == 2


def test_a_programme_sets_its_own_days(film_of_age, run, programme):
    programme.video_retention_days = 7
    programme.save()
    film_of_age(8)
    kept = film_of_age(6)

    run()

    assert list(ScanVideo.objects.values_list("session", flat=True)) == [kept.pk]


def test_the_answer_of_an_expired_film_stays_and_the_session_says_when_it_went(film_of_age, run, client, health_worker):
    session = film_of_age(100)
    client.force_login(health_worker)
    Prediction.objects.update(intervals={"height_cm": {"80": [78.7, 81.3]}})

    run()
    page = client.get(f"/scans/{session.pk}/").content.decode()

    assert Prediction.objects.filter(session=session).exists()
    assert "by retention" in page
    assert f"deleted on {timezone.localdate():%-d %B %Y}" in page


def test_a_session_that_waits_for_ever_is_cancelled_with_its_film(make_session, run):
    session = make_session()
    ScanVideo.objects.update(uploaded_at=timezone.now() - timedelta(days=91))

    run()

    session.refresh_from_db()
    assert (session.state, session.videos.count()) == ("cancelled", 0)

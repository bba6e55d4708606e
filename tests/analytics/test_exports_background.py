"""Large exports: made by a worker, behind a link that ends by time, by role and by erasure; in constant memory."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from analytics.exports import asking
from analytics.exports.making import STALE, delete_ended_files, make_export
from analytics.exports.models import ExportJob, ExportLog
from children.consents import withdraw_consent
from children.models import Consent

pytestmark = pytest.mark.django_db
VISIT = {"weight_kg": 7.05, "length_height_cm": 80.3, "position": "length", "muac_mm": 118}
State = ExportJob.State


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files of exports go to a folder of the test; more than one row is a large export."""
    settings.STORAGES = {
        **settings.STORAGES,
        "exports": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "exports")},
        },
    }
    monkeypatch.setattr(asking, "MOST_ROWS_AT_ONCE", 1)
    return tmp_path / "exports"


@pytest.fixture
def job(client, health_worker, make_measurement) -> ExportJob:
    """A job of two visits, waiting."""
    make_measurement(**VISIT, days_ago=30)
    make_measurement(**VISIT)
    client.force_login(health_worker)
    answer = client.get(reverse("export_file", query={"table": "visits"}))
    assert answer.url == reverse("exports")
    return ExportJob.objects.get()


def link_of(job: ExportJob) -> str:
    return reverse("export_job_file", args=[job.pk])


def test_a_large_export_waits_and_then_has_a_link_and_a_row_count(client, job):
    before = client.get(reverse("exports")).text

    make_export(job.pk)

    after = client.get(reverse("exports")).text
    assert (job.state, job.expected_rows) == (State.QUEUED, 2)
    assert 'hx-trigger="every 2s"' in before
    assert 'hx-trigger="every 2s"' not in after
    assert link_of(job) in after
    assert b"".join(client.get(link_of(job)).streaming_content).count(b"\r\n") == 3
    assert ExportLog.objects.get().rows == 2


def test_a_job_is_made_once_however_often_it_is_delivered(job, private_folder):
    make_export(job.pk)
    make_export(job.pk)

    assert len(list(private_folder.iterdir())) == 1


def test_the_link_ends_and_the_file_is_deleted(client, job, private_folder):
    make_export(job.pk)
    ExportJob.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert client.get(link_of(job)).status_code == 410
    assert delete_ended_files() == 1
    assert list(private_folder.iterdir()) == []
    assert ExportJob.objects.get().state == State.DELETED
    assert ExportLog.objects.get().rows == 2


def test_the_link_is_for_whoever_asked(client, job, supervisor):
    make_export(job.pk)
    client.force_login(supervisor)

    assert client.get(link_of(job)).status_code == 404


def test_a_role_that_ended_takes_the_link_along(client, job, health_worker):
    make_export(job.pk)
    Membership.objects.filter(user=health_worker).delete()

    assert client.get(link_of(job)).status_code in {403, 404}


def test_a_role_that_ended_before_the_worker_came_gives_no_row(job, health_worker):
    Membership.objects.filter(user=health_worker).delete()

    make_export(job.pk)

    assert ExportLog.objects.get().rows == 0


@pytest.mark.parametrize("made", [True, False])
def test_an_erasure_withdraws_files_that_may_hold_the_child(client, job, child, health_worker, private_folder, made):
    if made:
        make_export(job.pk)
    consent = Consent.objects.get(child=child, purpose=Consent.Purpose.SCAN)

    withdraw_consent(consent=consent, withdrawn_by=health_worker, reason="")

    make_export(job.pk)
    assert client.get(link_of(job)).status_code == 410
    delete_ended_files()
    assert not private_folder.exists() or list(private_folder.iterdir()) == []
    assert ExportJob.objects.get().state == State.DELETED


def test_a_job_that_lost_its_worker_is_called_failed(job):
    ExportJob.objects.update(state=State.RUNNING)
    ExportLog.objects.update(started_at=timezone.now() - STALE - timedelta(minutes=1))

    delete_ended_files()

    assert ExportJob.objects.get().state == State.FAILED


def test_a_store_that_does_not_answer_fails_the_job(job, private_folder):
    private_folder.write_text("a file where the folder should be")

    with pytest.raises(OSError, match="exports"):
        make_export(job.pk)

    assert ExportJob.objects.get().state == State.FAILED
    assert ExportLog.objects.get().rows is None

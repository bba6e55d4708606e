"""Films that kill or hang a worker harm no other session: real workers, broker and database."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import User
from ml_models.quality import ReasonCode
from predictions.lease import EXIT_DEADLINE
from scans.models import ScanSession
from tests.faults.conftest import noise_film
from tests.faults.outcomes import PATIENCE_SECONDS, State, states
from tests.faults.pose import DEADLY_SIDE_PX, HANGING_SIDE_PX
from tests.servers import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]


def test_a_deadly_film_is_set_aside_after_three_attempts_and_can_be_queued_again(
    good_session, make_session, start_gpu_worker, sweeping, client, db
):
    deadly = make_session(film=noise_film(DEADLY_SIDE_PX), camera_distance_cm=150)
    others = [good_session() for _other in range(3)]
    worker = start_gpu_worker()

    def restarted_until_set_aside() -> bool:
        if not worker.is_running():
            worker.start()
        return ScanSession.objects.get(pk=deadly.pk).state == State.QUARANTINED

    wait_until(restarted_until_set_aside, timeout=PATIENCE_SECONDS, what="the quarantine")
    wait_until(lambda: states().get(State.SUCCEEDED) == len(others), timeout=PATIENCE_SECONDS, what="the others")
    deadly.refresh_from_db()
    assert (deadly.attempts, deadly.reason) == (3, ReasonCode.WORKER_LOST)

    worker.terminate()
    start_gpu_worker(POSE_BACKEND="mediapipe")
    client.force_login(User.objects.create_superuser("admin"))
    client.post(
        reverse("admin:scans_scansession_changelist"), {"action": "queue_again", "_selected_action": [str(deadly.pk)]}
    )

    def ended() -> ScanSession | None:
        return ScanSession.objects.filter(pk=deadly.pk, state=State.UNUSABLE).first()

    assert wait_until(ended, timeout=PATIENCE_SECONDS, what="the second life").reason == ReasonCode.NO_CHILD


def test_a_hanging_film_is_ended_by_the_deadline_and_the_worker_makes_way(
    good_session, make_session, start_gpu_worker, sweeping
):
    hanging = make_session(film=noise_film(HANGING_SIDE_PX), camera_distance_cm=150)
    worker = start_gpu_worker(SCAN_DEADLINE_SECONDS="8")

    wait_until(lambda: not worker.is_running(), timeout=PATIENCE_SECONDS, what="the worker to exit")

    hanging.refresh_from_db()
    assert worker.popen is not None
    assert worker.popen.returncode == EXIT_DEADLINE
    assert (hanging.state, hanging.reason) == (State.FAILED, ReasonCode.DEADLINE_EXCEEDED)
    other = good_session()
    worker.start()
    wait_until(
        lambda: ScanSession.objects.get(pk=other.pk).state == State.SUCCEEDED, timeout=PATIENCE_SECONDS, what="the next"
    )

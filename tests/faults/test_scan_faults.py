"""Nothing is lost and nothing is counted twice, whatever is killed: real workers, broker and database."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from accounts.models import User
from children.models import Measurement
from ml_models.quality import ReasonCode
from predictions.lease import EXIT_DEADLINE
from predictions.models import Prediction
from scans.models import ScanSession
from tests import servers
from tests.faults.conftest import noise_film
from tests.faults.pose import DEADLY_SIDE_PX, HANGING_SIDE_PX
from tests.servers import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
State = ScanSession.State

SESSIONS = 40
KILLS = 20
KILLS_PER_SESSION = 2
PATIENCE_SECONDS = 600
MARKER = {"marker_used": True, "marker_id": 4, "marker_size_mm": 160, "focal_length_px": "1160.5"}


@pytest.fixture
def good_session(make_session, make_child):
    """Return a maker of sessions whose film the pipeline can measure."""

    def make() -> ScanSession:
        return make_session(child=make_child(age_days=304, sex="F"), film="A003_lying.mp4", **MARKER)

    return make


def states() -> dict[str, int]:
    counted: dict[str, int] = {}
    for state in ScanSession.objects.values_list("state", flat=True):
        counted[state] = counted.get(state, 0) + 1
    return counted


def assert_each_session_has_one_result(expected: int) -> None:
    assert states() == {State.SUCCEEDED: expected}
    assert Prediction.objects.count() == expected
    assert Measurement.objects.filter(source=Measurement.Source.SCAN).count() == expected


def attempt_in_hand(killed: set[uuid.UUID]) -> uuid.UUID | None:
    """Return the token of an attempt that runs now, of a session that may be killed once more."""
    running = ScanSession.objects.filter(state=State.PROCESSING, attempts__lte=KILLS_PER_SESSION)
    return running.exclude(token__in=killed).values_list("token", flat=True).first()


def test_twenty_killed_workers_lose_none_of_forty_sessions(good_session, start_gpu_worker, sweeping):
    for _session in range(SESSIONS):
        good_session()
    worker = start_gpu_worker()

    killed: set[uuid.UUID] = set()

    while len(killed) < KILLS:
        token = wait_until(lambda: attempt_in_hand(killed), timeout=PATIENCE_SECONDS, what="a running attempt")
        worker.kill()
        if ScanSession.objects.filter(token=token).exists():  # else it ended just before
            killed.add(token)
        worker.start()
    wait_until(
        lambda: states().get(State.SUCCEEDED) == SESSIONS, timeout=PATIENCE_SECONDS, what="all sessions to succeed"
    )

    assert_each_session_has_one_result(SESSIONS)
    attempts = list(ScanSession.objects.values_list("attempts", flat=True))
    assert sum(attempts) >= SESSIONS + KILLS
    assert max(attempts) <= KILLS_PER_SESSION + 1


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


def test_a_broker_that_loses_its_data_loses_no_session(good_session, start_gpu_worker, sweeping):
    broker = servers.TEST_SERVERS.valkey if servers.TEST_SERVERS else None
    if broker is None:
        pytest.skip("REDIS_URL names a broker that is not ours to kill")
    start_gpu_worker()
    before = [good_session() for _session in range(5)]
    wait_until(lambda: states().get(State.SUCCEEDED), timeout=PATIENCE_SECONDS, what="the first result")

    broker.kill()
    during = [good_session() for _session in range(3)]
    broker.server.lose_data()
    broker.start()
    after = [good_session() for _session in range(2)]
    expected = len(before) + len(during) + len(after)
    wait_until(lambda: states().get(State.SUCCEEDED) == expected, timeout=PATIENCE_SECONDS, what="all sessions")

    assert_each_session_has_one_result(expected)

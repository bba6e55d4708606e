"""Nothing is lost and nothing is counted twice, whatever process is killed: real workers and broker."""

from __future__ import annotations

import uuid

import pytest

from scans.models import ScanSession
from tests import servers
from tests.faults.outcomes import PATIENCE_SECONDS, State, assert_each_session_has_one_result, states
from tests.servers import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

SESSIONS = 40
KILLS = 20
KILLS_PER_SESSION = 2


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

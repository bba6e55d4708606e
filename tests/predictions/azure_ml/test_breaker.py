"""The circuit breaker: shared by all workers, kept in memory while Valkey is away, tried again by one of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cgm_portal.local_services import prepare_valkey
from predictions.backends import breaker_storage
from predictions.backends.breaker import EndpointBreaker
from predictions.backends.breaker_storage import SharedStorage
from predictions.backends.endpoint_config import FAILURES_TO_OPEN, EndpointConfig
from predictions.backends.reasons import EndpointError, FallbackReason
from tests.servers import RunningServer, wait_until

LONG_S, SHORT_S = 60.0, 0.2


@pytest.fixture
def make_worker(request):
    """Return a maker of breakers as a process has them: each reads what others left, and knows nothing else."""

    def make(*, pause_s: float = LONG_S) -> EndpointBreaker:
        url = f"https://host/{request.node.nodeid}"
        return EndpointBreaker(EndpointConfig(url=url, key="", pinned_version="", timeout_s=5.0, pause_s=pause_s))

    return make


@pytest.fixture
def own_valkey(tmp_path, settings, monkeypatch):
    """A Valkey that a test may kill, and that is asked again at once when it was away."""
    running = RunningServer(prepare_valkey(folder=tmp_path / "valkey", log=tmp_path / "valkey.log"))
    running.start()
    settings.REDIS_URL = running.server.url
    monkeypatch.setattr(breaker_storage, "REDIS_PAUSE_S", 0.0)
    yield running
    running.terminate()


def fail(breaker: EndpointBreaker, times: int) -> int:
    """Let `times` calls fail and return how many were made."""
    made = []

    def work() -> None:
        made.append(1)
        raise EndpointError(FallbackReason.HTTP_ERROR)

    for _call in range(times):
        with pytest.raises(EndpointError):
            breaker.call(work)
    return len(made)


def test_five_failures_in_a_row_end_the_calls(make_worker):
    assert fail(make_worker(), 20) == FAILURES_TO_OPEN


def test_a_success_between_failures_starts_the_count_again(make_worker):
    worker = make_worker()

    fail(worker, FAILURES_TO_OPEN - 1)
    worker.call(lambda: None)

    assert fail(worker, 20) == FAILURES_TO_OPEN


def test_failures_of_all_workers_count_together(make_worker):
    one, other = make_worker(), make_worker()

    assert fail(one, 3) + fail(other, 20) == FAILURES_TO_OPEN
    assert fail(one, 1) == 0


def test_a_worker_that_starts_again_does_not_pay_again(make_worker):
    fail(make_worker(), FAILURES_TO_OPEN)

    assert fail(make_worker(), 20) == 0


def test_after_the_pause_one_worker_tries_for_all_and_success_lets_all_call(make_worker):
    one, other = make_worker(pause_s=SHORT_S), make_worker(pause_s=SHORT_S)
    fail(one, FAILURES_TO_OPEN)
    called_meanwhile = []

    def trial() -> str:
        called_meanwhile.append(fail(other, 3))
        return "answered"

    assert wait_until(lambda: _call_if_let(one, trial), what="the pause to end") == "answered"
    assert called_meanwhile == [0]
    assert other.call(lambda: "answered") == "answered"
    assert fail(other, 20) == FAILURES_TO_OPEN


def test_a_trial_in_vain_opens_for_another_pause(make_worker):
    worker = make_worker(pause_s=SHORT_S)
    fail(worker, FAILURES_TO_OPEN)
    opened_at = worker.opened_at

    wait_until(lambda: fail(worker, 1), what="the pause to end")

    assert worker.state == "open"
    assert worker.opened_at >= opened_at + timedelta(seconds=SHORT_S)


def test_a_worker_that_dies_in_its_trial_does_not_end_trials_for_good(settings):
    storage = SharedStorage(url=settings.REDIS_URL, name="cgm:endpoint:test-trial")
    storage.end_trial()

    assert storage.take_trial(0.1)
    assert not storage.take_trial(0.1)
    wait_until(lambda: storage.take_trial(0.1), what="the right to a trial to run out")


def test_without_valkey_a_worker_counts_by_itself(make_worker, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert fail(make_worker(), 20) == FAILURES_TO_OPEN


def test_a_valkey_that_goes_away_closes_no_open_breaker(make_worker, own_valkey):
    worker = make_worker()
    fail(worker, FAILURES_TO_OPEN)

    own_valkey.kill()

    assert fail(worker, 20) == 0


def test_a_valkey_that_has_lost_its_data_is_told_again(make_worker, own_valkey):
    worker = make_worker()
    fail(worker, FAILURES_TO_OPEN)

    own_valkey.restart_empty()

    assert fail(worker, 1) == 0
    assert fail(make_worker(), 20) == 0


def test_what_a_worker_learnt_while_valkey_was_away_reaches_the_others(make_worker, own_valkey):
    worker = make_worker()
    worker.call(lambda: None)
    own_valkey.kill()
    fail(worker, FAILURES_TO_OPEN)

    own_valkey.start()

    assert fail(worker, 1) == 0
    assert fail(make_worker(), 20) == 0


def _call_if_let(breaker: EndpointBreaker, work):
    try:
        return breaker.call(work)
    except EndpointError:
        return None

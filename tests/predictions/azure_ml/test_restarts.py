"""The scoring service dies and comes back, the worker's lease runs on: no session is lost or done twice."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from django.db import connection

from predictions.models import Prediction
from scans.ledger import claim_session
from scans.models import ScanSession
from tests.servers import RunningServer, wait_until
from tests.stand_ins import endpoint as stand_in
from tests.stand_ins.inference_server import InferenceServer

SESSIONS_EACH = 4


@pytest.fixture
def inference_server(tmp_path, settings):
    """Return Microsoft's inference server with the active model, as the portal's endpoint."""
    models = settings.MODEL_WEIGHTS_DIR / "proportions-0.2.0"
    running = RunningServer(InferenceServer(models=models, log=tmp_path / "inference.log"))
    running.start()
    settings.AZURE_ML_ENDPOINT_URL = running.server.url
    settings.AZURE_ML_ENDPOINT_KEY = "no-gate-before-it"
    settings.AZURE_ML_TIMEOUT_SECONDS = 30.0
    settings.AZURE_ML_PAUSE_SECONDS = 0.2
    yield running
    running.terminate()


@pytest.mark.django_db
def test_killing_and_restarting_the_inference_server_loses_nothing(inference_server, estimate_session, local_estimate):
    before = [estimate_session() for _session in range(SESSIONS_EACH)]
    os.killpg(inference_server.pid, signal.SIGSTOP)
    killer = threading.Timer(0.3, inference_server.kill)  # while the next session's request is with it
    killer.start()
    while_dying = estimate_session()
    killer.join()
    without = [estimate_session() for _session in range(SESSIONS_EACH)]
    inference_server.start()
    wait_until(lambda: estimate_session().backend == "azure_ml", what="the endpoint to be tried again")
    after = [estimate_session() for _session in range(SESSIONS_EACH)]

    assert [p.backend for p in before + after] == ["azure_ml"] * 2 * SESSIONS_EACH
    assert while_dying.fallback_reason in {"connection_lost", "unreachable"}
    assert {p.backend for p in without} == {"local"}
    assert not ScanSession.objects.exclude(state=ScanSession.State.SUCCEEDED, attempts=1).exists()
    heights = Prediction.objects.values_list("height_cm", flat=True)
    assert len(heights) == ScanSession.objects.count()
    assert list(heights) == pytest.approx([local_estimate.height_cm.mean] * len(heights), abs=1e-6)


@pytest.mark.django_db(transaction=True)
def test_the_lease_is_renewed_while_the_endpoint_is_slow(endpoint, estimate_session, settings, monkeypatch):
    settings.SCAN_LEASE_SECONDS = 0.4
    settings.AZURE_ML_TIMEOUT_SECONDS = 5.0
    rivals = []

    def slower_than_a_lease(handler, server, row):
        server.released.wait(2 * settings.SCAN_LEASE_SECONDS)
        rivals.extend(claim_session(session) for session in ScanSession.objects.values_list("pk", flat=True))
        connection.close()
        stand_in.send(handler, 500, b"{}")

    monkeypatch.setitem(stand_in.MISBEHAVIOURS, "slow", slower_than_a_lease)
    endpoint.misbehaviour = "slow"

    prediction = estimate_session()

    assert rivals
    assert set(rivals) == {None}
    assert (prediction.backend, prediction.session.attempts) == ("local", 1)

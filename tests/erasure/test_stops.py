"""A withdrawn consent stops a real worker that is in the middle of a film."""

from __future__ import annotations

import pytest

from children.consents import withdraw_consent
from children.models import Consent
from predictions.lease import EXIT_DEADLINE
from predictions.models import Prediction
from scans.models import ScanSession
from scans.storage import scratch_dir
from tests.faults.conftest import noise_film, start_gpu_worker, worker_env
from tests.faults.pose import HANGING_SIDE_PX
from tests.servers import wait_until

__all__ = ["start_gpu_worker", "worker_env"]  # fixtures
pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True), pytest.mark.timeout(420)]

PATIENCE_SECONDS = 200
A_MINUTE = 60


def test_a_stage_that_does_not_end_ends_with_its_process_and_leaves_no_copy(
    make_session, start_gpu_worker, health_worker, db
):
    session = make_session(film=noise_film(HANGING_SIDE_PX), camera_distance_cm=150)
    worker = start_gpu_worker(SCAN_STOP_SECONDS="2")
    wait_until(
        lambda: ScanSession.objects.filter(pk=session.pk, stage="pose").exists(),
        timeout=PATIENCE_SECONDS,
        what="the film that hangs",
    )
    assert list(scratch_dir().glob(f"{worker.pid}-*.mp4"))

    withdraw_consent(consent=Consent.objects.get(child=session.child, purpose="scan"), withdrawn_by=health_worker)
    wait_until(lambda: not worker.is_running(), timeout=A_MINUTE, what="the worker to exit")

    assert worker.popen is not None
    assert worker.popen.returncode == EXIT_DEADLINE
    assert "is ours no more" in worker.log_text()
    assert not list(scratch_dir().glob(f"{worker.pid}-*.mp4"))
    assert not Prediction.objects.exists()
    assert ScanSession.objects.get(pk=session.pk).state == "cancelled"

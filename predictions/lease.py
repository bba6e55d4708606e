"""Keeps a claim alive while the work goes on, and ends the process when it takes too long."""

from __future__ import annotations

import logging
import os
import threading
import time
from types import TracebackType

from django.conf import settings
from django.db import DatabaseError, connection

from ml_models.quality import ReasonCode
from scans.ledger import Claim, end_without_estimate, renew_lease
from scans.models import ScanSession
from scans.storage import drop_own_copies

logger = logging.getLogger(__name__)
EXIT_DEADLINE = 70  # EX_SOFTWARE; the supervisor restarts the worker
RENEWALS_PER_LEASE = 3


class LeaseKeeper:
    """Context manager: renews the lease from a thread until the work ends.

    After SCAN_DEADLINE_SECONDS it ends the session as failed and exits the process at once: native code that hangs
    cannot be interrupted, and a hung film must not hold its worker for ever. Should the database be away just then, the
    lease runs out and the sweeper brings the session back. When the claim is lost (a consent was withdrawn, another
    attempt took over) the stages notice it between each other; a stage that does not end within SCAN_STOP_SECONDS ends
    with the process.
    """

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._ended = threading.Event()
        self._lost_at: float | None = None
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> LeaseKeeper:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _keep(self) -> None:
        deadline = time.monotonic() + settings.SCAN_DEADLINE_SECONDS
        pause = settings.SCAN_LEASE_SECONDS / RENEWALS_PER_LEASE
        try:
            while not self._ended.wait(min(pause, max(deadline - time.monotonic(), 0))):
                if time.monotonic() >= deadline:
                    self._give_up()
                self._renew()
                if self._lost_at is not None and time.monotonic() - self._lost_at >= settings.SCAN_STOP_SECONDS:
                    self._leave()
        finally:
            connection.close()

    def _give_up(self) -> None:
        logger.error("session %s passed its deadline, worker exits", self._claim.session_id)
        try:
            end_without_estimate(self._claim, state=ScanSession.State.FAILED, reason=ReasonCode.DEADLINE_EXCEEDED)
        except DatabaseError:
            logger.exception("session %s could not be ended, its lease will run out", self._claim.session_id)
        finally:
            self._exit()

    def _leave(self) -> None:
        logger.warning("session %s is ours no more and its stage goes on, worker exits", self._claim.session_id)
        self._exit()

    def _exit(self) -> None:
        drop_own_copies()
        logging.shutdown()
        os._exit(EXIT_DEADLINE)

    def _renew(self) -> None:
        try:
            if not renew_lease(self._claim) and self._lost_at is None:
                self._lost_at = time.monotonic()
        except DatabaseError:
            # The database may be restarting: the next renewal tries again, and the fence guards the result.
            logger.warning("lease of session %s not renewed", self._claim.session_id, exc_info=True)
            connection.close()

"""Asks the candidate model on the gpu worker, after the answer to a session was stored.

Whatever the candidate does, the session does not notice: it has its answer, and its lease is over. The candidate reads
the stored features, in a thread of its own; when it takes longer than SHADOW_SECONDS nobody waits for it any more, and
it is not asked again before that thread has ended.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import connection

from predictions.backends.local import LocalBackend
from predictions.feature_rows import features_from_json
from predictions.models import ModelVersion, Prediction
from predictions.registry import folder_of, manifest_sha256
from predictions.shadow import shadow_version, store_shadow

logger = logging.getLogger(__name__)


class ShadowRunner:
    """Asks one session at a time; `thread` is the one that works or worked last."""

    def __init__(self) -> None:
        self.thread: threading.Thread | None = None

    def ask(self, session_id: uuid.UUID) -> None:
        """Have the candidate answer the session, if there is one; returns after SHADOW_SECONDS at the latest."""
        try:
            candidate = shadow_version()
            if candidate is None:
                return
            if self.thread is not None and self.thread.is_alive():
                logger.warning("session %s has no shadow: %s still works on another", session_id, candidate)
                return
            self.thread = threading.Thread(target=_work, args=(session_id, candidate), name="shadow", daemon=True)
            self.thread.start()
            self.thread.join(settings.SHADOW_SECONDS)
            if self.thread.is_alive():
                logger.warning("session %s: %s took longer than %g s", session_id, candidate, settings.SHADOW_SECONDS)
        except Exception:
            # The session has its answer; a candidate must not take it, nor the worker, down.
            logger.exception("session %s has no shadow", session_id)


def _work(session_id: uuid.UUID, candidate: ModelVersion) -> None:
    try:
        _answer(session_id, candidate)
    except Exception:
        # The same boundary within the thread: an estimator that is on trial may fail in any way.
        logger.exception("session %s: %s failed in the shadow", session_id, candidate)
    finally:
        connection.close()


def _answer(session_id: uuid.UUID, candidate: ModelVersion) -> None:
    prediction = Prediction.objects.filter(session=session_id).exclude(features={}).first()
    if prediction is None:
        return
    backend = _backend(_folder(candidate))
    began = time.perf_counter()
    estimate = backend.estimate(features_from_json(prediction.features))
    took = time.perf_counter() - began
    store_shadow(prediction=prediction, candidate=candidate, estimate=estimate, seconds=took)


def _folder(candidate: ModelVersion) -> Path:
    folder = folder_of(candidate.label)
    if manifest_sha256(folder) != candidate.sha256:
        raise ValueError(f"{candidate} is installed with another manifest than was registered")
    return folder


@cache
def _backend(folder: Path) -> LocalBackend:
    return LocalBackend(folder)


runner = ShadowRunner()

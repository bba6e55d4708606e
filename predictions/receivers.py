"""Publishes a submitted session to the gpu queue, by name: nothing here imports the pipeline. Forgets old pictures."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection
from functools import partial
from typing import Any

from django.dispatch import receiver
from kombu.exceptions import OperationalError

from cgm_portal.celery import app
from cgm_portal.telemetry import continue_trace
from predictions.erasure import erase_frames
from scans.ledger import mark_published, trace_parent_of
from scans.signals import frames_removed, session_submitted

logger = logging.getLogger(__name__)
PROCESS_SESSION = "predictions.gpu_tasks.process_session_task"


@receiver(session_submitted)
def enqueue_session(sender: object, session_id: uuid.UUID, **kwargs: Any) -> None:
    """Send the session's id to the gpu workers; with the broker down the row stays queued for the sweeper."""
    try:
        # The sweeper too sends it as part of the request that submitted the session.
        with continue_trace(partial(trace_parent_of, session_id)):
            app.send_task(PROCESS_SESSION, args=[str(session_id)], queue="gpu")
    except (OperationalError, OSError) as error:
        logger.warning("broker not reachable, session %s waits for the sweeper: %s", session_id, error)
        return
    mark_published(session_id)


@receiver(frames_removed)
def forget_frames(sender: object, session_ids: Collection[uuid.UUID], **kwargs: Any) -> None:
    """Delete the rows of pictures whose time is over."""
    erase_frames(session_ids)

"""Tasks of the gpu worker: the only task module that imports the pipeline, and with it cv2, torch and mediapipe."""

from __future__ import annotations

import uuid

from celery import shared_task
from celery.signals import worker_init

from predictions.pipeline import process_session, warm_up


@worker_init.connect
def load_models(**_kwargs: object) -> None:
    """Load pose model and estimator before the first session waits for them."""
    warm_up()


@shared_task(ignore_result=True)
def process_session_task(session_id: str) -> None:
    """Process one scan session; safe to run twice."""
    process_session(uuid.UUID(session_id))

"""The Celery application.

Only light task modules are found here. The pipeline's tasks import cv2, torch and mediapipe and are loaded by the gpu
worker alone: `celery -A cgm_portal worker --pool solo -Q gpu -I predictions.gpu_tasks`.
"""

import logging.config
import os

from celery import Celery, signals
from django.conf import settings

from cgm_portal.telemetry.switch import start_telemetry, stop_telemetry

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cgm_portal.settings.local")

app = Celery("cgm_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

_node = {"name": "worker"}  # known in the parent, before the processes of a pool are forked


@signals.setup_logging.connect(weak=False)
def use_our_logging(**_kwargs: object) -> None:
    """Write workers' and beat's logs as the settings say; without a receiver Celery would set up its own."""
    logging.config.dictConfig(settings.LOGGING)


@signals.celeryd_init.connect(weak=False)
def note_node(sender: str, **_kwargs: object) -> None:
    """Remember which queue's worker this is: `gpu@host` reports as `worker-gpu`."""
    _node["name"] = f"worker-{sender.partition('@')[0]}"


@signals.worker_process_init.connect(weak=False)
def start_in_worker(**_kwargs: object) -> None:
    """Begin telemetry where tasks run: in each process of a pool, or in the worker itself (pool solo)."""
    start_telemetry(_node["name"])


@signals.beat_init.connect(weak=False)
def start_in_beat(**_kwargs: object) -> None:
    """Begin telemetry in beat, which reports the portal's figures: there is one of it."""
    start_telemetry("beat")


@signals.worker_process_shutdown.connect(weak=False)
@signals.worker_shutdown.connect(weak=False)
def stop_in_worker(**_kwargs: object) -> None:
    """Send what waits before the process ends."""
    stop_telemetry()

"""The portal's own processes: web, worker `default`, worker `gpu`, beat. Decides their commands, starts none."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from cgm_portal.env import BASE_DIR
from cgm_portal.processes import ProcessSpec

# The pipeline's and the renderer's tasks import cv2, torch and mediapipe: only these queues' workers load them.
_WORKER_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "default": ("--pool", "prefork", "--concurrency", "2"),
    "gpu": ("--pool", "solo", "-I", "predictions.gpu_tasks"),
    "synthetic": ("--pool", "solo", "-I", "predictions.film_tasks"),
}


def web_spec(*, bind: str, env: Mapping[str, str], logs: Path, pass_fds: tuple[int, ...] = ()) -> ProcessSpec:
    """Describe the web server; `bind` is `host:port`, or `fd://N` with N among `pass_fds`."""
    argv = (sys.executable, "-m", "gunicorn", "-c", str(BASE_DIR / "deploy" / "gunicorn.conf.py"), "--bind", bind)
    return ProcessSpec("web", argv, env, BASE_DIR, logs / "web.log", pass_fds=pass_fds)


def worker_spec(*, queue: str, env: Mapping[str, str], logs: Path) -> ProcessSpec:
    """Describe the Celery worker of `queue`: `default`, `gpu` or `synthetic`, which the portal itself never starts."""
    name = f"worker-{queue}"
    celery = (
        sys.executable,
        "-m",
        "celery",
        "-A",
        "cgm_portal",
        "worker",
        "--loglevel",
        "INFO",
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
    )
    argv = (*celery, "-n", f"{queue}@%h", "-Q", queue, *_WORKER_OPTIONS[queue])
    return ProcessSpec(name, argv, env, BASE_DIR, logs / f"{name}.log")


def beat_spec(*, schedule: Path, env: Mapping[str, str], logs: Path) -> ProcessSpec:
    """Describe beat, which keeps what it last sent in the file `schedule`."""
    celery = (sys.executable, "-m", "celery", "-A", "cgm_portal", "beat", "--loglevel", "INFO")
    return ProcessSpec(
        "beat", (*celery, "--pidfile", "", "--schedule", str(schedule)), env, BASE_DIR, logs / "beat.log"
    )


def manage_spec(*arguments: str, env: Mapping[str, str], logs: Path) -> ProcessSpec:
    """Describe one run of `manage.py`."""
    return ProcessSpec(arguments[0], (sys.executable, "manage.py", *arguments), env, BASE_DIR, logs / "manage.log")

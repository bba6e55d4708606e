"""gunicorn in development and production alike: threads for slow uploads, no people's data in the access log."""

import os
from pathlib import Path
from typing import Any

wsgi_app = "cgm_portal.wsgi:application"
bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
worker_class = "gthread"  # a phone on 2G holds a thread for minutes; a sync worker would be killed
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 60  # s without a heartbeat; a slow request alone does not stop it
graceful_timeout = 15  # s; below the supervisor's grace
keepalive = 5  # s
max_requests = int(os.environ.get("WEB_MAX_REQUESTS", "5000"))
max_requests_jitter = 500
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() and os.access("/dev/shm", os.W_OK) else None  # noqa: S108
control_socket_disable = True  # a fixed path: two instances would share it
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
errorlog = "-"
accesslog = "-"
# The path without its query: searches are names of children.
access_log_format = '%(t)s %({x-forwarded-for}i)s %(h)s "%(m)s %(U)s" %(s)s %(B)s bytes %(M)s ms'


def post_worker_init(worker: Any) -> None:
    """Begin telemetry and the count of minutes in each process: after the fork and after Django's settings."""
    from analytics.service_minutes.recorder import recorder
    from cgm_portal.telemetry import start_telemetry

    start_telemetry("web")
    recorder.start()
    worker.minutes = recorder


def worker_exit(server: Any, worker: Any) -> None:
    """Send what waits before a process ends."""
    from cgm_portal.telemetry import stop_telemetry

    minutes = getattr(worker, "minutes", None)  # none in a process that never came so far
    if minutes is not None:
        minutes.stop()
    stop_telemetry()

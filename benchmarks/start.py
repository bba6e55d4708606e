"""Cold start of the web process: from its command to its first good answer, beside a bare Django project's.

Both are started by gunicorn with one worker, in turn, in the same run; the bare project has Django's own apps and one
view. Ours answers /readyz, so that database and broker have been asked too. Goal: at most 5 s, without a library of the
gpu worker (tests/deploy/test_start.py proves that nothing of it is imported).
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from benchmarks.stage import private_portal
from cgm_portal.env import BASE_DIR
from cgm_portal.local_services import LOOPBACK, usable_port
from cgm_portal.processes import POLL_SECONDS, ProcessSpec
from tests.servers import RunningProcess, http_status

ROUNDS = 5
GOAL_SECONDS = 5.0
PATIENCE_SECONDS = 120.0
BARE = {
    "bare_settings.py": (
        "SECRET_KEY = 'x' * 50\nROOT_URLCONF = 'bare_urls'\nALLOWED_HOSTS = ['*']\n"
        "INSTALLED_APPS = ['django.contrib.admin', 'django.contrib.auth', 'django.contrib.contenttypes',"
        " 'django.contrib.sessions', 'django.contrib.messages', 'django.contrib.staticfiles']\n"
        "MIDDLEWARE = ['django.middleware.security.SecurityMiddleware', 'django.middleware.common.CommonMiddleware']\n"
    ),
    "bare_urls.py": (
        "from django.http import HttpResponse\nfrom django.urls import path\n"
        "urlpatterns = [path('readyz', lambda request: HttpResponse('ok'))]\n"
    ),
    "bare_wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
}
GUNICORN = (sys.executable, "-m", "gunicorn", "--workers", "1", "--worker-class", "gthread", "--threads", "8")


def seconds_to_answer(argv: tuple[str, ...], *, env: Mapping[str, str], folder: Path) -> tuple[float, float]:
    """Start `argv` with a port of its own until /readyz answers 200; returns seconds, and seconds of processor time.

    The second says what the start costs where others have the machine, too.
    """
    bind = f"{LOOPBACK}:{usable_port(None)}"
    process = RunningProcess(ProcessSpec("web", (*argv, "--bind", bind), env, folder, folder / "web.log"))
    started = time.perf_counter()
    process.start()
    try:
        while http_status(f"http://{bind}/readyz") != 200:
            if not process.is_running() or time.perf_counter() - started > PATIENCE_SECONDS:
                raise SystemExit(f"{argv} did not come up:\n{process.log_text()}")
            time.sleep(POLL_SECONDS / 5)
        elapsed = time.perf_counter() - started
        leader = psutil.Process(process.pid)
        times = [one.cpu_times() for one in (leader, *leader.children(recursive=True))]
        return elapsed, sum(one.user + one.system for one in times)
    finally:
        process.terminate()


def main() -> None:
    """Print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    with private_portal(), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in BARE.items():
            (folder / file).write_text(text)
        plain = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "DJANGO_SETTINGS_MODULE": "bare_settings"}
        ours = {**os.environ, "WEB_WORKERS": "1", "PYTHONPATH": str(BASE_DIR)}
        portal_command = (
            *GUNICORN,
            "--config",
            str(BASE_DIR / "deploy" / "gunicorn.conf.py"),
            "--chdir",
            str(BASE_DIR),
        )
        portal, bare = [], []
        for number in range(rounds + 1):
            portal.append(seconds_to_answer(portal_command, env=ours, folder=folder))
            bare.append(seconds_to_answer((*GUNICORN, "bare_wsgi:application"), env=plain, folder=folder))
            if number == 0:  # bytecode and the disk's cache
                print(f"  first start {portal.pop()[0]:.2f} s, bare Django {bare.pop()[0]:.2f} s")
    for index, kind in enumerate(("seconds", "processor time")):
        ours_took, bare_took = [one[index] for one in portal], [one[index] for one in bare]
        ratio = statistics.median(a / b for a, b in zip(ours_took, bare_took, strict=True))
        median, yardstick = statistics.median(ours_took), statistics.median(bare_took)
        print(f"  {kind:15s} {median:5.2f} s, bare Django {yardstick:5.2f} s, ratio {ratio:.2f}")
    print(f"  goal: at most {GOAL_SECONDS:g} s on a machine of its own")


if __name__ == "__main__":
    main()

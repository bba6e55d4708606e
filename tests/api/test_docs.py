"""The examples of docs/api.md, pasted into a shell against the real web server."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from django.db import connection

from cgm_portal.env import BASE_DIR
from tests.conftest import DATA
from tests.servers import WebServer, process_env

SIGN_IN = """curl -s $API/tokens/ -H 'Content-Type: application/json' \
  -d '{"username": "worker", "password": "correct horse", "name": "phone"}'"""
TOKEN = rf"""TOKEN=$({SIGN_IN} | sed 's/.*"token":"\([^"]*\)".*/\1/')"""
CURL = """curl() { command curl -w '\\nSTATUS %{http_code}\\n' "$@"; }"""
UUIDGEN = "uuidgen() { cat /proc/sys/kernel/random/uuid; }"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples use curl")
@pytest.mark.django_db(transaction=True)
def test_every_example_works_as_printed(health_worker, clinic, tmp_path):
    server = WebServer(env=process_env(database=connection.settings_dict["NAME"]), logs=tmp_path)
    server.start()
    shutil.copy(DATA / "videos" / "A002_lying.mp4", tmp_path / "film.mp4")
    page = (BASE_DIR / "docs" / "api.md").read_text(encoding="utf-8")
    script = "\n".join(re.findall(r"```bash\n(.*?)```", page, flags=re.DOTALL))
    for printed, real in {
        "http://127.0.0.1:8000": server.url,
        "CLINIC=...": f"CLINIC={clinic.pk}",
        "TOKEN=cgm_...": f"unset -f curl\n{TOKEN}\n{CURL}",
    }.items():
        assert printed in script
        script = script.replace(printed, real)

    try:
        run = subprocess.run(
            ["bash", "-c", f"{UUIDGEN}\n{CURL}\n{script}"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        server.terminate()

    # Nobody processes the film here: its result is the one thing that is not there yet.
    expected = ["201", "200", "200", "201", "200", "200", "201", "202", "200", "404", "200", "200", "200"]
    assert re.findall(r"STATUS (\d+)", run.stdout) == expected, run.stdout + run.stderr

"""The API keeps what its OpenAPI document promises: thousands of requests against the real web server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from accounts.services import issue_api_token
from cgm_portal.env import BASE_DIR
from tests.servers import WebServer, process_env

MAX_EXAMPLES = 15  # of each operation and phase
CONFIG = BASE_DIR / "tests" / "api" / "schemathesis.toml"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.django_db(transaction=True)
def test_no_request_breaks_the_contract(everything, supervisor, tmp_path):
    _token, secret = issue_api_token(user=supervisor, name="schemathesis")
    server = WebServer(env=process_env(database=connection.settings_dict["NAME"]), logs=tmp_path)
    server.start()
    try:
        run = subprocess.run(
            [
                str(Path(sys.executable).parent / "schemathesis"),
                *("--config-file", str(CONFIG), "run", f"{server.url}/api/schema/"),
                *("--header", f"Authorization: Bearer {secret}"),
                *("--checks", "all", "--max-examples", str(MAX_EXAMPLES), "--seed", "1"),
                *("--workers", "1"),  # two crash its coverage phase on Python 3.11
                *("--exclude-operation-id", "tokens_destroy"),  # it would revoke the token that it works with
                *("--suppress-health-check", "all"),
            ],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(BASE_DIR),
                "SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks",
                "KNOWN_CHILD": str(everything.child.pk),
                "KNOWN_CLINIC": str(everything.clinic.pk),
            },
            capture_output=True,
            text=True,
            timeout=560,
            check=False,
        )
    finally:
        server.terminate()

    assert run.returncode == 0, run.stdout[-60_000:] + run.stderr[-2_000:]
    assert "Traceback" not in server.log_text()

"""score.py for real under Microsoft's inference server: statuses, bodies, limits, and what its log keeps to itself."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from ml_models import score
from tests.ml_models.scoring import example, make_model_folder
from tests.servers import RunningServer
from tests.stand_ins.inference_server import PYTHON, InferenceServer

SESSION_ROWS = example("session_rows.request")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model_folder(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def server(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    assert PYTHON.exists(), "run deploy/local/inference_server.sh (make setup-dev)"
    running = RunningServer(InferenceServer(models=models, log=tmp_path_factory.mktemp("log") / "server.log"))
    running.start()
    yield running
    running.terminate()


def post(server: RunningServer, body: bytes | str) -> tuple[int, str, Any]:
    """Return status, content type and parsed body of one request."""
    assert isinstance(server.server, InferenceServer)
    connection = http.client.HTTPConnection("127.0.0.1", server.server.port, timeout=60)
    connection.request("POST", "/score", body=body, headers={"Content-Type": "application/json"})
    answer = connection.getresponse()
    document = json.loads(answer.read())
    connection.close()
    return answer.status, answer.headers["Content-Type"], document


def test_rows_get_the_numbers_of_the_local_model(
    server: RunningServer, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(score.MODEL_DIR_VARIABLE, str(models))
    score.init()
    raw = json.dumps([*SESSION_ROWS, example("keypoints.request")])

    status, content_type, answers = post(server, raw)

    assert (status, content_type) == (200, "application/json")
    for answer, local in zip(answers, score.run(raw), strict=True):
        assert answer["reasons"] == local["reasons"]
        assert answer["model_version"] == local["model_version"]
        for field in ("height_cm", "weight_kg", "arm_circumference_cm", "head_circumference_cm", "confidence_score"):
            assert answer[field] == (None if local[field] is None else pytest.approx(local[field], abs=1e-6))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "bad_json"),
        ("[]", 400, "no_rows"),
        (json.dumps([{**SESSION_ROWS[0], "values": [float("nan")] * 183}]), 400, "not_finite"),
        (json.dumps([{}] * 101), 413, "too_many_rows"),
        ("[" + " " * 1_500_000, 413, "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "",
)
def test_a_refusal_has_its_status_and_its_code(server: RunningServer, body: str, status: int, code: str) -> None:
    answered, content_type, document = post(server, body)

    assert (answered, content_type) == (status, "application/json")
    assert document["error"]["code"] == code


def test_what_is_no_text_is_refused_by_the_server_itself(server: RunningServer) -> None:
    status, content_type, document = post(server, b"\xff\xfe")

    assert (status, content_type) == (400, "application/json")
    assert "message" in document


def test_the_log_says_nothing_of_what_was_asked(server: RunningServer) -> None:
    canary = {**SESSION_ROWS[0], "pose_backend": "canary-model/1", "age_days": 1357}

    status, _content_type, _answers = post(server, json.dumps([canary, canary]))

    assert status == 200
    server.wait_for_log("answered 2 rows")
    assert "canary" not in server.log_text()
    assert "1357" not in server.log_text()


def test_the_server_listens_on_loopback_alone(server: RunningServer) -> None:
    family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]

    listening = {conn.laddr.ip for one in family for conn in one.net_connections() if conn.status == "LISTEN"}

    assert listening == {"127.0.0.1"}


def test_a_killed_server_serves_again_when_it_is_restarted(server: RunningServer) -> None:
    before = post(server, json.dumps(SESSION_ROWS))

    server.kill_and_restart()

    assert post(server, json.dumps(SESSION_ROWS)) == before

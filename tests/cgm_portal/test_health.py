"""Probes and figures: what they answer, to whom, and that a lost database is said to be one."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from django.test import Client, override_settings

from cgm_portal.local_postgres import prepare_postgres
from cgm_portal.metrics import KINDS
from predictions.backends.breaker import breaker_of
from predictions.backends.endpoint_config import FAILURES_TO_OPEN, endpoint_config
from scans.models import ScanSession
from tests.servers import RunningServer, WebServer, process_env, reachable_folder

# No session has ended, no endpoint is configured.
UNKNOWN_AT_FIRST = {
    "cgm.scan.yield_24h",
    "cgm.scan.failed_share_24h",
    "cgm.endpoint.left_alone",
    "cgm.endpoint.fallback_share_24h",
}
DEAD = "postgresql://nobody:a-secret@127.0.0.1:1/gone"  # nobody listens on port 1


def ask(url: str, *, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], str]:
    """GET `url`; return status, headers and body."""
    request = urllib.request.Request(url, headers=headers or {})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


@pytest.fixture(scope="module")
def web_without_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A web process whose database and broker are gone."""
    folder = tmp_path_factory.mktemp("lost")
    env = process_env(database="x", DATABASE_URL=DEAD, REDIS_URL="redis://:a-secret@127.0.0.1:1/0")
    web = WebServer(env={**env, "CGM_LOCAL_DIR": str(folder)}, logs=folder)
    web.start()
    yield web
    web.terminate()


@pytest.mark.django_db
def test_ready_when_every_part_answers(client: Client) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == {"status": "ready", "parts": {"database": "ok", "broker": "ok", "storage": "ok"}}


@pytest.mark.django_db
@override_settings(REDIS_URL="redis://:a-secret@127.0.0.1:1/0")
def test_a_lost_broker_is_named_and_does_not_stop_records(client: Client) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == HTTPStatus.OK
    assert answer.json()["status"] == "degraded"
    assert answer.json()["parts"] == {"database": "ok", "broker": "unreachable", "storage": "ok"}


def test_a_lost_database_is_named_without_secrets(web_without_servers: WebServer) -> None:
    status, _headers, body = ask(f"{web_without_servers.url}/readyz")

    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert json.loads(body)["parts"]["database"] == "unreachable"
    assert json.loads(body)["status"] == "not ready"
    assert "a-secret" not in body + web_without_servers.log_text()


def test_livez_needs_nothing(web_without_servers: WebServer) -> None:
    status, _headers, body = ask(f"{web_without_servers.url}/livez", headers={"Cookie": "sessionid=abc"})

    assert (status, body) == (HTTPStatus.OK, "ok")


def test_a_signed_in_browser_is_told_to_come_back_while_the_database_is_away(web_without_servers: WebServer) -> None:
    cookie = {"Cookie": "sessionid=0123456789abcdef0123456789abcdef"}

    status, headers, body = ask(f"{web_without_servers.url}/children/", headers=cookie)

    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert int(headers["Retry-After"]) > 0
    assert headers["Content-Type"].startswith("text/html")
    assert "can&#x27;t be reached at the moment" in body


def test_the_api_says_so_as_a_problem_while_the_database_is_away(web_without_servers: WebServer) -> None:
    cookie = {"Cookie": "sessionid=0123456789abcdef0123456789abcdef"}

    status, headers, body = ask(f"{web_without_servers.url}/api/v1/children/", headers=cookie)

    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert int(headers["Retry-After"]) > 0
    assert headers["Content-Type"] == "application/problem+json"
    assert json.loads(body)["code"] == "database_unavailable"


def test_readiness_follows_a_database_that_is_lost_and_comes_back() -> None:
    with reachable_folder("postgres") as folder:
        server = RunningServer(prepare_postgres(folder=folder, log=folder.parent / "postgres.log", durable=False))
        server.start()
        media = Path(folder.parent, "local")
        env = process_env(database="x", DATABASE_URL=server.server.url)
        web = WebServer(env={**env, "CGM_LOCAL_DIR": str(media)}, logs=media)
        web.start()

        before, _headers, _body = ask(f"{web.url}/readyz")
        server.kill()
        lost, _headers, body = ask(f"{web.url}/readyz")
        server.start()
        after, _headers, _body = ask(f"{web.url}/readyz")

        web.terminate()
        server.terminate()
    assert (before, lost, after) == (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.OK)
    assert json.loads(body)["parts"]["database"] == "unreachable"


@pytest.mark.django_db
def test_metrics_show_the_queue(client: Client, make_session) -> None:
    make_session()
    make_session(submit=False)

    lines = client.get("/metrics").content.decode().splitlines()

    assert "cgm_scan_queue_length 1" in lines
    assert "# TYPE cgm_scan_queue_length gauge" in lines
    assert "cgm_scan_quarantined 0" in lines


@pytest.mark.django_db
def test_metrics_take_the_same_number_of_queries_whatever_there_is(
    client: Client, make_session, django_assert_num_queries
) -> None:
    with django_assert_num_queries(2):
        client.get("/metrics")
    for _number in range(3):
        make_session()

    with django_assert_num_queries(2):
        client.get("/metrics")


@pytest.mark.django_db
def test_yield_and_failures_are_shares_of_the_ended_sessions(client: Client, make_session) -> None:
    for state in ("succeeded", "succeeded", "unusable", "failed"):
        ended = make_session()
        reason = "" if state == "succeeded" else "processing_failed"
        ScanSession.objects.filter(pk=ended.pk).update(state=state, reason=reason, finished_at=ended.submitted_at)

    lines = client.get("/metrics").content.decode().splitlines()

    assert {"cgm_scan_ended_24h 4", "cgm_scan_yield_24h 0.5", "cgm_scan_failed_share_24h 0.25"} <= set(lines)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, HTTPStatus.OK),
        ({"REMOTE_ADDR": "10.0.0.7"}, HTTPStatus.FORBIDDEN),
        ({"HTTP_X_FORWARDED_FOR": "10.0.0.7"}, HTTPStatus.FORBIDDEN),
        ({"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": "Bearer of-the-scraper"}, HTTPStatus.OK),
        ({"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": "Bearer wrong"}, HTTPStatus.FORBIDDEN),
    ],
    ids=["this machine", "another machine", "behind a proxy here", "with the token", "with a wrong token"],
)
def test_metrics_are_for_this_machine_or_the_token(client: Client, sent: dict[str, str], status: int) -> None:
    with override_settings(METRICS_TOKEN="of-the-scraper"):
        answer = client.get("/metrics", **sent)

    assert answer.status_code == status


@override_settings(METRICS_TOKEN="")
def test_without_a_metrics_token_none_is_accepted(client: Client) -> None:
    answer = client.get("/metrics", REMOTE_ADDR="10.0.0.7", HTTP_AUTHORIZATION="Bearer ")

    assert answer.status_code == HTTPStatus.FORBIDDEN


@pytest.mark.django_db
def test_every_figure_is_read_or_named_as_unknown(client: Client) -> None:
    text = client.get("/metrics").content.decode()

    shown = {kind.name for kind in KINDS if f"\n{kind.name.replace('.', '_')} " in text}
    assert shown == {kind.name for kind in KINDS} - UNKNOWN_AT_FIRST


@pytest.mark.django_db
@override_settings(AZURE_ML_ENDPOINT_URL="http://127.0.0.1:1/score-of-figures", AZURE_ML_ENDPOINT_KEY="k" * 32)
def test_an_endpoint_that_is_left_alone_is_seen(client: Client) -> None:
    breaker_of.cache_clear()
    before = client.get("/metrics").content.decode().splitlines()

    breaker = breaker_of(endpoint_config())
    for _failure in range(FAILURES_TO_OPEN):
        with pytest.raises(ZeroDivisionError):
            breaker.call(lambda: 1 / 0)
    after = client.get("/metrics").content.decode().splitlines()

    assert "cgm_endpoint_left_alone 0" in before
    assert "cgm_endpoint_left_alone 1" in after

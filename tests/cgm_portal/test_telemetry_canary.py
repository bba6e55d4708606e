"""One day at a clinic with telemetry on: real web, workers and beat, and every byte that they sent is read.

Children, guardians and notes have names that occur nowhere else. None of them may be in a payload or a log.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

import pytest
import requests
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Clinic, Membership, Programme, Role, User
from accounts.services import issue_api_token
from cgm_portal.metrics import KINDS
from cgm_portal.portal_processes import beat_spec, worker_spec
from scans.models import ScanSession
from tests.cgm_portal.canary_crashes import CRASHING_TASK
from tests.conftest import DATA
from tests.servers import RunningProcess, WebServer, forget_messages, process_env, wait_until
from tests.stand_ins.ingestion import IngestionSink

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PASSWORD = "correct horse"
NAME, GUARDIAN, NURSE, NOTE = (
    "Zephyrine Quillfeather",
    "Ottoline Thistlewick",
    "Wilhelmina Crumpet",
    "Bramblethorpe's tape",
)
PHONE = "+254 711 983264"
UPLOAD_NAME = "quillfeather_front.mov"
AGE_DAYS = 304
PROCESS_SESSION = "run predictions.gpu_tasks.process_session_task"
SUBMIT = "POST /api/v1/scan-sessions/<uuid:pk>/submit/"


@dataclass
class Day:
    """What happened, and what was sent and written meanwhile."""

    sink: IngestionSink
    logs: str
    child_id: str
    session_id: str
    born_on: date

    def canaries(self) -> list[str]:
        """Return the texts that may be nowhere."""
        spoken = [f"{self.born_on:%Y-%m-%d}", f"{self.born_on:%d.%m.%Y}", f"{self.born_on.day} {self.born_on:%b %Y}"]
        names = ["Zephyrine", "Quillfeather", "Ottoline", "Thistlewick", "Wilhelmina", "Crumpet", "Bramblethorpe"]
        names += [name.lower() for name in names]
        return [
            *names,
            "711983264",
            "711 983",
            f"sessions/{self.session_id}/lying_above",
            UPLOAD_NAME,
            "sig=abc",
            *spoken,
        ]

    def requests_named(self, name: str) -> list[dict[str, Any]]:
        """Return the requests and tasks of that name."""
        return [item for item in self.sink.envelopes("RequestData") if item["data"]["baseData"]["name"] == name]


@pytest.fixture(scope="module")
def day(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """Live through the day once; the tests look at what is left of it."""
    folder = tmp_path_factory.mktemp("canary")
    forget_messages()  # or the workers take what earlier tests sent, each in a trace of its own
    sink = IngestionSink()
    sink.start()
    env = process_env(
        database=connection.settings_dict["NAME"],
        DJANGO_SETTINGS_MODULE="tests.cgm_portal.canary_settings",
        CGM_LOCAL_DIR=str(folder / "local"),
        APPLICATIONINSIGHTS_CONNECTION_STRING=sink.connection_string,
        OTEL_EXPORTER_OTLP_ENDPOINT=sink.url,
        TELEMETRY_METRICS_SECONDS="1",
        TELEMETRY_SLOW_QUERY_SECONDS="0",
        SCAN_SWEEP_SECONDS="1",
        LOG_FORMAT="json",
    )
    with django_db_blocker.unblock():
        worker = _people()
        _account, token = issue_api_token(user=worker, name="phone")
        web = WebServer(env=env, logs=folder)
        workers = [RunningProcess(worker_spec(queue=queue, env=env, logs=folder)) for queue in ("gpu", "default")]
        beat = RunningProcess(beat_spec(schedule=folder / "beat-schedule", env=env, logs=folder))
        processes = [*workers, beat, web]
        try:
            for process in processes:  # side by side: most of their start is spent on imports
                process.start()
            for worker_process in workers:
                worker_process.wait_for_log(" ready.")
            child_id, session_id = _live(web.url, token)
            wait_until(lambda: "figures" in _received(sink), timeout=30, what="figures from beat")
        finally:
            for process in processes:
                process.terminate()
            call_command("flush", verbosity=0, interactive=False)
    logs = "\n".join(process.log_text() for process in processes)
    yield Day(sink=sink, logs=logs, child_id=child_id, session_id=session_id, born_on=_born_on())
    sink.shutdown()


def _people() -> User:
    programme = Programme.objects.create(name="Canary programme", country="KE")
    clinic = Clinic.objects.create(programme=programme, name="North clinic", area="North")
    worker = User.objects.create_user(
        username="worker", password=PASSWORD, first_name="Wilhelmina", last_name="Crumpet", email="crumpet@example.org"
    )
    Membership.objects.create(user=worker, programme=programme, clinic=clinic, role=Role.SUPERVISOR)
    return worker


def _born_on() -> date:
    return timezone.localdate() - timedelta(days=AGE_DAYS)


def _received(sink: IngestionSink) -> set[str]:
    metrics = [item["data"]["baseData"]["metrics"][0]["name"] for item in sink.envelopes("MetricData")]
    return {"figures"} if "cgm.scan.queue.length" in metrics else set()


def _live(url: str, token: str) -> tuple[str, str]:
    """Register, measure, scan, be refused, crash; everything that a phone repeats is sent twice."""
    phone = requests.Session()
    phone.headers["Authorization"] = f"Bearer {token}"
    api = f"{url}/api/v1"
    clinic = phone.get(f"{api}/clinics/").json()["results"][0]["id"]
    child_id = str(uuid.uuid4())
    registration = {
        "id": child_id,
        "clinic": clinic,
        "name": NAME,
        "sex": "F",
        "born_on": f"{_born_on()}",
        "guardian": {"name": GUARDIAN, "phone": PHONE},
        "consents": [{"purpose": "care"}, {"purpose": "scan"}],
    }
    assert phone.post(f"{api}/children/", json=registration).status_code == HTTPStatus.CREATED
    measured = {
        "id": str(uuid.uuid4()),
        "child": child_id,
        "measured_on": f"{timezone.localdate()}",
        "muac_mm": 108,
        "weight_kg": 6.1,
        "oedema": False,
        "measured_by": NURSE,
        "confirmed_fields": ["weight_kg", "muac_mm"],
    }
    for _time in range(2):
        stored = phone.post(f"{api}/measurements/", json=measured)
        assert stored.status_code == HTTPStatus.CREATED, stored.text
    facts = {"child": child_id, "marker_used": True, "marker_id": 4, "marker_size_mm": 160, "focal_length_px": 1160.5}
    session_id = phone.post(f"{api}/scan-sessions/", json=facts).json()["id"]
    film = (DATA / "videos" / "A003_lying.mp4").read_bytes()
    sent = phone.post(
        f"{api}/scan-sessions/{session_id}/videos/",
        data={"scan_type": "lying_above"},
        files={"file": (UPLOAD_NAME, film)},
    )
    assert sent.status_code == HTTPStatus.CREATED, sent.text
    for _time in range(2):
        assert phone.post(f"{api}/scan-sessions/{session_id}/submit/").status_code == HTTPStatus.ACCEPTED
    _be_refused_on_the_pages(url, child_id)
    assert phone.get(f"{url}/crash/{child_id}/").status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    stored = phone.post(f"{api}/measurements/{measured['id']}/void/", json={"reason": NOTE})
    assert stored.status_code == HTTPStatus.OK, stored.text
    wait_until(lambda: ScanSession.objects.get(pk=session_id).state == "succeeded", timeout=90, what="the scan")
    assert phone.post(f"{api}/scan-sessions/{session_id}/submit/").status_code == HTTPStatus.ACCEPTED
    return child_id, session_id


def _be_refused_on_the_pages(url: str, child_id: str) -> None:
    browser = requests.Session()
    browser.get(f"{url}/accounts/sign-in/")
    form = {"username": "worker", "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    signed_in = browser.post(f"{url}/accounts/sign-in/", data=form, allow_redirects=False)
    assert signed_in.status_code == HTTPStatus.FOUND
    assert NAME in browser.get(f"{url}/children/", params={"q": "Zephyrine"}).text
    form = {
        "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        "child_id": str(uuid.uuid4()),
        "name": NAME,
        "sex": "F",
        "born_on": f"{timezone.localdate() + timedelta(days=9)}",
        "guardian_name": GUARDIAN,
        "guardian_phone": PHONE,
    }
    refused = browser.post(f"{url}/children/register/", data=form)
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert NAME in refused.text
    assert NAME in browser.get(f"{url}/children/{child_id}/").text


def test_no_payload_and_no_log_line_names_anybody(day):
    text = day.sink.bodies() + day.logs

    assert len(text) > 100_000
    assert [canary for canary in day.canaries() if canary in text] == []


def test_no_payload_holds_the_id_of_a_child(day):
    assert day.child_id not in day.sink.bodies()


def test_each_event_is_sent_once_whatever_was_repeated(day):
    counts = {
        name: len(day.sink.events(name))
        for name in ("ScanSessionCompleted", "MalnutritionScreening", "CriticalMalnutritionCase")
    }

    assert counts == {"ScanSessionCompleted": 1, "MalnutritionScreening": 2, "CriticalMalnutritionCase": 1}


def test_the_scan_is_told_with_its_estimate_and_quality(day):
    [scan] = day.sink.events("ScanSessionCompleted")

    assert (scan["outcome"], scan["age_group"], scan["sex"], scan["country"]) == ("succeeded", "6-12", "F", "KE")
    assert (scan["scan_types"], scan["backend"], scan["scale_cue"]) == ("lying_above", "local", "marker")
    assert 60 < float(scan["height_cm"]) < 90
    assert 0 < float(scan["confidence"]) <= 1
    assert 0 < float(scan["processing_seconds"]) <= float(scan["answer_seconds"]) + 1
    assert float(scan["detected_share"]) > 0.5


def test_the_screening_is_told_with_classes_and_zscores(day):
    by_source = {event["source"]: event for event in day.sink.events("MalnutritionScreening")}

    manual = by_source["manual"]
    assert (manual["risk_level"], manual["acute"], manual["age_group"]) == ("critical", "sam", "6-12")
    assert float(manual["waz"]) < -2
    assert float(by_source["scan"]["haz"]) > -6


def test_the_critical_case_says_where(day):
    [case] = day.sink.events("CriticalMalnutritionCase")

    assert (case["area"], case["facility"], case["criteria"]) == ("North", "North clinic", "muac")
    assert case["days_since_measured"] == "0"


def test_a_task_belongs_to_the_trace_of_the_request_that_caused_it(day):
    submitted = {item["tags"]["ai.operation.id"] for item in day.requests_named(SUBMIT)}
    tasks = day.requests_named(PROCESS_SESSION)  # more than one when the sweeper lost patience

    assert tasks
    assert {task["tags"]["ai.operation.id"] for task in tasks} <= submitted
    assert {task["tags"]["ai.cloud.role"] for task in tasks} == {"cgm.worker-gpu"}


def test_the_task_that_measured_tells_how_long_each_stage_took(day):
    told = [task["data"]["baseData"]["properties"] for task in day.requests_named(PROCESS_SESSION)]

    [stages] = [properties for properties in told if "cgm.stage.pose_seconds" in properties]
    assert all(float(stages[f"cgm.stage.{name}_seconds"]) > 0 for name in ("decoding", "pose", "estimate"))


def test_a_task_sent_by_name_keeps_its_trace_and_its_failure(day):
    [request] = day.requests_named("GET /crash/<uuid:child_id>/")
    [task] = day.requests_named(f"run {CRASHING_TASK}")

    assert task["tags"]["ai.operation.id"] == request["tags"]["ai.operation.id"]
    assert (request["data"]["baseData"]["success"], task["data"]["baseData"]["success"]) == (False, False)
    assert request["data"]["baseData"]["responseCode"] == "500"


def test_failures_are_told_with_type_and_traceback(day):
    crashes = [
        detail
        for item in day.sink.envelopes("ExceptionData")
        for detail in item["data"]["baseData"]["exceptions"]
        if detail["typeName"] == "ValueError"
    ]

    assert len(crashes) == 2  # the page's and the task's
    assert all("in break_with" in detail["stack"] and "SQLSTATE 23502" in detail["stack"] for detail in crashes)


def test_database_calls_hang_below_their_request_without_statements(day):
    [request] = day.requests_named("GET /crash/<uuid:child_id>/")
    calls = [
        item["data"]["baseData"]
        for item in day.sink.envelopes("RemoteDependencyData")
        if item["tags"].get("ai.operation.parentId") == request["data"]["baseData"]["id"]
    ]

    assert "SELECT children_child" in {call["name"] for call in calls if call["type"] == "postgresql"}
    assert int(request["data"]["baseData"]["properties"]["cgm.db.calls"]) >= 3
    assert "WHERE" not in day.sink.bodies()


def test_figures_come_from_beat_alone(day):
    known = {kind.name for kind in KINDS if not kind.name.startswith("cgm.endpoint.")}  # none is configured
    figures = [
        (item["data"]["baseData"]["metrics"][0]["name"], item["tags"]["ai.cloud.role"])
        for item in day.sink.envelopes("MetricData")
    ]

    from_beat = {name for name, role in figures if role == "cgm.beat"}
    assert {name for name, role in figures if name in known and role != "cgm.beat"} == set()
    assert known - {"cgm.scan.yield_24h", "cgm.scan.failed_share_24h"} <= from_beat
    assert ("cgm.scan.stage.seconds", "cgm.worker-gpu") in figures


def test_an_otlp_collector_gets_the_same(day):
    paths = {payload.path for payload in day.sink.payloads}

    assert {"/v2.1/track", "/v1/traces", "/v1/logs", "/v1/metrics"} <= paths


def test_log_lines_carry_the_ids_of_their_trace(day):
    [request] = day.requests_named("GET /crash/<uuid:child_id>/")

    lines = [line for line in day.logs.splitlines() if "Internal Server Error: /crash/<uuid:child_id>/" in line]
    assert len(lines) == 1
    assert request["tags"]["ai.operation.id"] in lines[0]

"""What may be sent and written, event by event and line by line; the whole is tried in test_telemetry_canary."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import RequestFactory

from cgm_portal import telemetry
from cgm_portal.errors import DomainError
from cgm_portal.telemetry import age_group, switch
from cgm_portal.telemetry.database import count_calls, instrument, uninstrument
from cgm_portal.telemetry.events import EVENTS
from cgm_portal.telemetry.log_format import JsonFormatter, LineFormatter
from cgm_portal.telemetry.redaction import describe_exception, exception_text, redact
from children.services import MeasuredValues, correct_measurement
from predictions.receivers import enqueue_session
from scans.ledger import claim_session, end_without_estimate, sweep_sessions
from scans.models import ScanSession
from scans.services import requeue_session

REQUEST_OF_SUBMISSION = f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"


class Recorder:
    """Stands for the exporters: keeps what the apps hand over."""

    def __init__(self) -> None:
        self.events: list[object] = []
        self.stages: list[dict[str, float]] = []
        self.continued: list[str] = []

    def send_event(self, event):
        self.events.append(event)

    def note_stage_seconds(self, stage_seconds):
        self.stages.append(stage_seconds)

    def current_trace_parent(self):
        return REQUEST_OF_SUBMISSION

    def continued_trace(self, trace_parent):
        self.continued.append(trace_parent)
        return count_calls()

    def names(self):
        return [type(event).__name__ for event in self.events]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    kept = Recorder()
    monkeypatch.setattr(switch, "_recorder", kept)
    return kept


def line(message: str, *args: object, error: BaseException | None = None, **extra: object) -> logging.LogRecord:
    trace = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("cgm", logging.ERROR, __file__, 1, message, args, trace)
    vars(record).update(extra)
    return record


@pytest.mark.parametrize(
    ("age_days", "group"),
    [
        (0, "0-6"),
        (182, "0-6"),
        (183, "6-12"),
        (365, "6-12"),
        (366, "12-24"),
        (731, "24-36"),
        (1095, "24-36"),
        (1096, "36+"),
    ],
)
def test_age_groups_begin_with_their_completed_months(age_days, group):
    assert age_group(age_days) == group


def test_events_have_no_field_for_a_person():
    fields = {name for event in EVENTS for name in event.field_names()}

    assert (
        fields & {"id", "child", "name", "child_name", "born_on", "phone", "guardian", "note", "username", "url"}
        == set()
    )
    assert {event.__name__ for event in EVENTS} == {
        "ScanSessionCompleted",
        "MalnutritionScreening",
        "CriticalMalnutritionCase",
        "DatabaseBackupMade",
    }


def test_without_a_collector_no_exporter_is_loaded():
    # redis loads the SDK by itself wherever it is installed; what we would start with it is the test's concern.
    ours = ("azure.monitor", "opentelemetry.exporter", "opentelemetry.instrumentation", "cgm_portal.telemetry.recorder")
    script = (
        "import cgm_portal.wsgi, sys; from cgm_portal import telemetry; "
        f"print(telemetry.start_telemetry('web'), [m for m in sys.modules if m.startswith({ours!r})])"
    )
    quiet = {"APPLICATIONINSIGHTS_CONNECTION_STRING": "", "OTEL_EXPORTER_OTLP_ENDPOINT": ""}

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ, **quiet}
    )

    assert done.stdout.strip().splitlines()[-1] == "False []"


@pytest.mark.django_db(transaction=True)
def test_a_measurement_is_screened_once_and_its_correction_is_another_one(recorder, make_measurement, supervisor):
    first = make_measurement(muac_mm=110)
    later = make_measurement(muac_mm=140, days_ago=40)
    correct_measurement(
        measurement=later, values=replaced(later), measured_on=later.measured_on, corrected_by=supervisor, reason="typo"
    )

    assert recorder.names() == [
        "MalnutritionScreening",
        "CriticalMalnutritionCase",
        "MalnutritionScreening",
        "MalnutritionScreening",
    ]
    assert first.assessment.risk_level == "critical"
    assert [event.days_since_measured for event in recorder.events] == [0, 0, 40, 40]


def replaced(measurement):
    return MeasuredValues(muac_mm=measurement.muac_mm + 1)


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_screened(recorder, make_measurement):
    with transaction.atomic():
        make_measurement(muac_mm=110)
        transaction.set_rollback(True)

    assert recorder.events == []


@pytest.mark.django_db(transaction=True)
def test_an_event_that_cannot_be_made_costs_no_measurement(recorder, make_measurement, monkeypatch):
    def fail(_event):
        raise RuntimeError("the exporter is broken")

    monkeypatch.setattr(recorder, "send_event", fail)

    measurement = make_measurement(muac_mm=110)

    measurement.refresh_from_db()
    assert measurement.assessment.risk_level == "critical"


@pytest.mark.django_db(transaction=True)
def test_an_unusable_session_is_told_once_with_its_reason(recorder, make_session):
    claim = claim_session(make_session().pk)

    ended = [end_without_estimate(claim, state="unusable", reason="too_dark") for _time in range(2)]

    assert ended == [True, False]
    [event] = recorder.events
    assert (event.outcome, event.reason, event.scan_types) == ("unusable", "too_dark", "lying_above")
    assert event.answer_seconds >= 0


@pytest.mark.django_db(transaction=True)
def test_a_failed_session_is_told_when_it_is_answered_in_the_end(recorder, make_session):
    session = make_session()
    end_without_estimate(claim_session(session.pk), state="failed", reason="processing_failed")
    told_of_the_failure = list(recorder.events)

    requeue_session(session=session)
    end_without_estimate(claim_session(session.pk), state="unusable", reason="no_child")

    assert told_of_the_failure == []
    assert recorder.names() == ["ScanSessionCompleted"]


@pytest.mark.django_db(transaction=True)
def test_the_sweeper_sends_a_session_in_the_trace_of_its_submission(recorder, make_session):
    session = make_session()
    ScanSession.objects.filter(pk=session.pk).update(published_at=None)
    recorder.continued.clear()

    assert sweep_sessions() == 1

    assert recorder.continued == [REQUEST_OF_SUBMISSION]


@pytest.mark.django_db
def test_a_session_that_was_not_traced_is_sent_without_a_trace(recorder, make_session):
    session = make_session(submit=False)

    enqueue_session(sender=None, session_id=session.pk)

    assert recorder.continued == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("call +254 711 983264 today", "call <phone> today"),
        ("0711983264", "<phone>"),
        ("ask halima.yusuf@example.org", "ask <e-mail>"),
        (
            "PUT https://acc.blob.core.windows.net/scan-videos/a.mp4?sig=x failed",
            "PUT https://acc.blob.core.windows.net/... failed",
        ),
        (f"children/{uuid.UUID(int=1)}/sessions/{uuid.UUID(int=2)}/lying_above.mp4 is gone", "children/... is gone"),
        ("session 0b54a3c1-0711-4983-9264-254711983264 took 209715200 bytes", None),
        ("2026-10-01 12:00:00 at 127.0.0.1:43397", None),
    ],
)
def test_texts_lose_what_points_to_a_person_and_keep_ids(text, left):
    assert redact(text) == (text if left is None else left)


def test_an_exception_tells_its_code_or_state_and_no_value():
    assert describe_exception(DomainError("too_old", "born 2019-03-04")) == "too_old"
    assert describe_exception(ValueError("Zephyrine")) == "(message withheld)"
    assert describe_exception(FileNotFoundError(2, "No such file", "/media/children/x")) == "No such file"
    assert describe_exception(AttributeError("no attribute 'waz'")) == "no attribute 'waz'"


@pytest.mark.django_db
def test_a_database_error_tells_its_state_and_constraint(child):
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE children_child SET sex = 'X' WHERE id = %s", [child.pk])

    text = exception_text(caught.value)

    assert "SQLSTATE 23514 child_sex_known" in text
    assert child.name not in text
    assert "Amina" in str(caught.value)


def test_lines_about_requests_name_the_route_and_not_what_was_typed():
    request = RequestFactory().get("/children/Zephyrine/")

    text = LineFormatter().format(line("Not Found: %s", "/children/Zephyrine/", request=request))

    assert "Zephyrine" not in text
    assert "Not Found: (no route)" in text


def test_a_json_line_is_one_object_with_the_safe_traceback():
    try:
        raise KeyError("Zephyrine")
    except KeyError as error:
        text = JsonFormatter().format(line("session %s failed", 7, error=error))

    entry = json.loads(text)
    assert (entry["level"], entry["logger"], entry["message"]) == ("ERROR", "cgm", "session 7 failed")
    assert "test_a_json_line_is_one_object" in entry["exception"]
    assert "KeyError: (message withheld)" in entry["exception"]


def test_a_line_about_a_failed_task_has_no_arguments_and_no_message():
    error = ValueError("Zephyrine")
    context = {"name": "t", "id": "1", "description": "raised", "exc": repr(error), "args": "['Zephyrine']"}

    text = LineFormatter().format(line("Task %(name)s[%(id)s] %(description)s: %(exc)s", context, error=error))

    assert "Zephyrine" not in text
    assert "Task t[1] raised: ValueError" in text


@pytest.mark.django_db
def test_the_audit_finds_its_own_wrapper_of_statements_again(child):
    """Who wraps statements for a while takes the last wrapper away; ours, added meanwhile, must not be that one."""

    def audit(execute, *given):
        return execute(*given)

    with connection.execute_wrapper(audit):
        instrument()
    uninstrument()

    assert audit not in connection.execute_wrappers


@pytest.mark.django_db
def test_database_calls_of_a_block_are_counted(child):
    instrument()
    try:
        with count_calls() as figures:
            child.refresh_from_db()
            child.refresh_from_db()
    finally:
        uninstrument()

    assert figures.calls == 2
    assert figures.seconds > 0


def test_a_process_ends_though_its_collector_never_answers():
    script = """
import django; django.setup()
from cgm_portal import telemetry
telemetry.start_telemetry("web")
from opentelemetry import metrics, trace
trace.get_tracer("x").start_span("x").end()
metrics.get_meter("x").create_counter("x").add(1)
import logging; logging.getLogger("x").warning("x")
"""
    with socket.create_server(("127.0.0.1", 0)) as collector:  # takes calls and is silent
        url = f"http://127.0.0.1:{collector.getsockname()[1]}"
        azure = f"InstrumentationKey={uuid.UUID(int=1)};IngestionEndpoint={url}/"
        env = {**os.environ, "APPLICATIONINSIGHTS_CONNECTION_STRING": azure, "OTEL_EXPORTER_OTLP_ENDPOINT": url}

        # The exporters themselves would try for more than a minute.
        done = subprocess.run([sys.executable, "-c", script], env=env, timeout=60, check=False)

    assert done.returncode == 0


def test_calls_are_harmless_while_telemetry_is_off():
    telemetry.stop_telemetry()
    telemetry.note_stage_seconds({"pose": 1.0})

    assert telemetry.current_trace_parent() == ""
    with telemetry.continue_trace(lambda: pytest.fail("asked for nothing")):
        pass

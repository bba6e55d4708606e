"""What is sent to the endpoint, with which right, to which addresses, and what the log says of it."""

from __future__ import annotations

import json
import logging

import pytest
from django.core.checks import run_checks
from jsonschema import Draft202012Validator

from cgm_portal.env import BASE_DIR
from cgm_portal.errors import DomainError
from cgm_portal.local_services import usable_port
from predictions.backends import azure_ml
from predictions.backends.azure_ml import AzureMLBackend
from predictions.backends.breaker import endpoint_state
from predictions.backends.endpoint_config import endpoint_config
from predictions.backends.exchange import Exchange
from predictions.backends.reasons import EndpointError
from predictions.feature_rows import features_as_json
from tests.stand_ins.endpoint import IDENTITY_SECRET, KEY, MISBEHAVIOURS, send

VERSION = "proportions-0.2.0"


@pytest.fixture
def ask(film_features):
    """Return a caller of the endpoint with the film's features."""

    def call():
        return AzureMLBackend(endpoint_config(), model_version=VERSION).estimate(film_features)

    return call


@pytest.fixture
def identity(endpoint, settings, monkeypatch):
    """Take the key away and give the process an identity."""
    settings.AZURE_ML_ENDPOINT_KEY = ""
    monkeypatch.setenv("IDENTITY_ENDPOINT", endpoint.identity_url)
    monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_SECRET)
    azure_ml._credential.cache_clear()
    yield
    azure_ml._credential.cache_clear()


def test_only_the_feature_row_leaves_and_it_fits_the_published_schema(endpoint, ask, film_features):
    ask()

    schema = json.loads((BASE_DIR / "ml_models/score_schema/request.schema.json").read_text())
    assert endpoint.requests == [features_as_json(film_features)]
    assert Draft202012Validator(schema).is_valid(endpoint.requests[0])
    assert {"Cookie", "Referer", "From"}.isdisjoint(endpoint.headers[0])


def test_a_managed_identity_gets_one_token_for_many_calls(endpoint, identity, ask):
    ask()
    ask()

    assert [headers["Authorization"] for headers in endpoint.headers] == [f"Bearer {KEY}"] * 2
    assert [asked["resource"] for asked in endpoint.token_requests] == [["https://ml.azure.com"]]


def test_a_token_that_is_refused_is_replaced_for_the_next_call(endpoint, identity, ask):
    ask()
    endpoint.key = "another-token"

    with pytest.raises(EndpointError, match="key_refused"):
        ask()

    assert ask().model_version == VERSION


def test_without_an_identity_the_endpoint_is_not_called(endpoint, identity, ask, monkeypatch):
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{usable_port(None)}/identity")

    with pytest.raises(EndpointError, match="no_token"):
        ask()

    assert not endpoint.requests


def test_a_pinned_version_that_is_not_the_active_one_is_not_asked(endpoint, ask, settings):
    settings.AZURE_ML_MODEL_VERSION = "proportions-9.9.9"

    with pytest.raises(EndpointError, match="model_version_differs"):
        ask()

    assert not endpoint.requests


def test_a_refused_key_is_told_once_and_never_shown(endpoint, ask, caplog):
    endpoint.misbehaviour = "expired_key"

    with caplog.at_level(logging.DEBUG):
        for _session in range(10):
            with pytest.raises(EndpointError):
                ask()

    told = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.args[0] for record in told] == ["key_refused"]
    assert KEY not in caplog.text
    assert endpoint.path not in caplog.text
    assert endpoint_state() == "open"


def test_a_request_asked_for_patience_beyond_a_moment_is_not_repeated(endpoint, ask):
    endpoint.misbehaviour = "busy_503"

    with pytest.raises(EndpointError, match="overloaded"):
        ask()

    assert len(endpoint.requests) == 1


def test_no_more_of_a_huge_answer_is_read_than_an_answer_has(endpoint, monkeypatch):
    endpoint.misbehaviour = "ten_megabytes"
    exchange = Exchange(endpoint.url, seconds=20)

    with pytest.raises(EndpointError, match="too_large"):
        exchange.post(json.dumps({}).encode(), {"Authorization": f"Bearer {KEY}"})


@pytest.mark.parametrize(
    ("status", "headers", "reason", "tries"),
    [
        (204, {}, "http_error", 3),
        (403, {}, "key_refused", 1),
        (404, {}, "request_refused", 1),
        (408, {}, "timeout", 3),
        (424, {}, "http_error", 3),
        (424, {"ms_azureml_model_error_statuscode": "400"}, "request_refused", 1),
        (424, {"ms_azureml_model_error_statuscode": "500"}, "http_error", 3),
        (429, {}, "overloaded", 3),
        (429, {"Retry_After": "0"}, "overloaded", 3),
        (429, {"Retry_After": "Wed, 21 Oct 2026 07:28:00 GMT"}, "overloaded", 1),
        (502, {}, "http_error", 3),
    ],
)
def test_statuses_of_azures_front_are_understood(status, headers, reason, tries, endpoint, ask, monkeypatch):
    monkeypatch.setitem(MISBEHAVIOURS, "status", lambda handler, *_: send(handler, status, b"", **headers))
    endpoint.misbehaviour = "status"

    with pytest.raises(EndpointError, match=reason):
        ask()

    assert len(endpoint.requests) == tries


@pytest.mark.parametrize(
    "url",
    [
        "https://cgm.eastus2.inference.ml.azure.com/score",
        "https://10.1.2.3:8443/score",
        "http://127.0.0.1:5001/score",
        "http://localhost/score",
        "http://[::1]:5001/score",
    ],
)
def test_addresses_over_tls_or_on_this_machine_are_taken(url, settings):
    settings.AZURE_ML_ENDPOINT_URL = url

    assert endpoint_config().url == url
    assert url not in repr(endpoint_config())
    assert not [error for error in run_checks() if error.id.startswith("predictions.")]


@pytest.mark.parametrize(
    "url",
    [
        "http://cgm.eastus2.inference.ml.azure.com/score",
        "http://169.254.169.254/metadata",
        "http://127.0.0.1.example.org/score",
        "http://localhost.example.org/score",
        "https://user:password@host/score",
        "https:///score",
        "https://host/score#part",
        "https://host:99999/score",
        "https://host/a b",
        "https://host/\r\nX-Injected: 1",
        "file:///etc/passwd",
        "ftp://host/score",
        "score",
    ],
)
def test_other_addresses_stop_the_start(url, settings):
    settings.AZURE_ML_ENDPOINT_URL = url

    with pytest.raises(DomainError) as refused:
        endpoint_config()

    assert refused.value.code == "endpoint_url_refused"
    assert [error.id for error in run_checks() if error.id.startswith("predictions.")] == [
        "predictions.endpoint_url_refused"
    ]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("AZURE_ML_ENDPOINT_KEY", "a\r\nX-Injected: 1", "endpoint_key_refused"),
        ("AZURE_ML_ENDPOINT_KEY", "ключ", "endpoint_key_refused"),
        ("AZURE_ML_TIMEOUT_SECONDS", 31.0, "endpoint_times_refused"),
        ("AZURE_ML_TIMEOUT_SECONDS", 0.0, "endpoint_times_refused"),
        ("AZURE_ML_TIMEOUT_SECONDS", float("nan"), "endpoint_times_refused"),
        ("AZURE_ML_PAUSE_SECONDS", 61.0, "endpoint_times_refused"),
    ],
)
def test_keys_and_times_that_cannot_work_stop_the_start(name, value, code, settings):
    settings.AZURE_ML_ENDPOINT_URL = "https://host/score"
    setattr(settings, name, value)

    with pytest.raises(DomainError) as refused:
        endpoint_config()

    assert refused.value.code == code

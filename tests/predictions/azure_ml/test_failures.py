"""Whatever the endpoint does, the local model serves every session, and the prediction says who answered and why."""

from __future__ import annotations

import logging

import pytest

from cgm_portal.local_services import usable_port
from children.models import Measurement
from predictions.backends.azure_ml import TRIES
from predictions.backends.endpoint_config import FAILURES_TO_OPEN
from predictions.models import Prediction
from scans.models import ScanSession
from tests.stand_ins.endpoint import KEY, MISBEHAVIOURS

pytestmark = pytest.mark.django_db
SESSIONS = 20
REASONS = {
    "error_500": "http_error",
    "busy_503": "overloaded",
    "html_200": "not_json",
    "invalid_json": "not_json",
    "nan": "not_finite",
    "negative_cm": "schema_mismatch",
    "absurd": "implausible",
    "missing_field": "schema_mismatch",
    "ten_megabytes": "too_large",
    "hang": "timeout",
    "drip": "timeout",
    "reset_in_body": "connection_lost",
    "wrong_version": "model_version_differs",
    "expired_key": "key_refused",
    "redirect": "redirected",
}
# A second try may find another machine behind the address, or the same one restarted.
TRIED_AGAIN = {"error_500", "hang", "drip", "reset_in_body"}
WAITED_FOR = {"hang", "drip"}


def test_every_misbehaviour_of_the_stand_in_has_its_reason():
    assert set(REASONS) == set(MISBEHAVIOURS)


@pytest.mark.parametrize("misbehaviour", MISBEHAVIOURS)
def test_local_model_serves_every_session_and_five_failures_end_the_calls(
    misbehaviour, endpoint, estimate_session, local_estimate, settings, caplog
):
    settings.AZURE_ML_TIMEOUT_SECONDS = 2.0 if misbehaviour in WAITED_FOR else 20.0
    endpoint.misbehaviour = misbehaviour
    caplog.set_level(logging.DEBUG)

    predictions = [estimate_session() for _session in range(SESSIONS)]

    assert {p.session.state for p in predictions} == {ScanSession.State.SUCCEEDED}
    assert {p.session.attempts for p in predictions} == {1}
    assert {(p.backend, p.height_cm, p.muac_mm) for p in predictions} == {
        ("local", local_estimate.height_cm.mean, local_estimate.muac_mm.mean)
    }
    assert {str(p.model_version.label) for p in predictions} == {local_estimate.model_version}
    assert len(endpoint.requests) == FAILURES_TO_OPEN
    paying = -(-FAILURES_TO_OPEN // TRIES) if misbehaviour in TRIED_AGAIN else FAILURES_TO_OPEN
    reasons = [p.fallback_reason for p in predictions]
    assert reasons == [REASONS[misbehaviour]] * paying + ["breaker_open"] * (SESSIONS - paying)
    assert Measurement.objects.count() == SESSIONS
    assert endpoint.path not in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize(("scheme", "reason"), [("http", "unreachable"), ("https", "tls_failed")])
def test_nobody_or_somebody_without_certificate_at_the_address_is_survived(
    scheme, reason, endpoint, estimate_session, settings
):
    port = {"http": usable_port(None), "https": endpoint.port}[scheme]
    settings.AZURE_ML_ENDPOINT_URL = f"{scheme}://127.0.0.1:{port}/score"

    predictions = [estimate_session() for _session in range(SESSIONS)]

    assert {p.backend for p in predictions} == {"local"}
    assert predictions[0].fallback_reason == reason
    assert predictions[-1].fallback_reason == "breaker_open"
    assert Prediction.objects.filter(height_cm__isnull=False).count() == SESSIONS


@pytest.mark.parametrize(
    "broken",
    [
        {"AZURE_ML_ENDPOINT_URL": f"https://user:{KEY}@host/score"},
        {"REDIS_URL": f"redis://:{KEY}@127.0.0.1:no-port/0"},  # an error that nobody foresaw
    ],
)
def test_a_client_that_cannot_work_is_survived_and_tells_no_secret(
    broken, endpoint, estimate_session, settings, caplog
):
    for name, value in broken.items():
        setattr(settings, name, value)

    prediction = estimate_session()

    assert (prediction.backend, prediction.fallback_reason) == ("local", "client_error")
    assert prediction.height_cm
    assert [record.levelname for record in caplog.records if record.name.endswith(".fallback")] == ["ERROR"]
    assert KEY not in caplog.text


def test_a_sound_endpoint_answers_and_nothing_else_is_different(endpoint, estimate_session, local_estimate):
    prediction = estimate_session()

    assert (prediction.backend, prediction.fallback_reason) == ("azure_ml", "")
    assert prediction.endpoint_seconds > 0
    assert prediction.height_cm == pytest.approx(local_estimate.height_cm.mean, abs=1e-6)
    assert prediction.muac_mm == pytest.approx(local_estimate.muac_mm.mean, abs=1e-6)
    assert prediction.intervals["muac_mm"]["80"] == pytest.approx(local_estimate.muac_mm.intervals[80], abs=1e-6)
    assert prediction.confidence == pytest.approx(local_estimate.confidence, abs=1e-6)
    assert prediction.model_version.is_active


def test_without_an_endpoint_nobody_is_asked(endpoint, estimate_session, settings):
    settings.AZURE_ML_ENDPOINT_URL = ""

    prediction = estimate_session()

    assert (prediction.backend, prediction.fallback_reason, prediction.endpoint_seconds) == ("local", "", None)
    assert not endpoint.requests

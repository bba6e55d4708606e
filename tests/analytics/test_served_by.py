"""The session's page and the API say which model answered, where, and why not the model service."""

from __future__ import annotations

import pytest
from django.urls import reverse

from predictions.backends.reasons import FallbackReason
from predictions.models import Prediction

pytestmark = pytest.mark.django_db
ENDPOINT_WORDS = "segments test answered in the model service on Azure."
LOCAL_WORDS = "segments test answered on the portal&#x27;s own machine."
FALLBACK_WORDS = "segments test answered on the portal&#x27;s own machine, because the model service took too long."


@pytest.mark.parametrize(
    ("backend", "reason", "words"),
    [("azure_ml", "", ENDPOINT_WORDS), ("local", "", LOCAL_WORDS), ("local", "timeout", FALLBACK_WORDS)],
)
def test_the_page_says_who_answered_and_why(client, health_worker, child, make_scan, backend, reason, words):
    prediction = make_scan(child, cm=80.0, sd=1.5).prediction
    Prediction.objects.filter(pk=prediction.pk).update(backend=backend, fallback_reason=reason)
    client.force_login(health_worker)

    page = client.get(reverse("scan_session", args=[prediction.session_id])).content.decode()

    assert words in page


@pytest.mark.parametrize(("stored", "told"), [("", None), ("breaker_open", "breaker_open")])
def test_the_api_says_who_answered_and_why(client, health_worker, child, make_scan, stored, told):
    prediction = make_scan(child, cm=80.0, sd=1.5).prediction
    Prediction.objects.filter(pk=prediction.pk).update(fallback_reason=stored, endpoint_seconds=0.25)
    client.force_login(health_worker)

    result = client.get(reverse("api-prediction-detail", args=[prediction.pk])).json()

    assert (result["backend"], result["fallback_reason"], result["endpoint_seconds"]) == ("local", told, 0.25)


def test_every_reason_completes_the_sentence():
    assert all(str(reason.label)[0].islower() and not str(reason.label).endswith(".") for reason in FallbackReason)

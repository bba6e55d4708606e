"""The page of drift and candidates: what it tells of too few pairs, of a drift, and of a candidate's trial."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from analytics.pages import model_accuracy, model_watch
from ml_models.evaluation.drift import BASELINE
from predictions.accuracy.paired_rows import PairedRow, PairedRows
from predictions.models import ModelVersion, Prediction, ShadowPrediction

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched(client: Client, make_user: Callable[..., User]):
    """Return the context and the text of the page for a manager."""
    client.force_login(make_user("manager", Role.PROGRAMME_MANAGER))

    def get():
        answer = client.get(reverse("model_watch"))
        assert answer.status_code == 200
        return answer.context, answer.content.decode()

    return get


def test_a_portal_without_pairs_and_candidates_says_so(watched):
    _context, text = watched()

    assert "No scan of these months and clinics has a length or height by hand" in text
    assert "No candidate has answered a scan yet." in text


def test_too_few_pairs_raise_no_alarm_and_say_how_many_are_needed(watched, child, make_scan, make_measurement):
    make_scan(child, cm=85.0, sd=1.0)
    make_measurement(length_height_cm=81.0, position="length")

    context, text = watched()

    assert [(one.version, one.pairs, one.chart) for one in context["watched"]] == [("segments-test", 1, None)]
    assert f"1 pair so far; the watch begins after {BASELINE}." in text


def test_a_drift_is_told_with_its_day_and_direction(watched, client, child, monkeypatch):
    first = timezone.now().date() - timedelta(days=90)

    def row(number: int) -> PairedRow:
        error_cm = (-1) ** number * 1.0 if number < BASELINE else 2.5
        return PairedRow(
            session_id=child.pk,
            child_id=child.pk,
            filmed_on=first + timedelta(days=number),
            estimate_cm=80.0 + error_cm,
            by_hand_cm=80.0,
            estimate_haz=None,
            by_hand_haz=None,
            version="segments-test",
            clinic="North clinic",
            phone_model="",
            sex="F",
            position="length",
            age_days=700,
        )

    rows = [row(number) for number in range(BASELINE + 12)]
    for page in (model_watch, model_accuracy):
        monkeypatch.setattr(page, "paired_rows", lambda _scope: PairedRows(rows))

    context, text = watched()

    (one,) = context["watched"]
    assert one.chart.is_on
    assert "Estimates have become longer than they were" in text
    assert text.count("<polyline") == 2
    assert "the bias of segments-test has moved" in client.get(reverse("model_accuracy")).content.decode()


def test_a_candidate_is_compared_on_pairs_and_named(watched, make_child, make_scan, make_measurement):
    candidate = ModelVersion.objects.create(
        name="segments", version="next", sha256="1" * 64, shadow_since=timezone.now()
    )
    for number in range(3):
        child = make_child(name=f"Child {number}")
        scan = make_scan(child, cm=82.5, sd=1.0)
        make_measurement(child=child, length_height_cm=81.5, position="length")
        session = Prediction.objects.get(measurement=scan).session
        ShadowPrediction.objects.create(session=session, model_version=candidate, height_cm=81.6, seconds=0.1)

    context, text = watched()

    (trial,) = context["trials"]
    assert (trial.figures.pairs, trial.is_of_few) == (3, True)
    assert "-0.90 cm" in trial.difference
    assert "segments next has answered every scan in the shadow" in text

"""From a film to a stored answer, on the real decoder, pose model and estimator."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest
from django.utils import timezone

from care.models import Alert, FollowUp
from children.models import Measurement
from ml_models.quality import ReasonCode
from ml_models.types import AnthropometryEstimate, SessionFeatures
from predictions.models import Prediction
from predictions.pipeline import process_session
from scans.ledger import claim_session
from scans.models import ScanSession
from tests.conftest import DATA

State = ScanSession.State


def told(table: str, session_id: str) -> dict[str, str]:
    """Return a sample session: what was told of it, and its truth."""
    with (DATA / "videos" / table).open(encoding="utf-8") as lines:
        return next(row for row in csv.DictReader(lines) if row["session_id"] == session_id)


@pytest.fixture
def make_sample_session(make_child, make_session):
    """Return a maker of sessions as the sample table tells them, one film each."""

    def make(session_id: str, *, table: str = "good_sessions.csv", **changed) -> tuple[ScanSession, dict[str, str]]:
        row = told(table, session_id)
        scan_type, film = row["files"].split(";")[0].split(":")
        facts = {
            "focal_length_px": row["fx"],
            "camera_distance_cm": row["measured_distance_cm"],
            "camera_height_cm": row["camera_height_cm"],
            "camera_tilt_deg": row["camera_tilt_deg"],
            "camera_roll_deg": row["camera_roll_deg"],
        }
        if row["marker_id"]:
            facts |= {"marker_used": True, "marker_id": row["marker_id"], "marker_size_mm": row["marker_size_mm"]}
        child = make_child(age_days=int(row["age_days"]), sex=row["sex"])
        return make_session(child=child, film=film, scan_type=scan_type, **(facts | changed)), row

    return make


def test_a_lying_film_with_a_marker_becomes_a_length_with_its_interval(make_sample_session):
    session, truth = make_sample_session("A003")

    process_session(session.pk)

    session.refresh_from_db()
    measurement = Measurement.objects.get(child=session.child)
    prediction = Prediction.objects.get(session=session)
    assert session.state == State.SUCCEEDED
    assert measurement.source == Measurement.Source.SCAN
    assert measurement.position == Measurement.Position.LENGTH
    assert prediction.measurement == measurement
    assert prediction.scale_cue == "marker"
    assert prediction.model_version.is_active
    low, high = prediction.intervals["height_cm"]["90"]
    assert low < float(measurement.length_height_cm) < high
    assert float(measurement.length_height_cm) == pytest.approx(float(truth["height_cm"]), abs=3.0)
    assert measurement.assessment.zscore_intervals["haz"]
    assert set(prediction.stage_seconds) == {"fetching", "decoding", "quality", "pose", "scale", "estimate"}


def test_a_scan_stores_no_weight_and_raises_no_alert_by_itself(make_sample_session):
    session, _truth = make_sample_session("A003")

    process_session(session.pk)

    measurement = Measurement.objects.get(child=session.child)
    assert (measurement.weight_kg, measurement.muac_mm, measurement.head_circumference_cm) == (None, None, None)
    assert not Alert.objects.exists()


def test_a_manual_height_within_a_day_wins_over_the_scan(make_sample_session, make_measurement):
    session, _truth = make_sample_session("A003")
    process_session(session.pk)

    manual = make_measurement(child=session.child, length_height_cm=69.0, position="length", weight_kg=7.3, muac_mm=140)

    scan = Measurement.objects.get(child=session.child, source=Measurement.Source.SCAN)
    assert scan.superseded_by == manual
    assert list(Measurement.objects.counted().filter(child=session.child)) == [manual]
    assert scan.assessment.borrowed_weight_from == manual
    assert scan.assessment.whz is not None


def test_a_film_without_any_scale_gives_no_length(make_sample_session):
    session, _truth = make_sample_session(
        "A003", marker_used=False, marker_id=None, marker_size_mm=None, camera_distance_cm=None
    )

    process_session(session.pk)

    session.refresh_from_db()
    assert (session.state, session.reason) == (State.UNUSABLE, ReasonCode.NO_USABLE_ESTIMATE)
    assert not Measurement.objects.exists()
    assert FollowUp.objects.open().get().reason == FollowUp.Reason.MEASURE_BY_HAND


def test_a_refused_film_says_why_and_asks_for_a_measurement_by_hand(make_sample_session):
    session, row = make_sample_session("C02", table="bad_sessions.csv")

    process_session(session.pk)

    session.refresh_from_db()
    assert (session.state, session.reason) == (State.UNUSABLE, row["expected_reason"])
    assert not Prediction.objects.exists()


def test_an_estimate_that_the_model_refuses_ends_the_session_with_the_models_reason(make_sample_session, monkeypatch):
    class RefusingBackend:
        name = "refusing"

        def estimate(self, features: SessionFeatures) -> AnthropometryEstimate:
            return AnthropometryEstimate(
                None, None, None, None, features.cue, None, "refusing-1", refused=ReasonCode.IMPLAUSIBLE_SIZE
            )

    monkeypatch.setattr("predictions.pipeline._backend", lambda _folder: RefusingBackend())
    session, _truth = make_sample_session("A003")

    process_session(session.pk)

    session.refresh_from_db()
    assert (session.state, session.reason) == (State.UNUSABLE, ReasonCode.IMPLAUSIBLE_SIZE)
    assert Prediction.objects.get(session=session).height_cm is None
    assert not Measurement.objects.exists()


def test_processing_twice_stores_one_answer(make_sample_session):
    session, _truth = make_sample_session("A003")

    process_session(session.pk)
    process_session(session.pk)

    assert Prediction.objects.count() == 1
    assert Measurement.objects.count() == 1


def test_an_attempt_that_was_taken_over_stores_nothing(make_sample_session, monkeypatch):
    session, _truth = make_sample_session("A003")
    claim = claim_session(session.pk)
    ScanSession.objects.filter(pk=session.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    rival = claim_session(session.pk)
    monkeypatch.setattr("predictions.pipeline.claim_session", lambda _session_id: claim)

    process_session(session.pk)

    session.refresh_from_db()
    assert session.token == rival.token
    assert not Prediction.objects.exists()


def test_a_damaged_blob_is_never_measured(make_sample_session):
    session, _truth = make_sample_session("A003")
    video = session.videos.get()
    with video.file.storage.open(video.file.name, "r+b") as blob:
        blob.write(b"damaged")

    process_session(session.pk)

    session.refresh_from_db()
    assert (session.state, session.reason) == (State.FAILED, ReasonCode.PROCESSING_FAILED)
    assert not Measurement.objects.exists()

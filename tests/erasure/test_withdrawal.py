"""A withdrawn consent stops and erases what rests on it, and nothing else."""

from __future__ import annotations

import pytest
from django.utils import timezone

from care.models import Alert, FollowUp
from cgm_portal.errors import DomainError
from children.consents import give_consent
from children.models import Child, Consent, ErasureRecord, ErasureRequest, GrowthAssessment, Measurement
from predictions.models import Prediction, TrainingSet
from predictions.services import store_prediction
from scans.ledger import claim_session, renew_lease
from scans.models import MediaRemoval, ScanSession, ScanVideo
from scans.services import start_session
from tests.predictions.conftest import RESEARCH, estimate_of

pytestmark = pytest.mark.django_db
Scan = Measurement.Source.SCAN


@pytest.fixture
def scanned(make_child, make_scan) -> Child:
    """A child with a film, a prediction and a screening estimate."""
    child = make_child(purposes=(*RESEARCH, Consent.Purpose.IMAGE_REVIEW))
    make_scan(child=child, height_cm=80.0)
    return child


@pytest.fixture
def in_training_set(scanned, supervisor) -> TrainingSet:
    drawn = TrainingSet.objects.create(
        name="first",
        purpose="teaching",
        ethics_reference="EC 1",
        rows=1,
        children=1,
        manifest_sha256="a" * 64,
        created_by=supervisor,
    )
    session = ScanSession.objects.get(child=scanned)
    drawn.members.create(session=session, child_pseudonym="c1", session_pseudonym="s1", features_sha256="0" * 64)
    return drawn


def files_in(folder) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_withdrawn_scan_takes_film_prediction_estimate_and_their_history(scanned, withdraw, film_folder):
    session = ScanSession.objects.get(child=scanned)
    film = film_folder / session.videos.get().file.name
    assert film.exists()

    record = withdraw(scanned, "scan")

    assert not film.exists()
    for model in (ScanVideo, Prediction):
        assert not model.objects.exists()
        assert not model.pgh_event_model.objects.exists()
    assert not Measurement.objects.filter(source=Scan).exists()
    assert not Measurement.pgh_event_model.objects.filter(source=Scan).exists()
    assert not GrowthAssessment.pgh_event_model.objects.exists()
    assert (record.scope, record.counts["scans_scanvideo"], record.counts["children_measurement"]) == ("scan", 1, 1)


def test_the_session_stays_as_cancelled_and_says_why_its_film_is_gone(scanned, withdraw):
    withdraw(scanned, "scan")

    session = ScanSession.objects.get(child=scanned)
    assert (session.state, session.reason) == ("cancelled", "consent_withdrawn")
    assert session.removals.films().get().because == MediaRemoval.Because.WITHDRAWAL


def test_what_was_measured_by_hand_stays(scanned, withdraw, make_measurement):
    by_hand = make_measurement(child=scanned, weight_kg=9.1, muac_mm=140, days_ago=20)

    withdraw(scanned, "scan")

    assert list(Measurement.objects.all()) == [by_hand]
    assert by_hand.assessments.filter(is_current=True).exists()


def test_a_worker_that_holds_the_session_stores_nothing_more(
    make_session, make_child, withdraw, model_version, provenance
):
    child = make_child(purposes=RESEARCH)
    claim = claim_session(make_session(child=child).pk)

    withdraw(child, "scan")

    assert not renew_lease(claim)
    assert store_prediction(claim=claim, estimate=estimate_of(80.0), is_lying=True, provenance=provenance) is None
    assert not Prediction.objects.exists()


def test_an_alert_that_rested_on_the_estimate_alone_is_resolved_and_kept_under_the_weight(
    make_child, make_scan, make_measurement, withdraw
):
    child = make_child(age_days=500, sex="F", purposes=RESEARCH)
    weight = make_measurement(child=child, weight_kg=7.0)
    make_scan(child=child, height_cm=80.0)
    alert = Alert.objects.get(child=child, criterion="whz")
    assert alert.unconfirmed
    assert alert.raised_by.is_scan

    withdraw(child, "scan")

    alert.refresh_from_db()
    assert (alert.state, alert.resolution) == ("resolved", "measurement_withdrawn")
    assert alert.raised_by == weight
    assert not alert.evidence.exists()


def test_an_alert_with_a_witness_by_hand_stays_open(make_child, make_scan, make_measurement, withdraw):
    child = make_child(age_days=500, sex="F", purposes=RESEARCH)
    make_measurement(child=child, weight_kg=7.0)
    make_scan(child=child, height_cm=80.0)
    confirmed = make_measurement(child=child, weight_kg=7.0, length_height_cm=80.0, position="length")

    withdraw(child, "scan")

    alert = Alert.objects.get(child=child, criterion="whz")
    assert alert.state == "open"
    assert list(alert.evidence.all()) == [confirmed]


def test_a_follow_up_that_the_estimate_asked_for_goes_with_its_probability(make_child, make_scan, withdraw):
    child = make_child(age_days=500, sex="F", purposes=RESEARCH)
    make_scan(child=child, height_cm=70.0)
    assert FollowUp.objects.filter(child=child, reason="measure_by_hand").exists()

    withdraw(child, "scan")

    assert not FollowUp.objects.filter(child=child).exists()
    assert not FollowUp.pgh_event_model.objects.exists()


def test_withdrawn_research_takes_the_membership_and_names_the_exported_row(scanned, in_training_set, withdraw):
    record = withdraw(scanned, "research_training")

    assert not in_training_set.members.exists()
    assert record.exported_rows == [
        {"training_set": str(in_training_set.pk), "manifest_sha256": "a" * 64, "sessions": ["s1"]}
    ]
    assert Prediction.objects.exists()
    assert ScanVideo.objects.exists()


def test_withdrawn_scans_leave_training_sets_too(scanned, in_training_set, withdraw):
    record = withdraw(scanned, "scan")

    assert not in_training_set.members.exists()
    assert record.exported_rows[0]["sessions"] == ["s1"]


def test_withdrawn_image_review_takes_the_pictures_and_leaves_the_film(scanned, withdraw, film_folder):
    session = ScanSession.objects.get(child=scanned)
    folder = film_folder / f"children/{scanned.pk}/sessions/{session.pk}"
    (folder / "frames").mkdir()
    (folder / "frames" / "0001.jpg").write_bytes(b"picture")

    withdraw(scanned, "image_review")

    assert files_in(folder) == ["lying_above.mp4"]
    assert Prediction.objects.exists()


def test_withdrawn_care_asks_a_supervisor_and_ends_every_other_consent(scanned, withdraw):
    withdraw(scanned, "care")

    assert ErasureRequest.objects.get(child=scanned).why == "care_withdrawn"
    assert not Consent.objects.live().filter(child=scanned).exists()
    assert not ScanVideo.objects.exists()
    assert Child.objects.filter(pk=scanned.pk).exists()


def test_another_child_keeps_everything(scanned, make_child, make_scan, withdraw, film_folder):
    other = make_child(name="Other", purposes=RESEARCH)
    kept = make_scan(child=other)

    withdraw(scanned, "scan")

    kept.refresh_from_db()
    assert kept.measurement is not None
    assert (film_folder / kept.session.videos.get().file.name).exists()
    assert ErasureRecord.objects.filter(child_id=other.pk).count() == 0


def test_an_offline_phone_brings_no_film_in_under_a_consent_given_anew(scanned, withdraw, health_worker):
    filmed_at = timezone.now()
    withdraw(scanned, "scan")
    give_consent(child=scanned, purpose="scan", recorded_by=health_worker)

    with pytest.raises(DomainError) as refused:
        start_session(child=scanned, started_by=health_worker, facts={"recorded_at": filmed_at})
    allowed = start_session(child=scanned, started_by=health_worker, facts={"recorded_at": timezone.now()})

    assert refused.value.code == "consent_withdrawn_since"
    assert allowed.state == "uploading"

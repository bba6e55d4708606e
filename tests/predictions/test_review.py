"""Reviews of scans: which wait, who may say what, where it is shown, and what a bad one keeps out."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.access import supervised_clinics_of
from accounts.models import Role
from cgm_portal.errors import DomainError
from predictions.models import Prediction, SessionReview
from predictions.review import Finding, review_session
from predictions.review_queue import REVIEW_DAYS, count_by_reason, sessions_to_review
from scans.models import ScanSession
from tests.predictions.conftest import RESEARCH

pytestmark = pytest.mark.django_db
SAMPLED = uuid.UUID("0c000000-0000-4000-8000-000000000001")
NOT_SAMPLED = uuid.UUID("0d000000-0000-4000-8000-000000000001")


@pytest.fixture
def make_refused(make_child, make_session):
    """Return a maker of refused scans: `make_refused(reason="too_dark", days_ago=3)`."""

    def make(reason="feet_cut_off", days_ago=0.0, **given):
        session = make_session(child=make_child(), **given)
        ended = timezone.now() - timedelta(days=days_ago)
        ScanSession.objects.filter(pk=session.pk).update(state="unusable", reason=reason, finished_at=ended)
        session.refresh_from_db()
        return session

    return make


@pytest.fixture
def waiting(supervisor):
    """Return why each scan waits, by session."""

    def ask(user=supervisor):
        clinics = list(supervised_clinics_of(user).values_list("pk", flat=True))
        return {session.pk: session.why for session in sessions_to_review(clinics)}

    return ask


def with_id(prediction: Prediction, session_id: uuid.UUID) -> uuid.UUID:
    """Give a scan an id that the draw of the day takes, or not."""
    old = ScanSession.objects.get(pk=prediction.session_id)
    films = old.videos.all()
    films.delete()
    Prediction.objects.filter(pk=prediction.pk).delete()
    ScanSession.objects.filter(pk=old.pk).delete()
    old.pk = session_id
    old.save(force_insert=True)
    prediction.session = old
    prediction.save(force_insert=True)
    return session_id


def test_a_refused_scan_waits_until_it_is_reviewed_or_too_old(waiting, make_refused, supervisor):
    recent, seen = make_refused(), make_refused()
    make_refused(days_ago=REVIEW_DAYS + 1)
    review_session(session=seen, reviewed_by=supervisor, finding=Finding("good"))

    assert waiting() == {recent.pk: "unusable"}


def test_a_doubtful_scan_waits_and_a_sure_one_does_not(waiting, make_scan):
    sure, doubtful = make_scan(), make_scan()
    with_id(sure, NOT_SAMPLED)
    Prediction.objects.filter(pk=doubtful.pk).update(confidence=0.49)

    assert waiting() == {doubtful.session_id: "low_confidence"}


@pytest.mark.parametrize(
    ("by_hand_cm", "position", "why"), [(83.2, "length", "far_from_manual"), (82.8, "length", None)]
)
def test_a_scan_far_from_the_board_waits(waiting, make_scan, make_measurement, by_hand_cm, position, why):
    scan = make_scan(height_cm=80.0)
    key = with_id(scan, NOT_SAMPLED)
    make_measurement(child=scan.session.child, length_height_cm=by_hand_cm, position="length")

    assert waiting().get(key) == why


def test_a_value_by_hand_of_another_day_says_nothing(waiting, make_scan, make_measurement):
    scan = make_scan(height_cm=80.0)
    key = with_id(scan, NOT_SAMPLED)
    make_measurement(child=scan.session.child, length_height_cm=85.0, position="length", days_ago=3)

    assert key not in waiting()


def test_one_of_twenty_is_drawn_by_its_id(waiting, make_scan):
    drawn = with_id(make_scan(), SAMPLED)
    with_id(make_scan(), NOT_SAMPLED)

    assert waiting() == {drawn: "sampled"}


def test_supervisors_see_scans_of_their_clinics_alone(waiting, make_refused, make_user, other_clinic, health_worker):
    make_refused()

    assert waiting(make_user("other", Role.SUPERVISOR, other_clinic)) == {}
    assert waiting(health_worker) == {}


@pytest.mark.parametrize(
    ("finding", "code"),
    [
        (Finding(""), "verdict_missing"),
        (Finding("bad"), "reason_missing"),
        (Finding("bad", "nonsense"), "reason_missing"),
        (Finding("bad", "other", "  "), "note_missing"),
    ],
)
def test_a_review_without_its_reason_is_refused(make_refused, supervisor, finding, code):
    with pytest.raises(DomainError) as refusal:
        review_session(session=make_refused(), reviewed_by=supervisor, finding=finding)

    assert refusal.value.code == code
    assert not SessionReview.objects.exists()


def test_a_worker_may_not_review_and_a_running_scan_cannot_be(make_refused, make_session, health_worker, supervisor):
    for session, user, code in (
        (make_refused(), health_worker, "not_supervisor"),
        (make_session(), supervisor, "scan_not_reviewable"),
    ):
        with pytest.raises(DomainError) as refusal:
            review_session(session=session, reviewed_by=user, finding=Finding("good"))
        assert refusal.value.code == code


def test_a_changed_review_keeps_what_was_said_before(make_refused, supervisor):
    session = make_refused()
    review_session(session=session, reviewed_by=supervisor, finding=Finding("bad", "covered", "A cap"))

    review = review_session(session=session, reviewed_by=supervisor, finding=Finding("good", "covered"))

    assert (review.verdict, review.reason) == ("good", "")
    said = review.events.order_by("pgh_id").values_list("verdict", "reason", "note")
    assert list(said) == [("bad", "covered", "A cap"), ("good", "", "")]


def test_the_queue_asks_the_database_equally_often_for_few_and_many(
    client, supervisor, make_refused, django_assert_max_num_queries
):
    client.force_login(supervisor)
    make_refused()
    address = reverse("review")
    client.get(address)
    with django_assert_max_num_queries(20) as few:
        client.get(address)
    for _number in range(4):
        make_refused()
    with django_assert_max_num_queries(len(few)):
        page = client.get(address).content.decode()

    assert page.count("The feet are cut off.") == 5


def test_the_page_filters_by_reason_and_is_for_supervisors(client, supervisor, health_worker, make_refused):
    session = make_refused("too_dark")
    client.force_login(supervisor)

    assert session.child.code in client.get(reverse("review"), {"why": "unusable"}).content.decode()
    assert session.child.code not in client.get(reverse("review"), {"why": "low_confidence"}).content.decode()
    assert client.get(reverse("review"), {"why": "nonsense", "page": "x"}).status_code == 200
    client.force_login(health_worker)
    assert client.get(reverse("review")).status_code == 404


def test_a_review_by_the_page_is_listed_on_the_scan(client, supervisor, health_worker, make_refused):
    session = make_refused()
    page, button = reverse("scan_session", args=[session.pk]), reverse("review_session", args=[session.pk])
    client.force_login(supervisor)

    answer = client.post(button, {"verdict": "bad", "reason": "covered", "note": "A thick cap"})

    assert answer.url == page
    client.force_login(health_worker)
    text = client.get(page).content.decode()
    assert "Cap, shoes or wide clothes" in text
    assert "A thick cap" in text
    assert button not in text  # a worker has no form


def test_outside_the_clinic_nobody_reviews(client, make_user, other_clinic, make_refused):
    session = make_refused()
    client.force_login(make_user("other", Role.SUPERVISOR, other_clinic))

    assert client.post(reverse("review_session", args=[session.pk]), {"verdict": "good"}).status_code == 404
    assert not SessionReview.objects.exists()


def test_a_scan_called_bad_is_left_out_of_training_sets(
    settings, tmp_path, make_child, make_scan, make_measurement, supervisor
):
    settings.RESEARCH_PSEUDONYM_KEY = "k" * 32
    scans = [make_scan(child=make_child(purposes=RESEARCH)) for _number in range(2)]
    for scan in scans:
        make_measurement(child=scan.session.child, length_height_cm=81.5, position="length")
    review_session(session=scans[0].session, reviewed_by=supervisor, finding=Finding("bad", "not_straight"))
    given = {"ethics_reference": "EC 1", "created_by": supervisor.username, "out": tmp_path / "drawn"}

    call_command("draw_training_set", name="first", **given)

    manifest = json.loads((tmp_path / "drawn" / "manifest.json").read_text())
    assert (manifest["rows"], manifest["left_out"]) == (1, {"reviewed_bad": 1})


@pytest.fixture
def count_reasons(clinic):
    return lambda: count_by_reason(sessions_to_review([clinic.pk]))


def test_counts_by_reason_are_those_of_the_rows(count_reasons, make_refused, make_scan):
    make_refused()
    make_refused()
    Prediction.objects.filter(pk=make_scan().pk).update(confidence=0.2)

    assert count_reasons() == {"unusable": 2, "low_confidence": 1}

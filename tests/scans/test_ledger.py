"""The ledger: one claim, a lease, a fence, three attempts, and a sweeper that brings back what fell through."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from care.models import FollowUp
from cgm_portal.errors import DomainError
from children.consents import withdraw_consent
from ml_models.quality import ReasonCode
from scans.erasure import cancel_abandoned_uploads
from scans.ledger import (
    claim_session,
    end_without_estimate,
    finish_session,
    release_session,
    renew_lease,
    report_stage,
    sweep_sessions,
)
from scans.models import ScanSession
from scans.services import requeue_session

State = ScanSession.State


def let_lease_run_out(session: ScanSession) -> None:
    ScanSession.objects.filter(pk=session.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def test_a_queued_session_is_claimed_once(make_session):
    session = make_session()

    first, second = claim_session(session.pk), claim_session(session.pk)

    assert first is not None
    assert second is None
    session.refresh_from_db()
    assert (session.state, session.attempts, session.token) == (State.PROCESSING, 1, first.token)


def test_a_session_whose_lease_ran_out_is_claimed_by_the_next(make_session):
    session = make_session()
    first = claim_session(session.pk)
    let_lease_run_out(session)

    second = claim_session(session.pk)

    assert second is not None
    assert second.attempt == 2
    assert not renew_lease(first)
    assert not report_stage(first, ScanSession.Stage.POSE)


def test_an_attempt_that_lost_its_lease_finishes_nothing(make_session):
    session = make_session()
    first = claim_session(session.pk)
    let_lease_run_out(session)
    second = claim_session(session.pk)

    late = finish_session(first, state=State.SUCCEEDED)
    owner = finish_session(second, state=State.SUCCEEDED)

    session.refresh_from_db()
    assert (late, owner, session.state) == (False, True, State.SUCCEEDED)


def test_the_fourth_claim_quarantines(make_session, child):
    session = make_session()
    for _attempt in range(3):
        assert claim_session(session.pk) is not None
        let_lease_run_out(session)

    fourth = claim_session(session.pk)

    session.refresh_from_db()
    assert fourth is None
    assert (session.state, session.attempts, session.reason) == (State.QUARANTINED, 3, ReasonCode.WORKER_LOST)
    assert FollowUp.objects.open().get(child=child).reason == FollowUp.Reason.MEASURE_BY_HAND


def test_the_sweeper_queues_an_expired_session_and_announces_it(make_session, django_capture_on_commit_callbacks):
    session = make_session()
    claim_session(session.pk)
    let_lease_run_out(session)

    with django_capture_on_commit_callbacks() as callbacks:
        announced = sweep_sessions()

    session.refresh_from_db()
    assert (announced, len(callbacks), session.state) == (1, 1, State.QUEUED)
    assert session.token is None


def test_the_sweeper_leaves_a_session_whose_message_was_just_sent(make_session, settings):
    session = make_session()
    ScanSession.objects.filter(pk=session.pk).update(published_at=timezone.now())

    assert sweep_sessions() == 0

    ScanSession.objects.filter(pk=session.pk).update(
        published_at=timezone.now() - timedelta(seconds=settings.SCAN_REPUBLISH_SECONDS + 1)
    )
    assert sweep_sessions() == 1


def test_a_released_session_may_be_claimed_again(make_session):
    session = make_session()
    claim = claim_session(session.pk)

    assert release_session(claim)

    assert claim_session(session.pk).attempt == 2


def test_requeueing_starts_the_count_of_attempts_anew(make_session):
    session = make_session()
    for _attempt in range(3):
        claim_session(session.pk)
        let_lease_run_out(session)
    claim_session(session.pk)
    session.refresh_from_db()

    requeue_session(session=session)

    session.refresh_from_db()
    assert (session.state, session.attempts, session.reason) == (State.QUEUED, 0, "")
    assert claim_session(session.pk) is not None


def test_a_session_that_runs_cannot_be_requeued(make_session):
    session = make_session()
    claim_session(session.pk)

    with pytest.raises(DomainError) as refused:
        requeue_session(session=session)

    assert refused.value.code == "not_requeueable"


def test_an_unusable_session_asks_for_a_measurement_by_hand(make_session, child):
    session = make_session()
    claim = claim_session(session.pk)

    end_without_estimate(claim, state=State.UNUSABLE, reason=ReasonCode.FEET_CUT_OFF)

    session.refresh_from_db()
    assert (session.state, session.reason) == (State.UNUSABLE, ReasonCode.FEET_CUT_OFF)
    assert FollowUp.objects.open().get(child=child).due_on == timezone.localdate()


def test_withdrawing_consent_cancels_the_session_and_erases_its_film(
    make_session, child, health_worker, django_capture_on_commit_callbacks
):
    session = make_session()
    claim = claim_session(session.pk)
    film = session.videos.get().file

    with django_capture_on_commit_callbacks(execute=True):
        withdraw_consent(consent=session.consent, withdrawn_by=health_worker)

    session.refresh_from_db()
    assert (session.state, session.videos.count()) == (State.CANCELLED, 0)
    assert not film.storage.exists(film.name)
    assert not finish_session(claim, state=State.SUCCEEDED)


def test_a_session_without_live_consent_is_never_claimed(make_session):
    session = make_session()
    consent = session.consent
    consent.withdrawn_at, consent.withdrawn_by = timezone.now(), session.started_by
    consent.save()

    assert claim_session(session.pk) is None


def test_an_upload_that_was_given_up_is_cancelled_and_its_film_erased(
    make_session, settings, django_capture_on_commit_callbacks
):
    session, recent = make_session(submit=False), make_session(submit=False)
    film = session.videos.get().file
    ScanSession.objects.filter(pk=session.pk).update(
        started_at=timezone.now() - timedelta(hours=settings.SCAN_UPLOAD_HOURS + 1)
    )

    with django_capture_on_commit_callbacks(execute=True):
        cancelled = cancel_abandoned_uploads()

    session.refresh_from_db()
    recent.refresh_from_db()
    assert (cancelled, session.state, recent.state) == (1, State.CANCELLED, State.UPLOADING)
    assert not film.storage.exists(film.name)

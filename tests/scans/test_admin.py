"""Scan sessions in Django admin: a new start for those set aside, and a reason for each refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from children.consents import withdraw_consent
from ml_models.quality import ReasonCode
from scans.models import ScanSession

State = ScanSession.State
LIST = reverse("admin:scans_scansession_changelist")


@pytest.fixture
def admin_client(make_user: Callable[..., User]) -> Client:
    client = Client()
    client.force_login(make_user("admin", Role.ADMINISTRATOR, is_staff=True, is_superuser=True))
    return client


def ended(session: ScanSession, state: str, reason: str = ReasonCode.WORKER_LOST.value) -> ScanSession:
    ScanSession.objects.filter(pk=session.pk).update(
        state=state, reason=reason, attempts=3, finished_at=timezone.now(), published_at=timezone.now()
    )
    return session


def queue_again(client: Client, *sessions: ScanSession) -> str:
    chosen = {"action": "queue_again", "_selected_action": [str(session.pk) for session in sessions]}
    return client.post(LIST, chosen, follow=True).content.decode()


@pytest.mark.parametrize("state", [State.QUARANTINED, State.FAILED])
def test_a_session_set_aside_gets_a_new_start(
    state: str, make_session: Any, admin_client: Client, django_capture_on_commit_callbacks: Any, monkeypatch: Any
) -> None:
    announced = []
    monkeypatch.setattr("scans.services.session_submitted.send", lambda **sent: announced.append(sent["session_id"]))
    session = ended(make_session(), state)

    with django_capture_on_commit_callbacks(execute=True):
        said = queue_again(admin_client, session)

    session.refresh_from_db()
    assert (session.state, session.attempts, session.reason) == (State.QUEUED, 0, "")
    assert announced == [session.pk]
    assert "Queued again: 1." in said
    assert LogEntry.objects.get().change_message == "Queued again."


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.UNUSABLE, State.CANCELLED])
def test_a_session_in_another_state_is_refused_with_a_reason(
    state: str, make_session: Any, admin_client: Client
) -> None:
    session = ended(make_session(), state)

    said = queue_again(admin_client, session)

    session.refresh_from_db()
    assert session.state == state
    assert f"Session {session.pk}: Only failed and set-aside sessions can be queued again." in said


def test_one_refusal_does_not_hold_up_the_others(make_session: Any, admin_client: Client) -> None:
    waiting, failed = make_session(), ended(make_session(), State.FAILED)

    said = queue_again(admin_client, waiting, failed)

    failed.refresh_from_db()
    assert failed.state == State.QUEUED
    assert "Queued again: 1." in said
    assert str(waiting.pk) in said


def test_a_withdrawn_consent_is_not_got_round(make_session: Any, admin_client: Client, health_worker: User) -> None:
    session = ended(make_session(), State.FAILED)
    withdraw_consent(consent=session.consent, withdrawn_by=health_worker)

    said = queue_again(admin_client, session)

    session.refresh_from_db()
    assert session.state == State.FAILED
    assert "consent for scanning was withdrawn" in said


def test_staff_without_the_right_has_no_such_action(make_session: Any, make_user: Callable[..., User]) -> None:
    session = ended(make_session(), State.FAILED)
    client = Client()
    client.force_login(make_user("staff", is_staff=True))

    client.post(LIST, {"action": "queue_again", "_selected_action": [str(session.pk)]})

    session.refresh_from_db()
    assert session.state == State.FAILED


def test_a_session_that_ended_well_links_to_its_prediction(make_session: Any, admin_client: Client) -> None:
    session = ended(make_session(), State.SUCCEEDED, reason="")

    listed = admin_client.get(LIST).content.decode()

    address = f"/admin/predictions/prediction/?session__id__exact={session.pk}"
    assert address in listed
    assert admin_client.get(address).status_code == 200

"""What care keeps of a child goes with the child: referrals, treatments, tracing, notices, reminders, status."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from care import erasure
from care.models import Delivery, FollowUp, NoticeSubscription
from care.referrals import refer_child
from care.reminders import agree_to_reminders
from care.tracing import close_tracing, record_attempt
from care.treatment import admit_child
from children.erasure_rows import rows_of, whole_history_of
from children.models import StatusChange

pytestmark = pytest.mark.django_db


@pytest.fixture
def cared_for(child, make_measurement, health_worker, programme):
    """A child with a row in every table of care."""
    NoticeSubscription.objects.create(programme=programme, way="email", address="nurse@example.org")
    today = timezone.localdate()
    make_measurement(muac_mm=110)
    refer_child(child=child, referred_by=health_worker, referred_to="District hospital")
    admit_child(
        child=child, kind="sam", criterion="muac", admission="new", admitted_on=today, admitted_by=health_worker
    )
    agree_to_reminders(child=child, recorded_by=health_worker)
    visit = FollowUp.objects.create(child=child, reason="routine", due_on=today + timedelta(days=1))
    Delivery.objects.create(kind="reminder", child=child, follow_up=visit)
    attempt = record_attempt(
        child=child,
        attempted_on=today,
        way="visit",
        was_reached=False,
        reason_not_reached="moved",
        recorded_by=health_worker,
    )
    close_tracing(tracing=attempt.tracing, outcome="moved", outcome_on=today, closed_by=health_worker)
    return child


def test_nothing_of_care_is_left(cared_for, erase):
    declared = [*erasure.OF_CHILD]
    before = rows_of(cared_for.pk, declared)
    assert all(before.values()), "a table of care has no row of this child"
    assert StatusChange.objects.filter(child=cared_for).exists()

    erase(cared_for)

    after = rows_of(cared_for.pk, declared)
    assert not any(after.values())
    assert not any(whole_history_of(cared_for.pk, after, declared).values())
    assert not StatusChange.objects.exists()
    assert not StatusChange.pgh_event_model.objects.exists()

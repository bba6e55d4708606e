"""Referrals, tracing, treatment and status: what people write down, and what follows from it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from care.leaving import change_child_status
from care.models import Alert, FollowUp, Referral, Tracing, TreatmentEpisode
from care.referrals import record_referral_outcome, refer_child
from care.selectors import defaulters
from care.services import resolve_alert
from care.tracing import close_tracing, record_attempt
from care.treatment import admit_child, exit_treatment, suggested_admission
from cgm_portal.errors import DomainError
from children.models import Child
from children.services import void_measurement

pytestmark = pytest.mark.django_db
SAM = {"weight_kg": 7.0, "length_height_cm": 80, "position": "length", "muac_mm": 110, "oedema": False}
NORMAL = {"weight_kg": 11.0, "length_height_cm": 84.5, "position": "length", "muac_mm": 148, "oedema": False}


@pytest.fixture
def ill_child(child, make_measurement):
    make_measurement(**SAM)
    return child


@pytest.fixture
def admit(health_worker):
    def run(child, *, days_ago=0, **chosen):
        return admit_child(
            child=child,
            admitted_on=timezone.localdate() - timedelta(days=days_ago),
            admitted_by=health_worker,
            **{"kind": "sam", "criterion": "muac", "admission": "new", **chosen},
        )

    return run


def refused(action, **given):
    with pytest.raises(DomainError) as error, transaction.atomic():
        action(**given)
    return error.value.code


def test_a_referral_answers_every_open_alert_and_keeps_its_outcome(ill_child, health_worker):
    today = timezone.localdate()
    referral = refer_child(child=ill_child, referred_by=health_worker, referred_to="District hospital")
    record_referral_outcome(referral=referral, outcome="unknown", outcome_on=today, recorded_by=health_worker)
    known = record_referral_outcome(
        referral=referral, outcome="treated", outcome_on=today, recorded_by=health_worker, note="in ward 3"
    )

    assert {alert.referral for alert in ill_child.alerts.open()} == {referral}
    assert set(ill_child.alerts.values_list("state", flat=True)) == {Alert.State.REFERRED}
    assert (known.outcome, known.outcome_note) == (Referral.Outcome.TREATED, "in ward 3")


def test_what_cannot_be_of_a_referral_is_refused(ill_child, health_worker, outsider):
    tomorrow = timezone.localdate() + timedelta(days=1)
    who = {"child": ill_child, "referred_by": health_worker}
    referral = refer_child(**who, referred_to="Hospital")
    outcome = {"referral": referral, "recorded_by": health_worker, "outcome": "arrived"}

    assert refused(refer_child, **who, referred_to=" ") == "referral_place_missing"
    assert refused(refer_child, **who, referred_to="Hospital", referred_on=tomorrow) == "date_in_future"
    assert refused(refer_child, **{**who, "referred_by": outsider}, referred_to="Hospital") == "not_your_clinic"
    day_before = referral.referred_on - timedelta(days=1)
    assert refused(record_referral_outcome, **outcome, outcome_on=day_before) == "date_too_early"


def test_an_alert_is_closed_by_a_reason_to_choose_or_in_words(ill_child, health_worker):
    first, second = ill_child.alerts.open()[:2]

    resolve_alert(alert=first, resolved_by=health_worker, close_reason="treated_here")

    first.refresh_from_db()
    assert (first.close_reason, first.resolution_reason) == ("treated_here", "")
    assert refused(resolve_alert, alert=second, resolved_by=health_worker, close_reason="other") == "reason_missing"
    assert refused(resolve_alert, alert=second, resolved_by=health_worker, close_reason="x") == "choice_unknown"


def test_moving_away_ends_open_work_with_its_reason_and_a_supervisor_opens_it_again(
    ill_child, admit, health_worker, supervisor
):
    episode, today = admit(ill_child), timezone.localdate()
    alerts = set(ill_child.alerts.open())
    follow_ups = set(ill_child.follow_ups.open())

    change_child_status(
        child=ill_child, status="moved", happened_on=today, reason="to her aunt in Kisumu", changed_by=health_worker
    )

    assert not ill_child.alerts.open().exists()
    assert not ill_child.follow_ups.open().exists()
    assert {alert.resolution_reason for alert in ill_child.alerts.all()} == {"to her aunt in Kisumu"}
    assert ill_child.treatment_episodes.get().exit == TreatmentEpisode.Exit.TRANSFERRED
    back = {"child": ill_child, "status": "active", "happened_on": today, "reason": "mistaken for her cousin"}
    assert refused(change_child_status, **back, changed_by=health_worker) == "not_supervisor"

    change_child_status(**back, changed_by=supervisor)

    assert set(ill_child.alerts.open()) == alerts
    assert set(ill_child.follow_ups.open()) == follow_ups
    assert ill_child.treatment_episodes.open().get() == episode
    assert [change.after for change in ill_child.status_changes.all()] == ["active", "moved"]


def test_voiding_a_row_of_a_child_that_left_opens_nothing(ill_child, make_measurement, health_worker, supervisor):
    older = make_measurement(**NORMAL, days_ago=40)
    today = timezone.localdate()
    change_child_status(child=ill_child, status="lost", happened_on=today, reason="gone", changed_by=health_worker)

    void_measurement(measurement=older, voided_by=supervisor, reason="other child")

    assert not ill_child.alerts.open().exists()


def test_an_old_visit_of_a_child_that_died_asks_nobody_to_act(child, make_measurement, health_worker):
    today = timezone.localdate()
    change_child_status(child=child, status="died", happened_on=today, reason="malaria", changed_by=health_worker)
    child.refresh_from_db()

    make_measurement(child=child, days_ago=3, **SAM)

    assert not child.alerts.exists()
    assert not child.follow_ups.exists()


def test_attempts_are_logged_and_a_visit_ends_the_tracing(ill_child, make_measurement, health_worker):
    attempt = {"child": ill_child, "attempted_on": timezone.localdate(), "recorded_by": health_worker}
    record_attempt(**attempt, way="phone", was_reached=False, reason_not_reached="no_answer")
    record_attempt(**attempt, way="visit", was_reached=True)
    assert refused(record_attempt, **attempt, way="visit", was_reached=False) == "reason_missing"

    make_measurement(child=ill_child, muac_mm=112)

    tracing = Tracing.objects.get()
    assert tracing.attempts.count() == 2
    assert tracing.outcome == Tracing.Outcome.RETURNED


def test_a_child_that_cannot_be_found_is_lost_and_its_treatment_defaulted(ill_child, admit, health_worker):
    episode, today = admit(ill_child), timezone.localdate()
    attempt = record_attempt(
        child=ill_child,
        attempted_on=today,
        way="visit",
        was_reached=False,
        reason_not_reached="address_unknown",
        recorded_by=health_worker,
    )

    close_tracing(tracing=attempt.tracing, outcome="not_found", outcome_on=today, closed_by=health_worker)

    ill_child.refresh_from_db()
    episode.refresh_from_db()
    assert ill_child.status == Child.Status.LOST
    assert (episode.exit, episode.exited_on) == (TreatmentEpisode.Exit.DEFAULTED, today)


def test_an_admission_is_suggested_by_the_last_visit_and_the_last_treatment(ill_child, admit, health_worker):
    first = suggested_admission(ill_child)
    episode = admit(ill_child, days_ago=0)
    exit_treatment(episode=episode, exit_as="recovered", exited_on=timezone.localdate(), exited_by=health_worker)

    again = suggested_admission(ill_child)

    assert (first.kind, first.criterion, first.admission) == ("sam", "whz_and_muac", "new")
    assert again.admission == "relapse"


def test_one_treatment_is_open_per_child(ill_child, admit, clinic, health_worker):
    admit(ill_child)

    assert refused(lambda: admit(ill_child)) == "in_treatment"
    with pytest.raises(IntegrityError), transaction.atomic():
        TreatmentEpisode.objects.create(
            child=ill_child,
            clinic=clinic,
            kind="mam",
            criterion="muac",
            admission="new",
            admitted_on=timezone.localdate(),
            admitted_by=health_worker,
        )


def test_admission_acknowledges_the_alerts_and_a_death_becomes_the_status(ill_child, admit, health_worker):
    episode = admit(ill_child)
    acknowledged = set(ill_child.alerts.filter(criterion__in=["whz", "muac"]).values_list("state", flat=True))

    exit_treatment(episode=episode, exit_as="died", exited_on=timezone.localdate(), exited_by=health_worker)

    ill_child.refresh_from_db()
    assert acknowledged == {Alert.State.ACKNOWLEDGED}
    assert ill_child.status == Child.Status.DIED
    assert not FollowUp.objects.open().exists()


def test_every_form_of_the_care_page_does_its_one_thing(client, ill_child, health_worker):
    client.force_login(health_worker)
    today, page = str(timezone.localdate()), reverse("care:child", args=[ill_child.pk])

    def post(name, pk, **form):
        return client.post(reverse(f"care:{name}", args=[pk]), form, follow=True)

    post("refer_child", ill_child.pk, referred_to="Hospital", referred_on=today)
    post("referral_outcome", Referral.objects.get().pk, outcome="arrived", outcome_on=today)
    post("admit", ill_child.pk, kind="sam", criterion="muac", admission="new", admitted_on=today)
    shown = client.get(page).content.decode()
    post("exit", TreatmentEpisode.objects.get().pk, exit="transferred", exited_on=today)
    post("attempt", ill_child.pk, attempted_on=today, way="phone", result="no_answer")
    post("reminders", ill_child.pk, agrees="yes")
    post("close_tracing", Tracing.objects.get().pk, outcome="refused", outcome_on=today)
    unread = post("status", ill_child.pk, status="moved", happened_on="yesterday", reason="x")
    post("status", ill_child.pk, status="moved", happened_on=today, reason="to the city")

    ill_child.refresh_from_db()
    assert "Arrived" in shown
    assert "Rules of recovery" in shown
    assert TreatmentEpisode.objects.get().exit == "transferred"
    assert Tracing.objects.get().outcome == "refused"
    assert ill_child.reminder_agreements.count() == 1
    assert "Since: Enter a valid date." in unread.content.decode()
    assert ill_child.status == "moved"


def test_an_outsider_sees_and_changes_nothing(client, ill_child, admit, outsider, health_worker):
    episode = admit(ill_child)
    referral = refer_child(child=ill_child, referred_by=health_worker, referred_to="Hospital")
    client.force_login(outsider)

    assert client.get(reverse("care:child", args=[ill_child.pk])).status_code == 404
    for name in ("refer_child", "attempt", "admit", "status", "reminders"):
        assert client.post(reverse(f"care:{name}", args=[ill_child.pk])).status_code == 404
    assert client.post(reverse("care:exit", args=[episode.pk])).status_code == 404
    assert client.post(reverse("care:referral_outcome", args=[referral.pk])).status_code == 404
    for name in ("care:treatments", "care:defaulters"):
        assert ill_child.name not in client.get(reverse(name)).content.decode()


def test_the_childs_page_names_a_referral_already_made_and_a_treatment(client, ill_child, admit, health_worker):
    client.force_login(health_worker)
    page = reverse("child", args=[ill_child.pk])
    assert "Outcome not known yet" not in client.get(page).content.decode()

    refer_child(child=ill_child, referred_by=health_worker, referred_to="District hospital")
    admit(ill_child)

    shown = client.get(page).content.decode()
    assert "Referred to District hospital" in shown
    assert "Outcome not known yet" in shown
    assert "In treatment" in shown


def test_who_missed_a_visit_is_looked_for_but_not_who_was_only_not_asked_after(
    ill_child, make_child, make_measurement, admit, health_worker
):
    today = timezone.localdate()
    FollowUp.objects.filter(child=ill_child).update(due_on=today - timedelta(days=30))  # check the referral: ours
    late, absent = make_child(name="Late"), make_child(name="Absent")
    FollowUp.objects.create(child=late, reason="routine", due_on=today - timedelta(days=15), window_days=14)
    FollowUp.objects.create(child=make_child(), reason="routine", due_on=today - timedelta(days=14), window_days=14)
    make_measurement(child=absent, days_ago=12, **NORMAL)
    admit(absent, days_ago=12)
    gone = make_child(name="Moved")
    FollowUp.objects.create(child=gone, reason="routine", due_on=today - timedelta(days=90))
    Child.objects.filter(pk=gone.pk).update(status="moved")

    found = list(defaulters(health_worker))

    assert found == [absent, late]

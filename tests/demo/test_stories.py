"""What a newcomer finds in the demo: one child at least for each story that a clinic knows."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import Clinic, Membership, Role, User
from analytics.demo.loader import LoadedDemo
from care.models import Alert, FollowUp, Referral, Tracing, TracingAttempt, TreatmentEpisode
from care.selectors import defaulters
from care.treatment import manual_visits_of, progress_of_episode, visits_of_episode
from children.growth import RowCode
from children.models import Child, Consent, GrowthAssessment, Measurement
from children.registration import ChildDetails, find_likely_duplicates
from scans.models import ScanSession, ScanVideo

CURRENT = GrowthAssessment.objects.filter(is_current=True, measurement__state="active")


def newest(**filters: object) -> int:
    """Count children whose newest visit by hand has an assessment with `filters`."""
    latest = (
        Measurement.objects.active().manual().order_by("child_id", "-measured_on", "-recorded_at").distinct("child_id")
    )
    return CURRENT.filter(measurement__in=list(latest), **filters).count()


def test_three_clinics_eight_people_in_all_roles_and_67_children(demo: LoadedDemo) -> None:
    assert Clinic.objects.count() == 3
    assert User.objects.count() == 8
    assert set(Membership.objects.values_list("role", flat=True)) == set(Role.values)
    assert Child.objects.count() == 67
    assert list(User.objects.filter(is_superuser=True).values_list("username", flat=True)) == ["admin"]


def test_the_films_of_both_sample_sessions_wait_for_the_gpu_worker(demo: LoadedDemo) -> None:
    sessions = ScanSession.objects.all()

    assert {session.state for session in sessions} == {ScanSession.State.QUEUED}
    assert len(sessions) == 2
    assert sorted(ScanVideo.objects.values_list("scan_type", flat=True)) == [
        "lying_above",
        "standing_front",
        "standing_side",
    ]
    assert all(session.marker_used and session.marker_size_mm == 160 for session in sessions)


def test_each_story_is_there(demo: LoadedDemo) -> None:
    assert_each_story_is_there()


def assert_each_story_is_there() -> None:
    assert newest(acute="sam", criteria=["whz"]) >= 2
    assert newest(acute="sam", criteria=["muac"]) >= 2
    assert newest(acute="sam", criteria=["whz", "muac"]) >= 1
    assert newest(acute="sam", criteria__contains=["oedema"]) == 1
    assert newest(acute="mam", criteria__contains=["whz"]) >= 3
    assert newest(acute="mam", criteria=["muac"]) >= 2
    assert newest(stunting="moderate") >= 5
    assert newest(stunting="severe") >= 1
    assert newest(overweight="overweight") >= 1
    assert newest(rows__contains=[{"code": RowCode.WEIGHT_LOSS}]) >= 2
    assert newest(rows__contains=[{"code": RowCode.FALTERING}]) >= 2
    assert newest(infant_at_risk=True) >= 1
    assert newest(missing__contains=["muac_missing"]) >= 1
    assert newest(standard="WHO2007", missing=[]) == 1
    assert newest(risk_level="none") >= 15
    assert newest(corrected_age_days__isnull=False) >= 1


def test_no_value_is_flagged_as_implausible(demo: LoadedDemo) -> None:
    assert not CURRENT.exclude(flags=[]).exists()


def test_children_come_two_to_eight_times_up_to_today(demo: LoadedDemo) -> None:
    visits = Child.objects.annotate(visits=Count("measurements", filter=Q(measurements__state="active")))

    assert {child.visits for child in visits} <= set(range(2, 9))
    assert Measurement.objects.filter(measured_on=timezone.localdate()).exists()
    assert not Measurement.objects.filter(measured_at__gt=timezone.now()).exists()


def test_preterm_and_estimated_birth_dates_are_marked(demo: LoadedDemo) -> None:
    assert Child.objects.filter(gestation_weeks__lt=37).count() == 3
    assert Child.objects.filter(birth_date_estimated=True).count() == 1


def test_one_child_looks_registered_twice(demo: LoadedDemo) -> None:
    worker = User.objects.get(username="worker.lakeside")
    first = Child.objects.get(name="Amina Wanjiru Kamau")

    likely = find_likely_duplicates(
        user=worker, details=ChildDetails(name=first.name, sex=first.sex, born_on=first.born_on)
    )

    assert [child.name for child in likely[:2]] == ["Amina Wanjiru Kamau", "Aminah Kamau Wanjiru"]


def test_a_measurement_was_corrected_and_one_voided_with_who_and_why(demo: LoadedDemo) -> None:
    ended = Measurement.objects.exclude(state=Measurement.State.ACTIVE)

    assert sorted(ended.values_list("state", flat=True)) == ["corrected", "void"]
    assert all(row.end_reason and row.ended_by.username.startswith("supervisor") for row in ended)
    assert Measurement.objects.filter(corrects__isnull=False, state="active").count() == 1


def test_a_scan_consent_was_withdrawn(demo: LoadedDemo) -> None:
    withdrawn = Consent.objects.get(withdrawn_at__isnull=False)

    assert withdrawn.purpose == Consent.Purpose.SCAN
    assert withdrawn.withdrawn_at > withdrawn.given_at
    assert Consent.objects.filter(purpose=Consent.Purpose.CARE).count() == Child.objects.count()


def test_alerts_stand_at_every_step(demo: LoadedDemo) -> None:
    assert set(Alert.objects.values_list("state", flat=True)) == set(Alert.State.values)
    assert {"recovered", "by_person"} <= set(Alert.objects.values_list("resolution", flat=True))
    assert Alert.objects.filter(criterion="whz", resolution="recovered").exists()


def test_alerts_and_follow_ups_have_an_age(demo: LoadedDemo) -> None:
    now, today = timezone.now(), timezone.localdate()

    assert Alert.objects.open().filter(opened_at__lt=now - timedelta(days=14)).exists()
    assert not Alert.objects.filter(opened_at__lt=F("raised_by__measured_at")).exists()
    assert not Alert.objects.filter(resolved_at__lt=F("opened_at")).exists()
    assert not Alert.objects.filter(Q(opened_at__gt=now) | Q(resolved_at__gt=now)).exists()
    assert FollowUp.objects.open().filter(due_on__lt=today).exists()
    assert not FollowUp.objects.filter(due_on__lt=TruncDate("created_at")).exists()
    assert FollowUp.objects.open().filter(due_on__gt=today).exists()


def test_records_were_written_when_the_children_were_seen(demo: LoadedDemo) -> None:
    late = Measurement.objects.filter(recorded_at__gt=F("measured_at") + timedelta(days=1))
    early = Measurement.objects.filter(recorded_at__lt=F("measured_at"))

    assert not late.exists()
    assert not early.exists()
    assert not Child.objects.filter(measurements__recorded_at__lt=F("registered_at")).exists()


def test_one_of_the_filmed_children_was_measured_by_hand_today(demo: LoadedDemo) -> None:
    today = timezone.localdate()
    by_hand = [
        session.child.measurements.filter(measured_on=today).exists()
        for session in ScanSession.objects.select_related("child")
    ]

    assert sorted(by_hand) == [False, True]


def test_treatments_go_on_and_have_ended_in_several_ways(demo: LoadedDemo) -> None:
    exits = list(TreatmentEpisode.objects.exclude(exit="").order_by("exit").values_list("exit", flat=True))
    open_ones = list(TreatmentEpisode.objects.open().select_related("child__clinic__programme"))
    stands = [progress_of_episode(each, visits_of_episode(each, manual_visits_of(each.child))) for each in open_ones]

    assert exits == ["defaulted", *["recovered"] * 4, "transferred"]
    assert sorted(stand.proposed for stand in stands) == ["", "", "defaulted"]
    assert {stand.gain.on_target for stand in stands if stand.gain and not stand.missed_visits} == {True, False}
    assert not TreatmentEpisode.objects.filter(exited_on__gt=timezone.localdate()).exists()
    assert not TreatmentEpisode.objects.filter(exit_recorded_at__lt=F("recorded_at")).exists()


def test_a_family_is_looked_for_and_another_was(demo: LoadedDemo) -> None:
    looked_for = Tracing.objects.open().get()
    worker = User.objects.get(username__startswith="worker", memberships__clinic=looked_for.child.clinic)
    attempts = TracingAttempt.objects.filter(tracing=looked_for)

    assert looked_for.child in defaulters(worker)
    assert [attempt.reason_not_reached for attempt in attempts] == ["no_answer", "nobody_home", ""]
    assert all(attempt.recorded_at.date() == attempt.attempted_on for attempt in attempts)
    assert Tracing.objects.get(outcome="refused").child.treatment_episodes.get().exit == "defaulted"
    assert Referral.objects.filter(outcome=Referral.Outcome.ARRIVED).exists()

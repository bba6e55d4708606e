"""Key figures: what each counts, that nothing is invented, and that the file says what the page says."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import (
    Clinic,
    Programme,
    Role,
    StandardisationCertificate,
    StandardisationSheet,
    StandardisationTest,
    User,
)
from analytics.kpis.reach import countries, screenings, workers
from analytics.kpis.scans import early_detection, processing_times
from analytics.pages.kpi_cards import all_kpis
from analytics.service_minutes.models import ReadyMinute, RequestGroup, RequestMinute
from children.models import GrowthAssessment
from predictions.models import Prediction

pytestmark = pytest.mark.django_db
EVERYWHERE = Clinic.objects.all
YEAR = timedelta(days=365)


def by_key(now: datetime | None = None):
    return {kpi.key: kpi for kpi in all_kpis(EVERYWHERE(), now=now or timezone.now())}


def test_a_fresh_portal_has_no_value_and_says_so(client: Client, programme: Programme, make_user):
    client.force_login(make_user("manager", Role.PROGRAMME_MANAGER))

    answer = client.get(reverse("kpis"))

    kpis = answer.context["kpis"]
    assert [kpi.key for kpi in kpis] == [
        "correlation",
        "api_response",
        "processing",
        "uptime",
        "screenings",
        "early_detection",
        "trained_workers",
        "countries",
    ]
    assert {(kpi.value, kpi.met) for kpi in kpis} == {("", None)}
    assert answer.content.decode().count("not measured yet") == len(kpis)


def test_answers_of_the_api_are_judged_by_the_share_within_two_seconds():
    now = timezone.now()
    minute = now.replace(second=0, microsecond=0) - timedelta(hours=1)
    RequestMinute.objects.create(minute=minute, group=RequestGroup.API, bucket_3=95, bucket_10=5, server_errors=2)
    RequestMinute.objects.create(minute=minute, group=RequestGroup.UPLOADS, bucket_13=900)
    assert by_key(now)["api_response"].met
    RequestMinute.objects.create(minute=minute - timedelta(days=29), group=RequestGroup.API, bucket_10=1)

    kpi = by_key(now)["api_response"]

    assert (kpi.count, kpi.of, kpi.met) == (95, 101, False)
    assert 2.0 < kpi.number <= 3.0
    assert ("Answers that failed (5xx)", "2") in kpi.beside


def test_uptime_never_rounds_up_to_the_target():
    now = datetime(2026, 11, 3, 0, 1, 30, tzinfo=UTC)
    start = datetime(2026, 11, 1, tzinfo=UTC)
    ready = [start + timedelta(minutes=number) for number in range(2880) if number not in {100, 200, 300}]
    ReadyMinute.objects.bulk_create(ReadyMinute(minute=minute) for minute in ready)

    kpi = by_key(now)["uptime"]

    assert (kpi.count, kpi.of, kpi.value, kpi.met) == (2877, 2880, "99.89 %", False)


def test_seconds_of_a_session_are_shared_by_its_videos(make_child, make_scan):
    for stages, films in (({"decoding": 4.0, "pose": 6.0}, 1), ({"decoding": 20.0, "pose": 60.0}, 2)):
        scan = make_scan(make_child(), cm=80.0, sd=1.0)
        quality = {f"film_{number}": {} for number in range(films)}
        Prediction.objects.filter(measurement=scan).update(stage_seconds=stages, quality=quality)

    times = processing_times(EVERYWHERE(), since=timezone.now() - YEAR)

    assert (times.sessions, times.within, times.p50_s) == (2, 1, 25.0)


@pytest.fixture
def confirmed(make_child, make_scan, make_measurement):
    """Return a maker of a scanned child whom a tape finds with SAM `days` after the scan."""

    def make(*, called: bool, days: int = 0, muac_mm: int = 110):
        child = make_child()
        scan = make_scan(child, cm=84.0, sd=0.8, days_ago=days)
        make_measurement(child=child, muac_mm=muac_mm)
        probability = {"sam_mam_or_severe_stunting": 0.5 if called else 0.01}
        GrowthAssessment.objects.filter(measurement=scan).update(
            class_probabilities=probability, predicted_probabilities={}, crossed_cutoffs=[], flags=[]
        )
        return child

    return make


def test_early_detection_counts_confirmed_children_once(confirmed, make_scan, make_child):
    confirmed(called=True)
    confirmed(called=False, days=3)
    twice = confirmed(called=True, days=5)
    make_scan(twice, cm=84.0, sd=0.8, days_ago=2)
    confirmed(called=True, days=20)  # confirmed too late
    confirmed(called=True, muac_mm=150)  # well by the tape
    make_scan(make_child(), cm=84.0, sd=0.8)  # never measured by hand

    share = early_detection(EVERYWHERE(), since=timezone.now() - YEAR)

    assert (share.count, share.n) == (2, 3)


def test_a_worker_is_trained_by_date_or_valid_certificate(health_worker, supervisor, outsider, make_user, clinic):
    today = date(2026, 11, 23)
    for name, issued_on in (("certified", today), ("expired", today - YEAR)):
        user = make_user(name, Role.HEALTH_WORKER, clinic)
        test = StandardisationTest.objects.create(clinic=clinic, held_on=issued_on, held_by=supervisor)
        StandardisationCertificate.objects.create(
            sheet=StandardisationSheet.objects.create(test=test, measurer=user),
            user=user,
            issued_on=issued_on,
            valid_until=issued_on + timedelta(days=180),
            issued_by=supervisor,
        )
    make_user("partner", Role.PARTNER, trained_on=today)
    User.objects.filter(pk=health_worker.pk).update(trained_on=today)
    User.objects.filter(pk=supervisor.pk).update(trained_on=today + timedelta(days=1))
    User.objects.filter(pk=outsider.pk).update(is_active=False, trained_on=today)

    found = workers(EVERYWHERE(), today=today)

    assert (found.trained, found.all) == (2, 4)


def test_screenings_and_countries_come_from_counted_visits(
    client: Client, child, make_measurement, make_scan, supervisor, other_clinic
):
    Programme.objects.create(name="Elsewhere", country="NP")
    make_measurement(weight_kg=9.0)
    make_measurement(muac_mm=140)
    make_scan(child, cm=80.0, sd=1.0)
    client.force_login(supervisor)

    kpis = {kpi.key: kpi for kpi in client.get(reverse("kpis")).context["kpis"]}

    month = timezone.now().date().replace(day=1)
    assert screenings(EVERYWHERE(), month=month) == 1
    assert kpis["screenings"].beside == [("This month so far", "1")]
    assert countries(EVERYWHERE(), first_month=month) == ["KE"]
    assert (kpis["countries"].number, kpis["countries"].met) == (1, False)
    assert screenings(Clinic.objects.filter(pk=other_clinic.pk), month=month) is None


def test_the_correlation_stands_beside_what_it_hides(make_child, make_scan, make_measurement):
    for number in range(6):
        child = make_child(name=f"Child {number}")
        make_scan(child, cm=77.0 + number, sd=1.0)
        make_measurement(child=child, length_height_cm=76.0 + number, position="length")

    kpi = by_key()["correlation"]

    assert (kpi.number, kpi.met, kpi.of) == (pytest.approx(1.0), None, 6)
    assert dict(kpi.beside)["Bias"].startswith("+1.00 cm")


def test_the_file_has_every_figure(client: Client, supervisor: User):
    client.force_login(supervisor)

    rows = list(csv.DictReader(client.get(reverse("kpis_file")).getvalue().decode().splitlines()))

    assert [row["key"] for row in rows][:2] == ["correlation", "api_response"]
    assert {row["key"]: (row["value"], row["target"]) for row in rows}["trained_workers"] == ("0", "500")

"""The funnel of scans: which step each session reached, why others did not, and whose names are shown."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Clinic, Role, User
from analytics.exports.models import ExportLog
from children.services import void_measurement
from predictions.accuracy.yields import YieldScope, funnel_of, reasons_of, tallies
from predictions.models import SessionReview
from scans.models import ScanSession
from scans.services import start_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def sessions(child, make_child, make_scan, health_worker, supervisor, other_clinic, make_user):
    """One of each fate in the first clinic; one more, refused, in the second."""

    def ended(who, by, **fields):
        session = start_session(child=who, started_by=by, facts={"phone_model": "Phone A"})
        ScanSession.objects.filter(pk=session.pk).update(**fields)

    now = timezone.now()
    ended(child, health_worker, state="uploading")
    ended(child, health_worker, state="cancelled", finished_at=now)
    ended(child, health_worker, state="unusable", reason="feet_cut_off", submitted_at=now, finished_at=now)
    ended(child, health_worker, state="unusable", reason="too_dark", submitted_at=now, finished_at=now)
    ended(child, supervisor, state="unusable", reason="feet_cut_off", submitted_at=now, finished_at=now)
    ended(child, health_worker, state="unusable", reason="unfamiliar_body", submitted_at=now, finished_at=now)
    make_scan(child, cm=80.0, sd=1.5)
    SessionReview.objects.create(
        session=make_scan(child, cm=79.0, sd=1.5).prediction.session,
        verdict="bad",
        reason="covered",
        reviewed_by=supervisor,
    )
    void_measurement(measurement=make_scan(child, cm=81.0, sd=1.5), voided_by=supervisor, reason="Another child")
    far = make_user("southern", Role.HEALTH_WORKER, other_clinic)
    other = make_child(clinic=other_clinic, registered_by=far)
    ended(other, far, state="unusable", reason="blurred", submitted_at=now, finished_at=now)


def test_each_session_is_counted_in_the_steps_that_it_reached(sessions, clinic: Clinic):
    counted = tallies(YieldScope(clinics=Clinic.objects.filter(pk=clinic.pk)))

    funnel = funnel_of(counted)

    steps = (funnel.started, funnel.uploaded, funnel.passed_quality, funnel.estimated, funnel.accepted)
    assert steps == (9, 7, 4, 3, 1)
    assert (funnel.running, funnel.share.count, funnel.share.n) == (1, 1, 8)
    assert reasons_of(counted) == [("feet_cut_off", 2), ("too_dark", 1), ("unfamiliar_body", 1)]


def test_counting_takes_one_query(sessions, django_assert_num_queries):
    with django_assert_num_queries(1):
        tallies(YieldScope(clinics=Clinic.objects.all()))


def shown(client: Client, user: User, **query: str):
    client.force_login(user)
    answer = client.get(reverse("model_yield", query=query))
    assert answer.status_code == 200, answer.context["form"].errors
    return answer.context, answer.content.decode()


def test_a_supervisor_sees_every_worker_of_the_clinic(client: Client, sessions, supervisor: User):
    context, html = shown(client, supervisor)

    assert {row.name: row.sessions for row in context["workers"]} == {"worker": 8, "supervisor": 1}
    assert "The feet are cut off." in html


def test_a_worker_sees_own_row_and_the_clinics_total(client: Client, sessions, health_worker: User):
    context, _html = shown(client, health_worker)

    assert [row.name for row in context["workers"]] == ["worker"]
    assert context["funnel"].started == 9


def test_a_partner_sees_the_programmes_total_and_no_name(client: Client, sessions, make_user):
    context, html = shown(client, make_user("partner", Role.PARTNER))

    assert (context["funnel"].started, context["workers"]) == (10, [])
    assert "southern" not in html


def test_the_file_has_the_same_steps(client: Client, sessions, health_worker: User):
    client.force_login(health_worker)

    lines = client.get(reverse("model_yield_file")).getvalue().decode().splitlines()

    assert lines[0] == "month,started,running,uploaded,passed_quality,estimated,accepted"
    assert [line.split(",", 1)[1] for line in lines[1:]] == ["9,1,7,4,3,1"]


@pytest.mark.parametrize(
    ("page", "table"),
    [("model_yield_file", "model_yield"), ("model_accuracy_file", "model_accuracy"), ("kpis_file", "kpis")],
)
def test_whoever_takes_totals_along_is_noted(client: Client, sessions, make_user, clinic, other_clinic, page, table):
    partner = make_user("partner", Role.PARTNER)
    client.force_login(partner)

    client.get(reverse(page))

    [log] = ExportLog.objects.filter(user=partner)
    assert (log.table, log.with_names, log.finished_at is not None) == (table, False, True)
    assert set(log.clinic_ids) == {clinic.pk, other_clinic.pk}


def test_filters_are_checked_and_kept(client: Client, sessions, health_worker: User, other_clinic: Clinic):
    context, _html = shown(client, health_worker, first_month="2020-01", last_month="2020-03")
    assert context["funnel"].started == 0

    client.force_login(health_worker)
    for query in ({"clinic": str(other_clinic.pk)}, {"first_month": "2026-05", "last_month": "2026-02"}):
        for name in ("model_yield", "model_yield_file"):
            assert client.get(reverse(name, query=query)).status_code == 422

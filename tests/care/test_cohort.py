"""The cohort: each child once, shares of the same exits, no name; and the arithmetic of a treatment."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Clinic, Role
from care.cohort import cohort_rows, share_of
from care.cohort_page import months_back
from care.models import TreatmentEpisode
from care.treatment_rules import TreatmentVisit, expected_weight_kg, gain_of, progress_of
from children.dates import months_between

FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)
ADMITTED = date(2026, 1, 5)


@pytest.fixture
def make_episode(clinic, health_worker):
    def make(child, *, exit_as="", exited_on=None, admitted_on=ADMITTED, kind="sam", clinic=clinic):
        return TreatmentEpisode.objects.create(
            child=child,
            clinic=clinic,
            kind=kind,
            criterion="muac",
            admission="new",
            admitted_on=admitted_on,
            admitted_by=health_worker,
            exit=exit_as,
            exited_on=exited_on,
            exited_by=health_worker if exit_as else None,
            exit_recorded_at=timezone.now() if exit_as else None,
        )

    return make


@pytest.mark.django_db
def test_a_child_counts_once_by_its_latest_exit(make_child, make_episode):
    twice = make_child(age_days=900, name="Twice")
    make_episode(twice, exit_as="defaulted", exited_on=date(2026, 1, 20))
    make_episode(twice, exit_as="recovered", admitted_on=date(2026, 2, 1), exited_on=date(2026, 3, 20))
    for number, exit_as in enumerate(("recovered", "died", "transferred")):
        make_episode(make_child(age_days=900, name=f"{number}"), exit_as=exit_as, exited_on=date(2026, 2, 10))
    make_episode(make_child(age_days=900, name="MAM"), kind="mam", exit_as="died", exited_on=date(2026, 2, 10))
    make_episode(make_child(age_days=900, name="before"), exit_as="died", exited_on=date(2026, 1, 9))

    rows, total = cohort_rows(Clinic.objects.all(), kind="sam", by="exit", first=date(2026, 2, 1), last=LAST)

    assert [(row.month.month, row.n) for row in rows] == [(3, 1), (2, 2)]
    assert (total.n, total.transferred) == (3, 1)
    assert total.counts == {"recovered": 2, "died": 1, "defaulted": 0, "non_response": 0}
    assert total.recovered.value == pytest.approx(2 / 3)
    assert sum(total.counts.values()) == total.n


@pytest.mark.django_db
def test_by_admission_those_in_treatment_stand_beside_the_exits(make_child, make_episode):
    make_episode(make_child(age_days=900, name="in"))
    make_episode(make_child(age_days=900, name="out"), exit_as="recovered", exited_on=date(2026, 3, 1))

    rows, total = cohort_rows(Clinic.objects.all(), kind="sam", by="admission", first=FIRST, last=LAST)

    assert (total.n, total.in_treatment, total.recovered.value) == (1, 1, 1.0)
    assert [row.in_treatment for row in rows] == [0, 0, 1]


def test_a_line_is_met_or_missed_only_with_the_whole_interval():
    assert share_of(95, 100, line=0.75, above=True).verdict == "met"
    assert share_of(8, 10, line=0.75, above=True).verdict == "open"
    assert share_of(40, 100, line=0.75, above=True).verdict == "not_met"
    assert share_of(0, 100, line=0.10, above=False).verdict == "met"
    assert share_of(0, 0, line=0.10, above=False) is None


def test_months_are_whole_ones():
    assert months_between(date(2025, 11, 1), date(2026, 1, 31)) == [
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
    ]
    assert months_back(12, today=date(2026, 2, 15)) == (date(2025, 3, 1), date(2026, 2, 28))


@pytest.mark.django_db
def test_a_manager_and_a_partner_see_the_table_without_names(client, make_user, child, make_episode):
    make_episode(child, exit_as="recovered", admitted_on=timezone.localdate(), exited_on=timezone.localdate())
    for username, role in (("manager", Role.PROGRAMME_MANAGER), ("partner", Role.PARTNER)):
        client.force_login(make_user(username, role))
        page = client.get(reverse("care:cohort")).content.decode()
        lines = list(csv.DictReader(io.StringIO(client.get(reverse("care:cohort"), {"format": "csv"}).text)))

        assert child.name not in page
        assert child.code not in page
        assert (lines[-1]["month"], lines[-1]["n"], lines[-1]["recovered_share"]) == ("all", "1", "1.0000")
        assert len(lines) == 13


def visit(day: int, weight_kg: float | None, *, whz: float | None = -3.2, muac_mm: float | None = 112, oedema=False):
    return TreatmentVisit(ADMITTED + timedelta(days=day), weight_kg, whz, muac_mm, oedema)


def test_gain_counts_from_the_lowest_weight_and_leaves_oedema_out():
    visits = [visit(0, 8.4, oedema=True), visit(7, 7.0), visit(14, 7.21), visit(21, 7.40)]

    gain = gain_of(visits, kind="sam")

    assert (gain.lowest_kg, gain.days) == (7.0, 14)
    assert gain.gain_g_kg_day == pytest.approx(400 / 7.0 / 14)  # 400 g in 14 days on 7 kg
    assert gain.on_target
    assert gain.expected_kg == pytest.approx(7.0 * 1.056) == expected_weight_kg(7.0, days=14, kind="sam")
    assert gain_of(visits[:2], kind="sam") is None


@pytest.mark.parametrize(
    ("visits", "day", "proposed"),
    [
        ([visit(0, 7.0), visit(7, 7.3)], 8, ""),
        ([visit(0, 7.0), visit(7, 7.9, whz=-1.9, muac_mm=126)], 8, ""),
        ([visit(7, 7.9, whz=-1.9, muac_mm=126), visit(14, 8, whz=-2.0, muac_mm=125)], 15, "recovered"),
        ([visit(7, 7.9, whz=-1.9, muac_mm=126), visit(14, 8, whz=-1.8, muac_mm=124)], 15, ""),
        ([visit(7, 7.9, whz=-1.9, muac_mm=126), visit(14, 8, whz=-1.8, muac_mm=None)], 15, ""),
        ([visit(0, 7.0)], 23, ""),
        ([visit(0, 7.0)], 24, "defaulted"),
        ([visit(0, 7.0), visit(115, 7.1)], 121, "non_response"),
        ([], 24, "defaulted"),
    ],
)
def test_an_exit_is_proposed_by_the_rules_alone(visits, day, proposed):
    today = ADMITTED + timedelta(days=day)

    assert progress_of(visits, kind="sam", admitted_on=ADMITTED, today=today).proposed == proposed

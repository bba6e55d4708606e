"""Cells of criteria, of the funnel and of measurers, and the pages that show them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from analytics.aggregates.case_models import CriteriaCell, Found, FunnelCell
from analytics.aggregates.cases import Step, criteria_met, funnel
from analytics.aggregates.measurers import measurers
from analytics.aggregates.questions import Scope
from analytics.aggregates.refresh import CELLS, recount_everything, refresh_touched
from analytics.exports.models import ExportLog
from analytics.pages.programme.scope import months_before
from care.models import Alert
from care.services import acknowledge_alert
from care.treatment import admit_child, exit_treatment
from children.growth import Columns, Standard
from children.growth.columns import LENGTH_CODE
from children.growth.survey import Check, quality_report, survey_of
from children.models import Child, Measurement
from children.services import void_measurement

pytestmark = pytest.mark.django_db

SEVERE = {"weight_kg": 6.0, "length_height_cm": 76, "position": "length", "muac_mm": 110, "oedema": False}
WELL = {"weight_kg": 10.2, "length_height_cm": 79, "position": "length", "muac_mm": 150, "oedema": False}
THIN_ARM = {"weight_kg": 9.9, "length_height_cm": 76, "position": "length", "muac_mm": 120, "oedema": False}


def this_month() -> date:
    return timezone.localdate().replace(day=1)


def year() -> Scope:
    return Scope(first_month=months_before(this_month(), 11), last_month=this_month())


def refreshed() -> None:
    while refresh_touched():
        pass


def all_cells() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of cells, without its number."""
    found = {}
    for cell in CELLS:
        names = [field.attname for field in cell._meta.fields if field.name != "id"]
        rows = cell._default_manager.values_list(*names)
        found[cell.__name__] = sorted(
            (tuple(tuple(v) if isinstance(v, list) else v for v in row) for row in rows), key=str
        )
    return found


@pytest.mark.parametrize("seed", range(2))
def test_every_cell_equals_a_recount_after_any_history(
    make_child: Callable[..., Child],
    make_measurement: Callable[..., Measurement],
    health_worker: User,
    supervisor: User,
    seed: int,
):
    random = Random(seed)
    children = [make_child(age_days=random.choice([400, 500, 650]), sex=random.choice("MF")) for _ in range(4)]
    rows = []
    for _step in range(16):
        rows.append(
            make_measurement(
                child=random.choice(children),
                days_ago=random.randrange(0, 150),
                measured_by=random.choice(["", "Amina  Otieno", "amina otieno", "Ben"]),
                **random.choice([SEVERE, WELL, THIN_ARM, {"weight_kg": 9.05}, {"muac_mm": 112}]),
            )
        )
        if random.random() < 0.4:
            refresh_touched()
        alert = Alert.objects.open().order_by("?").first()
        if alert is not None and random.random() < 0.4:
            acknowledge_alert(alert=alert, acknowledged_by=health_worker)
    for row in random.sample(rows, 3):
        void_measurement(measurement=row, voided_by=supervisor, reason="Another child")
    refreshed()
    ill = Alert.objects.first()
    assert ill is not None
    admit_child(
        child=ill.child,
        kind="mam",
        criterion="muac",
        admission="new",
        admitted_on=timezone.localdate(),
        admitted_by=health_worker,
    )

    refreshed()

    incremental = all_cells()
    assert all(incremental.values())
    recount_everything()
    assert all_cells() == incremental


@pytest.fixture
def treated_girl(
    make_child: Callable[..., Child], make_measurement: Callable[..., Measurement], health_worker: User
) -> Child:
    """Severely malnourished in two months, treated and recovered, beside a well boy and a boy whom nobody took up."""
    girl = make_child(age_days=500, sex="F", name="Named Girl")
    for days_ago in (70, 35):
        make_measurement(child=girl, days_ago=days_ago, measured_by="Amina Otieno", **SEVERE)
    episode = admit_child(
        child=girl,
        kind="sam",
        criterion="muac",
        admission="new",
        admitted_on=timezone.localdate() - timedelta(days=30),
        admitted_by=health_worker,
    )
    exit_treatment(episode=episode, exit_as="recovered", exited_on=timezone.localdate(), exited_by=health_worker)
    make_measurement(child=make_child(age_days=500, sex="M"), measured_by="Amina Otieno", **WELL)
    make_measurement(child=make_child(age_days=500, sex="M"), measured_by="Ben", **THIN_ARM)
    refreshed()
    return girl


def test_each_child_counts_once_in_every_step(treated_girl: Child, supervisor: User):
    counts = funnel(supervisor, year(), case=FunnelCell.Case.ACUTE)

    assert counts == {
        Step.SCREENED: 3,
        Step.FOUND: 2,
        Step.TAKEN_UP: 1,
        Step.REFERRED: 1,
        Step.TREATED: 1,
        Step.RECOVERED: 1,
    }
    assert funnel(supervisor, year(), case=FunnelCell.Case.SEVERE)[Step.FOUND] == 1


def test_a_window_counts_a_child_by_its_own_months(treated_girl: Child, supervisor: User):
    only_now = Scope(first_month=this_month(), last_month=this_month())

    counts = funnel(supervisor, only_now, case=FunnelCell.Case.ACUTE)

    assert (counts[Step.SCREENED], counts[Step.FOUND], counts[Step.TREATED]) == (2, 1, 0)


def test_criteria_say_who_found_whom(treated_girl: Child, supervisor: User):
    criteria = criteria_met(supervisor, year(), level=CriteriaCell.Level.GLOBAL)

    assert (criteria.compared, criteria.cases) == (4, 3)  # child-months: the girl's two and the boys'
    assert criteria.region(Found.MUAC).count == 1
    assert criteria.region(Found.WHZ | Found.MUAC).count == 2
    assert criteria.also_found(Found.MUAC, Found.WHZ).value == pytest.approx(2 / 3)
    assert criteria_met(supervisor, year(), level=CriteriaCell.Level.SEVERE).cases == 2


def test_a_child_with_oedema_stands_with_oedema(
    make_child: Callable[..., Child], make_measurement: Callable[..., Measurement], supervisor: User
):
    make_measurement(child=make_child(age_days=500), **{**WELL, "oedema": True})
    refreshed()

    criteria = criteria_met(supervisor, year(), level=CriteriaCell.Level.SEVERE)

    assert (criteria.compared, criteria.region(Found.OEDEMA).count) == (1, 1)


def test_checks_of_measurers_equal_the_engines(
    make_child: Callable[..., Child], make_measurement: Callable[..., Measurement], supervisor: User
):
    random = Random(7)
    rows = []
    for number in range(30):
        age_days = random.randrange(200, 1700)
        child = make_child(age_days=age_days, sex=random.choice("MF"))
        values = {
            "weight_kg": round(random.gauss(10.0, 1.2), 2),
            "length_height_cm": round(random.gauss(80, 2.5), 1),
            "muac_mm": random.randrange(115, 160),
        }
        make_measurement(child=child, measured_by=("Amina", "Ben")[number % 3 == 0], position="length", **values)
        rows.append((child.sex, age_days, ("amina", "ben")[number % 3 == 0], values))
    refreshed()
    columns = Columns(
        sex=np.array([1 if sex == "M" else 2 for sex, *_rest in rows], dtype=np.int8),
        age_days=np.array([float(age) for _sex, age, *_rest in rows]),
        position=np.full(len(rows), LENGTH_CODE, dtype=np.int8),
        oedema=np.zeros(len(rows), dtype=bool),
        **{name: np.array([row[3][name] for row in rows], dtype=float) for name in rows[0][3]},
    )
    report = quality_report(
        survey_of(columns, standard=Standard.WHO2006), measurer=[measurer for _s, _a, measurer, _v in rows]
    )

    found, together = measurers(supervisor, year())

    assert [measurer.name for measurer in found] == ["amina", "ben"]
    pairs = [(together, report.overall), *((each.quality, report.by_measurer[each.name]) for each in found)]
    for ours, engines in pairs:
        assert ours.visits == engines.children
        assert ours.weight_digits == engines.weight_digits
        assert ours.length_height_digits == engines.length_height_digits
        assert ours.muac_digits == engines.muac_digits
        assert ours.ages == engines.age_heaping
        assert ours.sexes == engines.sex_ratio
        for check in Check:
            theirs = engines.score.checks[check].value
            # WHZ is known to 0.1: on thirty visits a tenth of a bin moves the shape by a few hundredths.
            assert ours.score.checks[check].value == pytest.approx(theirs, abs=0.05), check


PAGES = ("programme", "programme_criteria", "programme_cases", "programme_quality")


@pytest.mark.parametrize("page", PAGES)
def test_pages_show_totals_and_no_child(client: Client, treated_girl: Child, make_user, page: str):
    client.force_login(make_user("manager", Role.PROGRAMME_MANAGER))

    answer = client.get(reverse(page))

    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'class="figure' in text
    assert not [word for word in (treated_girl.name, treated_girl.code, "Otieno") if word in text]


def test_names_of_measurers_are_for_those_who_look_after_them(
    client: Client, treated_girl: Child, supervisor: User, health_worker: User
):
    shown = {}
    for user in (supervisor, health_worker):
        client.force_login(user)
        shown[user] = "Amina Otieno" in client.get(reverse("programme_quality")).content.decode()

    assert shown == {supervisor: True, health_worker: False}


@pytest.mark.parametrize(
    ("page", "table"),
    [
        ("programme", "overview"),
        ("programme", "month"),
        ("programme", "screenings"),
        ("programme_criteria", "regions"),
        ("programme_criteria", "pairs"),
        ("programme_cases", "steps"),
        ("programme_cases", "clinics"),
        ("programme_quality", "measurers"),
    ],
)
def test_every_table_is_a_file_and_in_the_log(
    client: Client, treated_girl: Child, health_worker: User, page: str, table: str
):
    client.force_login(health_worker)

    answers = {
        kind: client.get(reverse(page, query={"table": table, "format": kind, "sex": "F"})) for kind in ("csv", "xlsx")
    }
    content = answers["csv"].content.decode("utf-8-sig")
    spreadsheet = b"".join(answers["xlsx"].streaming_content)

    assert [answer.status_code for answer in answers.values()] == [200, 200]
    assert len(content.splitlines()) >= 2
    assert "Otieno" not in content
    assert spreadsheet.startswith(b"PK")
    logs = list(ExportLog.objects.values_list("user", "file_format", "with_names", "rows"))
    assert sorted(logs, key=str) == sorted(
        [(health_worker.pk, kind, False, len(content.splitlines()) - 1) for kind in ("csv", "xlsx")], key=str
    )


def test_a_table_that_does_not_exist_is_not_found(client: Client, supervisor: User):
    client.force_login(supervisor)

    assert client.get(reverse("programme", query={"table": "names", "format": "csv"})).status_code == 404
    assert client.get(reverse("programme", query={"table": "overview", "format": "exe"})).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_pages_without_visits_say_so(client: Client, supervisor: User, page: str):
    client.force_login(supervisor)

    text = client.get(reverse(page)).content.decode()

    assert 'class="empty"' in text
    assert client.get(reverse(page, query={"first_month": "2026"})).status_code == 422

"""Growth cells: equal to a plain count of the visits after any history, noted by every way of changing a visit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from accounts.models import Clinic, User
from analytics.aggregates.models import COUNTS, GrowthCell, TouchedMonth
from analytics.aggregates.refresh import LOCK_NUMBER, recount_everything, refresh_touched
from care.models import Alert, FollowUp
from children.models import Child, GrowthAssessment, Measurement
from children.services import MeasuredValues, correct_measurement, void_measurement

pytestmark = pytest.mark.django_db

CellKey = tuple[Any, date, str, str]
DAYS_PER_MONTH = 30.4375
GROUPS = ((6, "0-5"), (12, "6-11"), (24, "12-23"), (36, "24-35"), (48, "36-47"), (60, "48-59"))


def stored_cells() -> dict[CellKey, dict[str, int]]:
    rows = GrowthCell.objects.values("clinic_id", "month", "sex", "age_group", *COUNTS)
    return {
        (row["clinic_id"], row["month"], row["sex"], row["age_group"]): {name: row[name] for name in COUNTS}
        for row in rows
    }


def plainly_counted() -> dict[CellKey, dict[str, int]]:
    """Count with loops what the SQL counts with windows."""
    visits: dict[tuple[Any, date, Any], list[GrowthAssessment]] = defaultdict(list)
    current = GrowthAssessment.objects.filter(is_current=True).select_related("measurement__child")
    for assessment in current:
        row = assessment.measurement
        if row.state == "active" and row.superseded_by_id is None:
            visits[row.clinic_id, row.measured_on.replace(day=1), row.child_id].append(assessment)
    cells: dict[CellKey, Counter[str]] = defaultdict(Counter)
    for (clinic_id, month, _child), assessments in visits.items():
        newest = sorted(assessments, key=lambda a: (a.measurement.measured_at, a.measurement.recorded_at), reverse=True)
        months = newest[0].age_days / DAYS_PER_MONTH
        group = next((name for below, name in GROUPS if months < below), "60+")
        cells[clinic_id, month, newest[0].measurement.child.sex, group].update(counted(newest))
    return {key: {name: cell[name] for name in COUNTS} for key, cell in cells.items()}


def counted(newest: list[GrowthAssessment]) -> Counter[str]:
    hand = [a for a in newest if a.measurement.source == "manual"]
    cell = Counter(visits=len({a.measurement.measured_on for a in newest}))
    cell["visits_by_hand"] = len({a.measurement.measured_on for a in hand})
    cell["children"] = int(bool(hand))
    zscores = {name: last(hand, lambda a, name=name: usable(a, name)) for name in ("haz", "waz", "whz")}
    for name, cases in (("haz", "stunted"), ("waz", "underweight"), ("whz", "wasted")):
        z = zscores[name]
        cell[f"{name}_n"] = int(z is not None)
        cell[cases] = int(z is not None and z < -2)
        cell[f"severely_{cases}"] = int(z is not None and z < -3)
        cell[f"{name}_flagged"] = int(any(name in a.flags for a in hand))
    whz = zscores["whz"]
    cell["overweight"], cell["obese"] = int(whz is not None and whz > 2), int(whz is not None and whz > 3)
    muac = last(hand, lambda a: a.measurement.muac_mm if 6 <= a.age_days / DAYS_PER_MONTH < 60 else None)
    cell["muac_n"] = int(muac is not None)
    cell["muac_severe"] = int(muac is not None and muac < 115)
    cell["muac_moderate"] = int(muac is not None and 115 <= muac < 125)
    cell["oedema"] = int(any(swollen(a) for a in hand))
    acute = last(hand, lambda a: a.acute or None)
    cell["acute_n"], cell["mam"], cell["sam"] = int(acute is not None), int(acute == "mam"), int(acute == "sam")
    both = last(hand, low_by_both)
    cell["both_known"] = int(both is not None)
    for name, found in (("by_whz_only", (True, False)), ("by_muac_only", (False, True)), ("by_both", (True, True))):
        cell[name] = int(both == found)
    return cell


def last(assessments: list[GrowthAssessment], value: Callable[[GrowthAssessment], Any]) -> Any:
    return next((found for a in assessments if (found := value(a)) is not None), None)


def swollen(a: GrowthAssessment) -> bool:
    return bool(a.measurement.oedema) and a.age_days / DAYS_PER_MONTH < 60


def usable(a: GrowthAssessment, name: str) -> Decimal | None:
    if name == "whz" and swollen(a):
        return Decimal("-Infinity")
    return None if name in a.flags else getattr(a, name)


def low_by_both(a: GrowthAssessment) -> tuple[bool, bool] | None:
    whz = None if "whz" in a.flags else a.whz
    muac = a.measurement.muac_mm
    if whz is None or muac is None or not 6 <= a.age_days / DAYS_PER_MONTH < 60:
        return None
    return whz < -2, muac < 125


@pytest.mark.parametrize("seed", range(2))
def test_cells_equal_a_plain_count_after_any_history(
    make_child: Callable[..., Child],
    make_measurement: Callable[..., Measurement],
    supervisor: User,
    seed: int,
):
    random = Random(seed)
    children = [
        make_child(age_days=random.choice([100, 300, 700, 1500, 1900]), sex=random.choice("MF")) for _ in range(6)
    ]
    rows = []
    for _step in range(40):
        child = random.choice(children)
        days_ago = random.randrange(0, 95)
        values = {
            "weight_kg": random.choice([None, round(random.uniform(4, 16), 1)]),
            "length_height_cm": random.choice([None, round(random.uniform(60, 105), 1)]),
            "muac_mm": random.choice([None, random.randrange(105, 150)]),
            "oedema": random.choice([None, False, False, True]),
        }
        if values["length_height_cm"] is not None:
            values["position"] = "length"
        if any(value is not None for value in values.values()):
            rows.append(make_measurement(child=child, days_ago=days_ago, **values))
        if random.random() < 0.3:
            refresh_touched()
    for row in random.sample(rows, 6):
        void_measurement(measurement=row, voided_by=supervisor, reason="Another child")
    Child.objects.filter(pk=children[0].pk).update(sex="F")
    Alert.objects.filter(child=children[1]).delete()
    FollowUp.objects.filter(child=children[1]).delete()
    children[1].measurements.all().delete()

    while refresh_touched():
        pass

    assert stored_cells() == plainly_counted()
    incremental = stored_cells()
    recount_everything()
    assert stored_cells() == incremental


def test_a_corrected_visit_moves_to_its_new_month(
    make_child: Callable[..., Child], make_measurement: Callable[..., Measurement], supervisor: User
):
    wrong = make_measurement(child=make_child(age_days=400), days_ago=0, weight_kg=9.1)
    refresh_touched()
    before = wrong.measured_on.replace(day=1)
    assert GrowthCell.objects.get().month == before

    last_month = before - timedelta(days=1)
    correct_measurement(
        measurement=wrong,
        values=MeasuredValues(weight_kg=Decimal("9.1")),
        measured_on=last_month,
        corrected_by=supervisor,
        reason="The wrong month",
    )
    refresh_touched()

    assert GrowthCell.objects.get().month == last_month.replace(day=1)
    assert stored_cells() == plainly_counted()


def test_a_change_that_is_rolled_back_leaves_no_note(make_measurement: Callable[..., Measurement]):
    TouchedMonth.objects.all().delete()
    with transaction.atomic():
        make_measurement(weight_kg=9.1)
        assert TouchedMonth.objects.exists()
        transaction.set_rollback(True)

    assert not TouchedMonth.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_change_during_a_refresh_is_counted_by_the_next_one(make_measurement: Callable[..., Measurement]):
    make_measurement(weight_kg=9.1, days_ago=1)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE children_measurement SET weight_kg = 9.2")

        refresh_touched()
        cursor.execute("COMMIT")
    other.close()

    assert TouchedMonth.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_refreshes_do_not_wait_for_each_other(make_measurement: Callable[..., Measurement]):
    make_measurement(weight_kg=9.1)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_NUMBER])

        assert refresh_touched() == 0
        cursor.execute("ROLLBACK")
    other.close()

    assert refresh_touched() == 1


def test_no_share_can_pass_one(clinic: Clinic):
    with pytest.raises(IntegrityError), transaction.atomic():
        GrowthCell.objects.create(clinic=clinic, month="2026-01-01", sex="F", age_group="0-5", haz_n=3, stunted=4)


def test_the_command_counts_what_is_noted(make_measurement: Callable[..., Measurement]):
    make_measurement(weight_kg=9.1)

    call_command("refresh_aggregates", verbosity=0, stdout=StringIO())

    assert GrowthCell.objects.get().visits == 1
    assert not TouchedMonth.objects.exists()

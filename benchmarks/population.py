"""Many children with years of visits, written straight into the database, for benchmarks of pages and dashboards.

Values are drawn, z-scores come from the portal's own engine, classes from its cut-offs; rows go in by COPY with
triggers off, so a million visits take some minutes. Only for a database that belongs to a benchmark.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from psycopg.types.json import Jsonb

from children.growth import ENGINE_VERSION, Columns, Index, Standard, compute_zscores, measurement_at_z
from children.growth.columns import HEIGHT_CODE, LENGTH_CODE
from children.growth.indices import ZScoreTable

VISITS_PER_CHILD = 10
CLINICS = 20
DAYS_BETWEEN_VISITS = 45
FIRST_HEIGHT_DAY = 731
SEED = 20061
TODAY = datetime.now(UTC).date()
SEEN_AT = time(9, 30)
RISK_LEVELS = {"sam": "critical", "mam": "high"}
ACUTE_DAYS = (183, 1827)  # 6-59 months
STORED = (Index.HAZ, Index.WAZ, Index.WHZ, Index.BAZ)


@dataclass(frozen=True)
class Place:
    """Where the population lives: its programme, clinics and the people who look at it."""

    programme: Any
    clinics: Sequence[Any]
    worker: Any
    manager: Any


def make_place(*, clinics: int = CLINICS) -> Place:
    """Make a programme, its clinics, a health worker of all of them and a programme manager."""
    from accounts.models import Clinic, Membership, Programme, Role, User

    programme = Programme.objects.create(name="Population", country="KE", time_zone="UTC")
    places = [
        Clinic.objects.create(programme=programme, name=f"Clinic {number:03}", area=f"Area {number % 5}")
        for number in range(clinics)
    ]
    worker, manager = (User.objects.create_user(username=name) for name in ("population.worker", "population.manager"))
    for clinic in places:
        Membership.objects.create(user=worker, programme=programme, clinic=clinic, role=Role.SUPERVISOR)
    Membership.objects.create(user=manager, programme=programme, clinic=None, role=Role.PROGRAMME_MANAGER)
    return Place(programme=programme, clinics=places, worker=worker, manager=manager)


def fill(place: Place, *, children: int, visits: int = VISITS_PER_CHILD, part: int = 0) -> None:
    """Write `children` children with `visits` assessed visits each, by hand, into the clinics of `place`.

    `part` tells calls apart: each part has children of its own, the same in every run.
    """
    rng = np.random.default_rng((SEED, part))
    ids = [uuid.UUID(bytes=rng.bytes(16), version=4) for _ in range(children)]
    sex = rng.integers(1, 3, children).astype(np.int8)
    age_now = rng.integers(60, 1800, children)
    clinic_of = rng.integers(0, len(place.clinics), children)
    _copy("children_child", _child_rows(place, ids, sex, age_now, clinic_of, part))
    _write_visits(place, ids, sex, age_now, clinic_of, visits, rng)


def analyse() -> None:
    """Let the planner know what is there, as autovacuum would after a while."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _child_rows(
    place: Place, ids: Sequence[uuid.UUID], sex: np.ndarray, age_now: np.ndarray, clinic_of: np.ndarray, part: int
) -> Iterable[dict[str, Any]]:
    now = datetime.now(UTC)
    for number, child_id in enumerate(ids):
        yield {
            "id": child_id,
            "code": f"{part}{number:08}",
            "clinic_id": place.clinics[clinic_of[number]].pk,
            "name": f"Child {number % 977} of {number % 499}",
            "sex": "M" if sex[number] == 1 else "F",
            "born_on": TODAY - timedelta(days=int(age_now[number])),
            "birth_date_estimated": False,
            "status": "active",
            "registered_by_id": place.worker.pk,
            "registered_at": now - timedelta(seconds=number),
        }


def _write_visits(
    place: Place,
    ids: Sequence[uuid.UUID],
    sex: np.ndarray,
    age_now: np.ndarray,
    clinic_of: np.ndarray,
    visits: int,
    rng: np.random.Generator,
) -> None:
    """Write visit after visit backwards in time; a visit before birth is moved to the first days of life."""
    for back in range(visits):
        age = np.maximum(age_now - back * DAYS_BETWEEN_VISITS - rng.integers(0, 30, len(ids)), 1)
        table, values = _drawn(sex, age, rng)
        measurement_ids = [uuid.UUID(bytes=rng.bytes(16), version=4) for _ in ids]
        days = [TODAY - timedelta(days=int(now - then)) for now, then in zip(age_now, age, strict=True)]
        _copy("children_measurement", _measurement_rows(place, ids, clinic_of, measurement_ids, days, age, values))
        _copy("children_growthassessment", _assessment_rows(measurement_ids, age, table, values["muac_mm"]))


def _drawn(sex: np.ndarray, age: np.ndarray, rng: np.random.Generator) -> tuple[ZScoreTable, dict[str, np.ndarray]]:
    """Return z-scores and values of one visit of every child."""
    days = age.astype(float)
    level = rng.normal(-1.0, 1.0, len(age))
    length = measurement_at_z(Index.HAZ, sex=sex, at=days, z=level)
    weight = measurement_at_z(Index.WAZ, sex=sex, at=days, z=level * 0.6 + rng.normal(-0.3, 0.8, len(age)))
    values = {
        "weight_kg": np.round(weight, 1),
        "length_height_cm": np.round(length, 1),
        "muac_mm": np.round(rng.normal(140, 12, len(age))),
    }
    position = np.where(age < FIRST_HEIGHT_DAY, LENGTH_CODE, HEIGHT_CODE).astype(np.int8)
    columns = Columns(sex=sex, age_days=days, position=position, oedema=np.zeros(len(age), dtype=bool), **values)
    return compute_zscores(columns), values


def _measurement_rows(
    place: Place,
    ids: Sequence[uuid.UUID],
    clinic_of: np.ndarray,
    measurement_ids: Sequence[uuid.UUID],
    days: Sequence[date],
    age: np.ndarray,
    values: dict[str, np.ndarray],
) -> Iterable[dict[str, Any]]:
    for number, measurement_id in enumerate(measurement_ids):
        seen_at = datetime.combine(days[number], SEEN_AT, tzinfo=UTC)
        yield {
            "id": measurement_id,
            "child_id": ids[number],
            "clinic_id": place.clinics[clinic_of[number]].pk,
            "source": "manual",
            "measured_on": days[number],
            "measured_at": seen_at,
            "weight_kg": float(values["weight_kg"][number]),
            "length_height_cm": float(values["length_height_cm"][number]),
            "position": "length" if age[number] < FIRST_HEIGHT_DAY else "height",
            "muac_mm": float(values["muac_mm"][number]),
            "oedema": False,
            "measured_by": f"Measurer {clinic_of[number] % 7}",
            "recorded_by_id": place.worker.pk,
            "recorded_at": seen_at,
            "state": "active",
            "end_reason": "",
        }


def _assessment_rows(
    measurement_ids: Sequence[uuid.UUID], age: np.ndarray, table: ZScoreTable, muac_mm: np.ndarray
) -> Iterable[dict[str, Any]]:
    z = {index.value: table.column(index) for index in STORED}
    flagged = {index.value: table.flag_column(index) == 1 for index in STORED}
    usable = {name: np.where(flagged[name], np.nan, z[name]) for name in z}
    for number, measurement_id in enumerate(measurement_ids):
        acute_defined = ACUTE_DAYS[0] <= age[number] < ACUTE_DAYS[1]
        whz, muac = usable["whz"][number], muac_mm[number]
        sam, mam = (bool(whz < below or muac < muac_below) for below, muac_below in ((-3, 115), (-2, 125)))
        acute = ("sam" if sam else "mam" if mam else "none") if acute_defined else ""
        yield {
            "id": uuid.uuid4(),
            "measurement_id": measurement_id,
            "is_current": True,
            "standard": Standard.WHO2006.value,
            "engine_version": ENGINE_VERSION,
            "computed_at": datetime.now(UTC),
            "age_days": int(age[number]),
            **{name: None if np.isnan(z[name][number]) else float(z[name][number]) for name in z},
            **{name: Jsonb({}) for name in ("zscore_intervals", "class_probabilities", "predicted_probabilities")},
            "crossed_cutoffs": Jsonb([]),
            "rows": Jsonb([_banner_row(acute)]),
            "flags": [name for name in flagged if flagged[name][number]],
            "missing": [],
            "acute": acute,
            "criteria": [],
            "stunting": _severity(usable["haz"][number]),
            "wasting": _severity(whz),
            "underweight": _severity(usable["waz"][number]),
            "overweight": "overweight" if whz > 2 else "normal",
            "thinness": "",
            "risk_level": RISK_LEVELS.get(acute, "none"),
        }


def _banner_row(acute: str) -> dict[str, Any]:
    code = acute if acute in RISK_LEVELS else "none"
    level = RISK_LEVELS.get(acute, "none")
    return {"code": code, "risk_level": level, "action": "routine_visit", "follow_up_days": 30, "criteria": []}


def _severity(z: float) -> str:
    if np.isnan(z):
        return ""
    return "severe" if z < -3 else "moderate" if z < -2 else "normal"


def _copy(table: str, rows: Iterable[dict[str, Any]]) -> None:
    """COPY rows of named columns into a table; columns that are not named are NULL or have a default."""
    from django.db import connection

    rows = iter(rows)
    first = next(rows)
    columns = ", ".join(f'"{name}"' for name in first)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no audit rows: a benchmark has no audit
        with cursor.cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            copy.write_row(tuple(first.values()))
            for row in rows:
                copy.write_row(tuple(row.values()))
        cursor.execute("SET session_replication_role = DEFAULT")

"""Visits measured by hand in the columns of other programs: WHO Anthro, ENA for SMART, and our own import.

Sources of the columns: arguments of WHO's R package anthro (MUAC as `armc` in cm, age in days); data sets of the R
packages mwana and nipnTK for ENA (MUAC in mm, dates as month/day/year, age in months).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from analytics.exports.tables import ALERTS, CHILDREN, FOLLOW_UPS, VISITS, Column, Table, visits_by_hand
from children.growth.age import DAYS_PER_MONTH
from children.import_files import COLUMNS as IMPORT_COLUMNS

MM_PER_CM = Decimal(10)


def _cm(mm: Decimal) -> Decimal:
    return mm / MM_PER_CM


def _yes_or_no(oedema: bool) -> str:
    return "y" if oedema else "n"


def _american_date(day: date) -> str:
    return f"{day:%m/%d/%Y}"


def _months(age_days: int) -> float:
    return round(age_days / DAYS_PER_MONTH, 2)


def _anthro_position(position: str) -> str:
    return {"length": "L", "height": "H"}.get(position, "")


def _by_hand(key: str, *columns: Column) -> Table:
    return Table(key=key, clinic="child__clinic_id", day="measured_on", rows=visits_by_hand, columns=columns)


ANTHRO = _by_hand(
    "visits_who_anthro",
    Column("id", "child__code"),
    Column("cluster", "child__clinic__name"),
    Column("sex", "child__sex", {"M": 1, "F": 2}.get),
    Column("date_visit", "measured_on"),
    Column("age_days", "current__age_days"),
    Column("weight", "weight_kg"),
    Column("lenhei", "length_height_cm"),
    Column("measure", "position", _anthro_position),
    Column("headc", "head_circumference_cm"),
    Column("armc", "muac_mm", _cm),
    Column("oedema", "oedema", _yes_or_no),
)
ENA = _by_hand(
    "visits_ena",
    Column("SURVDATE", "measured_on", _american_date),
    Column("CLUSTER", "child__clinic__name"),
    Column("ID", "child__code"),
    Column("SEX", "child__sex", {"M": "m", "F": "f"}.get),
    Column("BIRTHDAT", "child__born_on", _american_date, personal=True),
    Column("MONTHS", "current__age_days", _months),
    Column("WEIGHT", "weight_kg"),
    Column("HEIGHT", "length_height_cm"),
    Column("EDEMA", "oedema", _yes_or_no),
    Column("MUAC", "muac_mm"),
)
_IMPORT_PATHS = {"child": "child__code"}
IMPORTABLE = _by_hand(
    "visits_import",
    *(
        Column(
            name,
            _IMPORT_PATHS.get(name, name),
            {"id": str, "oedema": _yes_or_no}.get(name),
            personal=name == "measured_by",
        )
        for name in IMPORT_COLUMNS
        if name != "confirmed"
    ),
)
TABLES: dict[str, Table] = {
    table.key: table for table in (CHILDREN, VISITS, ANTHRO, ENA, IMPORTABLE, ALERTS, FOLLOW_UPS)
}

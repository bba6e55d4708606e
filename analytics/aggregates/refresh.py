"""Brings all cells up to date: what triggers have noted, or everything anew."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from functools import reduce
from operator import or_
from typing import Final

from django.db import connection, transaction
from django.db.models import Q, Sum

from analytics.aggregates.case_models import CriteriaCell, FunnelCell
from analytics.aggregates.criteria_sql import INSERT_CRITERIA_CELLS
from analytics.aggregates.funnel_sql import INSERT_FUNNEL_CELLS
from analytics.aggregates.growth_sql import INSERT_GROWTH_CELLS
from analytics.aggregates.measurer_models import MeasurerCell
from analytics.aggregates.measurer_sql import INSERT_MEASURER_CELLS
from analytics.aggregates.models import GrowthCell, TouchedMonth

ClinicMonth = tuple[uuid.UUID, date]

# Each table of cells, and the statement that counts it for given clinics and months.
CELLS: Final = {
    GrowthCell: INSERT_GROWTH_CELLS,
    CriteriaCell: INSERT_CRITERIA_CELLS,
    FunnelCell: INSERT_FUNNEL_CELLS,
    MeasurerCell: INSERT_MEASURER_CELLS,
}

# One refresh at a time in the whole portal. The number is this module's own.
LOCK_NUMBER: Final = 7_206_117_001
# What a page counts anew before it answers, so that it takes a moment; beat does the rest within a minute.
FEW_NOTES: Final = 50  # one clinic's visits of a minute
FEW_VISITS: Final = 1_000  # in the clinics and months that they touch, as last counted
NOTES_A_TIME: Final = 20_000  # rows of TouchedMonth: bounds the memory and the time of one transaction


@transaction.atomic
def refresh_touched() -> int:
    """Count anew every clinic and month with a note; return how many. Returns 0 while another refresh is at work.

    A change that commits during the refresh keeps its note and is counted by the next one.
    """
    if not _lock_is_free():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM analytics_touchedmonth"
            " WHERE id IN (SELECT id FROM analytics_touchedmonth ORDER BY id LIMIT %s) RETURNING clinic_id, month",
            [NOTES_A_TIME],
        )
        touched = sorted(set(cursor.fetchall()))
    _count_anew(touched)
    return len(touched)


def refresh_if_little() -> None:
    """Refresh for a page that somebody waits for, unless there is more to do than takes a moment; beat does that."""
    touched = list(TouchedMonth.objects.values_list("clinic_id", "month")[: FEW_NOTES + 1])
    if 0 < len(touched) <= FEW_NOTES and _visits_in(touched) <= FEW_VISITS:
        refresh_touched()


def _visits_in(touched: Sequence[ClinicMonth]) -> int:
    """Return how many visits these clinics and months had when they were last counted."""
    places = reduce(or_, (Q(clinic_id=clinic_id, month=month) for clinic_id, month in set(touched)))
    return GrowthCell.objects.filter(places).aggregate(visits=Sum("visits"))["visits"] or 0


@transaction.atomic
def recount_everything() -> int:
    """Count every cell anew, waiting for a refresh that is at work; return how many clinics and months."""
    _wait_for_lock()
    TouchedMonth.objects.all().delete()
    for cell in CELLS:
        cell._default_manager.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT clinic_id, date_trunc('month', measured_on)::date AS month FROM children_measurement"
            " ORDER BY 1, 2"
        )
        everything = cursor.fetchall()
    _count_anew(everything)
    return len(everything)


def _count_anew(touched: Sequence[ClinicMonth]) -> None:
    if not touched:
        return
    places = {
        "clinic_ids": [clinic_id for clinic_id, _month in touched],
        "months": [month for _clinic, month in touched],
    }
    with connection.cursor() as cursor:
        for cell, insert in CELLS.items():
            table = cell._meta.db_table
            cursor.execute(
                f"DELETE FROM {table} USING"  # noqa: S608 - a name of ours
                " unnest(%(clinic_ids)s::uuid[], %(months)s::date[]) AS given (clinic_id, month)"
                f" WHERE {table}.clinic_id = given.clinic_id AND {table}.month = given.month",
                places,
            )
            cursor.execute(insert, places)


def _lock_is_free() -> bool:
    """Take the lock for this transaction, if nobody has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK_NUMBER])
        return bool(cursor.fetchone()[0])


def _wait_for_lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_NUMBER])

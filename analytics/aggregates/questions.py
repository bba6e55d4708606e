"""Questions about growth cells: totals of what a person may see, by month, clinic, area, sex or age group.

Cells of children of five years and more are left out: the indicators are those of WHO's standards for 0-5 years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db import connection
from django.db.models import QuerySet
from django.utils import formats
from django.utils.translation import gettext as _

from accounts.access import clinics_counted_for
from accounts.models import Clinic, User
from analytics.aggregates.indicators import Indicator
from analytics.aggregates.models import COUNTS, UNDER_FIVE, AgeGroup, GrowthCell
from children.growth.survey import Share, share_of
from children.models import Child


class Dimension(StrEnum):
    """What totals can be split by."""

    MONTH = "month"
    AGE_GROUP = "age_group"
    SEX = "sex"
    CLINIC = "clinic"
    AREA = "area"


_COLUMN = {
    Dimension.MONTH: "month",
    Dimension.AGE_GROUP: "age_group",
    Dimension.SEX: "sex",
    Dimension.CLINIC: "clinic__name",
    Dimension.AREA: "clinic__area",
}


@dataclass(frozen=True)
class Scope:
    """Which cells are asked about. Months are first days, both included; None is every one."""

    first_month: date
    last_month: date
    clinic: Clinic | None = None
    area: str = ""
    sex: str = ""
    age_group: str = ""


@dataclass(frozen=True)
class Totals:
    """Added-up cells of one group; `label` is what a person reads, `key` what a program does."""

    key: str
    label: str
    counts: Mapping[str, int]

    def share(self, indicator: Indicator) -> Share:
        """Return the share of child-months with the condition, with Wilson's 95 % interval."""
        return share_of(sum(self.counts[name] for name in indicator.cases), self.counts[indicator.n])


@dataclass(frozen=True)
class AllTotals:
    """The totals of a scope, whole and split by every dimension; groups in their own order."""

    whole: Totals
    groups: Mapping[Dimension, list[Totals]]


def cells_for(user: User, scope: Scope) -> QuerySet[GrowthCell]:
    """Return the cells of `scope` within the clinics whose totals `user` may see, under five years."""
    cells = GrowthCell.objects.filter(
        clinic__in=clinics_counted_for(user),
        month__gte=scope.first_month,
        month__lte=scope.last_month,
        age_group__in=[scope.age_group] if scope.age_group else UNDER_FIVE,
    )
    if scope.clinic is not None:
        cells = cells.filter(clinic=scope.clinic)
    if scope.area:
        cells = cells.filter(clinic__area=scope.area)
    return cells.filter(sex=scope.sex) if scope.sex else cells


def totals_of(cells: QuerySet[GrowthCell]) -> AllTotals:
    """Return the totals of all cells together and of each group of every dimension, in one query."""
    columns = [dimension.value for dimension in Dimension]
    inner, parameters = cells.order_by().values_list(*_COLUMN.values(), *COUNTS).query.sql_with_params()
    names = ", ".join(columns)
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in COUNTS)
    statement = (
        f"SELECT {names}, {sums} FROM ({inner}) AS cell ({names}, {', '.join(COUNTS)})"  # noqa: S608 - names of ours
        f" GROUP BY GROUPING SETS ((), {', '.join(f'({column})' for column in columns)})"
    )
    whole: dict[str, int] = dict.fromkeys(COUNTS, 0)
    groups: dict[Dimension, list[Totals]] = {dimension: [] for dimension in Dimension}
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        for row in cursor.fetchall():
            counts = dict(zip(COUNTS, map(int, row[len(columns) :]), strict=True))
            grouped = [(dim, value) for dim, value in zip(Dimension, row, strict=False) if value is not None]
            if not grouped:
                whole = counts
                continue
            ((dimension, value),) = grouped
            groups[dimension].append(Totals(key=str(value), label=_label(dimension, value), counts=counts))
    for dimension, totals in groups.items():
        order = AgeGroup.values.index if dimension is Dimension.AGE_GROUP else str
        totals.sort(key=lambda each, order=order: order(each.key))
    return AllTotals(whole=Totals(key="all", label=_("All"), counts=whole), groups=groups)


def _label(by: Dimension, value: object) -> str:
    if by is Dimension.MONTH:
        return formats.date_format(value, "YEAR_MONTH_FORMAT")
    if by is Dimension.AGE_GROUP:
        return str(AgeGroup(str(value)).label)
    if by is Dimension.SEX:
        return str(Child.Sex(str(value)).label)
    return str(value) or _("no area")

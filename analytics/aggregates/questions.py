"""Questions about growth cells: totals of what a person may see, by month, clinic, area, sex or age group.

Cells of children of five years and more are left out: the indicators are those of WHO's standards for 0-5 years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import QuerySet, Sum
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


def overall(cells: QuerySet[GrowthCell]) -> Totals:
    """Return the totals of all cells together; one query."""
    sums = cells.aggregate(**{name: Sum(name) for name in COUNTS})
    return Totals(key="all", label=_("All"), counts={name: sums[name] or 0 for name in COUNTS})


def split(cells: QuerySet[GrowthCell], *, by: Dimension) -> list[Totals]:
    """Return the totals of each group, in the groups' own order; one query."""
    column = _COLUMN[by]
    rows = cells.order_by().values(column).annotate(**{f"sum_{name}": Sum(name) for name in COUNTS})
    groups = [
        Totals(
            key=str(row[column]),
            label=_label(by, row[column]),
            counts={name: row[f"sum_{name}"] for name in COUNTS},
        )
        for row in rows
    ]
    if by is Dimension.AGE_GROUP:
        return sorted(groups, key=lambda group: AgeGroup.values.index(group.key))
    return sorted(groups, key=lambda group: group.key)


def _label(by: Dimension, value: object) -> str:
    if by is Dimension.MONTH:
        return formats.date_format(value, "M Y")
    if by is Dimension.AGE_GROUP:
        return str(AgeGroup(str(value)).label)
    if by is Dimension.SEX:
        return str(Child.Sex(str(value)).label)
    return str(value) or _("no area")

"""Questions about cells of cases: which criteria find which children, and how far care went for those found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum

from accounts.access import clinics_counted_for
from accounts.models import User
from analytics.aggregates.case_models import CriteriaCell, Found, FunnelCell
from analytics.aggregates.questions import Scope
from children.growth.survey import Share, share_of

Step = FunnelCell.Step
ACUTE = Found.WHZ | Found.MUAC | Found.OEDEMA  # WAZ stands beside: it admits nobody by itself


@dataclass(frozen=True)
class Criteria:
    """Child-months of 6-59 months by exactly the criteria that they meet."""

    counts: Mapping[Found, int]

    @property
    def compared(self) -> int:
        """All child-months where the criteria can be told."""
        return sum(self.counts.values())

    @property
    def cases(self) -> int:
        """Those whom WHZ, MUAC or oedema finds."""
        return self.meeting_any(ACUTE)

    def meeting(self, criteria: Found) -> int:
        """Return how many meet all of `criteria`, whatever else they meet."""
        return sum(n for met, n in self.counts.items() if met & criteria == criteria)

    def meeting_any(self, criteria: Found) -> int:
        """Return how many meet at least one of `criteria`."""
        return sum(n for met, n in self.counts.items() if met & criteria)

    def region(self, criteria: Found) -> Share:
        """Return the share of the cases that meet exactly `criteria`, of WHZ, MUAC and oedema."""
        exactly = sum(n for met, n in self.counts.items() if met & ACUTE == criteria)
        return share_of(exactly, self.cases)

    def also_found(self, of: Found, by: Found) -> Share:
        """Return the share of those who meet `of` whom `by` finds, too."""
        return share_of(self.meeting(of | by), self.meeting(of))

    @property
    def by_both(self) -> Share:
        """Of those found by WHZ or MUAC, the share found by both."""
        return share_of(self.meeting(Found.WHZ | Found.MUAC), self.meeting_any(Found.WHZ | Found.MUAC))

    @property
    def wasted_and_stunted(self) -> Share:
        """Of all compared, the share with low WHZ (at the level asked for) who are stunted, too."""
        return share_of(self.meeting(Found.WHZ | Found.STUNTED), self.compared)


def criteria_met(user: User, scope: Scope, *, level: str) -> Criteria:
    """Return which criteria the child-months of `scope` meet, within what `user` may see; one query."""
    cells = _within(CriteriaCell.objects.filter(level=level), user, scope)
    if scope.age_group:
        cells = cells.filter(age_group=scope.age_group)
    sums = cells.order_by().values_list("met").annotate(children=Sum("children"))
    return Criteria({Found(met): children for met, children in sums})


def funnel(user: User, scope: Scope, *, case: str) -> dict[Step, int]:
    """Return how many children took each step within `scope`, each child once in a clinic; one query."""
    sums = _steps(user, scope, case).order_by().values_list("step").annotate(children=Sum("children"))
    counts = dict(sums)
    return {step: counts.get(step.value, 0) for step in Step}


def funnel_by_clinic(user: User, scope: Scope, *, case: str) -> dict[str, dict[Step, int]]:
    """Return the same for each clinic, by its name; one query."""
    sums = _steps(user, scope, case).order_by().values_list("clinic__name", "step").annotate(n=Sum("children"))
    clinics: dict[str, dict[Step, int]] = {}
    for name, step, children in sums.order_by("clinic__name"):
        clinics.setdefault(name, dict.fromkeys(Step, 0))[Step(step)] += children
    return clinics


def _steps(user: User, scope: Scope, case: str) -> QuerySet[FunnelCell]:
    first_in_window = Q(month_before__isnull=True) | Q(month_before__lt=scope.first_month)
    return _within(FunnelCell.objects.filter(first_in_window, case=case), user, scope)


def _within(cells: QuerySet, user: User, scope: Scope) -> QuerySet:
    cells = cells.filter(
        clinic__in=clinics_counted_for(user), month__gte=scope.first_month, month__lte=scope.last_month
    )
    if scope.clinic is not None:
        cells = cells.filter(clinic=scope.clinic)
    if scope.area:
        cells = cells.filter(clinic__area=scope.area)
    return cells.filter(sex=scope.sex) if scope.sex else cells

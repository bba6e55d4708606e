"""What the pages of care read; each begins with what the user's clinics allow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import (
    Case,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from care.models import ACT_WITHIN_DAYS, Alert, FollowUp, Referral, Tracing, TreatmentEpisode
from care.services import VISIT_COMPLETES
from care.treatment_rules import KEPT_WITHIN_DAYS, VISIT_EVERY_DAYS
from children.models import Child, Measurement

WORST_FIRST = Case(
    *(When(severity=severity, then=Value(rank)) for rank, severity in enumerate(Alert.Severity.values)),
    output_field=IntegerField(),
)
WAITING = (Alert.State.OPEN, Alert.State.ACKNOWLEDGED)


@dataclass(frozen=True)
class ChildAlerts:
    """One child with the alerts of a list, the worst first; `referral` and `episode` where there are any."""

    child: Child
    alerts: Sequence[Alert]
    referral: Referral | None
    episode: TreatmentEpisode | None

    @property
    def worst(self) -> Alert:
        """The alert that the entry stands for."""
        return self.alerts[0]

    @property
    def oldest(self) -> Alert:
        """The alert that has been open longest."""
        return min(self.alerts, key=lambda alert: alert.opened_at)

    @property
    def is_overdue(self) -> bool:
        """True when one of them waits longer than its severity allows."""
        return any(alert.is_overdue for alert in self.alerts)


def alerts_grouped(alerts: QuerySet[Alert]) -> QuerySet[Alert, dict[str, object]]:
    """Return one row of values for each child of `alerts`, the worst first, then the longest open."""
    by_child = alerts.order_by().values("child_id").annotate(worst=Min(WORST_FIRST), oldest=Min("opened_at"))
    return by_child.order_by("worst", "oldest", "child_id")


def child_alerts(rows: Sequence[dict[str, object]], alerts: QuerySet[Alert]) -> list[ChildAlerts]:
    """Return the children of `rows` (of `alerts_grouped`) in their order, each with those of `alerts` that are its."""
    ids = [row["child_id"] for row in rows]
    of_child: dict[object, list[Alert]] = defaultdict(list)
    found = alerts.filter(child__in=ids).select_related("child__clinic", "referral").order_by(WORST_FIRST, "opened_at")
    for alert in found:
        of_child[alert.child_id].append(alert)
    episodes = {episode.child_id: episode for episode in TreatmentEpisode.objects.open().filter(child__in=ids)}
    return [
        ChildAlerts(
            child=of_child[pk][0].child,
            alerts=of_child[pk],
            referral=next((alert.referral for alert in of_child[pk] if alert.referral), None),
            episode=episodes.get(pk),
        )
        for pk in ids
        if of_child[pk]
    ]


def open_alerts_by_child(user: User, *, limit: int) -> tuple[list[ChildAlerts], int]:
    """Return the first `limit` children of the user's clinics with unresolved alerts, and how many there are."""
    alerts = Alert.objects.visible_to(user).open()
    grouped = alerts_grouped(alerts)
    return child_alerts(list(grouped[:limit]), alerts), grouped.count()


def overdue_alerts(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """Return those that wait longer than their severity allows (`Alert.is_overdue` in SQL)."""
    late = Q(pk__in=[])
    for severity, days in ACT_WITHIN_DAYS.items():
        late |= Q(severity=severity, opened_at__lt=start_of_day(days_ago=days))
    return alerts.filter(late, state__in=WAITING)


def start_of_day(*, days_ago: int) -> datetime:
    """Return the first instant of the day `days_ago`, in the active time zone."""
    return timezone.make_aware(datetime.combine(timezone.localdate() - timedelta(days=days_ago), time.min))


def missed_follow_ups(follow_ups: QuerySet[FollowUp]) -> QuerySet[FollowUp]:
    """Return open follow-ups whose window has ended (`FollowUp.is_missed` in SQL)."""
    window_end = ExpressionWrapper(F("due_on") + F("window_days"), output_field=DateField())
    return (
        follow_ups.filter(state=FollowUp.State.OPEN)
        .annotate(window_end=window_end)
        .filter(window_end__lt=timezone.localdate())
    )


def treated_children(user: User) -> QuerySet[TreatmentEpisode]:
    """Return the open treatments of the user's clinics, with `seen_on`: the last visit by hand, else the admission."""
    visit = (
        Measurement.objects.active().manual().filter(child=OuterRef("child"), measured_on__gte=OuterRef("admitted_on"))
    )
    last = Subquery(visit.order_by("-measured_on").values("measured_on")[:1])
    return TreatmentEpisode.objects.visible_to(user).open().annotate(seen_on=Coalesce(last, F("admitted_on")))


def absent_from_treatment(user: User, *, today: date) -> QuerySet[TreatmentEpisode]:
    """Return open treatments whose last visit was missed."""
    late = Q(pk__in=[])
    for kind, every in VISIT_EVERY_DAYS.items():
        late |= Q(kind=kind, seen_on__lte=today - timedelta(days=every + KEPT_WITHIN_DAYS))
    return treated_children(user).filter(late)


def defaulters(user: User) -> QuerySet[Child]:
    """Return active children who missed a visit of their treatment or the window of a follow-up that is a visit.

    Those in treatment come first, then the longest missed. `missed_since`: the date due; `is_absent`: from treatment.
    """
    missed = missed_follow_ups(FollowUp.objects.filter(child=OuterRef("pk"), reason__in=VISIT_COMPLETES))
    absent = absent_from_treatment(user, today=timezone.localdate()).filter(child=OuterRef("pk"))
    last_visit = Measurement.objects.active().manual().filter(child=OuterRef("pk")).order_by("-measured_on")
    children = Child.objects.visible_to(user).filter(status=Child.Status.ACTIVE)
    return (
        children.annotate(
            missed_since=Subquery(missed.order_by("due_on").values("due_on")[:1]),
            is_absent=Exists(absent),
            last_visit_on=Subquery(last_visit.values("measured_on")[:1]),
        )
        .filter(Q(missed_since__isnull=False) | Q(is_absent=True))
        .select_related("clinic")
        .prefetch_related("guardians", Prefetch("tracings", queryset=Tracing.objects.open(), to_attr="open_tracings"))
        .prefetch_related("open_tracings__attempts")
        .order_by("-is_absent", "missed_since", "pk")
    )


def child_in_care(user: User, child_id: UUID) -> QuerySet[Child]:
    """Return the child of the user's clinics, if it is one, with all that care has on it."""
    return (
        Child.objects.visible_to(user)
        .filter(pk=child_id)
        .select_related("clinic__programme")
        .prefetch_related(
            "guardians",
            "referrals__recorded_by",
            "tracings__attempts__recorded_by",
            "status_changes__changed_by",
            "treatment_episodes",
            "reminder_agreements",
            Prefetch("alerts", queryset=Alert.objects.order_by(WORST_FIRST, "opened_at")),
        )
    )

"""Puts the stamps of the services where the histories happened.

The services stamp `recorded_at`, `opened_at` and the like with the present, as they must. Here, and nowhere else, they
are moved to the day that a history tells, so that alerts have an age and follow-ups are due or overdue. One pass at
the end, by QuerySet.bulk_update: the audit rows show it as what it is.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta

from django.db.models import Model
from django.utils import timezone

from care.models import Alert, FollowUp, Referral, Tracing, TracingAttempt, TreatmentEpisode
from children.models import Child, Consent, GrowthAssessment, Guardian, Measurement

_STAMPS: dict[type[Model], tuple[str, ...]] = {
    Child: ("registered_at",),
    Guardian: ("created_at",),
    Consent: ("given_at", "withdrawn_at"),
    Measurement: ("recorded_at", "ended_at"),
    GrowthAssessment: ("computed_at",),
    Alert: ("opened_at", "acknowledged_at", "referred_at", "resolved_at"),
    FollowUp: ("created_at", "completed_at"),
    Referral: ("recorded_at",),
    TreatmentEpisode: ("recorded_at", "exit_recorded_at"),
    Tracing: ("opened_at",),
    TracingAttempt: ("recorded_at",),
}


class Past:
    """Knows which moment of a history each real moment of the load stands for."""

    def __init__(self) -> None:
        self._real: list[datetime] = []
        self._told: list[datetime | None] = []

    def happens_at(self, told: datetime | None) -> None:
        """From now on, what the services stamp happened at `told`; None, or a time to come: it happens now."""
        now = timezone.now()
        self._real.append(now)
        self._told.append(told if told is not None and told < now else None)

    def told(self, stamp: datetime) -> datetime:
        """Return the moment of the history that a stamp of this load stands for."""
        return self._told[bisect_right(self._real, stamp) - 1] or stamp

    def rewrite(self) -> None:
        """Move every stamp of the load, and the dates of follow-ups with them. Only in a database of the demo alone."""
        for model, fields in _STAMPS.items():
            rows = list(model._default_manager.all())
            for row in rows:
                if isinstance(row, FollowUp) and row.measurement_id is None:
                    row.due_on -= self._days_ago(row.created_at)
                for name in fields:
                    stamp = getattr(row, name)
                    if stamp is not None:
                        setattr(row, name, self.told(stamp))
            dates = ("due_on",) if model is FollowUp else ()
            model._default_manager.bulk_update(rows, [*fields, *dates], batch_size=500)

    def _days_ago(self, stamp: datetime) -> timedelta:
        """Return how many days before today the stamp's moment lies.

        What no visit asked for is due from today on; what follows from a visit is due from its day already.
        """
        return timezone.localdate(stamp) - timezone.localdate(self.told(stamp))

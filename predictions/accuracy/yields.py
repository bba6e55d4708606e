"""How many scan sessions come to an accepted estimate, where the others end, and why.

Steps: started -> uploaded -> passed quality -> estimated -> accepted. Each step counts sessions of the step before it,
so no share can pass 100 %. Sessions that still run are told apart and are in no step beyond the start.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, CharField, Count, QuerySet, Value, When
from django.db.models.functions import TruncMonth

from accounts.models import Clinic
from children.growth.survey import Share, share_of
from children.models import Measurement
from ml_models.quality import ReasonCode
from predictions.models import SessionReview
from scans.models import ScanSession

#: The film passed every check, and then the estimator gave no length.
AFTER_QUALITY = (
    ReasonCode.UNFAMILIAR_BODY,
    ReasonCode.IMPLAUSIBLE_SIZE,
    ReasonCode.POSE_MODEL_DIFFERS,
    ReasonCode.NO_USABLE_ESTIMATE,
)
#: What became of a session, for counting.
RUNNING, NOT_SENT, CANCELLED, REFUSED, NO_ESTIMATE, REJECTED, ACCEPTED = (
    "running",
    "not_sent",
    "cancelled",
    "refused",
    "no_estimate",
    "rejected",
    "accepted",
)
_NAMES = ("started_by__username", "started_by__first_name", "started_by__last_name")
ENDED_STATES = ("unusable", "failed", "quarantined")


@dataclass(frozen=True)
class YieldScope:
    """Which sessions: of these clinics, started from `first_day` to `last_day` (UTC), both included."""

    clinics: QuerySet[Clinic]
    first_day: date | None = None
    last_day: date | None = None
    phone_model: str = ""


@dataclass(frozen=True)
class Tally:
    """Sessions that had one fate, for one reason, of one worker in one month."""

    fate: str
    reason: str
    worker_id: Any
    worker: str
    month: date
    sessions: int


@dataclass(frozen=True)
class Funnel:
    """How many sessions reached each step. `running`: neither ended nor given up; they may still pass."""

    running: int
    started: int
    uploaded: int
    passed_quality: int
    estimated: int
    accepted: int

    @property
    def share(self) -> Share:
        """The yield: accepted among those that are not running any more."""
        return share_of(self.accepted, self.started - self.running)


def tallies(scope: YieldScope) -> list[Tally]:
    """Return the counts of `scope`; one query, grouped in the database."""
    sessions = ScanSession.objects.filter(child__clinic__in=scope.clinics)
    if scope.first_day is not None:
        sessions = sessions.filter(started_at__date__gte=scope.first_day)
    if scope.last_day is not None:
        sessions = sessions.filter(started_at__date__lte=scope.last_day)
    if scope.phone_model:
        sessions = sessions.filter(phone_model=scope.phone_model)
    rows = (
        sessions.order_by()
        .annotate(fate=_FATE, month=TruncMonth("started_at", tzinfo=ZoneInfo("UTC")))
        .values("fate", "reason", "started_by", "month", *_NAMES)
        .annotate(sessions=Count("pk"))
    )
    return [
        Tally(
            fate=row["fate"],
            reason=row["reason"],
            worker_id=row["started_by"],
            worker=" ".join(row[name] for name in _NAMES[1:] if row[name]) or row["started_by__username"],
            month=row["month"].date(),
            sessions=row["sessions"],
        )
        for row in rows
    ]


def funnel_of(counted: Iterable[Tally]) -> Funnel:
    """Return the steps that the sessions counted in `counted` reached."""
    by_fate = Counter[str]()
    for tally in counted:
        by_fate[tally.fate] += tally.sessions
    accepted = by_fate[ACCEPTED]
    estimated = accepted + by_fate[REJECTED]
    passed = estimated + by_fate[NO_ESTIMATE]
    uploaded = passed + by_fate[REFUSED]
    return Funnel(
        running=by_fate[RUNNING],
        started=uploaded + by_fate[RUNNING] + by_fate[NOT_SENT] + by_fate[CANCELLED],
        uploaded=uploaded,
        passed_quality=passed,
        estimated=estimated,
        accepted=accepted,
    )


def reasons_of(counted: Sequence[Tally]) -> list[tuple[str, int]]:
    """Return why sessions ended without an estimate, by reason code, most frequent first."""
    by_reason = Counter[str]()
    for tally in counted:
        if tally.fate in (REFUSED, NO_ESTIMATE) and tally.reason:
            by_reason[tally.reason] += tally.sessions
    return sorted(by_reason.items(), key=lambda item: (-item[1], item[0]))


# A withdrawn consent or a film that never came ends a session as cancelled, whatever it had reached: its films and its
# answer are gone, so nothing beyond the start can be told of it.
_FATE = Case(
    When(state="cancelled", submitted_at__isnull=True, then=Value(NOT_SENT)),
    When(state="cancelled", then=Value(CANCELLED)),
    When(state__in=("uploading", "queued", "processing"), then=Value(RUNNING)),
    When(state__in=ENDED_STATES, reason__in=[reason.value for reason in AFTER_QUALITY], then=Value(NO_ESTIMATE)),
    When(state__in=ENDED_STATES, then=Value(REFUSED)),
    When(review__verdict=SessionReview.Verdict.BAD, then=Value(REJECTED)),
    When(prediction__measurement__state=Measurement.State.ACTIVE, then=Value(ACCEPTED)),
    default=Value(REJECTED),
    output_field=CharField(),
)

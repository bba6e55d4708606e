"""What each scope of an erasure takes, in every app; the same for the first time and after a restored backup.

Locks sessions before the child, as workers do. Runs in the caller's transaction; blobs go after its commit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from analytics.exports.erasure import withdraw_files
from care import erasure as care
from children import erasure as children
from children.erasure_rows import (
    OfChild,
    contexts_of,
    delete_contexts,
    delete_rows,
    history_of,
    rows_of,
    whole_history_of,
)
from children.models import Child, ErasureRecord
from predictions import erasure as predictions
from scans import erasure as scans
from scans.blob_deletions import child_prefix, promise_deletion
from scans.models import ScanSession

DECLARED: tuple[OfChild, ...] = (*predictions.OF_CHILD, *care.OF_CHILD, *scans.OF_CHILD, *children.OF_CHILD)
Scope = ErasureRecord.Scope


@dataclass(frozen=True)
class Erased:
    """What an erasure took: rows by table, the sessions it was about, rows of training sets that left the portal."""

    counts: Counter[str] = field(default_factory=Counter)
    session_ids: tuple[UUID, ...] = ()
    exported_rows: list[dict[str, Any]] = field(default_factory=list)


def erase(record: ErasureRecord, *, acting: User) -> Erased:
    """Take what `record` says, as far as it is still there; `acting` stands under measurements that end."""
    withdraw_files(record.clinic_id)
    return _ERASERS[Scope(record.scope)](record, acting)


def _erase_scans(record: ErasureRecord, acting: User) -> Erased:
    """Films, pictures, features, predictions, and screening estimates with what rests on them."""
    session_ids = _lock(ScanSession.objects.filter(consent_id=record.consent_id))
    return _erase_answers(record, acting, session_ids)


def _erase_all_but_care(record: ErasureRecord, acting: User) -> Erased:
    return _erase_answers(record, acting, _lock(_sessions_before(record)))


def _erase_answers(record: ErasureRecord, acting: User, session_ids: tuple[UUID, ...]) -> Erased:
    Child.objects.select_for_update(no_key=True).filter(pk=record.child_id).first()
    exported = predictions.exported_rows_of(session_ids, drawn_until=record.executed_at)
    gone = predictions.leave_training_sets(session_ids, drawn_until=record.executed_at)
    measurement_ids = predictions.measurements_of(session_ids)
    children.end_scan_values(measurement_ids, ended_by=acting)
    estimates = children.scan_rows(measurement_ids)
    gone += care.let_go_of_scans(children.scan_ids(estimates))
    gone += predictions.erase_predictions(session_ids)
    history = history_of(estimates)
    gone += delete_rows(estimates) + delete_rows(history)
    gone += scans.erase_sessions(session_ids, erasure_id=record.pk)
    return Erased(gone, session_ids, exported)


def _erase_frames(record: ErasureRecord, acting: User) -> Erased:
    """The pictures that staff would have looked at."""
    session_ids = _lock(_sessions_before(record))
    gone = predictions.erase_frames(session_ids)
    scans.erase_frames(session_ids, erasure_id=record.pk)
    return Erased(gone, session_ids)


def _erase_research(record: ErasureRecord, acting: User) -> Erased:
    """Membership and pseudonyms in training sets; the rows that were written to files are named."""
    session_ids = _lock(_sessions_before(record))
    exported = predictions.exported_rows_of(session_ids, drawn_until=record.executed_at)
    gone = predictions.leave_training_sets(session_ids, drawn_until=record.executed_at)
    return Erased(gone, session_ids, exported)


def _erase_child(record: ErasureRecord, acting: User) -> Erased:
    """Everything: rows and history in every app, the admin's log, files."""
    session_ids = _lock(ScanSession.objects.filter(child_id=record.child_id))
    Child.objects.select_for_update().filter(pk=record.child_id).first()
    exported = predictions.exported_rows_of(session_ids, drawn_until=record.executed_at)
    rows = rows_of(record.child_id, DECLARED)
    history = whole_history_of(record.child_id, rows, DECLARED)
    contexts = contexts_of(history)
    gone = delete_rows(rows) + delete_rows(history)
    gone += delete_contexts(contexts, naming=[key for keys in rows.values() for key in keys])
    promise_deletion([child_prefix(record.child_id)], erasure_id=record.pk)
    return Erased(gone, session_ids, exported)


def _sessions_before(record: ErasureRecord) -> QuerySet[ScanSession]:
    """Return the child's sessions from before the erasure; a consent given anew afterwards makes others."""
    return ScanSession.objects.filter(child_id=record.child_id, started_at__lte=record.executed_at)


def _lock(sessions: QuerySet[ScanSession]) -> tuple[UUID, ...]:
    """Keep workers and uploads out of these sessions until the transaction ends; return their ids."""
    return tuple(sessions.select_for_update().order_by("pk").values_list("pk", flat=True))


_ERASERS: dict[ErasureRecord.Scope, Callable[[ErasureRecord, User], Erased]] = {
    Scope.SCAN: _erase_scans,
    Scope.IMAGE_REVIEW: _erase_frames,
    Scope.RESEARCH_TRAINING: _erase_research,
    Scope.CHILD: _erase_child,
    Scope.CHILD_EXCEPT_CARE: _erase_all_but_care,
}

"""What of predictions belongs to a child; takes predictions and membership in training sets away.

A drawn set is files outside the portal. Whoever holds them learns which rows must go from `rows_that_must_go`: the
record of the erasure keeps their pseudonyms, which are keyed hashes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from children.erasure_rows import OfChild, Rows, delete_rows, history_of
from children.models import ErasureRecord
from predictions.models import Prediction, ReviewFrame, SessionReview, ShadowPrediction, TrainingSet, TrainingSetMember

OF_CHILD = (
    OfChild(Prediction, "session__child"),
    OfChild(TrainingSetMember, "session__child"),
    OfChild(SessionReview, "session__child"),
    OfChild(ReviewFrame, "session__child"),
    OfChild(ShadowPrediction, "session__child"),
)


def measurements_of(session_ids: Collection[UUID]) -> list[UUID]:
    """Return the ids of the measurements that predictions of these sessions became."""
    stored = Prediction.objects.filter(session__in=session_ids, measurement__isnull=False)
    return list(stored.values_list("measurement_id", flat=True))


def erase_predictions(session_ids: Collection[UUID]) -> Counter[str]:
    """Delete what models and supervisors said of these sessions, features and history included, and their pictures'
    rows; return how many rows by table."""
    rows: Rows = {
        model: list(model._base_manager.filter(session__in=session_ids).values_list("pk", flat=True))
        for model in (Prediction, SessionReview, ReviewFrame, ShadowPrediction)
    }
    history = history_of(rows)
    return delete_rows(rows) + delete_rows(history)


def erase_frames(session_ids: Collection[UUID]) -> Counter[str]:
    """Delete the rows of the pictures of these sessions; the pictures themselves are the business of `scans`."""
    return delete_rows({ReviewFrame: list(_frames(session_ids).values_list("pk", flat=True))})


def exported_rows_of(session_ids: Collection[UUID], *, drawn_until: datetime) -> list[dict[str, Any]]:
    """Return which rows of which training sets these sessions are, as `ErasureRecord.exported_rows` keeps them."""
    by_set: dict[UUID, dict[str, Any]] = {}
    members = _members(session_ids, drawn_until).select_related("training_set")
    for member in members.order_by("training_set__created_at", "session_pseudonym"):
        drawn = member.training_set
        entry = {"training_set": str(drawn.pk), "manifest_sha256": drawn.manifest_sha256, "sessions": []}
        by_set.setdefault(drawn.pk, entry)["sessions"].append(member.session_pseudonym)
    return list(by_set.values())


def leave_training_sets(session_ids: Collection[UUID], *, drawn_until: datetime) -> Counter[str]:
    """Delete the membership of these sessions in sets drawn until then; return how many rows by table."""
    return delete_rows({TrainingSetMember: list(_members(session_ids, drawn_until).values_list("pk", flat=True))})


def rows_that_must_go(drawn: TrainingSet) -> list[str]:
    """Return the session pseudonyms of `drawn` that must no longer be used: erased, or without a live consent."""
    gone = set(drawn.members.must_not_be_used().values_list("session_pseudonym", flat=True))
    for exported in _erased_from({drawn.manifest_sha256}):
        gone.update(exported["sessions"])
    return sorted(gone)


def children_erased_from(manifests: Collection[str]) -> set[UUID]:
    """Return the ids of children who were members of these sets (by manifest) and are so no more.

    A model that was taught with them has seen them, whatever was erased since.
    """
    records = ErasureRecord.objects.exclude(exported_rows=[])
    return {
        record.child_id
        for record in records
        if any(exported["manifest_sha256"] in manifests for exported in record.exported_rows)
    }


def _erased_from(manifests: Collection[str]) -> list[dict[str, Any]]:
    records = ErasureRecord.objects.exclude(exported_rows=[]).values_list("exported_rows", flat=True)
    return [exported for rows in records for exported in rows if exported["manifest_sha256"] in manifests]


def _frames(session_ids: Collection[UUID]) -> Any:
    return ReviewFrame.objects.filter(session__in=session_ids)


def _members(session_ids: Collection[UUID], drawn_until: datetime) -> Any:
    return TrainingSetMember.objects.filter(session__in=session_ids, training_set__created_at__lte=drawn_until)

"""Does every recorded erasure again: after a restore the database holds children who were erased since the backup.

Reads the records of the database and their copies beside the backups. Safe to run at any time and twice: what is gone
is gone, and what a guardian agreed to after an erasure stays.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from analytics.erasure.ledger import read_copies
from analytics.erasure.scopes import erase
from children.models import Child, Consent, ErasureRecord, ErasureRequest

logger = logging.getLogger(__name__)
Scope = ErasureRecord.Scope


@dataclass(frozen=True)
class Reapplied:
    """How many records there are, how many only the copies knew, and how many rows came back and went again."""

    records: int
    from_copies: int
    rows: int


def reapply_erasures() -> Reapplied:
    """Bring the database in line with every record, oldest first, each in its own transaction.

    Raises DomainError("erasure_copy_forged"), and one of `scans.blob_removal.STORE_ERRORS` when the copies cannot be
    read; nothing was changed then.
    """
    lost = [copy for copy in read_copies() if not ErasureRecord.objects.filter(pk=copy.pk).exists()]
    ErasureRecord.objects.bulk_create(lost, ignore_conflicts=True)
    records = rows = 0
    for record in ErasureRecord.objects.order_by("executed_at", "pk"):
        records += 1
        rows += _again(record)
    return Reapplied(records=records, from_copies=len(lost), rows=rows)


@transaction.atomic
def _again(record: ErasureRecord) -> int:
    child = Child.objects.filter(pk=record.child_id).first()
    if child is None:
        return 0
    acting = User.objects.filter(pk=record.executed_by_id).first() or child.registered_by
    if record.scope != Scope.CHILD:
        _withdraw(record, acting)
    rows = sum(erase(record, acting=acting).counts.values())
    if rows:
        logger.info("erasure %s was done again: %d rows", record.pk, rows)
    return rows


def _withdraw(record: ErasureRecord, acting: User) -> None:
    """End the consents, and the request, that were live when the backup was made."""
    consents = Consent.objects.live().filter(child_id=record.child_id, given_at__lte=record.executed_at)
    if record.scope != Scope.CHILD_EXCEPT_CARE:
        consents = consents.filter(pk=record.consent_id)
    consents.update(withdrawn_at=record.executed_at, withdrawn_by=acting)
    if record.scope == Scope.CHILD_EXCEPT_CARE:
        requests = ErasureRequest.objects.open().filter(child_id=record.child_id, requested_at__lte=record.executed_at)
        requests.update(state=ErasureRequest.State.EXECUTED, ended_at=record.executed_at, ended_by=acting)

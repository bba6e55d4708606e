"""The doors of erasure: a consent was withdrawn, or a supervisor executes what a guardian asked for.

What belongs to a purpose goes at once, whoever records the withdrawal. A whole child goes by two steps: a worker
records the wish (`children.erasure_requests`), which withdraws every consent, and a supervisor executes it.
There is no time to change one's mind: the forms ask before.
"""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from analytics.erasure.ledger import keep_record
from analytics.erasure.scopes import erase
from children.erasure_hash import keyed_hash
from children.erasure_requests import lock_open_request, request_erasure
from children.models import Child, Consent, ErasureRecord, ErasureRequest

SCOPE_OF_PURPOSE = {
    Consent.Purpose.SCAN: ErasureRecord.Scope.SCAN,
    Consent.Purpose.IMAGE_REVIEW: ErasureRecord.Scope.IMAGE_REVIEW,
    Consent.Purpose.RESEARCH_TRAINING: ErasureRecord.Scope.RESEARCH_TRAINING,
}


@transaction.atomic
def erase_after_withdrawal(consent: Consent) -> ErasureRecord | None:
    """Stop and erase what rests on a consent that was withdrawn just now.

    The consent for care carries the whole record: its withdrawal is a request that a supervisor executes, and the
    answer is None.
    """
    assert consent.withdrawn_at is not None
    assert consent.withdrawn_by is not None
    purpose = Consent.Purpose(consent.purpose)
    if purpose == Consent.Purpose.CARE:
        why = ErasureRequest.Why.CARE_WITHDRAWN
        request_erasure(child=consent.child, requested_by=consent.withdrawn_by, why=why)
        return None
    record = _new_record(
        consent.child, SCOPE_OF_PURPOSE[purpose], ErasureRecord.Why.CONSENT_WITHDRAWN, consent.withdrawn_by
    )
    record.consent_id = consent.pk
    record.requested_at = consent.withdrawn_at
    return _carry_out(record, acting=consent.withdrawn_by)


@transaction.atomic
def execute_request(*, request: ErasureRequest, executed_by: User) -> ErasureRecord:
    """Erase the whole child; where the programme names a law that keeps the care record, everything but that.

    Raises DomainError: `not_supervisor`, `erasure_ended`.
    """
    request = lock_open_request(request, executed_by)
    law = request.child.clinic.programme.care_record_kept_by_law.strip()
    scope = ErasureRecord.Scope.CHILD_EXCEPT_CARE if law else ErasureRecord.Scope.CHILD
    record = _new_record(request.child, scope, ErasureRecord.Why(request.why), executed_by)
    record.requested_by_id = request.requested_by_id
    record.requested_at = request.requested_at
    record.kept_by_law = law
    if law:
        request.state = ErasureRequest.State.EXECUTED
        request.ended_at = record.executed_at
        request.ended_by = executed_by
        request.save(update_fields=["state", "ended_at", "ended_by"])
    return _carry_out(record, acting=executed_by)


def _new_record(child: Child, scope: ErasureRecord.Scope, why: ErasureRecord.Why, executed_by: User) -> ErasureRecord:
    now = timezone.now()
    return ErasureRecord(
        id=uuid.uuid4(),
        child_id=child.pk,
        clinic_id=child.clinic_id,
        code_hmac=keyed_hash(child.code),
        scope=scope,
        why=why,
        requested_by_id=executed_by.pk,
        requested_at=now,
        executed_by_id=executed_by.pk,
        executed_at=now,
    )


def _carry_out(record: ErasureRecord, *, acting: User) -> ErasureRecord:
    erased = erase(record, acting=acting)
    record.counts = dict(sorted(erased.counts.items()))
    record.session_ids = sorted(erased.session_ids)
    record.exported_rows = erased.exported_rows
    return keep_record(record)

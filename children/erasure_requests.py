"""The wish to erase a whole child: recorded by any worker, executed or declined by a supervisor.

Recording it withdraws every consent, so what rests on those stops and goes at once; the care record waits for the
second person. Executing is `analytics.erasure.service`: it reaches into every app.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import may_record_in, may_supervise
from accounts.models import User
from cgm_portal.errors import DomainError
from children.consents import withdraw_consent
from children.models import Child, Consent, ErasureRequest


@transaction.atomic
def request_erasure(*, child: Child, requested_by: User, why: str) -> ErasureRequest:
    """Record that the guardian wants the child erased, and withdraw every consent; an open request is returned as is.

    Raises DomainError("not_your_clinic").
    """
    if not may_record_in(requested_by, child.clinic_id):
        raise DomainError("not_your_clinic", _("You do not record for this child's clinic."))
    waiting = ErasureRequest.objects.open().filter(child=child)
    if (request := waiting.first()) is not None:
        return request
    try:
        with transaction.atomic():
            request = ErasureRequest.objects.create(child=child, why=why, requested_by=requested_by)
    except IntegrityError:  # the same wish twice at once
        return waiting.get()
    for consent in Consent.objects.live().filter(child=child):
        withdraw_consent(consent=consent, withdrawn_by=requested_by)
    return request


@transaction.atomic
def decline_erasure(*, request: ErasureRequest, declined_by: User, reason: str) -> ErasureRequest:
    """Keep the care record, because the request was a mistake. Consents stay withdrawn; they can be given anew.

    Raises DomainError: `not_supervisor`, `erasure_ended`, `reason_missing`.
    """
    if not reason.strip():
        raise DomainError("reason_missing", _("Say why the record is kept."), field="reason")
    request = lock_open_request(request, declined_by)
    request.state = ErasureRequest.State.DECLINED
    request.ended_at = timezone.now()
    request.ended_by = declined_by
    request.decline_reason = reason.strip()
    request.save(update_fields=["state", "ended_at", "ended_by", "decline_reason"])
    return request


def lock_open_request(request: ErasureRequest, supervisor: User) -> ErasureRequest:
    """Return the open request, locked until the transaction ends.

    Raises DomainError: `not_supervisor`, `erasure_ended` (also when it has gone with its child meanwhile).
    """
    requests = ErasureRequest.objects.select_for_update(of=("self",)).select_related("child__clinic__programme")
    locked = requests.filter(pk=request.pk).first()
    if locked is not None and not may_supervise(supervisor, locked.child.clinic_id):
        raise DomainError("not_supervisor", _("Only a supervisor of this clinic decides on an erasure."))
    if locked is None or locked.state != ErasureRequest.State.OPEN:
        raise DomainError("erasure_ended", _("This request was executed or declined before."))
    return locked

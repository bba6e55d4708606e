"""Refers children to other places, and writes down what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import may_record_in
from accounts.models import User
from care.dates import refuse_impossible_day, today_of
from care.models import Alert, Referral
from care.services import lock_open_alert
from cgm_portal.errors import DomainError
from children.models import Child


@transaction.atomic
def refer_alert(*, alert: Alert, referred_by: User, referred_to: str, referred_on: date | None = None) -> Alert:
    """Refer the child for one alert. Raises those of `refer_child` and of `lock_open_alert`."""
    alert = lock_open_alert(alert, referred_by)
    _refer([alert], alert.child, referred_by, referred_to, referred_on)
    return alert


@transaction.atomic
def refer_child(*, child: Child, referred_by: User, referred_to: str, referred_on: date | None = None) -> Referral:
    """Refer the child for every alert that is not resolved; `referred_on` is today when it is not given.

    Raises DomainError: `not_your_clinic`, `no_open_alert`, `referral_place_missing`, `date_in_future`,
    `date_before_birth`.
    """
    if not may_record_in(referred_by, child.clinic_id):
        raise DomainError("not_your_clinic", _("You do not record for this child's clinic."))
    alerts = list(Alert.objects.open().select_for_update(of=("self",)).filter(child=child).order_by("pk"))
    if not alerts:
        raise DomainError("no_open_alert", _("The child has no open alert to refer for."))
    return _refer(alerts, child, referred_by, referred_to, referred_on)


@transaction.atomic
def record_referral_outcome(
    *, referral: Referral, outcome: str, outcome_on: date, recorded_by: User, note: str = ""
) -> Referral:
    """Write down whether the child arrived; again when more is known.

    Raises DomainError: `not_your_clinic`, `choice_unknown`, `date_in_future`, `date_too_early`.
    """
    referral = (
        Referral.objects.select_for_update(of=("self",)).select_related("child__clinic__programme").get(pk=referral.pk)
    )
    if not may_record_in(recorded_by, referral.child.clinic_id):
        raise DomainError("not_your_clinic", _("You do not record for this child's clinic."))
    if outcome not in Referral.Outcome.values:
        raise DomainError("choice_unknown", _("Choose what came of the referral."), field="outcome")
    refuse_impossible_day(outcome_on, child=referral.child, field="outcome_on", not_before=referral.referred_on)
    referral.outcome = outcome
    referral.outcome_on = outcome_on
    referral.outcome_note = note.strip()
    referral.outcome_by = recorded_by
    referral.save()
    return referral


def _refer(
    alerts: Sequence[Alert], child: Child, referred_by: User, referred_to: str, referred_on: date | None
) -> Referral:
    place = referred_to.strip()
    if not place:
        raise DomainError("referral_place_missing", _("Say where the child is referred to."), field="referred_to")
    day = referred_on or today_of(child)
    refuse_impossible_day(day, child=child, field="referred_on")
    referral = Referral.objects.create(child=child, place=place, referred_on=day, recorded_by=referred_by)
    for alert in alerts:
        alert.state = Alert.State.REFERRED
        alert.referred_at = timezone.now()
        alert.referred_by = referred_by
        alert.referred_to = place
        alert.referral = referral
        alert.save()
    return referral

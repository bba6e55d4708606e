"""Consents: given for one purpose, by words of a version, and withdrawn at any time."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import may_record_in
from accounts.languages import is_offered
from accounts.models import User
from cgm_portal.errors import DomainError
from children.models import Child, Consent, Guardian
from children.signals import consent_withdrawn

CONSENT_TEXT_VERSION = "2026-11"
CONSENT_TEXTS: dict[str, Promise] = {
    Consent.Purpose.CARE: gettext_lazy(
        "We keep your child's name, birth date and measurements so that this clinic can follow the growth and call "
        "you. You may ask to see them and to have them corrected."
    ),
    Consent.Purpose.SCAN: gettext_lazy(
        "We film your child, clothed, for a few seconds to estimate the length or height. The film is kept for a "
        "short time, is not shown to others, and is erased when you say so. It is a screening, not a diagnosis."
    ),
    Consent.Purpose.IMAGE_REVIEW: gettext_lazy(
        "Staff may look at single pictures of the film, with the face hidden, to see whether the scan was good."
    ),
    Consent.Purpose.RESEARCH_TRAINING: gettext_lazy(
        "The film and the measurements, without the name, may be used to teach the measuring model. Care does not "
        "depend on this."
    ),
}


def consent_text_sha256(purpose: str, *, language: str) -> str:
    """Return the hex SHA-256 of the words read to the guardian for `purpose`.

    A language that the portal does not speak was told by mouth from the English words: the hash is theirs.
    """
    with translation.override(language if is_offered(language) else settings.LANGUAGE_CODE):
        return hashlib.sha256(str(CONSENT_TEXTS[purpose]).encode()).hexdigest()


@transaction.atomic
def give_consent(
    *, child: Child, purpose: str, recorded_by: User, guardian: Guardian | None = None, language: str = ""
) -> Consent:
    """Record that the guardian agrees to `purpose`; a live consent is returned as it is.

    `language`: in which the words were read to the guardian; that of the page where it is left out.
    Raises DomainError("not_your_clinic").
    """
    child = Child.objects.select_for_update(no_key=True).get(pk=child.pk)
    if not may_record_in(recorded_by, child.clinic_id):
        raise DomainError("not_your_clinic", _("You do not record for this child's clinic."))
    live = Consent.objects.live().filter(child=child, purpose=purpose).first()
    if live is not None:
        return live
    language = language or translation.get_language() or settings.LANGUAGE_CODE
    return Consent.objects.create(
        child=child,
        guardian=guardian or child.guardians.first(),
        purpose=purpose,
        text_version=CONSENT_TEXT_VERSION,
        text_sha256=consent_text_sha256(purpose, language=language),
        language=language,
        given_at=timezone.now(),
        recorded_by=recorded_by,
    )


@transaction.atomic
def withdraw_consent(*, consent: Consent, withdrawn_by: User, reason: str = "") -> Consent:
    """Withdraw a consent and tell who must stop; withdrawing again changes nothing.

    Raises DomainError("not_your_clinic").
    """
    consent = Consent.objects.select_for_update(of=("self",)).select_related("child").get(pk=consent.pk)
    if not may_record_in(withdrawn_by, consent.child.clinic_id):
        raise DomainError("not_your_clinic", _("You do not record for this child's clinic."))
    if consent.withdrawn_at is not None:
        return consent
    consent.withdrawn_at = timezone.now()
    consent.withdrawn_by = withdrawn_by
    consent.withdrawal_reason = reason.strip()
    consent.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
    consent_withdrawn.send(sender=Consent, consent=consent)
    return consent

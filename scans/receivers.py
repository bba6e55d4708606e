"""A withdrawn scanning consent stops processing and erases the films."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from children.models import Consent
from children.signals import consent_withdrawn
from scans.erasure import erase_films_of


@receiver(consent_withdrawn)
def erase_after_withdrawal(sender: object, consent: Consent, **kwargs: Any) -> None:
    """Cancel what runs and erase what was filmed, when the consent was for scanning."""
    if consent.purpose == Consent.Purpose.SCAN:
        erase_films_of(consent)

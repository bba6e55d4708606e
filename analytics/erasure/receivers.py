"""A withdrawn consent stops what rests on it and erases it."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from analytics.erasure.service import erase_after_withdrawal
from children.models import Consent
from children.signals import consent_withdrawn


@receiver(consent_withdrawn)
def follow_withdrawal(sender: object, consent: Consent, **kwargs: Any) -> None:
    """Erase, in the transaction that withdrew the consent."""
    erase_after_withdrawal(consent)

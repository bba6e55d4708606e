"""In which language a family is told something: its card, its growth chart, its reminders."""

from __future__ import annotations

from django.conf import settings

from accounts.languages import is_offered
from children.models import Child, Consent


def language_of_family(child: Child, *, asked: str = "", otherwise: str = "") -> str:
    """Return the language: as asked, else that in which the consent for care was read, else `otherwise`.

    Only languages that the portal offers count; where none of them does it is the portal's own.
    """
    consent = child.consents.live().filter(purpose=Consent.Purpose.CARE).first()
    candidates = (asked, consent.language if consent is not None else "", otherwise)
    return next((code for code in candidates if is_offered(code)), settings.LANGUAGE_CODE)

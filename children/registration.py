"""Registers children, and finds the one who may be registered already."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import SequenceMatcher

from django.db import transaction
from django.utils import timezone

from accounts.access import may_record_in
from accounts.models import Clinic, User
from cgm_portal.errors import DomainError
from children.consents import give_consent
from children.models import Child, Guardian
from children.services import OLDEST_AGE_YEARS

DUPLICATE_BIRTH_WINDOW = timedelta(days=30)
SIMILAR_NAME_RATIO = 0.7  # of difflib, on sorted lower-case words; "Amina Yusuf" / "Yusuf Aminah" reach 0.95


@dataclass(frozen=True)
class ChildDetails:
    """What is asked at registration. Gestation None: taken as born at term."""

    name: str
    sex: str
    born_on: date
    birth_date_estimated: bool = False
    gestation_weeks: int | None = None
    gestation_days: int | None = None


@dataclass(frozen=True)
class GuardianDetails:
    """Who answers for the child; a name is needed, the rest may be empty."""

    name: str
    relation: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Registration:
    """A child with its guardian and the purposes that the guardian agreed to."""

    child: ChildDetails
    guardian: GuardianDetails | None = None
    purposes: Sequence[str] = field(default_factory=tuple)


@transaction.atomic
def register_child(
    *, clinic: Clinic, registration: Registration, registered_by: User, child_id: uuid.UUID | None = None
) -> Child:
    """Store a child with guardian and consents, all or nothing.

    `child_id` makes the call repeatable: the same id and name in the same clinic returns the stored child.
    Raises DomainError: `not_your_clinic`, `date_in_future`, `too_old`, `name_missing`, `days_without_weeks`,
    `id_taken`.
    """
    details = registration.child
    if child_id is not None:
        stored = Child.objects.filter(pk=child_id).first()
        if stored is not None:
            if stored.clinic_id == clinic.pk and stored.name == _clean_name(details.name):
                return stored
            raise DomainError("id_taken", "A different child has this id already. Send a new id.", field="id")
    if not may_record_in(registered_by, clinic.pk):
        raise DomainError("not_your_clinic", "You do not register children in this clinic.", field="clinic")
    validate_child_details(details)
    child = Child.objects.create(
        id=child_id or uuid.uuid4(),
        clinic=clinic,
        name=_clean_name(details.name),
        sex=details.sex,
        born_on=details.born_on,
        birth_date_estimated=details.birth_date_estimated,
        gestation_weeks=details.gestation_weeks,
        gestation_days=details.gestation_days,
        registered_by=registered_by,
    )
    guardian = None
    if registration.guardian is not None:
        guardian = Guardian.objects.create(
            child=child,
            name=_clean_name(registration.guardian.name),
            relation=registration.guardian.relation,
            phone=registration.guardian.phone,
        )
    for purpose in registration.purposes:
        give_consent(child=child, purpose=purpose, recorded_by=registered_by, guardian=guardian)
    return child


def validate_child_details(details: ChildDetails) -> None:
    """Raise DomainError when the details cannot be those of a child of this portal (birth to 19 years)."""
    today = timezone.localdate()
    if not _clean_name(details.name):
        raise DomainError("name_missing", "Give the child's name.", field="name")
    if details.born_on > today:
        raise DomainError("date_in_future", f"{details.born_on} is in the future. Today is {today}.", field="born_on")
    if (today - details.born_on).days >= OLDEST_AGE_YEARS * 365.25:
        raise DomainError(
            "too_old", f"Born {details.born_on} is over {OLDEST_AGE_YEARS} years ago. Check the year.", field="born_on"
        )
    if details.gestation_days is not None and details.gestation_weeks is None:
        raise DomainError("days_without_weeks", "Give the completed weeks of gestation too.", field="gestation_weeks")


def find_likely_duplicates(*, user: User, details: ChildDetails) -> list[Child]:
    """Return children of the user's clinics who may be this one (sex, birth within 30 days, name); best first."""
    window = (details.born_on - DUPLICATE_BIRTH_WINDOW, details.born_on + DUPLICATE_BIRTH_WINDOW)
    candidates = Child.objects.visible_to(user).filter(sex=details.sex, born_on__range=window).select_related("clinic")
    scored = [(name_similarity(details.name, child.name), child) for child in candidates]
    likely = [(score, child) for score, child in scored if score >= SIMILAR_NAME_RATIO]
    return [child for score, child in sorted(likely, key=lambda pair: -pair[0])]


def name_similarity(one: str, other: str) -> float:
    """Return how alike two names are, 0-1, whatever the order of their words, accents or case."""
    return SequenceMatcher(None, _words(one), _words(other)).ratio()


def _words(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return " ".join(sorted("".join(c for c in plain if not unicodedata.combining(c)).split()))


def _clean_name(name: str) -> str:
    """Return the name in composed form, without doubled or surrounding blanks."""
    return " ".join(unicodedata.normalize("NFC", name).split())

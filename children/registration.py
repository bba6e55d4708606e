"""Registers children, changes what was registered, and finds the one who may be registered already."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from difflib import SequenceMatcher

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import may_record_in
from accounts.models import Clinic, User
from cgm_portal.errors import DomainError
from children.consents import give_consent
from children.dates import printed_day
from children.erased_ids import refuse_erased_child
from children.models import Child, Guardian
from children.search_index import index_child
from children.services import OLDEST_AGE_YEARS, assess_again, lock_child

DUPLICATE_BIRTH_WINDOW = timedelta(days=30)
DETAILS_ASSESSED_BY = ("sex", "born_on", "birth_date_estimated", "gestation_weeks", "gestation_days")
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

    `child_id` makes the call repeatable: the same id with the same content returns the stored child, also after it was
    changed, and also when both arrive at once. Raises DomainError: `not_your_clinic`, `date_in_future`, `too_old`,
    `name_missing`, `days_without_weeks`, `id_taken`, `child_erased` (an old phone sends it again).
    """
    stored = Child.objects.filter(pk=child_id).first() if child_id is not None else None
    if stored is not None:
        return _same_child_or_refuse(stored, clinic, registration)
    if not may_record_in(registered_by, clinic.pk):
        raise DomainError("not_your_clinic", _("You do not register children in this clinic."), field="clinic")
    refuse_erased_child(child_id)
    details = replace(registration.child, name=clean_name(registration.child.name))
    validate_child_details(details, today=clinic.programme.day_of(timezone.now()))
    child = Child(id=child_id or uuid.uuid4(), clinic=clinic, registered_by=registered_by, **vars(details))
    try:
        with transaction.atomic():
            child.save(force_insert=True)
    except IntegrityError:
        # The same request twice at once: the other one was first, and is committed by now.
        stored = Child.objects.filter(pk=child.pk).first()
        if stored is None:
            raise
        return _same_child_or_refuse(stored, clinic, registration)
    guardian = _store_guardian(Guardian(child=child), registration.guardian) if registration.guardian else None
    for purpose in registration.purposes:
        give_consent(child=child, purpose=purpose, recorded_by=registered_by, guardian=guardian)
    index_child(child)
    return child


@transaction.atomic
def update_child(
    *, child: Child, changes: Mapping[str, object], changed_by: User, guardian: GuardianDetails | None = None
) -> Child:
    """Change what was registered of a child; its measurements are assessed anew where the answer depends on it.

    `changes` is named as the fields of ChildDetails; what it does not name stays. `guardian` takes the
    place of what is known of the first guardian. An alert that the new assessment no longer asks for stays open until a
    person or a recovery closes it. Raises DomainError: `not_your_clinic`, `date_before_birth`, and those of
    `validate_child_details`.
    """
    child = lock_child(child.pk)
    if not may_record_in(changed_by, child.clinic_id):
        raise DomainError("not_your_clinic", _("You do not record for this child's clinic."))
    before = {name: getattr(child, name) for name in DETAILS_ASSESSED_BY}
    for name, value in changes.items():
        setattr(child, name, clean_name(value) if name == "name" else value)
    details = ChildDetails(**{item.name: getattr(child, item.name) for item in fields(ChildDetails)})
    validate_child_details(details, today=child.clinic.programme.day_of(timezone.now()))
    first = child.measurements.active().order_by("measured_on").first()
    if first is not None and first.measured_on < child.born_on:
        raise DomainError(
            "date_before_birth",
            _("The child was measured on %(day)s already.") % {"day": printed_day(first.measured_on)},
            field="born_on",
        )
    child.save(update_fields=list(changes))
    if guardian is not None:
        _store_guardian(child.guardians.first() or Guardian(child=child), guardian)
    index_child(child)
    if before != {name: getattr(child, name) for name in DETAILS_ASSESSED_BY}:
        _assess_anew(child)
    return child


def _assess_anew(child: Child) -> None:
    """Assess every measurement that counts, oldest first: each looks back at the one before it."""
    for measurement in child.measurements.active().order_by("measured_on", "recorded_at"):
        measurement.child = child
        assess_again(measurement)


def _store_guardian(guardian: Guardian, details: GuardianDetails) -> Guardian:
    guardian.name = clean_name(details.name)
    guardian.relation = details.relation
    guardian.phone = details.phone
    guardian.save()
    return guardian


def _same_child_or_refuse(stored: Child, clinic: Clinic, registration: Registration) -> Child:
    """Compare with what was registered first, as the audit keeps it: the child may have been changed since."""
    details = replace(registration.child, name=clean_name(registration.child.name))
    wanted = {"clinic_id": clinic.pk, **vars(details)}
    guardian = stored.guardians.first()
    pairs = [(stored, wanted)]
    if registration.guardian is not None and guardian is not None:
        pairs.append((guardian, {**vars(registration.guardian), "name": clean_name(registration.guardian.name)}))
    same = (registration.guardian is None) == (guardian is None)
    for row, content in pairs:
        first = row.events.order_by("pgh_id").first() or row
        same = same and all(getattr(first, name) == value for name, value in content.items())
    if same and set(registration.purposes) <= set(stored.consents.values_list("purpose", flat=True)):
        return stored
    raise DomainError("id_taken", _("A different child has this id already. Send a new id."), field="id")


def validate_child_details(details: ChildDetails, *, today: date) -> None:
    """Raise DomainError when the details cannot be those of a child of this portal (birth to 19 years)."""
    if not clean_name(details.name):
        raise DomainError("name_missing", _("Give the child's name."), field="name")
    if details.born_on > today:
        raise DomainError(
            "date_in_future",
            _("%(day)s is in the future. Today is %(today)s.")
            % {"day": printed_day(details.born_on), "today": printed_day(today)},
            field="born_on",
        )
    if (today - details.born_on).days >= OLDEST_AGE_YEARS * 365.25:
        raise DomainError(
            "too_old",
            _("Born %(day)s is over %(years)d years ago. Check the year.")
            % {"day": printed_day(details.born_on), "years": OLDEST_AGE_YEARS},
            field="born_on",
        )
    if details.gestation_days is not None and details.gestation_weeks is None:
        raise DomainError(
            "days_without_weeks", _("Give the completed weeks of gestation too."), field="gestation_weeks"
        )


def find_likely_duplicates(*, user: User, details: ChildDetails) -> list[Child]:
    """Return children of the user's clinics who may be this one (sex, birth within 30 days, name); best first."""
    try:
        window = (details.born_on - DUPLICATE_BIRTH_WINDOW, details.born_on + DUPLICATE_BIRTH_WINDOW)
    except OverflowError:  # the first or last days of the calendar: registering refuses them
        return []
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


def clean_name(name: str) -> str:
    """Return the name in composed form, without doubled or surrounding blanks."""
    return " ".join(unicodedata.normalize("NFC", name).split())

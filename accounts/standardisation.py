"""Standardisation tests: who may hold and see them, and the doors that write them.

Held by those who look after a clinic's staff: its supervisors, and administrators of the programme. Whether somebody
passed is decided above, by the engine's arithmetic; certificates are issued here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.invitations import clinics_to_invite_to
from accounts.models import Clinic, Membership, User
from accounts.standardisation_models import (
    StandardisationCertificate,
    StandardisationReading,
    StandardisationSheet,
    StandardisationTest,
)
from cgm_portal.errors import DomainError

Place = tuple[int, int]  # number of the child, turn


@dataclass(frozen=True)
class ReadValues:
    """What was read off in one turn; None where nothing was."""

    weight_kg: Decimal | None = None
    length_height_cm: Decimal | None = None
    muac_mm: Decimal | None = None

    @property
    def is_empty(self) -> bool:
        """True where nothing was read."""
        return (self.weight_kg, self.length_height_cm, self.muac_mm) == (None, None, None)


def standardisations_held_by(user: User) -> QuerySet[StandardisationTest]:
    """Return the tests that `user` may see and write: of the clinics whose staff they look after."""
    return StandardisationTest.objects.filter(clinic__in=clinics_to_invite_to(user))


def certificates_seen_by(user: User) -> QuerySet[StandardisationCertificate]:
    """Return own certificates and those of the tests that `user` may see."""
    return StandardisationCertificate.objects.filter(Q(user=user) | Q(sheet__test__in=standardisations_held_by(user)))


def staff_to_test(user: User) -> QuerySet[User]:
    """Return who can take part in a test of `user`: active people with a role in the same clinics, and `user`."""
    staff = Membership.objects.filter(clinic__in=clinics_to_invite_to(user)).values("user_id")
    people = User.objects.filter(Q(pk__in=staff) | Q(pk=user.pk), is_active=True)
    return people.order_by("last_name", "first_name", "username")


@transaction.atomic
def start_test(*, clinic: Clinic, held_on: date, reference: User, held_by: User) -> StandardisationTest:
    """Begin a test with the sheet of its reference person.

    Raises DomainError: `not_your_clinic`, `not_of_your_staff`, `date_in_future`.
    """
    if not clinics_to_invite_to(held_by).filter(pk=clinic.pk).exists():
        raise DomainError("not_your_clinic", _("You do not look after the staff of this clinic."), field="clinic")
    if held_on > clinic.programme.day_of(timezone.now()):
        raise DomainError("date_in_future", _("This day has not come yet. Give the day of the test."), field="held_on")
    test = StandardisationTest.objects.create(clinic=clinic, held_on=held_on, held_by=held_by)
    _add_sheet(test, reference, added_by=held_by, is_reference=True)
    return test


@transaction.atomic
def add_measurer(*, test: StandardisationTest, measurer: User, added_by: User) -> StandardisationSheet:
    """Give a person a sheet in an open test.

    Raises DomainError: `test_closed`, `not_your_clinic`, `not_of_your_staff`, `takes_part_already`.
    """
    test = _lock_open(test, added_by)
    if test.sheets.filter(measurer=measurer).exists():
        raise DomainError("takes_part_already", _("This person takes part already."), field="measurer")
    return _add_sheet(test, measurer, added_by=added_by, is_reference=False)


@transaction.atomic
def save_readings(*, sheet: StandardisationSheet, readings: Mapping[Place, ReadValues], saved_by: User) -> None:
    """Replace the readings of a sheet; empty turns are left out.

    Raises DomainError: `test_closed`, `not_your_clinic`.
    """
    _lock_open(sheet.test, saved_by)
    sheet.readings.all().delete()
    StandardisationReading.objects.bulk_create(
        StandardisationReading(
            sheet=sheet,
            child_number=child_number,
            turn=turn,
            weight_kg=values.weight_kg,
            length_height_cm=values.length_height_cm,
            muac_mm=values.muac_mm,
        )
        for (child_number, turn), values in sorted(readings.items())
        if not values.is_empty
    )


@transaction.atomic
def close_test(
    *, test: StandardisationTest, passed: Collection[UUID], closed_by: User
) -> list[StandardisationCertificate]:
    """Close a test for good and give a certificate to the people of the sheets `passed`.

    A certificate counts from the day of the test for STANDARDISATION_VALID_DAYS.
    Raises DomainError: `test_closed`, `not_your_clinic`.
    """
    test = _lock_open(test, closed_by)
    test.closed_at, test.closed_by = timezone.now(), closed_by
    test.save(update_fields=["closed_at", "closed_by"])
    ends_on = test.held_on + timedelta(days=settings.STANDARDISATION_VALID_DAYS)
    return [
        StandardisationCertificate.objects.create(
            sheet=sheet, user=sheet.measurer, issued_on=test.held_on, valid_until=ends_on, issued_by=closed_by
        )
        for sheet in test.sheets.filter(pk__in=list(passed)).select_related("measurer")
    ]


def _lock_open(test: StandardisationTest, user: User) -> StandardisationTest:
    """Return the test, locked. Raises DomainError when it is closed or not `user`'s to write."""
    if not standardisations_held_by(user).filter(pk=test.pk).exists():
        raise DomainError("not_your_clinic", _("You do not look after the staff of this clinic."))
    test = StandardisationTest.objects.select_for_update().get(pk=test.pk)
    if test.is_closed:
        raise DomainError("test_closed", _("This test is closed: its readings stand. Hold a new one."))
    return test


def _add_sheet(
    test: StandardisationTest, measurer: User, *, added_by: User, is_reference: bool
) -> StandardisationSheet:
    if not staff_to_test(added_by).filter(pk=measurer.pk).exists():
        raise DomainError("not_of_your_staff", _("Choose somebody of your clinics."), field="measurer")
    return test.sheets.create(measurer=measurer, is_reference=is_reference)

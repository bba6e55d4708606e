"""The table of `accounts.access`, each cell: what a role sees and may write, in own, other and foreign clinics."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.access import (
    clinics_counted_for,
    clinics_of,
    clinics_under_codes_for,
    may_record_in,
    may_supervise,
    programmes_of,
    supervised_clinics_of,
)
from accounts.models import Clinic, Membership, Programme, Role, User

OWN, OTHER, FOREIGN = "own", "other", "foreign"
PROGRAMME = {OWN, OTHER}
NOTHING: set[str] = set()

# role: children by name, children under codes, totals, may record, may correct, void and review
TABLE = {
    Role.HEALTH_WORKER: ({OWN}, NOTHING, {OWN}, {OWN}, NOTHING),
    Role.SUPERVISOR: ({OWN}, NOTHING, {OWN}, {OWN}, {OWN}),
    Role.PROGRAMME_MANAGER: (NOTHING, PROGRAMME, PROGRAMME, NOTHING, NOTHING),
    Role.PARTNER: (NOTHING, NOTHING, PROGRAMME, NOTHING, NOTHING),
    Role.ADMINISTRATOR: (NOTHING, NOTHING, PROGRAMME, NOTHING, NOTHING),
}


@pytest.fixture
def clinics(clinic: Clinic, other_clinic: Clinic) -> dict[str, Clinic]:
    """One clinic of one's own, another of the same programme, and one of a foreign programme."""
    foreign = Programme.objects.create(name="Foreign programme", country="UG")
    return {
        OWN: clinic,
        OTHER: other_clinic,
        FOREIGN: Clinic.objects.create(programme=foreign, name="Foreign clinic"),
    }


def member(make_user: Callable[..., User], role: Role, clinics: dict[str, Clinic]) -> User:
    in_clinic = role in {Role.HEALTH_WORKER, Role.SUPERVISOR}
    return make_user(f"a {role}", role, clinics[OWN] if in_clinic else None)


@pytest.mark.parametrize("role", list(Role))
def test_each_cell_of_the_table(role: Role, make_user: Callable[..., User], clinics: dict[str, Clinic]) -> None:
    user = member(make_user, role, clinics)
    by_name, under_codes, totals, records, supervises = ({clinics[name] for name in names} for names in TABLE[role])

    assert set(clinics_of(user)) == by_name
    assert set(clinics_under_codes_for(user)) == under_codes
    assert set(clinics_counted_for(user)) == totals
    assert {clinic for clinic in clinics.values() if may_record_in(user, clinic.pk)} == records
    assert {clinic for clinic in clinics.values() if may_supervise(user, clinic.pk)} == supervises
    assert set(supervised_clinics_of(user)) == supervises
    assert set(programmes_of(user)) == {clinics[OWN].programme}


@pytest.mark.parametrize("role", list(Role))
def test_a_deactivated_user_sees_nothing(
    role: Role, make_user: Callable[..., User], clinics: dict[str, Clinic]
) -> None:
    user = member(make_user, role, clinics)
    user.is_active = False
    user.save()

    answers = [clinics_of, supervised_clinics_of, clinics_counted_for, clinics_under_codes_for, programmes_of]
    assert not any(answer(user).exists() for answer in answers)
    assert not may_record_in(user, clinics[OWN].pk)


def test_someone_without_membership_sees_nothing(make_user: Callable[..., User], clinics: dict[str, Clinic]) -> None:
    user = make_user("stranger")

    assert not clinics_of(user).exists()
    assert not clinics_counted_for(user).exists()
    assert not programmes_of(user).exists()


def test_a_superuser_without_a_clinic_role_sees_no_child(make_user: Callable[..., User], clinic: Clinic) -> None:
    user = make_user("root", is_superuser=True, is_staff=True)

    assert not clinics_of(user).exists()
    assert not may_record_in(user, clinic.pk)


def test_nobody_signed_in_sees_nothing(clinic: Clinic) -> None:
    nobody = AnonymousUser()

    assert not clinics_of(nobody).exists()
    assert not may_record_in(nobody, clinic.pk)


def test_two_roles_add_up(make_user: Callable[..., User], clinics: dict[str, Clinic], programme: Programme) -> None:
    user = make_user("both", Role.HEALTH_WORKER, clinics[OWN])
    Membership.objects.create(user=user, programme=programme, clinic=clinics[OTHER], role=Role.SUPERVISOR)

    assert set(clinics_of(user)) == {clinics[OWN], clinics[OTHER]}
    assert may_supervise(user, clinics[OTHER].pk)
    assert not may_supervise(user, clinics[OWN].pk)


def test_a_closed_clinic_is_counted_but_not_worked_in(make_user: Callable[..., User], clinic: Clinic) -> None:
    user = make_user("worker", Role.HEALTH_WORKER, clinic)
    clinic.is_active = False
    clinic.save()

    assert not clinics_of(user).exists()
    assert not may_record_in(user, clinic.pk)
    assert set(clinics_counted_for(user)) == {clinic}

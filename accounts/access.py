"""What a user's memberships allow: the start of every list, page, file and API answer.

| role | children | totals | clinical writes |
|---|---|---|---|
| health worker | own clinics | own clinics | record |
| supervisor | own clinics | own clinics | record, correct, void, review |
| programme manager | programme, under codes | programme | none |
| partner | none | programme | none |
| administrator | none outside Django admin | programme | none |
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from accounts.models import CLINIC_ROLES, Clinic, Membership, Programme, Role, User


def belongs_somewhere(user: User) -> bool:
    """Return True when `user` has a role anywhere, or looks after the portal in Django admin."""
    return user.is_staff or Membership.objects.filter(user=user).exists()


def clinics_of(user: User) -> QuerySet[Clinic]:
    """Return the clinics where `user` works with children by name."""
    return _clinics_by_role(user, CLINIC_ROLES)


def supervised_clinics_of(user: User) -> QuerySet[Clinic]:
    """Return the clinics where `user` may correct, void and review."""
    return _clinics_by_role(user, (Role.SUPERVISOR,))


def _clinics_by_role(user: User, roles: tuple[Role, ...]) -> QuerySet[Clinic]:
    if not user.is_active:
        return Clinic.objects.none()
    member = Membership.objects.filter(user=user, role__in=roles).values("clinic_id")
    return Clinic.objects.filter(pk__in=member, is_active=True)


def clinics_counted_for(user: User) -> QuerySet[Clinic]:
    """Return the clinics whose totals `user` may see: own clinics, or those of a whole programme."""
    if not user.is_active:
        return Clinic.objects.none()
    member = Membership.objects.filter(user=user)
    return Clinic.objects.filter(
        Q(pk__in=member.filter(clinic__isnull=False).values("clinic_id"))
        | Q(programme_id__in=member.filter(clinic__isnull=True).values("programme_id"))
    )


def clinics_under_codes_for(user: User) -> QuerySet[Clinic]:
    """Return the clinics whose children a programme manager sees under codes, without names."""
    if not user.is_active:
        return Clinic.objects.none()
    managed = Membership.objects.filter(user=user, role=Role.PROGRAMME_MANAGER).values("programme_id")
    return Clinic.objects.filter(programme_id__in=managed)


def programmes_of(user: User) -> QuerySet[Programme]:
    """Return the programmes that `user` belongs to in any role."""
    if not user.is_active:
        return Programme.objects.none()
    return Programme.objects.filter(pk__in=Membership.objects.filter(user=user).values("programme_id"))


def may_record_in(user: User, clinic_id: object) -> bool:
    """Return True when `user` may write clinical records in the clinic."""
    return clinics_of(user).filter(pk=clinic_id).exists()


def may_supervise(user: User, clinic_id: object) -> bool:
    """Return True when `user` may correct, void and review in the clinic."""
    return supervised_clinics_of(user).filter(pk=clinic_id).exists()

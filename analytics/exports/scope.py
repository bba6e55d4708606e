"""Whose rows a person may take along: with names in own clinics, under codes as programme manager, else none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.access import clinics_of, clinics_under_codes_for, supervised_clinics_of
from accounts.models import Clinic, Membership, Role, User


@dataclass(frozen=True)
class Filters:
    """What was asked for. clinic: None for all that the person may see; days inclusive."""

    clinic: UUID | None = None
    since: date | None = None
    until: date | None = None

    def as_json(self) -> dict[str, str]:
        """Return what was set, for the log."""
        given = {"clinic": self.clinic, "since": self.since, "until": self.until}
        return {name: str(value) for name, value in given.items() if value is not None}

    @classmethod
    def from_json(cls, stored: dict[str, str]) -> Filters:
        """Return the filters that `as_json` wrote."""
        clinic, since, until = (stored.get(name) for name in ("clinic", "since", "until"))
        return cls(
            clinic=UUID(clinic) if clinic else None,
            since=date.fromisoformat(since) if since else None,
            until=date.fromisoformat(until) if until else None,
        )


@dataclass(frozen=True)
class Scope:
    """The clinics of an export: rows of `named` come with names, those of `coded` without."""

    named: frozenset[UUID]
    coded: frozenset[UUID]

    @property
    def clinic_ids(self) -> list[UUID]:
        """Every clinic of it."""
        return sorted(self.named | self.coded)

    @property
    def is_empty(self) -> bool:
        """True for partners and administrators: nothing by row."""
        return not self.named and not self.coded


def scope_of(user: User, *, clinic: UUID | None = None) -> Scope:
    """Return what `user` may export by row, of one clinic or of all."""
    named = set(clinics_of(user).values_list("pk", flat=True))
    coded = set(clinics_under_codes_for(user).values_list("pk", flat=True)) - named
    if clinic is not None:
        named, coded = named & {clinic}, coded & {clinic}
    return Scope(named=frozenset(named), coded=frozenset(coded))


def clinics_to_choose(user: User) -> QuerySet[Clinic]:
    """Return the clinics that the form offers."""
    return Clinic.objects.filter(pk__in=scope_of(user).clinic_ids).order_by("name")


def programmes_overseen_by(user: User) -> Sequence[UUID]:
    """Return the programmes whose exports `user` may look through, as administrator."""
    oversees = Membership.objects.filter(user=user, role=Role.ADMINISTRATOR)
    return list(oversees.values_list("programme_id", flat=True)) if user.is_active else []


def logs_for(user: User) -> Q:
    """Return which entries of the log `user` sees: own ones; of own clinics as supervisor; of the programme."""
    supervised = list(supervised_clinics_of(user).values_list("pk", flat=True))
    overseen = list(Clinic.objects.filter(programme__in=programmes_overseen_by(user)).values_list("pk", flat=True))
    return Q(user=user) | Q(clinic_ids__overlap=supervised + overseen)

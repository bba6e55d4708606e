"""Key figures of reach: screenings, trained workers, countries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from accounts.models import CLINIC_ROLES, Clinic, Membership, StandardisationCertificate, User
from analytics.aggregates.models import GrowthCell


@dataclass(frozen=True)
class Workers:
    """Active people who work in clinics, and how many of them are trained."""

    trained: int
    all: int


def screenings(clinics: QuerySet[Clinic], *, month: date) -> int | None:
    """Return the screenings of a month (its first day), of all ages; None when nothing was ever counted there.

    A screening is a day on which a child was assessed, by hand or by film; two values of one day count once.
    """
    cells = GrowthCell.objects.filter(clinic__in=clinics)
    if not cells.filter(month__lte=month).exists():
        return None
    return cells.filter(month=month).aggregate(visits=Sum("visits"))["visits"] or 0


def workers(clinics: QuerySet[Clinic], *, today: date) -> Workers:
    """Return the health workers and supervisors of the clinics who may sign in; each person counts once.

    Trained: with a date of training, or with a standardisation certificate in force today.
    """
    working = Membership.objects.filter(user=OuterRef("pk"), role__in=CLINIC_ROLES, clinic__in=clinics)
    people = User.objects.filter(Exists(working), is_active=True)
    certified = StandardisationCertificate.objects.valid_on(today).filter(user=OuterRef("pk"))
    trained = people.filter(Q(trained_on__lte=today) | Exists(certified))
    return Workers(trained=trained.count(), all=people.count())


def countries(clinics: QuerySet[Clinic], *, first_month: date) -> list[str]:
    """Return the ISO codes of the countries in whose clinics a child was assessed from `first_month` on."""
    active = GrowthCell.objects.filter(clinic__in=clinics, month__gte=first_month, visits__gt=0)
    found = active.order_by("clinic__programme__country").values_list("clinic__programme__country", flat=True)
    return list(found.distinct())

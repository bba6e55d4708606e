"""The demo's programme, its three clinics, and eight people in all roles with one password."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from accounts.models import Clinic, Membership, Programme, Role, User
from analytics.demo.identity import demo_uuid
from analytics.demo.names import EAST_AFRICA, SOUTH_ASIA, WEST_AFRICA, NamePool

PROGRAMME_NAME = "Demo Growth Programme"
COUNTRY = "KE"
TIME_ZONE = "Africa/Nairobi"

# Words that are easy to read aloud and to type.
_WORDS = (  # noqa: SIM905 - sixty quoted words are harder to read
    "acacia amber anchor baobab basket beacon bridge candle canoe cedar cotton donkey drum ember falcon "
    "ferry garden ginger guava hammer harbour heron island jacket kettle lantern lemon maize mango meadow "
    "mirror needle ocean olive orchid oyster paddle papaya pepper pillow planet pocket ribbon river "
    "saddle salmon silver spoon tiger timber turtle umbrella valley velvet violet walnut window yam zebra"
).split()
_PASSWORD_WORDS = 3
_PASSWORD_NUMBERS = 10_000


@dataclass(frozen=True)
class DemoClinic:
    """One clinic; the share of children says how busy it is."""

    name: str
    area: str
    names: NamePool
    share_of_children: float


@dataclass(frozen=True)
class DemoUser:
    """One person: in `clinics` for a clinic role, else in the whole programme."""

    username: str
    first_name: str
    last_name: str
    role: Role
    clinics: tuple[str, ...] = ()


@dataclass(frozen=True)
class SignIn:
    """One line of what the person at the terminal needs."""

    username: str
    role: str
    where: str


@dataclass(frozen=True)
class Staff:
    """Who does what in the histories: health worker and supervisor by name of clinic."""

    programme: Programme
    clinics: dict[str, Clinic]
    health_workers: dict[str, User]
    supervisors: dict[str, User]


CLINICS = (
    DemoClinic("Lakeside clinic", "Lake district", EAST_AFRICA, 0.45),
    DemoClinic("Hilltop clinic", "Hill district", WEST_AFRICA, 0.32),
    DemoClinic("Market clinic", "Town district", SOUTH_ASIA, 0.23),
)
LAKESIDE, HILLTOP, MARKET = (clinic.name for clinic in CLINICS)
USERS = (
    DemoUser("worker.lakeside", "Grace", "Njeri", Role.HEALTH_WORKER, (LAKESIDE,)),
    DemoUser("worker.hilltop", "Kwabena", "Owusu", Role.HEALTH_WORKER, (HILLTOP,)),
    DemoUser("worker.market", "Shirin", "Khatun", Role.HEALTH_WORKER, (MARKET,)),
    DemoUser("supervisor.lakeside", "Peter", "Odhiambo", Role.SUPERVISOR, (LAKESIDE,)),
    DemoUser("supervisor.hills", "Aminata", "Sow", Role.SUPERVISOR, (HILLTOP, MARKET)),
    DemoUser("manager", "Rekha", "Thapa", Role.PROGRAMME_MANAGER),
    DemoUser("partner", "Daniel", "Mbeki", Role.PARTNER),
    DemoUser("admin", "Lulit", "Bekele", Role.ADMINISTRATOR),
)


def new_password() -> str:
    """Return a random password such as `mango-ferry-cedar-0417`: each installation has its own."""
    words = [secrets.choice(_WORDS) for _word in range(_PASSWORD_WORDS)]
    return "-".join([*words, f"{secrets.randbelow(_PASSWORD_NUMBERS):04d}"])


def create_staff(*, seed: int, password: str) -> Staff:
    """Create programme, clinics, users and memberships; the administrator may use Django admin."""
    programme = Programme.objects.create(
        id=demo_uuid(seed, "programme"), name=PROGRAMME_NAME, country=COUNTRY, time_zone=TIME_ZONE
    )
    clinics = {
        clinic.name: Clinic.objects.create(
            id=demo_uuid(seed, "clinic", clinic.name), programme=programme, name=clinic.name, area=clinic.area
        )
        for clinic in CLINICS
    }
    # Hashed once: a strong hash costs a second on a small machine, and the eight share the password anyway.
    hashed = make_password(password)
    staff = Staff(programme=programme, clinics=clinics, health_workers={}, supervisors={})
    by_role = {Role.HEALTH_WORKER: staff.health_workers, Role.SUPERVISOR: staff.supervisors}
    for person in USERS:
        user = _create_user(person, seed=seed, hashed_password=hashed)
        for name in person.clinics or (None,):
            Membership.objects.create(
                id=demo_uuid(seed, "membership", person.username, name),
                user=user,
                programme=programme,
                clinic=clinics[name] if name else None,
                role=person.role,
            )
            if name:
                by_role[person.role][name] = user
    return staff


def _create_user(person: DemoUser, *, seed: int, hashed_password: str) -> User:
    is_admin = person.role == Role.ADMINISTRATOR
    return User.objects.create(
        id=demo_uuid(seed, "user", person.username),
        username=person.username,
        first_name=person.first_name,
        last_name=person.last_name,
        email=f"{person.username}@example.org",
        password=hashed_password,
        is_staff=is_admin,
        is_superuser=is_admin,
    )


def sign_ins() -> list[SignIn]:
    """Return who may sign in, in the order of the roles."""
    return [
        SignIn(person.username, str(person.role.label), " and ".join(person.clinics) or _scope(person.role))
        for person in USERS
    ]


def sign_in_lines(rows: Iterable[SignIn], *, password: str) -> str:
    """Return the sign-ins as plain lines, the password once."""
    lines = [f"  {row.username:<20} {row.role:<18} {row.where}" for row in rows]
    return "\n".join(["Demo sign-ins (invented people):", *lines, f"  password of all:     {password}", ""])


def _scope(role: Role) -> str:
    return "whole programme, and /admin/" if role == Role.ADMINISTRATOR else "whole programme"

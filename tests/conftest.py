"""Fixtures that many tests share: a programme with two clinics, people in every role, children and measurements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone, translation

from accounts.models import Clinic, Membership, Programme, Role, User
from children.models import Child, Consent, Measurement
from children.plausibility import CONFIRMABLE_FIELDS
from children.registration import ChildDetails, GuardianDetails, Registration, register_child
from children.services import MeasuredValues, record_measurement
from scans.models import ScanSession
from scans.services import attach_video, start_session, submit_session

pytest_plugins = ["tests.stand_ins.fixtures", "tests.stand_ins.oidc_fixtures"]

DATA = Path(__file__).parent / "data"


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Begin every test in the portal's own language: a request in French leaves its thread in French."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def programme(db: None) -> Programme:
    return Programme.objects.create(name="Test programme", country="KE")


@pytest.fixture
def clinic(programme: Programme) -> Clinic:
    return Clinic.objects.create(programme=programme, name="North clinic", area="North")


@pytest.fixture
def other_clinic(programme: Programme) -> Clinic:
    return Clinic.objects.create(programme=programme, name="South clinic", area="South")


@pytest.fixture
def make_user(programme: Programme) -> Callable[..., User]:
    """Return a maker of users: `make_user("worker", Role.HEALTH_WORKER, clinic)`."""

    def make(username: str, role: Role | None = None, clinic: Clinic | None = None, **fields: Any) -> User:
        user = User.objects.create_user(username=username, password="correct horse", **fields)
        if role is not None:
            Membership.objects.create(user=user, programme=programme, clinic=clinic, role=role)
        return user

    return make


@pytest.fixture
def health_worker(make_user: Callable[..., User], clinic: Clinic) -> User:
    return make_user("worker", Role.HEALTH_WORKER, clinic)


@pytest.fixture
def supervisor(make_user: Callable[..., User], clinic: Clinic) -> User:
    return make_user("supervisor", Role.SUPERVISOR, clinic)


@pytest.fixture
def outsider(make_user: Callable[..., User], other_clinic: Clinic) -> User:
    """A health worker of another clinic."""
    return make_user("outsider", Role.HEALTH_WORKER, other_clinic)


@pytest.fixture
def make_child(clinic: Clinic, health_worker: User) -> Callable[..., Child]:
    """Return a maker of children: `make_child(age_days=700, sex="F", purposes=("care", "scan"))`."""

    def make(
        *,
        age_days: int = 700,
        sex: str = "F",
        name: str = "Amina Yusuf",
        purposes: tuple[str, ...] = (Consent.Purpose.CARE, Consent.Purpose.SCAN),
        clinic: Clinic = clinic,
        registered_by: User = health_worker,
        **details: Any,
    ) -> Child:
        born_on = timezone.localdate() - timedelta(days=age_days)
        registration = Registration(
            child=ChildDetails(name=name, sex=sex, born_on=born_on, **details),
            guardian=GuardianDetails(name="Halima Yusuf", relation="mother", phone="+254700000000"),
            purposes=purposes,
        )
        return register_child(clinic=clinic, registration=registration, registered_by=registered_by)

    return make


@pytest.fixture
def child(make_child: Callable[..., Child]) -> Child:
    return make_child()


@pytest.fixture
def make_measurement(child: Child, health_worker: User) -> Callable[..., Measurement]:
    """Return a recorder of manual measurements: `make_measurement(days_ago=30, weight_kg=9.1, muac_mm=140)`.

    Their values count as confirmed; `confirmed_fields=frozenset()` lets them be asked back.
    """

    def make(*, child: Child = child, days_ago: int = 0, measured_on: date | None = None, **given: Any) -> Measurement:
        recorded_by = given.pop("recorded_by", health_worker)
        confirmed = given.pop("confirmed_fields", frozenset(CONFIRMABLE_FIELDS))
        values = {
            name: Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value
            for name, value in given.items()
        }
        return record_measurement(
            child=child,
            values=MeasuredValues(**values),
            measured_on=measured_on or timezone.localdate() - timedelta(days=days_ago),
            recorded_by=recorded_by,
            confirmed_fields=confirmed,
        )

    return make


@pytest.fixture
def make_session(child: Child, health_worker: User) -> Callable[..., ScanSession]:
    """Return a maker of queued sessions with one film: `make_session(film="A003_lying.mp4")`, or bytes."""

    def make(
        *,
        child: Child = child,
        film: str | bytes = b"not a film",
        scan_type: str = "lying_above",
        submit: bool = True,
        **facts: Any,
    ) -> ScanSession:
        content = film if isinstance(film, bytes) else (DATA / "videos" / film).read_bytes()
        session = start_session(child=child, started_by=health_worker, facts=facts)
        attach_video(session=session, scan_type=scan_type, upload=ContentFile(content, name="film.mp4"))
        return submit_session(session=session) if submit else session

    return make

"""A stage for benchmarks: private servers, an empty migrated database, a clinic, a worker, children with consent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import django

from tests.servers import TestServers


@contextmanager
def private_portal() -> Iterator[TestServers]:
    """Start PostgreSQL and Valkey, set up Django on an empty migrated database, and remove everything afterwards."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "cgm_portal.settings.test"
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    servers = TestServers()
    try:
        servers.start()
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield servers
    finally:
        servers.stop()


def make_child(*, age_days: int, sex: str) -> tuple[object, object]:
    """Return a child with consent to scan, and the health worker who registered it. Call it inside `private_portal`."""
    from django.utils import timezone

    from accounts.models import Clinic, Membership, Programme, Role, User
    from children.registration import ChildDetails, Registration, register_child

    programme, _made = Programme.objects.get_or_create(name="Benchmark", country="KE")
    clinic, _made = Clinic.objects.get_or_create(programme=programme, name="Benchmark clinic")
    worker, made = User.objects.get_or_create(username="benchmark")
    if made:
        Membership.objects.create(user=worker, programme=programme, clinic=clinic, role=Role.HEALTH_WORKER)
    details = ChildDetails(name="Bench Child", sex=sex, born_on=timezone.localdate() - timedelta(days=age_days))
    child = register_child(
        clinic=clinic, registration=Registration(child=details, purposes=("care", "scan")), registered_by=worker
    )
    return child, worker

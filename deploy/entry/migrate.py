"""Migrate the database once, however many start at the same time: `python -m deploy.entry.migrate`.

The first takes a lock in PostgreSQL; the others wait and then find nothing to do. The lock belongs to a connection of
its own and goes with it, however this process ends. Arguments are those of `manage.py migrate`: an app, a migration.
"""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command
from django.db import connections

LOCK_KEY = 0x63676D01  # any fixed number: "cgm" 1
WAIT_SECONDS = int(os.environ.get("MIGRATE_WAIT_SECONDS", "600"))


def migrate(*arguments: str) -> None:
    """Wait for the lock, migrate, let go. Raises OperationalError when the lock does not come free in time."""
    lock = connections.create_connection("default")
    try:
        with lock.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{WAIT_SECONDS}s"])
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
            call_command("migrate", "--no-input", *arguments)
    finally:
        lock.close()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cgm_portal.settings.production")
    django.setup()
    migrate(*sys.argv[1:])
    sys.exit(0)

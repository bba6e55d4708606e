"""Databases that come and go beside the portal's own, on the same server: for drills, and to restore beside a live one.

The role needs CREATEDB. Names say what they are and when they were made, so that what a crash left is found again.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg import sql

from cgm_portal.backup.database import Database
from cgm_portal.errors import DomainError

logger = logging.getLogger(__name__)
PREFIX = "cgm_drill"
STALE = timedelta(hours=12)  # longer than any drill runs
_SEND_AWAY = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
_STAMP = "%Y%m%d%H%M%S"
_NAME = re.compile(rf"{PREFIX}_(\d{{14}})_[0-9a-f]{{6}}")


def side_name(prefix: str) -> str:
    """Return a database name that begins with `prefix` and says when it was made (UTC)."""
    return f"{prefix}_{datetime.now(UTC).strftime(_STAMP)}_{secrets.token_hex(3)}"


def create_database(name: str, *, beside: Database) -> Database:
    """Create the empty database `name` on the server of `beside`; raises DomainError("cannot_create_database")."""
    with beside.connect() as connection:
        try:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege as error:
            message = f"The role {beside.user} may not create databases: ALTER ROLE {beside.user} CREATEDB."
            raise DomainError("cannot_create_database", message) from error
    return beside.named(name)


def drop_database(database: Database, *, beside: Database) -> None:
    """Drop `database`, and end whoever is still connected to it."""
    with beside.connect() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database.name)))


@contextmanager
def scratch_database(beside: Database) -> Iterator[Database]:
    """Yield an empty database that is dropped on leaving; drops what killed drills left, too."""
    _drop_stale(beside)
    made = create_database(side_name(PREFIX), beside=beside)
    try:
        yield made
    finally:
        drop_database(made, beside=beside)


def _drop_stale(beside: Database) -> None:
    before = (datetime.now(UTC) - STALE).strftime(_STAMP)
    with beside.connect() as connection:
        names = [row[0] for row in connection.execute("SELECT datname FROM pg_database").fetchall()]
    for name in names:
        match = _NAME.fullmatch(name)
        if match and match[1] < before:
            drop_database(beside.named(name), beside=beside)
            logger.warning("dropped %s, which a drill left behind", name)


def put_in_place(restored: Database, *, instead_of: Database) -> Database:
    """Give `restored` the name of `instead_of`, and that one a name that says so; return where the old one is now.

    Both renames or neither. Who is connected to the old one is sent away. Raises DomainError("cannot_rename_database").
    """
    aside = side_name(f"{instead_of.name[:30]}_replaced")
    old, new = sql.Identifier(instead_of.name), sql.Identifier(restored.name)
    with instead_of.named("postgres").connect() as connection:
        try:
            with connection.transaction():
                for name in (instead_of.name, restored.name):
                    connection.execute(_SEND_AWAY, (name,))
                connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(old, sql.Identifier(aside)))
                connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(new, old))
        except (psycopg.errors.ObjectInUse, psycopg.errors.InsufficientPrivilege) as error:
            message = (
                f"{instead_of.name} is in use or not ours to rename. Stop web, workers and beat; the restored database "
                f"waits as {restored.name}."
            )
            raise DomainError("cannot_rename_database", message) from error
    return instead_of.named(aside)

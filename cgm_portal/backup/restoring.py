"""Restores a backup into an empty database and makes it fit to be used.

In this order: everything is checked before the database is touched; pg_restore works in one transaction; rows and
triggers are compared with the manifest; migrations that came since are run; erasures that came since are done again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import IO, Any

from django.db.migrations.loader import MigrationLoader

from cgm_portal.backup import catalogue
from cgm_portal.backup.contents import Contents, read_contents
from cgm_portal.backup.database import Database, find_program
from cgm_portal.backup.erasures import Erasures, reapply_erasures
from cgm_portal.backup.keys import BackupKey, key_named
from cgm_portal.backup.manage import run_manage
from cgm_portal.backup.manifest import Manifest
from cgm_portal.backup.sealing import opened
from cgm_portal.errors import DomainError

_IS_EMPTY = """
    SELECT NOT EXISTS (
        SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
          AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'))
"""


@dataclass
class RestoreReport:
    """What a restore did: `seconds` by stage, `differences` to the manifest (none when all is well)."""

    backup: Manifest
    database: str
    seconds: dict[str, float] = field(default_factory=dict)
    erasures: Erasures | None = None
    differences: list[str] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Take the time of one stage."""
        started = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - started, 3)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values: names, counts and times, no row."""
        return {
            "backup": self.backup.name,
            "made_at": self.backup.made_at.isoformat(),
            "database": self.database,
            "tables": len(self.backup.contents.tables),
            "rows": self.backup.contents.rows,
            "triggers": len(self.backup.contents.triggers),
            "bytes": self.backup.bytes,
            "seconds": self.seconds | {"all": round(sum(self.seconds.values()), 3)},
            "differences": self.differences,
            "erasures": self.erasures and asdict(self.erasures),
        }


def restore_backup(manifest: Manifest, *, into: Database, keys: list[BackupKey]) -> RestoreReport:
    """Restore into the empty database `into` and return the report.

    Raises DomainError: "target_not_empty", "backup_truncated", "backup_tampered", "pg_restore_failed",
    "restore_differs", "migrate_failed", "reapply_erasures_failed", "erased_child_left". Before "restore_differs" the
    database is as empty as it was; from there on it must not be used.
    """
    report = RestoreReport(manifest, into.name)
    require_empty(into)
    with report.stage("verify"):
        verify_file(manifest, keys)
    with report.stage("restore"):
        _pour(manifest, into=into, keys=keys)
    with report.stage("compare"):
        report.differences = manifest.contents.differences_to(current_contents(into))
    if report.differences:
        raise DomainError(
            "restore_differs", f"{into.name} is not what was backed up: " + "; ".join(report.differences[:5]) + "."
        )
    with report.stage("migrate"):
        if _lacks_migrations(into):
            run_manage("migrate", "--no-input", "--verbosity", "0", database=into)
    with report.stage("erase"):
        report.erasures = reapply_erasures(into)
    return report


def require_empty(database: Database) -> None:
    """Raise DomainError("target_not_empty") unless `database` holds nothing."""
    with database.connect() as connection:
        is_empty = (connection.execute(_IS_EMPTY).fetchone() or (False,))[0]
    if not is_empty:
        raise DomainError(
            "target_not_empty",
            f"The database {database.name} is not empty. Restore into an empty one, or say --replace {database.name}.",
            field="into",
        )


def _lacks_migrations(database: Database) -> bool:
    """Say whether this program has migrations that the restored database has not seen."""
    with database.connect() as connection:
        applied = set(connection.execute("SELECT app, name FROM django_migrations").fetchall())
    return bool(set(MigrationLoader(None).graph.nodes) - applied)


def current_contents(database: Database) -> Contents:
    """Return what `database` holds now, all of one instant."""
    with database.connect(autocommit=False) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return read_contents(connection)


class _Hashing:
    """Passes on what it reads, and knows its size and SHA-256."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int, /) -> bytes:
        content = self._source.read(size)
        self.digest.update(content)
        return content


def verify_file(manifest: Manifest, keys: list[BackupKey]) -> None:
    """Read the whole backup and raise DomainError unless it is, to the last byte, what the signed manifest says."""
    with catalogue.storage_trouble():
        size = catalogue.store().size(catalogue.file_name(manifest.name))
    if size < manifest.bytes:
        message = f"The backup {manifest.name} has {size:,} of {manifest.bytes:,} bytes: nothing was restored."
        raise DomainError("backup_truncated", message)
    with catalogue.sealed_file(manifest.name) as stored:
        hashing = _Hashing(stored)
        _plain(manifest, hashing, keys, lambda segment: None)
        tail = hashing.read(1)
    if tail or hashing.digest.hexdigest() != manifest.sha256:
        raise DomainError(
            "backup_tampered", f"The backup {manifest.name} is not what was stored: nothing was restored."
        )


def _plain(manifest: Manifest, source: Any, keys: list[BackupKey], give: Callable[[bytes], object]) -> None:
    key = key_named(manifest.key_id, keys)
    for segment in opened(source, key=key.value, associated=manifest.name.encode()):
        give(segment)


def _pour(manifest: Manifest, *, into: Database, keys: list[BackupKey]) -> None:
    """Feed the backup to pg_restore; whatever goes wrong on the way, the transaction leaves nothing behind."""
    with into.connect() as connection:
        server = connection.info.server_version // 10_000
    program = find_program("pg_restore", server_major=max(server, manifest.dump_version))
    arguments = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
    with (
        program.running(*arguments, database=into, feed=True) as restore,
        catalogue.sealed_file(manifest.name) as stored,
    ):
        assert restore.process.stdin is not None
        with suppress(BrokenPipeError):  # it gave up; finish() says why
            _plain(manifest, stored, keys, restore.process.stdin.write)
        restore.finish()

"""Makes one backup: dump, seal, store, read back, sign. One at a time for each database."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg

from cgm_portal.backup import catalogue
from cgm_portal.backup.contents import Contents, read_contents
from cgm_portal.backup.database import Database, find_program
from cgm_portal.backup.keys import BackupKey
from cgm_portal.backup.manifest import Manifest
from cgm_portal.backup.sealing import SealedReader
from cgm_portal.errors import DomainError
from cgm_portal.telemetry import DatabaseBackupMade, send_events

logger = logging.getLogger(__name__)
LOCK = 0x63676D_62616B  # "cgm bak": the advisory lock of whoever makes a backup of this database
READ_BYTES = 1024 * 1024


def make_backup(database: Database, *, key: BackupKey) -> Manifest:
    """Back up `database` and return the manifest of the finished backup.

    The dump and the checksums in the manifest see the same instant. Raises DomainError: "backup_running" when another
    one is being made, "pg_dump_failed", "backup_storage_unavailable", "backup_not_kept" (what the store gives back is
    not what it was given), "database_unreachable", "database_unreadable", "no_postgres_programs".
    """
    started = time.monotonic()
    made_at = datetime.now(UTC)
    name = catalogue.new_name(made_at)
    with _only_one(database), database.connect(autocommit=False) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = (connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",))[0]
        server = connection.info.server_version // 10_000
        program = find_program("pg_dump", server_major=server)
        arguments = ("--format=custom", f"--snapshot={snapshot}")
        # Side by side: the dump keeps this machine busy, the checksums the server.
        with ThreadPoolExecutor(1) as beside, program.running(*arguments, database=database) as dump:
            reading = beside.submit(_contents, connection)
            assert dump.process.stdout is not None
            stream = SealedReader(dump.process.stdout, key=key.value, associated=name.encode(), at_end=dump.finish)
            try:
                catalogue.write_sealed(name, stream)
            except DomainError:
                reading.result()  # if that failed, it is the reason: the snapshot went with its transaction
                raise
            contents = reading.result()
    try:
        _check_kept(name, size=stream.bytes_read, sha256=stream.sha256)
        manifest = _manifest(name, made_at, key, stream, contents, (server, program.major), time.monotonic() - started)
        catalogue.write_manifest(manifest, key)
    except DomainError:
        catalogue.delete_backup(name)
        raise
    logger.info("backup %s made: %d bytes, %d rows, %.1f s", name, manifest.bytes, contents.rows, manifest.seconds)
    send_events(lambda: [DatabaseBackupMade(rows=contents.rows, bytes=manifest.bytes, seconds=manifest.seconds)])
    return manifest


def _contents(connection: psycopg.Connection[tuple[Any, ...]]) -> Contents:
    try:
        return read_contents(connection)
    except psycopg.Error as error:  # its text may repeat rows
        message = f"The database could not be read to its end ({type(error).__name__})."
        raise DomainError("database_unreadable", message) from error


def _manifest(
    name: str,
    made_at: datetime,
    key: BackupKey,
    stream: SealedReader,
    contents: Contents,
    versions: tuple[int, int],
    seconds: float,
) -> Manifest:
    return Manifest(
        name=name,
        made_at=made_at,
        key_id=key.id,
        bytes=stream.bytes_read,
        sha256=stream.sha256,
        server_version=versions[0],
        dump_version=versions[1],
        seconds=round(seconds, 3),
        contents=contents,
    )


def sha256_of(name: str) -> tuple[int, str]:
    """Return size and SHA-256 of the sealed dump as the store gives it back."""
    digest, size = hashlib.sha256(), 0
    with catalogue.sealed_file(name) as stored:
        while chunk := stored.read(READ_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def _check_kept(name: str, *, size: int, sha256: str) -> None:
    if sha256_of(name) != (size, sha256):
        raise DomainError("backup_not_kept", f"The store gives back something else than the backup {name}.")


@contextmanager
def _only_one(database: Database) -> Iterator[None]:
    """Hold the lock while a backup is made; it ends with the connection, however that ends."""
    with database.connect() as guard:
        held = (guard.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone() or (False,))[0]
        if not held:
            raise DomainError("backup_running", "Another backup of this database is being made. Wait for it.")
        yield

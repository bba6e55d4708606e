"""Looks for words in everything that the portal keeps: database, sessions, blobs, broker, files and logs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import redis
from azure.storage.blob import ContainerClient
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection

from cgm_portal.backup.database import find_program, portal_database
from tests import servers

# Server files hold deleted rows until they are vacuumed: no query and no dump reads them.
SERVER_FILES = ("postgres", "valkey")
Places = dict[str, set[str]]


def places_of(words: Iterable[str], *, containers: Iterable[ContainerClient], folders: Iterable[Path]) -> Places:
    """Return where each word was found; `folders` are searched beside those of the test run."""
    places: Places = {}
    for where, text in [
        *_tables(),
        *_sessions(),
        *(found for container in containers for found in _blobs(container)),
        *_broker(),
        *_files(folders),
    ]:
        for word in words:
            if word.encode() in text:
                places.setdefault(word, set()).add(where)
    return places


def _tables() -> list[tuple[str, bytes]]:
    """Return the text of every table, as pg_dump writes it."""
    database = portal_database()
    program = find_program("pg_dump", server_major=connection.cursor().connection.info.server_version // 10000)
    dump = subprocess.run(
        [program.path, "--data-only", "--inserts", f"--dbname={database.url}"], capture_output=True, check=True
    ).stdout
    tables: dict[str, list[bytes]] = {}
    table = "before any table"
    for line in dump.split(b"\n"):
        if line.startswith(b"INSERT INTO "):
            table = line.split(b" ", 3)[2].decode()
        tables.setdefault(table, []).append(line)
    return [(f"table {name}", b"\n".join(lines)) for name, lines in tables.items()]


def _sessions() -> list[tuple[str, bytes]]:
    """Return what browsers' sessions hold: it is packed in the table."""
    return [("session", str(session.get_decoded()).encode()) for session in Session.objects.all()]


def _blobs(container: ContainerClient) -> list[tuple[str, bytes]]:
    """Return names, metadata and content of every blob, with snapshots and unjoined blocks."""
    found = []
    for blob in container.list_blobs(include=["snapshots", "uncommittedblobs", "metadata", "deleted"]):
        content = b"" if blob.size == 0 else container.download_blob(blob.name).readall()
        found.append((f"blob {blob.name}", f"{blob.name} {blob.metadata}".encode() + content))
    return found


def _broker() -> list[tuple[str, bytes]]:
    """Return every key of the broker with what it holds."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    readers = {
        b"string": client.get,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"hash": client.hgetall,
    }
    return [(f"broker {key!r}", key + repr(readers[client.type(key)](key)).encode()) for key in client.scan_iter()]


def _files(folders: Iterable[Path]) -> list[tuple[str, bytes]]:
    """Return every file of the run's own folders: media, scratch, logs; not the data files of the servers."""
    roots = [Path(os.environ["CGM_LOCAL_DIR"]), Path(settings.MEDIA_ROOT), *folders]
    if servers.TEST_SERVERS is not None:
        roots += [path for path in servers.TEST_SERVERS.folder.iterdir() if path.name not in SERVER_FILES]
    files = {path for root in roots for path in [root, *root.rglob("*")] if path.is_file()}
    found = []
    for path in files:
        with suppress(FileNotFoundError):  # a worker of this run deleted it since: it is not there
            found.append((f"file {path}", str(path).encode() + path.read_bytes()))
    return found

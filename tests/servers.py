"""Servers and processes for tests: a pytest plugin and plain classes.

Loaded by `-p tests.servers`, before pytest-django imports the settings: it starts a PostgreSQL and a Valkey in a
temporary folder and names them in DATABASE_URL and REDIS_URL, unless the environment already does.

Start processes from the main thread: the kernel stops them when the thread that started them ends.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis

from cgm_portal.env import BASE_DIR
from cgm_portal.local_postgres import prepare_postgres
from cgm_portal.local_services import (
    LOOPBACK,
    LocalServer,
    ValkeyServer,
    prepare_valkey,
    usable_port,
    wait_until_ready,
)
from cgm_portal.portal_processes import beat_spec, web_spec, worker_spec
from cgm_portal.processes import (
    POLL_SECONDS,
    ProcessSpec,
    kill_group,
    last_lines,
    start_process,
    stop_processes,
)

Answer = TypeVar("Answer")


def wait_until(predicate: Callable[[], Answer], *, timeout: float = 30.0, what: str = "") -> Answer:
    """Return the first true answer of `predicate`; fails the test after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (answer := predicate()):
        if time.monotonic() > deadline:
            pytest.fail(f"Waited {timeout:g} s in vain for {what or predicate}.")
        time.sleep(POLL_SECONDS)
    return answer


@contextmanager
def reachable_folder(name: str) -> Iterator[Path]:
    """Give a temporary folder that the user `nobody` reaches too, who runs PostgreSQL when the tests run as root.

    pytest's own `tmp_path` is closed to others by every further pytest that starts on the machine.
    """
    with tempfile.TemporaryDirectory(prefix="cgm-tests-", ignore_cleanup_errors=True) as parent:
        Path(parent).chmod(0o711)
        folder = Path(parent, name)
        folder.mkdir()
        yield folder


class RunningProcess:
    """A real process of the portal that a test starts, looks at and ends."""

    def __init__(self, spec: ProcessSpec) -> None:
        self.spec = spec
        self.popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of the leader, which is also the number of its group."""
        assert self.popen is not None, f"{self.spec.name} was not started"
        return self.popen.pid

    def start(self) -> None:
        """Start it; it may take a while until it is ready."""
        self.popen = start_process(self.spec)

    def is_running(self) -> bool:
        """Say whether the leader lives."""
        return self.popen is not None and self.popen.poll() is None

    def log_text(self) -> str:
        """Return all that it has written."""
        return self.spec.log.read_text(errors="replace") if self.spec.log.exists() else ""

    def wait_for_log(self, text: str, *, timeout: float = 60.0) -> None:
        """Return when `text` is in its log; fails the test when it dies first."""

        def said() -> bool:
            if not self.is_running():
                pytest.fail("\n".join([f"{self.spec.name} ended early:", *last_lines(self.spec.log, count=40)]))
            return text in self.log_text()

        wait_until(said, timeout=timeout, what=f"{text!r} from {self.spec.name}")

    def terminate(self) -> None:
        """End it politely: signal, grace, SIGKILL."""
        if self.popen is not None:
            stop_processes([(self.popen, self.spec)])

    def kill(self) -> None:
        """`kill -9` the whole group and wait until the leader is gone."""
        kill_group(self.pid)
        assert self.popen is not None
        self.popen.wait(timeout=10)


class RunningServer(RunningProcess):
    """An embedded server that a test may stop, kill and start again on the same port."""

    def __init__(self, server: LocalServer) -> None:
        super().__init__(server.spec())
        self.server = server

    def start(self) -> None:
        """Start it and wait until it answers."""
        super().start()
        assert self.popen is not None
        wait_until_ready(self.server, self.popen)

    def restart(self) -> None:
        """Stop it politely and start it again with its data."""
        self.terminate()
        self.start()

    def kill_and_restart(self) -> None:
        """`kill -9` it and start it again with the data that survived."""
        self.kill()
        self.start()

    def restart_empty(self) -> None:
        """`kill -9` a Valkey and start it again without its data, as after a lost disk."""
        assert isinstance(self.server, ValkeyServer), "only the broker may lose its data"
        self.kill()
        self.server.lose_data()
        self.start()


class TestServers:
    """The servers of this test run; one is None when the environment names another that shall be used."""

    __test__ = False

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cgm-tests-"))
        self.folder.chmod(0o711)  # the user `nobody` runs PostgreSQL below it when the tests run as root
        self.postgres: RunningServer | None = None
        self.valkey: RunningServer | None = None

    def start(self) -> None:
        """Start what the environment does not name, and name it there."""
        logs = self.folder / "logs"
        os.environ.setdefault("CGM_LOCAL_DIR", str(self.folder / "local"))
        if not os.environ.get("DATABASE_URL"):
            postgres = prepare_postgres(folder=self.folder / "postgres", log=logs / "postgres.log", durable=False)
            self.postgres = RunningServer(postgres)
            self.postgres.start()
            os.environ["DATABASE_URL"] = postgres.url
        if not os.environ.get("REDIS_URL"):
            valkey = prepare_valkey(folder=self.folder / "valkey", log=logs / "valkey.log")
            self.valkey = RunningServer(valkey)
            self.valkey.start()
            os.environ["REDIS_URL"] = valkey.url

    def stop(self) -> None:
        """Stop the servers and delete their folder; a second call does nothing."""
        for server in (self.valkey, self.postgres):
            if server is not None:
                server.terminate()
        shutil.rmtree(self.folder, ignore_errors=True)


def process_env(*, database: str, **changes: str) -> dict[str, str]:
    """Return the environment of a portal process that works on the test database `database` of this run.

    `database` is `connection.settings_dict["NAME"]`; the test needs `django_db(transaction=True)`, or the process
    does not see its rows.
    """
    url = urlsplit(os.environ["DATABASE_URL"])
    database_url = urlunsplit(url._replace(path=f"/{database}"))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "MAKE"))}
    settings = {"DJANGO_SETTINGS_MODULE": "cgm_portal.settings.test", "PYTHONPATH": str(BASE_DIR)}
    return {**inherited, **settings, "PYTHONUNBUFFERED": "1", "DATABASE_URL": database_url, **changes}


def start_worker(*, queue: str, env: Mapping[str, str], logs: Path) -> RunningProcess:
    """Start the real Celery worker of `queue` (`default` or `gpu`) and wait until it takes tasks."""
    worker = RunningProcess(worker_spec(queue=queue, env=env, logs=logs))
    worker.start()
    worker.wait_for_log(" ready.")
    return worker


def start_beat(*, env: Mapping[str, str], logs: Path) -> RunningProcess:
    """Start the real beat with an empty schedule file in `logs`."""
    beat = RunningProcess(beat_spec(schedule=logs / "beat-schedule", env=env, logs=logs))
    beat.start()
    beat.wait_for_log("beat: Starting")
    return beat


def forget_messages() -> None:
    """Empty the queues of this run's broker: tests without workers send tasks that nobody was meant to take."""
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as broker:
        broker.delete("default", "gpu")


class WebServer(RunningProcess):
    """The real web server on a free loopback port."""

    def __init__(self, *, env: Mapping[str, str], logs: Path) -> None:
        bind = f"{LOOPBACK}:{usable_port(None)}"
        super().__init__(web_spec(bind=bind, env={"WEB_WORKERS": "1", **env}, logs=logs))
        self.url = f"http://{bind}"

    def start(self) -> None:
        """Start it and wait until it answers at all."""
        super().start()
        self.wait_for_log("Booting worker")
        wait_until(lambda: http_status(f"{self.url}/livez") is not None, what=f"an answer from {self.url}")


def http_status(url: str) -> int | None:
    """Return the status of a GET, or None when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


TEST_SERVERS: TestServers | None = None


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Start the servers before pytest-django imports the settings, which read the environment.

    With several test processes (`-n 2`) each has its own; the one that only hands out tests needs none.
    """
    global TEST_SERVERS
    options = early_config.known_args_namespace
    hands_out = bool(options.numprocesses) and "PYTEST_XDIST_WORKER" not in os.environ
    if not (options.help or options.version or hands_out):
        TEST_SERVERS = TestServers()
        atexit.register(TEST_SERVERS.stop)  # also when the start itself is interrupted
        TEST_SERVERS.start()
    return (yield)


def pytest_unconfigure() -> None:
    """Stop the servers at the end, after Ctrl-C too."""
    if TEST_SERVERS is not None:
        TEST_SERVERS.stop()
        atexit.unregister(TEST_SERVERS.stop)

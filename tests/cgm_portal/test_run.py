"""`make run` without make: the whole portal starts, serves, is not started twice, and ends without a trace."""

import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cgm_portal.run import listen, lock_instance, read_portal_env, write_portal_env
from tests.servers import BASE_DIR, http_status, reachable_folder, wait_until

NOT_INHERITED = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "PORT", "MAKELEVEL"}
PROCESSES = {
    "gunicorn",
    "-Q default",
    "-Q gpu",
    "celery -A cgm_portal beat",
    "postgres",
    "valkey-server",
    "watchdog.py",
}


class Portal:
    """A running `python -m cgm_portal.run` with its data in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: set[psutil.Process] = set()

    def command(self, **changes: str) -> "subprocess.Popen[str]":
        env = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        return subprocess.Popen(
            (sys.executable, "-m", "cgm_portal.run"),
            cwd=BASE_DIR,
            env={**env, "CGM_LOCAL_DIR": str(self.folder), "DEMO": "no", **changes},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def start(self, **changes: str) -> str:
        """Start it and return its address."""
        self.popen = self.command(**changes)
        assert self.popen.stdout is not None
        said = []
        for line in self.popen.stdout:
            said.append(line)
            if address := re.search(r"runs at (\S+)", line):
                wait_until(self.is_complete, timeout=60, what=f"all of {PROCESSES}")
                return address[1]
        pytest.fail("".join(said))

    def tree(self) -> list[psutil.Process]:
        self.seen.update(found := psutil.Process(self.popen.pid).children(recursive=True))
        return found

    def is_complete(self) -> bool:
        commands = "\n".join(" ".join(words_of(process)) for process in self.tree())
        return all(name in commands for name in PROCESSES)

    def leaves_nothing(self) -> bool:
        return not [process for process in self.seen if words_of(process)]


def words_of(process: psutil.Process) -> list[str]:
    """Return the command line of a living process; a dead one has none."""
    try:
        return process.cmdline() if process.status() != psutil.STATUS_ZOMBIE else []
    except psutil.NoSuchProcess:
        return []


@pytest.fixture
def portal() -> Iterator[Portal]:
    with reachable_folder("local files") as folder:
        portal = Portal(folder)
        yield portal
        portal.popen.kill()
        wait_until(portal.leaves_nothing, timeout=40)


@pytest.mark.slow
def test_the_portal_starts_serves_and_ends(portal):
    address = portal.start()
    assert http_status(f"{address}/readyz") == 200

    again = portal.command()
    answer, _ = again.communicate(timeout=60)
    assert (again.returncode, answer) == (0, f"Child Growth Monitor already runs at {address}\n")
    assert http_status(f"{address}/readyz") == 200

    beside = Portal(portal.folder.parent / "beside")
    try:
        assert beside.start() != address
    finally:
        beside.popen.terminate()
        assert beside.popen.wait(timeout=40) == 0
    assert beside.leaves_nothing()

    portal.popen.send_signal(signal.SIGINT)
    assert portal.popen.wait(timeout=40) == 0
    assert portal.leaves_nothing()


@pytest.mark.slow
@pytest.mark.faults
def test_whatever_is_killed_comes_back_and_kill_9_of_the_supervisor_leaves_only_the_data(portal):
    address = portal.start()
    before = portal.tree()
    victims = [process for process in before if process.ppid() == portal.popen.pid]
    for victim in victims:
        if "watchdog.py" not in " ".join(words_of(victim)):
            victim.kill()

    wait_until(lambda: portal.is_complete() and http_status(f"{address}/readyz") == 200, timeout=60)
    assert not [
        process for process in victims if words_of(process) and "watchdog.py" not in " ".join(words_of(process))
    ]

    remembered = read_portal_env(portal.folder / "portal.env")
    portal.popen.kill()
    wait_until(portal.leaves_nothing, timeout=40, what="the watchdog")

    portal.start()
    again = read_portal_env(portal.folder / "portal.env")
    assert {**again, "PORT": ""} == {**remembered, "PORT": ""}


def test_a_second_start_learns_where_the_first_runs(tmp_path):
    lock = lock_instance(tmp_path / "lock")
    lock.write(f'{{"pid": {os.getpid()}, "address": "http://127.0.0.1:8000"}}')
    lock.flush()

    with pytest.raises(Exception, match=r"http://127\.0\.0\.1:8000"):
        lock_instance(tmp_path / "lock")


def test_ports_are_taken_from_8000_up_and_never_shared():
    first, second = listen(None), listen(None)
    with first, second:
        ports = [listener.getsockname()[1] for listener in (first, second)]
        assert 8000 <= ports[0] < ports[1] <= 8999
        with pytest.raises(Exception, match=f"Port {ports[0]} on 127.0.0.1 is in use"):
            listen(ports[0])


@pytest.mark.parametrize("port", ["80x", "-1", "99999999"])
def test_a_port_that_is_none_is_refused_in_one_line(tmp_path, port):
    portal = Portal(tmp_path)
    program = portal.command(PORT=port)

    answer, _ = program.communicate(timeout=60)

    assert program.returncode == 1
    assert answer.count("\n") == 1
    assert port in answer


def test_what_is_remembered_survives_and_is_private(tmp_path):
    path = tmp_path / "portal.env"
    path.touch(mode=0o644)

    write_portal_env(path, {"REDIS_URL": "redis://:p=w@127.0.0.1:1/0", "PORT": "8000"})

    assert read_portal_env(path) == {"REDIS_URL": "redis://:p=w@127.0.0.1:1/0", "PORT": "8000"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

"""What the supervisor promises: it restarts what dies, and whatever happens to it, nothing keeps running."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from cgm_portal.processes import ProcessSpec, last_lines, start_process, stop_processes, trim_log
from tests.servers import BASE_DIR, wait_until

IDLE = "while :; do sleep 0.05; done"
STUBBORN = f"trap '' TERM INT; {IDLE}"


class Program:
    """A running tests.cgm_portal.run_specs and what it said."""

    def __init__(self, folder: Path, grace_seconds: float, scripts: dict[str, str]) -> None:
        self.folder = folder
        self.output = folder / "supervisor.out"
        command = (sys.executable, "-m", "tests.cgm_portal.run_specs", str(folder), str(grace_seconds))
        with self.output.open("wb") as output:
            self.popen = subprocess.Popen(
                (*command, *(f"{name}={script}" for name, script in scripts.items())),
                cwd=BASE_DIR,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.seen: set[psutil.Process] = set()

    def said(self, text: str) -> bool:
        return text in self.output.read_text()

    def tree(self) -> list[psutil.Process]:
        """Return all that descends from the supervisor now; remember it for `leaves_nothing`."""
        found = psutil.Process(self.popen.pid).children(recursive=True)
        self.seen.update(found)
        return found

    def wait_for_files(self, *names: str) -> None:
        wait_until(lambda: all((self.folder / name).exists() for name in names), what=f"{names} of the scripts")
        self.tree()

    def pid_in(self, name: str) -> int:
        return wait_until(lambda: int((self.folder / name).read_text().strip() or 0), what=f"a pid in {name}")

    def leaves_nothing(self) -> bool:
        return not [process for process in self.seen if is_alive(process)]


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(autouse=True)
def as_in_a_terminal() -> Iterator[None]:
    """Hand programs the usual answer to a hang-up, also when the tests themselves run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    programs: list[Program] = []

    def start(grace_seconds: float = 5.0, **scripts: str) -> Program:
        programs.append(Program(tmp_path, grace_seconds, scripts))
        return programs[-1]

    yield start
    for program in programs:
        program.popen.kill()
        program.popen.wait()
        for process in program.seen:  # of a test that failed
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def test_a_process_that_dies_is_started_again(supervise):
    program = supervise(one=f"echo $$ > pid; {IDLE}")
    program.wait_for_files("pid")
    first = program.pid_in("pid")

    os.kill(first, signal.SIGKILL)

    wait_until(lambda: program.pid_in("pid") != first, what="a second start")
    assert program.said("one ended (SIGKILL); it starts again in 0.5 s")


def test_a_crash_loop_backs_off_and_shows_the_end_of_the_log(supervise):
    program = supervise(one="echo the reason; exit 3")

    wait_until(lambda: program.said("starts again in 2 s"), what="the third death")

    assert program.said("one ended (status 3)")
    wait_until(lambda: program.said("    the reason"), what="the log's end")


def test_what_a_dead_leader_left_behind_is_killed_before_the_restart(supervise):
    program = supervise(one=f"( {STUBBORN} ) & [ -e orphan ] || echo $! > orphan; sleep 0.3; exit 1")
    program.wait_for_files("orphan")
    orphan = psutil.Process(program.pid_in("orphan"))

    wait_until(lambda: not is_alive(orphan), what="the orphan's end")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_signal_stops_everything(supervise, number):
    program = supervise(one=f"touch a; {IDLE}", two=f"touch b; {IDLE}")
    program.wait_for_files("a", "b")

    program.popen.send_signal(number)

    assert program.popen.wait(timeout=60) == 0
    assert program.said("stopping")
    assert program.leaves_nothing()


def test_servers_stop_after_the_processes_that_use_them(supervise):
    program = supervise(
        **{"server!": f"trap 'ls user-ended > order 2>&1; exit' TERM; touch a; {IDLE}"},
        user=f"trap 'sleep 0.5; touch user-ended; exit' TERM; touch b; {IDLE}",
    )
    program.wait_for_files("a", "b")

    program.popen.terminate()

    assert program.popen.wait(timeout=60) == 0
    assert (program.folder / "order").read_text().strip() == "user-ended"


def test_a_process_that_ignores_the_signal_is_killed_after_its_grace(supervise):
    program = supervise(grace_seconds=0.5, one=f"touch a; {STUBBORN}")
    program.wait_for_files("a")

    program.popen.terminate()

    assert program.popen.wait(timeout=60) == 0
    assert program.leaves_nothing()


def test_a_second_ctrl_c_ends_the_grace(supervise):
    program = supervise(grace_seconds=600.0, one=f"touch a; {STUBBORN}")
    program.wait_for_files("a")
    program.popen.send_signal(signal.SIGINT)
    wait_until(lambda: program.said("stopping"))

    def ended_by_asking_again() -> bool:
        program.popen.send_signal(signal.SIGINT)  # a signal that is too early to count is repeated
        return program.popen.poll() is not None

    wait_until(ended_by_asking_again, timeout=60)
    assert program.leaves_nothing()


def test_kill_9_of_the_supervisor_leaves_nothing_not_even_the_stubborn(supervise):
    program = supervise(
        grace_seconds=0.5,
        polite=f"touch a; {IDLE}",
        stubborn=f"touch b; {STUBBORN}",
        parent=f"( {STUBBORN} ) & touch c; {IDLE}",
    )
    program.wait_for_files("a", "b", "c")
    assert len(program.seen) >= 5

    program.popen.kill()

    wait_until(program.leaves_nothing, timeout=60, what="the end of what was left")


def test_without_its_watchdog_the_kernel_still_tells_the_children(supervise):
    program = supervise(one=f"touch a; {IDLE}")
    program.wait_for_files("a")
    watchdog = next(process for process in program.tree() if "watchdog.py" in " ".join(process.cmdline()))

    watchdog.kill()
    program.popen.kill()

    wait_until(program.leaves_nothing, timeout=60, what="the end of what was left")


def test_a_log_is_emptied_at_its_cap_and_its_writer_goes_on(tmp_path):
    log = tmp_path / "one.log"
    script = "echo aaaaaaaa; touch wrote; while [ ! -e go ]; do sleep 0.02; done; echo bbbb; touch again; sleep 60"
    spec = ProcessSpec("one", ("sh", "-c", script), {"PATH": os.environ["PATH"]}, tmp_path, log)
    process = start_process(spec)
    wait_until((tmp_path / "wrote").exists)

    trim_log(log, max_bytes=4)
    (tmp_path / "go").touch()
    wait_until((tmp_path / "again").exists)

    stop_processes([(process, spec)])
    assert last_lines(log) == ["bbbb"]
    assert (tmp_path / "one.log.1").read_text() == "aaa\n"
    assert log.stat().st_mode & 0o777 == 0o600

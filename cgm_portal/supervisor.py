"""Keeps processes running until asked to stop, and leaves none behind.

Decides when a process that died is started again and in which order all are stopped. What the processes are is not
its business: `make run` (cgm_portal/run.py) and the tests hand it their specs.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from cgm_portal import watchdog
from cgm_portal.processes import (
    POLL_SECONDS,
    ProcessSpec,
    kill_group,
    last_lines,
    start_process,
    stop_processes,
    trim_log,
)

QUICK_DEATH_SECONDS = 20.0  # a process that lived shorter counts as failing
FIRST_BACKOFF_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 30.0
QUICK_DEATHS_TO_REPORT = 3  # in a row, before the end of the log is shown
TRIM_EVERY_SECONDS = 30.0


class StopRequested(Exception):
    """Ctrl-C, SIGTERM, or the terminal is gone."""


class StartFailed(Exception):
    """Something that must run does not; the message shows the end of its log."""


@dataclass
class _Child:
    spec: ProcessSpec
    process: subprocess.Popen[bytes]
    started_at: float
    quick_deaths: int = 0
    restart_at: float | None = None  # None while it runs


class Supervisor:
    """Starts, watches, restarts and stops processes; one instance per program, used from the main thread.

    `say` gets one line for people at a time. `keep_fd` is a descriptor that the watchdog holds open until nothing runs
    any more: the lock of the instance.
    """

    def __init__(self, *, say: Callable[[str], None], keep_fd: int | None = None, grace_seconds: float = 25.0) -> None:
        self._say = say
        self._children: dict[str, _Child] = {}
        self._stop_requests = 0
        self._next_trim = 0.0
        self._wake_read, wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
                signal.signal(number, self._note_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only so that it wakes the pipe
        self._watchdog = subprocess.Popen(
            (sys.executable, "-I", "-S", watchdog.__file__, str(grace_seconds)),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=() if keep_fd is None else (keep_fd,),
        )

    def start(self, spec: ProcessSpec) -> None:
        """Start `spec` and keep it running from now on."""
        self._children[spec.name] = _Child(spec, self._launch(spec), time.monotonic())

    def run_once(self, spec: ProcessSpec) -> None:
        """Run `spec` to its end; raises StartFailed with the end of its log unless it succeeds."""
        process = self._launch(spec)
        try:
            while process.poll() is None:
                self._tick()
        finally:
            stop_processes([(process, spec)])
            self._tell_watchdog(f"-{process.pid}")
        if process.returncode != 0:
            raise StartFailed("\n".join([f"{spec.name} failed:", *last_lines(spec.log, count=30)]))

    def wait_for(self, condition: Callable[[], bool], *, name: str, timeout_seconds: float) -> None:
        """Watch all processes until `condition` holds.

        Raises StartFailed with the end of `name`'s log after `timeout_seconds`, or once it keeps dying.
        """
        deadline = time.monotonic() + timeout_seconds
        child = self._children[name]
        while not condition():
            if time.monotonic() > deadline or child.quick_deaths >= QUICK_DEATHS_TO_REPORT:
                raise StartFailed("\n".join([f"{name} does not start:", *last_lines(child.spec.log, count=30)]))
            self._tick()

    def watch(self) -> None:
        """Keep everything running; ends only by StopRequested."""
        while True:
            self._tick(pause_seconds=1.0)

    def stop(self) -> None:
        """Stop everything, those first that use the others; a further Ctrl-C while it waits ends the grace."""
        requests = self._stop_requests
        running = [child for child in self._children.values() if child.restart_at is None]
        for stop_last in (False, True):
            layer = [child for child in running if child.spec.stop_last is stop_last]
            stop_processes(
                [(child.process, child.spec) for child in layer], hurry=lambda: self._stop_requests > requests
            )
            for child in layer:
                self._tell_watchdog(f"-{child.process.pid}")
        self._children.clear()
        self._watchdog.communicate()  # its list is empty: it ends when the pipe closes

    def _note_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_requests += 1

    def _launch(self, spec: ProcessSpec) -> subprocess.Popen[bytes]:
        process = start_process(spec)
        self._tell_watchdog(f"+{process.pid}")
        return process

    def _tell_watchdog(self, line: str) -> None:
        assert self._watchdog.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # killed; the kernel's parent-death signals are left
            self._watchdog.stdin.write(f"{line}\n".encode())
            self._watchdog.stdin.flush()

    def _tick(self, *, pause_seconds: float = POLL_SECONDS) -> None:
        """Wait a moment or for a signal, then restart what is due; raises StopRequested."""
        select.select([self._wake_read], [], [], pause_seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_read, 4096)
        if self._stop_requests:
            raise StopRequested
        now = time.monotonic()
        for child in self._children.values():
            if child.restart_at is None and child.process.poll() is not None:
                self._bury(child, now)
            elif child.restart_at is not None and now >= child.restart_at:
                self._restart(child, now)
        if now >= self._next_trim:
            self._next_trim = now + TRIM_EVERY_SECONDS
            for child in self._children.values():
                trim_log(child.spec.log)

    def _restart(self, child: _Child, now: float) -> None:
        try:
            child.process, child.started_at, child.restart_at = self._launch(child.spec), now, None
        except OSError as error:  # no memory for a fork, or the program is being replaced
            self._say(f"{child.spec.name} cannot start: {error}")
            child.restart_at = now + MAX_BACKOFF_SECONDS

    def _bury(self, child: _Child, now: float) -> None:
        """Clear away a dead process and decide when it starts again."""
        kill_group(child.process.pid)  # what the leader left behind
        self._tell_watchdog(f"-{child.process.pid}")
        died_quickly = now - child.started_at < QUICK_DEATH_SECONDS
        child.quick_deaths = child.quick_deaths + 1 if died_quickly else 0
        backoff = min(FIRST_BACKOFF_SECONDS * 2 ** max(0, child.quick_deaths - 1), MAX_BACKOFF_SECONDS)
        child.restart_at = now + backoff
        status = child.process.returncode
        cause = signal.Signals(-status).name if status < 0 else f"status {status}"
        self._say(f"{child.spec.name} ended ({cause}); it starts again in {backoff:g} s. Log: {child.spec.log}")
        if child.quick_deaths == QUICK_DEATHS_TO_REPORT:
            self._say("\n".join(f"    {line}" for line in last_lines(child.spec.log)))

"""One child process: how it is described, started, stopped and kept from outliving its parent.

Decides process groups, stop signals and log files. It does not decide what runs (cgm_portal/supervisor.py) or
when something is restarted.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

POLL_SECONDS = 0.05
LOG_MAX_BYTES = 5 * 1024 * 1024
PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class ProcessSpec:
    """What is needed to start one process, and to stop it politely."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 20.0
    pass_fds: tuple[int, ...] = ()
    stop_last: bool = False  # servers outlive the processes that use them


def die_with_parent(stop_signal: signal.Signals, parent_pid: int) -> None:
    """Ask the kernel to send `stop_signal` to the calling process when its parent dies; Linux only.

    The kernel watches the parent's *thread*: start children from a thread that lives as long as they shall.
    """
    if _LIBC is None:
        return
    _LIBC.prctl(PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
    if os.getppid() != parent_pid:  # the parent died before the request was in place
        os.kill(os.getpid(), stop_signal)


def start_process(spec: ProcessSpec) -> subprocess.Popen[bytes]:
    """Start `spec` in a session of its own, its output appended to `spec.log`."""
    parent_pid = os.getpid()
    spec.log.parent.mkdir(parents=True, exist_ok=True)
    log_fd = os.open(spec.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        return subprocess.Popen(
            spec.argv,
            env=dict(spec.env),
            cwd=spec.cwd,
            stdin=subprocess.DEVNULL,
            stdout=log_fd,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=spec.pass_fds,
            preexec_fn=lambda: die_with_parent(spec.stop_signal, parent_pid),
        )
    finally:
        os.close(log_fd)


def request_stop(process: subprocess.Popen[bytes], spec: ProcessSpec) -> None:
    """Send the polite stop signal to the leader alone: pool children finish what their leader lets them finish."""
    if process.poll() is None:
        process.send_signal(spec.stop_signal)


def kill_group(pgid: int) -> None:
    """Send SIGKILL to whatever is left of a process group."""
    try:
        os.killpg(pgid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        return


def group_exists(pgid: int) -> bool:
    """Say whether a process group still has a member (a zombie counts)."""
    try:
        os.killpg(pgid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def stop_processes(
    running: Iterable[tuple[subprocess.Popen[bytes], ProcessSpec]], *, hurry: Callable[[], bool] = lambda: False
) -> None:
    """Stop all of `running` side by side: polite signal, grace, then SIGKILL to the whole group.

    `hurry` is asked while waiting; once it says yes, grace is over.
    """
    running = list(running)
    started = time.monotonic()
    for process, spec in running:
        request_stop(process, spec)
    waiting = list(running)
    while waiting:
        waiting = [(process, spec) for process, spec in waiting if process.poll() is None]
        elapsed = time.monotonic() - started
        for process, spec in waiting:
            if hurry() or elapsed > spec.grace_seconds:
                kill_group(process.pid)
        if waiting:
            time.sleep(POLL_SECONDS)
    for process, _ in running:
        kill_group(process.pid)  # what the leader left behind


def trim_log(path: Path, *, max_bytes: int = LOG_MAX_BYTES) -> None:
    """Keep a log below `max_bytes`: move its content to `<name>.1` and empty it.

    The writer keeps its descriptor (O_APPEND), so that no process needs to be told. Lines written between the copy
    and the truncation are lost.
    """
    try:
        if path.stat().st_size <= max_bytes:
            return
    except FileNotFoundError:
        return
    previous = path.with_name(path.name + ".1")
    with path.open("rb") as source:
        source.seek(-max_bytes, os.SEEK_END)
        content = source.read()
    previous.touch(mode=0o600)
    previous.write_bytes(content)
    os.truncate(path, 0)


def last_lines(path: Path, *, count: int = 15) -> list[str]:
    """Return the last lines of a log; an absent log has none."""
    try:
        with path.open("rb") as source:
            source.seek(max(0, path.stat().st_size - 64 * 1024))
            return source.read().decode(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return []

"""Stops what a killed supervisor leaves behind.

A process of its own that holds the reading end of a pipe. The supervisor writes `+<group>` when it starts a process
and `-<group>` when that one has ended. When the pipe closes, by whatever death, every group still on the list gets
time to end by itself (the kernel has already sent its stop signal, see processes.die_with_parent) and is then killed.
It also inherits the supervisor's lock, so that the next start waits until the house is empty.

Standard library only, no import of the project: it has to live when everything else is broken.
"""

import os
import signal
import sys
import time

POLL_SECONDS = 0.05


def _signal_group(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def main(grace_seconds: float) -> None:
    """Read group numbers from standard input until it closes, then see the remaining groups out."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin.buffer:
        group = int(line[1:])
        if line.startswith(b"+"):
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:  # group and leader share their number; the leader alone is asked
        try:
            os.kill(group, signal.SIGTERM)
        except (ProcessLookupError, PermissionError):
            continue
    deadline = time.monotonic() + grace_seconds
    while groups and time.monotonic() < deadline:
        groups = {group for group in groups if _signal_group(group, 0)}
        time.sleep(POLL_SECONDS)
    for group in groups:
        _signal_group(group, signal.SIGKILL)


if __name__ == "__main__":
    main(float(sys.argv[1]))

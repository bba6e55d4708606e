"""What a process gives up before it parses what a stranger sent: files, sockets, memory, time."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
# stdin, stdout, stderr are open already: not one more descriptor can be had, for a file or a socket.
_OPEN_DESCRIPTORS = 3


def confine(*, parent_pid: int, memory_bytes: int, cpu_s: int) -> None:
    """Give up everything that decoding does not need, and die when the process `parent_pid` dies.

    `memory_bytes` bounds the address space, `cpu_s` the processor time. Nothing can be imported afterwards.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_pid:  # it died before the line above
            os._exit(1)
    for what, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),  # no process or thread beside this one (the superuser may, all the same)
        (resource.RLIMIT_NOFILE, _OPEN_DESCRIPTORS),
    ):
        _, most = resource.getrlimit(what)
        allowed = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(what, (allowed, allowed))

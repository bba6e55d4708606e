"""Say by the exit status whether the process of this container is well: `python -m deploy.entry.health web|worker`.

Standard library only and quick: it runs every few seconds. `web` answers when /livez does. A worker or beat is well
when it holds an open connection to the broker; one that hangs at its start, or has lost the broker, holds none.
"""

from __future__ import annotations

import http.client
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 4
ESTABLISHED = "01"  # the state of a connection in /proc/net/tcp
REDIS_PORT = 6379


def web_is_well(*, bind: str, host: str) -> bool:
    """Ask /livez at `bind` (`address:port`), as `host`, one of ALLOWED_HOSTS."""
    connection = http.client.HTTPConnection("127.0.0.1", int(bind.rpartition(":")[2]), timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/livez", headers={"Host": host})
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def holds_connection(pid: int, *, port: int) -> bool:
    """Say whether process `pid` has an established connection to `port` of any machine."""
    sockets = set()
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            target = os.readlink(descriptor)
            if target.startswith("socket:["):
                sockets.add(target[len("socket:[") : -1])
        tables = [Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    except OSError:  # it has ended
        return False
    for line in (line for table in tables for line in table):
        fields = line.split()
        remote, state, inode = fields[2], fields[3], fields[9]
        if state == ESTABLISHED and inode in sockets and int(remote.rpartition(":")[2], 16) == port:
            return True
    return False


def main(arguments: list[str]) -> int:
    """Return 0 when the part of the container is well, 1 when it is not, 2 when asked for an unknown part."""
    if arguments == ["web"]:
        host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
        return 0 if web_is_well(bind=os.environ.get("WEB_BIND", ":8000"), host=host) else 1
    if arguments == ["worker"]:
        port = urlsplit(os.environ.get("REDIS_URL", "")).port or REDIS_PORT
        return 0 if holds_connection(int(os.environ.get("HEALTH_PID", "1")), port=port) else 1
    sys.stderr.write("usage: python -m deploy.entry.health web|worker\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Start one part of the portal in a container: `python -m deploy.entry.start web|worker|gpu|beat|migrate|manage`.

The commands are those of `make run` (cgm_portal/portal_processes.py). They replace this process, so that the
container's stop signal reaches gunicorn or Celery itself, which then finish what they have begun.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cgm_portal.portal_processes import beat_spec, manage_spec, web_spec, worker_spec

ALL_INTERFACES = "0.0.0.0:8000"  # inside a container; what reaches it is the platform's decision
USAGE = "usage: python -m deploy.entry.start web|worker|gpu|beat|migrate [APP [MIGRATION]]|manage COMMAND ..."


def command_for(part: str, *arguments: str, env: Mapping[str, str]) -> tuple[str, ...]:
    """Return the command line of `part`; raises ValueError for an unknown one.

    `arguments` belong to `manage` and `migrate` alone: those of `manage.py`, of `manage.py migrate`.
    """
    scratch = Path(tempfile.gettempdir())
    if part == "manage" and arguments:
        return manage_spec(*arguments, env=env, logs=scratch).argv
    if part == "migrate":
        return (sys.executable, "-m", "deploy.entry.migrate", *arguments)
    if arguments:
        raise ValueError(USAGE)
    if part == "web":
        return web_spec(bind=env.get("WEB_BIND", ALL_INTERFACES), env=env, logs=scratch).argv
    if part in {"worker", "gpu"}:
        return worker_spec(queue="default" if part == "worker" else "gpu", env=env, logs=scratch).argv
    if part == "beat":
        return beat_spec(schedule=scratch / "beat-schedule", env=env, logs=scratch).argv
    raise ValueError(USAGE)


def main(arguments: list[str]) -> int:
    """Become the asked process; returns 2 when there is no such part."""
    try:
        command = command_for(*arguments[:1] or ("",), *arguments[1:], env=os.environ)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    os.execv(command[0], command)  # noqa: S606 - no shell: our own command lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

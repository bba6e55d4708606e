"""Runs a command of the portal on a database that was just restored, in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from cgm_portal.backup.database import Database
from cgm_portal.env import BASE_DIR
from cgm_portal.errors import DomainError

# What is run on a restored database reaches no broker: nothing of it may start work in the living portal.
NO_BROKER = "redis://127.0.0.1:1/0"


def run_manage(*arguments: str, database: Database) -> str:
    """Run `manage.py` on `database` in a process of its own and return what it printed.

    Raises DomainError("{command}_failed").
    """
    done = subprocess.run(
        (sys.executable, str(BASE_DIR / "manage.py"), *arguments),
        env={**os.environ, "DATABASE_URL": database.url, "REDIS_URL": NO_BROKER},
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        # A traceback may repeat rows: only what the command itself says goes on.
        said = " ".join(re.findall(r"^CommandError: .*$", done.stderr, re.MULTILINE))
        command = arguments[0]
        message = f"`manage.py {command}` on the restored database {database.name} ended with {done.returncode}. {said}"
        raise DomainError(f"{command}_failed", message.strip())
    return done.stdout

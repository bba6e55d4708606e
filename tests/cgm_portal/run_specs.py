"""A program for test_supervisor.py: supervises shell scripts until it is told to stop.

usage: python -m tests.cgm_portal.run_specs FOLDER GRACE_SECONDS NAME=SCRIPT ...
A name that ends in `!` stops last. Each script runs in FOLDER and logs to FOLDER/NAME.log.
"""

import os
import sys
from pathlib import Path

from cgm_portal.processes import ProcessSpec
from cgm_portal.supervisor import StopRequested, Supervisor


def main(folder: Path, grace_seconds: float, scripts: list[str]) -> None:
    supervisor = Supervisor(say=lambda line: sys.stdout.write(f"{line}\n"), grace_seconds=grace_seconds)
    sys.stdout.reconfigure(line_buffering=True)
    try:
        for script in scripts:
            name, _, text = script.partition("=")
            supervisor.start(
                ProcessSpec(
                    name=name.rstrip("!"),
                    argv=("sh", "-c", text),
                    env={"PATH": os.environ["PATH"]},
                    cwd=folder,
                    log=folder / f"{name.rstrip('!')}.log",
                    grace_seconds=grace_seconds,
                    stop_last=name.endswith("!"),
                )
            )
        supervisor.watch()
    except StopRequested:
        sys.stdout.write("stopping\n")
    finally:
        supervisor.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])

"""Let another environment import some packages of this one, with what they need, without a second copy.

    .venv/bin/python deploy/local/share_packages.py OTHER_ENVIRONMENT PACKAGE ...

Links them into OTHER_ENVIRONMENT/shared and appends that folder to its path by a .pth file, after its own packages:
what both have is taken from its own. Not the whole of this environment's folder: its namespace packages (`azure`)
would shadow those of the other.
"""

from __future__ import annotations

import sys
import sysconfig
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def with_needs(names: list[str]) -> dict[str, Distribution]:
    """Return the installed packages `names` and all that they need, by canonical name."""
    found: dict[str, Distribution] = {}
    waiting = list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:  # what this machine needs not
            continue
        needs = [Requirement(text) for text in found[name].requires or []]
        waiting += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return found


def share(environment: Path, names: list[str]) -> None:
    """Link the packages into `environment`."""
    here = Path(sysconfig.get_path("purelib"))
    shared = environment / "shared"
    shared.mkdir()
    for package in with_needs(names).values():
        for top in {file.parts[0] for file in package.files or []} - {"..", "__pycache__", "/"}:
            if not (shared / top).exists():
                (shared / top).symlink_to(here / top)
    own = environment / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
    (own / "zz-shared.pth").write_text(f"{shared.resolve()}\n", encoding="utf-8")


if __name__ == "__main__":
    share(Path(sys.argv[1]), sys.argv[2:])

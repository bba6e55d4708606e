"""The web image without an engine: its files in a folder, and only the packages of its own list importable."""

from __future__ import annotations

import re
import shutil
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cgm_portal.env import BASE_DIR
from tests.deploy.dockerfile import context_files

REQUIREMENTS = "requirements-web.txt"
GATE = '''"""Refuses what the image has not installed; first in the path of a test's processes."""

import sys
from importlib.abc import MetaPathFinder

ABSENT = frozenset({absent!r})


class NotInTheImage(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"{{name}} is not in the image", name=name)
        return None


sys.meta_path.insert(0, NotInTheImage())
'''


def copy_context(folder: Path) -> None:
    """Copy what the build copies into the images: `COPY . /app/` after `.dockerignore`."""
    for path in context_files(BASE_DIR):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(BASE_DIR / path, target)


def required_distributions(requirements: str) -> set[str]:
    """Return the canonical names of all that a requirements file installs here, its dependencies' own included."""
    lines = (line.partition("#")[0].strip() for line in (BASE_DIR / requirements).read_text().splitlines())
    waiting = [(Requirement(line), frozenset({""})) for line in lines if line and not line.startswith("-")]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        requirement, extras = waiting.pop()
        if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
            continue
        name = canonicalize_name(requirement.name)
        wanted = frozenset({"", *requirement.extras})
        if (name, wanted) not in seen:
            seen.add((name, wanted))
            waiting += [(Requirement(text), wanted) for text in metadata.requires(name) or ()]
    return {name for name, _extras in seen}


def write_import_gate(folder: Path) -> set[str]:
    """Write a `sitecustomize.py` that hides every installed package that the image lacks; returns their names."""
    installed = required_distributions(REQUIREMENTS)
    absent = {
        module
        for module, distributions in metadata.packages_distributions().items()
        if re.fullmatch(r"\w+", module) and not installed & {canonicalize_name(name) for name in distributions}
    }
    folder.mkdir(parents=True)
    (folder / "sitecustomize.py").write_text(GATE.format(absent=sorted(absent)))
    return absent

"""Executes the stages of a Dockerfile in clean Debian roots: debootstrap for FROM, chroot for RUN, copies for COPY.

Needs root, debootstrap, and Debian's archive within reach. What differs from an engine: no layers; the packages of
Python come from a folder that was filled beforehand, so that a run needs no registry.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.deploy.dockerfile import Instruction, Stage
from tests.deploy.image_tree import copy_context

SUITE = "bookworm"  # of the Dockerfile's BASE
PLAIN_ENV = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
# What an engine gives every container, in a mount namespace that goes with the command.
MOUNTS = (
    'mount -t proc proc "$ROOT/proc" && mount --rbind /dev "$ROOT/dev" && mount --bind "$WHEELS" "$ROOT/mnt" && '
    'exec chroot $USERSPEC "$ROOT" "$@"'
)


def can_make_roots() -> bool:
    """Say whether this machine can do it."""
    tools = ("debootstrap", "chroot", "unshare", "mount")
    return os.geteuid() == 0 and all(shutil.which(name) for name in tools)


@dataclass
class Builder:
    """Builds stages below `folder`; `base` is a clean Debian, `wheels` a folder of Python packages."""

    stages: dict[str, Stage]
    folder: Path
    base: Path
    wheels: Path
    built: dict[str, Path] = field(default_factory=dict)
    env: dict[str, dict[str, str]] = field(default_factory=dict)

    def build(self, target: str) -> Path:
        """Return the root of `target`, building what it stands on and copies from first."""
        if target in self.built:
            return self.built[target]
        stage = self.stages[target]
        parent = self.build(stage.parent) if stage.parent in self.stages else self.base
        root = self.folder / target
        subprocess.run(["cp", "-a", "--reflink=auto", str(parent), str(root)], check=True)
        self.built[target] = root
        self.env[target] = dict(self.env.get(stage.parent, PLAIN_ENV))
        for instruction in stage.instructions:
            self._execute(instruction, root=root, target=target)
        return root

    def _execute(self, instruction: Instruction, *, root: Path, target: str) -> None:
        if instruction.name == "RUN":
            done = self.run(target, "sh", "-c", instruction.text)
            if done.returncode != 0:
                raise RuntimeError(f"{target}: RUN {instruction.text}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        elif instruction.name == "ENV":
            self.env[target] |= dict(word.split("=", 1) for word in instruction.words)
        elif instruction.name == "WORKDIR":
            _inside(root, instruction.text).mkdir(parents=True, exist_ok=True)
        elif instruction.name == "COPY":
            self._copy(instruction, root=root)

    def _copy(self, instruction: Instruction, *, root: Path) -> None:
        *options, source, target = instruction.words
        if options:
            other = self.build(options[0].removeprefix("--from="))
            subprocess.run(["cp", "-aT", str(_inside(other, source)), str(_inside(root, target))], check=True)
        elif source == ".":
            copy_context(_inside(root, target))
        else:
            _inside(root, target).mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, _inside(root, target))

    def command(self, target: str, *words: str, user: str = "0:0", env: dict[str, str]) -> tuple[tuple[str, ...], dict]:
        """Return the command line that runs `words` in the root of `target`, and its environment."""
        root = self.built[target]
        given = {"ROOT": str(root), "WHEELS": str(self.wheels), "USERSPEC": f"--userspec={user}"}
        inside = self.env[target] | env
        clean = ("env", "-i", "--chdir=/app", *(f"{name}={value}" for name, value in inside.items()))
        argv = ("unshare", "--mount", "--propagation", "private", "sh", "-c", MOUNTS, "sh", *clean, *words)
        return argv, {"PATH": os.environ["PATH"]} | given

    def run(self, target: str, *words: str, user: str = "0:0") -> subprocess.CompletedProcess[str]:
        """Run `words` in the root of `target` and wait; its packages come from the folder of wheels alone."""
        pip = {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": "/mnt",
            "PIP_NO_CACHE_DIR": "1",
            "DEBIAN_FRONTEND": "noninteractive",
        }
        argv, env = self.command(target, *words, user=user, env=pip)
        return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=600, check=False)


def make_base(folder: Path) -> Path:
    """Return a clean Debian below `folder`, made by debootstrap the first time."""
    root, complete = folder / SUITE, folder / f"{SUITE}.complete"
    if not complete.exists():
        shutil.rmtree(root, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        command = ["debootstrap", "--variant=minbase", SUITE, str(root), "http://deb.debian.org/debian"]
        subprocess.run(command, check=True, capture_output=True, timeout=600)
        (root / "app").mkdir()
        complete.touch()
    shutil.copy2("/etc/resolv.conf", root / "etc" / "resolv.conf")
    return root


def fill_wheels(folder: Path, *, python: str, requirements: tuple[Path, ...]) -> Path:
    """Download what the lists need, and the build's pip, into `folder`, as the machine's own pip is set up."""
    folder.mkdir(parents=True, exist_ok=True)
    lists = [part for path in requirements for part in ("-r", str(path))]
    # The clean root's Python may be another: what is wanted only there (a line with a condition) is wanted here.
    lines = [line.partition("#")[0] for path in requirements for line in path.read_text().splitlines()]
    conditional = [line.partition(";")[0].strip() for line in lines if ";" in line]
    command = [python, "-m", "pip", "download", "--quiet", "--dest", str(folder), *lists, *conditional, "pip==26.3"]
    subprocess.run(command, check=True, timeout=600)
    return folder


def _inside(root: Path, path: str) -> Path:
    return root / path.lstrip("/")

"""Reads a Dockerfile and its .dockerignore, so that tests can do what they say without a container engine."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

INSTRUCTION = re.compile(r"^([A-Z]+)\s+(.*)$", re.DOTALL)


@dataclass(frozen=True)
class Instruction:
    """One instruction: `RUN` and what follows it, continuation lines joined."""

    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """Its words: those of the JSON form, or as a shell splits them."""
        return json.loads(self.text) if self.text.startswith("[") else shlex.split(self.text)


@dataclass
class Stage:
    """One stage: its name, what it stands on, and its instructions in order."""

    name: str
    parent: str
    instructions: list[Instruction] = field(default_factory=list)

    def last(self, name: str) -> Instruction | None:
        """Return the last instruction `name` of this stage alone."""
        return next((one for one in reversed(self.instructions) if one.name == name), None)


def parse_dockerfile(text: str) -> dict[str, Stage]:
    """Return the stages by name, in order. Raises ValueError for a line that is no instruction."""
    stages: dict[str, Stage] = {}
    current: Stage | None = None
    for instruction in _instructions(text):
        if instruction.name == "FROM":
            parent, _as, name = instruction.words
            current = stages.setdefault(name, Stage(name, parent))
        elif current is not None:
            current.instructions.append(instruction)
        elif instruction.name != "ARG":
            raise ValueError(f"{instruction.name} before the first FROM")
    return stages


def _instructions(text: str) -> Iterator[Instruction]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for logical in re.split(r"(?<!\\)\n", "\n".join(lines)):
        joined = re.sub(r"\\\n\s*", " ", logical).strip()
        if not joined:
            continue
        match = INSTRUCTION.match(joined)
        if match is None:
            raise ValueError(f"not an instruction: {joined!r}")
        yield Instruction(match[1], match[2].strip())


def chain(stages: dict[str, Stage], target: str) -> list[Stage]:
    """Return the stages that `target` is built on, the lowest first."""
    found = [stages[target]]
    while found[0].parent in stages:
        found.insert(0, stages[found[0].parent])
    return found


def environment(stages: dict[str, Stage], target: str) -> dict[str, str]:
    """Return what ENV says for a process of `target`."""
    values: dict[str, str] = {}
    for stage in chain(stages, target):
        for instruction in stage.instructions:
            if instruction.name == "ENV":
                values |= dict(word.split("=", 1) for word in instruction.words)
    return values


def effective(stages: dict[str, Stage], target: str, name: str) -> Instruction | None:
    """Return the last instruction `name` that holds for `target`."""
    for stage in reversed(chain(stages, target)):
        if (found := stage.last(name)) is not None:
            return found
    return None


def context_files(root: Path) -> list[PurePosixPath]:
    """Return what `.dockerignore` lets into the build, relative to `root`."""
    rules = [
        (line.removeprefix("!").rstrip("/"), line.startswith("!"))
        for line in map(str.strip, (root / ".dockerignore").read_text().splitlines())
        if line and not line.startswith("#")
    ]
    # Folders that the first rule, `*`, closes and no later one opens need no walk.
    opened = {PurePosixPath(pattern).parts[0] for pattern, kept in rules if kept}
    files = []
    for top in sorted(opened):
        start = root / top
        found = [start] if start.is_file() else [Path(f) / n for f, _, names in os.walk(start) for n in names]
        files += [path for path in (PurePosixPath(p.relative_to(root)) for p in found) if _kept(path, rules)]
    return files


def _kept(path: PurePosixPath, rules: list[tuple[str, bool]]) -> bool:
    kept = True
    for pattern, keeps in rules:
        expression = _expression(pattern)
        if any(expression.fullmatch(str(part)) for part in (path, *path.parents[:-1])):
            kept = keeps
    return kept


def _expression(pattern: str) -> re.Pattern[str]:
    """Return the rule as an expression: `**` any folders, `*` within one name."""
    pieces = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*|\?)", pattern)
    return re.compile("".join(pieces.get(part) or re.escape(part) for part in parts))

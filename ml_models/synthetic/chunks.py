"""Which chunks make up a training set, and the ledger of those that are done.

A chunk is fixed by (kind, seed, scan type, number), so it may be made in any order, on any process or machine, and
twice. The ledger is a JSON file beside the chunks' files with the sha256 of each; it is replaced at once or not at all.
Standard library only: whoever hands out chunks needs no body model.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ml_models.types import ScanType

#: Films of a rendered chunk and most films of a projected one.
RENDERED_FILMS, PROJECTED_FILMS = 25, 1000
#: Front and lying films of every number, side films of every other.
SIDE_EVERY = 2
#: Films of a number of each scan type, on average.
FILMS_A_NUMBER = RENDERED_FILMS * (2 + 1 / SIDE_EVERY)
#: Shares of the projected films.
PROJECTED_SHARES = {ScanType.LYING_ABOVE: 0.5, ScanType.STANDING_FRONT: 0.35, ScanType.STANDING_SIDE: 0.15}


class Kind(StrEnum):
    """How films are made: drawn and looked at by the pose model, or points projected with its measured errors."""

    RENDERED = "rendered"
    PROJECTED = "projected"


class Part(StrEnum):
    """What films are for; no child is in two of them."""

    TRAIN = "train"
    CALIBRATION = "calibration"
    TEST = "test"


#: Share of the rendered films and what is added to the seed.
PARTS = {Part.TRAIN: (12 / 14, 0), Part.CALIBRATION: (1 / 14, 1), Part.TEST: (1 / 14, 3)}


@dataclass(frozen=True)
class Chunk:
    """`films`: how many it holds."""

    kind: Kind
    part: Part
    seed: int
    scan_type: ScanType
    number: int
    films: int

    @property
    def name(self) -> str:
        """Of its file, without ending."""
        prefix = "" if self.kind is Kind.RENDERED else "projected_"
        return f"{prefix}{self.seed}_{self.scan_type.value}_{self.number}"


def rendered_chunks(films: int, seed: int) -> list[Chunk]:
    """Chunks of about `films` rendered films, at least one number for each part."""
    chunks = []
    for part, (share, offset) in PARTS.items():
        for number in range(max(round(share * films / FILMS_A_NUMBER), 1)):
            for scan_type in ScanType:
                if scan_type is not ScanType.STANDING_SIDE or number % SIDE_EVERY == 0:
                    chunks.append(Chunk(Kind.RENDERED, part, seed + offset, scan_type, number, RENDERED_FILMS))
    return chunks


def projected_chunks(films: int, seed: int) -> list[Chunk]:
    """Chunks of `films` projected films, all of them to train with."""
    chunks = []
    for scan_type, share in PROJECTED_SHARES.items():
        left, number = round(share * films), 0
        while left > 0:
            chunks.append(Chunk(Kind.PROJECTED, Part.TRAIN, seed, scan_type, number, min(left, PROJECTED_FILMS)))
            left, number = left - PROJECTED_FILMS, number + 1
    return chunks


class Ledger:
    """The chunks that are done, in `folder`; one process writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / "ledger.json"
        folder.mkdir(parents=True, exist_ok=True)
        self._done: dict[str, str] = {}
        if self._path.exists():
            self._done = json.loads(self._path.read_text(encoding="utf-8"))["chunks"]

    @property
    def hashes(self) -> Mapping[str, str]:
        """sha256 of every finished chunk by its name."""
        return self._done

    def path_of(self, chunk: Chunk) -> Path:
        """Where the chunk's films are."""
        return self.folder / f"{chunk.name}.npz"

    def is_done(self, chunk: Chunk) -> bool:
        """Whether its file is there and has not changed since it was written."""
        path = self.path_of(chunk)
        return chunk.name in self._done and path.exists() and sha256_of(path) == self._done[chunk.name]

    def missing(self, chunks: list[Chunk]) -> Iterator[Chunk]:
        """Those that still have to be made."""
        return (chunk for chunk in chunks if not self.is_done(chunk))

    def adopt(self, chunks: list[Chunk], source: Path) -> None:
        """Keep those missing chunks that the same code made elsewhere and left in `source`."""
        for chunk in list(self.missing(chunks)):
            path = source / self.path_of(chunk).name
            if path.exists():
                self.store(chunk, path.read_bytes())

    def store(self, chunk: Chunk, content: bytes) -> None:
        """Keep a finished chunk: first its file, then its line in the ledger."""
        replace_file(self.path_of(chunk), content)
        self._done[chunk.name] = hashlib.sha256(content).hexdigest()
        text = json.dumps({"chunks": dict(sorted(self._done.items()))}, indent=1)
        replace_file(self._path, text.encode())


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that whoever reads it sees the old content or the new one."""
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.write_bytes(content)
    os.replace(unfinished, path)


def sha256_of(path: Path) -> str:
    """Of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()

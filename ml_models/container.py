"""The outermost structure of a film file: which container it is, and whether it is whole.

Reads box headers only, in plain Python, before any decoder sees the file.
"""

from __future__ import annotations

import struct
from enum import StrEnum
from typing import IO

from ml_models.reasons import ReasonCode


class ContainerKind(StrEnum):
    """The two accepted containers, by the name of the demuxer that is forced for them."""

    MP4 = "mov"
    WEBM = "matroska"


_EBML_MAGIC = b"\x1a\x45\xdf\xa3"
# Box types with which MP4 and QuickTime files begin.
_FIRST_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_INDEX_BOX = b"moov"
_PICTURE_BOXES = frozenset({b"mdat", b"moof"})
# A 60 s film in fragments of one frame at 120 fps has 14,400 boxes.
_MAX_BOXES = 50_000

Problem = tuple[ReasonCode, str]


def check_container(film: IO[bytes], size: int) -> tuple[ContainerKind | None, Problem | None]:
    """Return the container of `film` (None if it is neither) and what is wrong with it (None if nothing seen).

    `size` is the file's size in bytes.
    """
    film.seek(0)
    start = film.read(8)
    if start[:4] == _EBML_MAGIC:
        return ContainerKind.WEBM, None
    if start[4:8] not in _FIRST_BOXES:
        return None, None
    return ContainerKind.MP4, _check_boxes(film, size)


def _check_boxes(film: IO[bytes], size: int) -> Problem | None:
    """Return TRUNCATED when a needed box of an MP4 file is missing or reaches beyond the file's end."""
    seen: set[bytes] = set()
    offset = 0
    for _ in range(_MAX_BOXES):
        if offset + 8 > size:
            break
        film.seek(offset)
        header = film.read(16).ljust(16, b"\0")
        length, kind = struct.unpack(">I4s", header[:8])
        if length == 1:
            length = struct.unpack(">Q", header[8:])[0]
        elif length == 0:  # reaches to the end of the file
            length = size - offset
        whole = 8 <= length <= size - offset
        needed = kind == _INDEX_BOX or kind in _PICTURE_BOXES
        if not whole and (needed or _incomplete(seen)):
            return ReasonCode.TRUNCATED, f"The film breaks off: it has {size} of at least {offset + length} bytes."
        if not whole:
            break  # something after the pictures and their index was cut; nothing is missing
        seen.add(kind)
        offset += length
    if _incomplete(seen):
        return ReasonCode.TRUNCATED, "The film breaks off: its pictures or their index are missing."
    return None


def _incomplete(seen: set[bytes]) -> bool:
    return _INDEX_BOX not in seen or not seen & _PICTURE_BOXES

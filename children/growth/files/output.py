"""Files that appear whole or not at all: written under another name, renamed when complete."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from typing import TextIO

from children.growth.files.refusal import FileRefused

BYTE_ORDER_MARK = "\ufeff"


@contextmanager
def written_whole(path: Path, *, with_bom: bool = False) -> Iterator[TextIO]:
    """Open a text file (UTF-8) that takes the place of `path` when the block ends well, and is removed otherwise.

    Raises FileRefused("cannot_write") when the folder is missing, full or closed to us.
    """
    whole = path.resolve()
    part = whole.with_name(f".{whole.name}.{os.getpid()}.part")
    if whole.exists() and not whole.is_file():
        raise FileRefused("cannot_write", f"{path} is not a file: nothing is written there.")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            if with_bom:
                file.write(BYTE_ORDER_MARK)
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(whole)
    except OSError as error:
        raise FileRefused("cannot_write", f"{path} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)


def refuse_same_files(paths: Mapping[str, Path | None]) -> None:
    """Raise FileRefused("same_file") if two paths, by their names in a sentence, are one file, also through links."""
    for (name, path), (other_name, other) in combinations(paths.items(), 2):
        if path is None or other is None:
            continue
        if path.resolve() == other.resolve() or (path.exists() and other.exists() and path.samefile(other)):
            raise FileRefused("same_file", f"{name} and {other_name} are the same file. Name another one.")

"""Brings a stored film to a path that the decoder can open, verified against the hashes taken at upload."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cgm_portal.env import local_dir
from cgm_portal.errors import DomainError
from scans.blob_store import store_of
from scans.models import ScanVideo


def scratch_dir() -> Path:
    """Return the private folder for films on their way."""
    folder = local_dir() / "scratch"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def purge_scratch(*, older_than_seconds: float) -> int:
    """Delete copies that a killed worker left; return how many. Younger ones may belong to a worker beside this one."""
    stale = [path for path in scratch_dir().glob("*.mp4") if path.stat().st_mtime < time.time() - older_than_seconds]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)


def drop_own_copies() -> None:
    """Delete the copies that this process made: for one that ends at once, whatever it is doing."""
    for path in scratch_dir().glob(f"{os.getpid()}-*.mp4"):
        path.unlink(missing_ok=True)


@contextmanager
def fetched_film(video: ScanVideo) -> Iterator[Path]:
    """Yield the path of a private copy of the film, gone on leaving.

    Raises DomainError("blob_damaged") when the bytes are not those that were uploaded: their SHA-256 is not that of
    the row, or their MD5 not that which the store keeps with them. Raises OSError when the store does not give them.
    """
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with tempfile.NamedTemporaryFile(dir=scratch_dir(), prefix=f"{os.getpid()}-", suffix=".mp4") as copy:
        film = store_of(video.file.storage).read(video.file.name)
        for chunk in film.chunks:
            sha256.update(chunk)
            md5.update(chunk)
            copy.write(chunk)
        copy.flush()
        if sha256.hexdigest() != video.sha256 or film.md5 not in (None, md5.hexdigest()):
            raise DomainError("blob_damaged", f"The stored film of {video} differs from what was uploaded.")
        yield Path(copy.name)

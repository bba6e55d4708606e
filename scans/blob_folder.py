"""Films in a folder of this machine: the portal takes the blocks itself, each a file until the film is sealed."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.core.files.storage import FileSystemStorage

from scans.blob_store import CHUNK_BYTES, StoredBlob, StoredFilm, damaged, is_as_announced
from scans.upload_models import DirectUpload

FOLDER_MODE = 0o700
FILE_MODE = 0o600


class FolderStore:
    """The folder of one FileSystemStorage. A `.part` is a folder of blocks, named by their numbers."""

    def __init__(self, storage: FileSystemStorage) -> None:
        self._storage = storage

    def block_url(self, part: str, *, until: datetime) -> str | None:
        """Return None: the portal takes the blocks."""
        return None

    def put_block(self, part: str, number: int, content: bytes) -> None:
        """Keep one block, whole or not at all."""
        folder = self._path(part)
        folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        draft = folder / f"{uuid.uuid4()}.draft"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as file:
            file.write(content)
        draft.replace(folder / f"{number:06d}")

    def missing_blocks(self, upload: DirectUpload, part: str) -> list[int]:
        """Return the numbers of the blocks that are not there in their size."""
        folder = self._path(part)
        return [n for n in range(upload.block_count) if _size(folder / f"{n:06d}") != upload.block_size(n)]

    def seal(self, upload: DirectUpload, *, part: str, film: str) -> None:
        """Join the blocks beside them, check, and link the film to its name, which must be free."""
        joined, target = self._path(part) / f"{uuid.uuid4()}.joined", self._path(film)
        try:
            with os.fdopen(os.open(joined, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as file:
                for number in range(upload.block_count):
                    file.write((self._path(part) / f"{number:06d}").read_bytes())
            if not is_as_announced(upload, _chunks(joined)):
                self.remove(part)
                raise damaged()
            target.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
            os.link(joined, target)  # unlike a rename it fails when the name is taken
        finally:
            joined.unlink(missing_ok=True)

    def close(self, part: str) -> None:
        """Throw the blocks away; the portal's own door asks the upload's row before it takes another."""
        self.remove(part)

    def remove(self, part: str) -> None:
        """Throw the blocks away."""
        shutil.rmtree(self._path(part), ignore_errors=True)

    def film_url(self, film: str, *, until: datetime) -> str | None:
        """Return None: the portal serves the film."""
        return None

    def read(self, film: str) -> StoredFilm:
        """Return the film; a folder keeps no MD5."""
        path = self._path(film)
        path.stat()
        return StoredFilm(chunks=_chunks(path), md5=None)

    def blobs(self) -> Iterator[StoredBlob]:
        """Return films and parts by their names."""
        root = Path(self._storage.location)
        for path in root.glob("children/*/sessions/*/*"):
            try:
                changed_at = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
            except FileNotFoundError:
                continue  # gone since the folder was listed
            yield StoredBlob(name=path.relative_to(root).as_posix(), changed_at=changed_at)

    def _path(self, name: str) -> Path:
        return Path(self._storage.path(name))


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk

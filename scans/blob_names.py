"""Names of films in the store, and what they say: ids and the scan type, nothing else.

| blob | name |
|---|---|
| a film | `children/{child_id}/sessions/{session_id}/{scan_type}.mp4` |
| a film on its way | `children/{child_id}/sessions/{session_id}/{upload_id}.part` |

Both lie below their child, so that whoever erases a child by prefix finds them.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_FOLDER = rf"children/(?P<child>{_UUID})/sessions/(?P<session>{_UUID})"
# Django's storages put `_` and seven letters behind a name that is taken.
_FILM = re.compile(rf"{_FOLDER}/(?P<scan_type>[a-z]+_[a-z]+)(?:_[a-zA-Z0-9]{{7}})?\.mp4")
_PART = re.compile(rf"{_FOLDER}/(?P<upload>{_UUID})\.part")


@dataclass(frozen=True)
class FilmName:
    """What the name of a film says."""

    child_id: uuid.UUID
    session_id: uuid.UUID
    scan_type: str

    def as_metadata(self) -> dict[str, str]:
        """Return what is kept beside the bytes of a blob: ids, never a person."""
        return {"child_id": str(self.child_id), "session_id": str(self.session_id), "scan_type": self.scan_type}


def film_name(*, child_id: uuid.UUID, session_id: uuid.UUID, scan_type: str) -> str:
    """Return the name of a film; it ends in .mp4 whatever the container."""
    return f"children/{child_id}/sessions/{session_id}/{scan_type}.mp4"


def part_name(*, child_id: uuid.UUID, session_id: uuid.UUID, upload_id: uuid.UUID) -> str:
    """Return the name under which the blocks of an upload wait."""
    return f"children/{child_id}/sessions/{session_id}/{upload_id}.part"


def read_film_name(name: str) -> FilmName | None:
    """Return what the name of a film says; None for anything else."""
    found = _FILM.fullmatch(name)
    if found is None:
        return None
    return FilmName(
        child_id=uuid.UUID(found["child"]), session_id=uuid.UUID(found["session"]), scan_type=found["scan_type"]
    )


def upload_of_part(name: str) -> uuid.UUID | None:
    """Return the id of the upload whose blocks wait under `name`; None for anything else."""
    found = _PART.fullmatch(name)
    return uuid.UUID(found["upload"]) if found else None

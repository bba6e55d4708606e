"""Where workers on any machine put finished chunks of films, and the generating command takes them from: a Redis list.

A chunk is lost with the broker, or with a command that dies between taking and keeping it; it is then made again.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import redis
from django.conf import settings

from ml_models.synthetic.chunks import Chunk, Kind, Part
from ml_models.types import ScanType

#: Seconds after which chunks that nobody took are forgotten.
KEPT_S = 7 * 24 * 3600


class FilmBasket:
    """Finished chunks of one run, first in, first out."""

    def __init__(self, run: str) -> None:
        self._key = f"synthetic-films:{run}"
        self._redis = redis.Redis.from_url(settings.REDIS_URL)

    def put(self, name: str, content: bytes) -> None:
        """Hand over the npz file of the chunk `name`."""
        with self._redis.pipeline() as pipe:
            pipe.rpush(self._key, name.encode() + b"\n" + content)
            pipe.expire(self._key, KEPT_S)
            pipe.execute()

    def take(self, *, wait_s: float) -> tuple[str, bytes] | None:
        """Return name and content of the next chunk, waiting for it; None when none came in `wait_s` seconds."""
        found = self._redis.blpop([self._key], timeout=wait_s)
        if found is None:
            return None
        name, content = found[1].split(b"\n", 1)
        return name.decode(), content


def chunk_as_json(chunk: Chunk) -> dict[str, Any]:
    """The chunk as a task's argument."""
    return asdict(chunk)


def chunk_from_json(values: dict[str, Any]) -> Chunk:
    """The reverse of `chunk_as_json`."""
    return Chunk(
        kind=Kind(values["kind"]),
        part=Part(values["part"]),
        seed=values["seed"],
        scan_type=ScanType(values["scan_type"]),
        number=values["number"],
        films=values["films"],
    )

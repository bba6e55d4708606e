"""The sealed stream: Tink's format, and nothing but the whole untouched stream opens."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from pathlib import Path

import pytest

from cgm_portal.backup.keys import parse_keys
from cgm_portal.backup.sealing import SealedReader, opened
from cgm_portal.errors import DomainError

VECTORS = json.loads((Path(__file__).parents[1] / "data/backup/tink_streams.json").read_text())
KEY = bytes.fromhex(VECTORS["key_hex"])
NAME = VECTORS["associated"].encode()
SEGMENT = VECTORS["segment_bytes"]
MESSAGE = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(25))


def seal(message: bytes, *, key: bytes = KEY, name: bytes = NAME) -> bytes:
    return SealedReader(io.BytesIO(message), key=key, associated=name, segment_bytes=SEGMENT).read()


def unseal(sealed: bytes, *, key: bytes = KEY, name: bytes = NAME) -> bytes:
    return b"".join(opened(io.BytesIO(sealed), key=key, associated=name, segment_bytes=SEGMENT))


@pytest.mark.parametrize("vector", VECTORS["messages"], ids=lambda vector: f"{vector['bytes']} bytes")
def test_what_tink_sealed_opens_here(vector):
    assert unseal(base64.b64decode(vector["sealed_base64"])) == MESSAGE[: vector["bytes"]]


# One byte around every edge of the first and the second segment.
@pytest.mark.parametrize("size", [0, 1, 199, 200, 201, 439, 440, 441, 800])
def test_what_is_sealed_opens_again_and_shows_nothing(size):
    sealed = seal(MESSAGE[:size])

    assert unseal(sealed) == MESSAGE[:size]
    assert MESSAGE[:16] not in sealed


def test_small_reads_give_the_same_stream_with_its_hash():
    reader = SealedReader(io.BytesIO(MESSAGE), key=KEY, associated=NAME, segment_bytes=SEGMENT)

    sealed = b"".join(iter(lambda: reader.read(7), b""))

    assert unseal(sealed) == MESSAGE
    assert reader.bytes_read == len(sealed)
    assert reader.sha256 == hashlib.sha256(sealed).hexdigest()


def _swap_segments(sealed: bytes) -> bytes:
    # 2nd and 3rd segment, both full
    return sealed[:SEGMENT] + sealed[2 * SEGMENT : 3 * SEGMENT] + sealed[SEGMENT : 2 * SEGMENT] + sealed[3 * SEGMENT :]


@pytest.mark.parametrize(
    ("harm", "change"),
    [
        ("nothing at all", lambda sealed: b""),
        ("half a header", lambda sealed: sealed[:20]),
        ("only the header", lambda sealed: sealed[:40]),
        ("last byte cut off", lambda sealed: sealed[:-1]),
        ("last segment cut off", lambda sealed: sealed[: 3 * SEGMENT]),
        ("one bit flipped", lambda sealed: sealed[:300] + bytes([sealed[300] ^ 1]) + sealed[301:]),
        ("another salt", lambda sealed: sealed[:1] + bytes(32) + sealed[33:]),
        ("two segments exchanged", _swap_segments),
        ("a segment repeated", lambda sealed: sealed[: 2 * SEGMENT] + sealed[SEGMENT:]),
        ("a byte more", lambda sealed: sealed + b"\0"),
    ],
)
def test_a_changed_stream_is_refused(harm, change):
    with pytest.raises(DomainError) as refused:
        unseal(change(seal(MESSAGE)))

    assert refused.value.code == "backup_tampered", harm


@pytest.mark.parametrize("other", [{"key": bytes(32)}, {"name": b"another backup"}])
def test_another_key_or_another_name_opens_nothing(other):
    with pytest.raises(DomainError) as refused:
        unseal(seal(MESSAGE), **other)

    assert refused.value.code == "backup_tampered"


def test_a_source_that_fails_at_its_end_never_gives_a_last_segment():
    def fail() -> None:
        raise DomainError("pg_dump_failed", "pg_dump ended with 1.")

    reader = SealedReader(io.BytesIO(MESSAGE), key=KEY, associated=NAME, at_end=fail, segment_bytes=SEGMENT)

    with pytest.raises(DomainError, match="pg_dump"):
        reader.read()


def _entry(key_id: str, size: int = 32) -> str:
    return f"{key_id}:{base64.b64encode(bytes(size)).decode()}"


def test_the_first_key_seals_and_all_are_known():
    assert [key.id for key in parse_keys(f"{_entry('2027')}, {_entry('2026a')}")] == ["2027", "2026a"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "backup_key_missing"),
        ("2026a", "bad_backup_key"),
        ("2026a:not base64", "bad_backup_key"),
        (_entry("2026a", size=16), "bad_backup_key"),
        (_entry("with space"), "bad_backup_key"),
        (f"{_entry('a')},{_entry('a')}", "bad_backup_key"),
    ],
)
def test_unusable_keys_are_refused_without_being_repeated(text, code):
    with pytest.raises(DomainError) as refused:
        parse_keys(text)

    assert refused.value.code == code
    assert base64.b64encode(bytes(16)).decode() not in refused.value.message

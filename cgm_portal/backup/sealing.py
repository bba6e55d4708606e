"""Seals and opens a stream of any length, segment by segment: nothing is written in the clear, nothing held whole.

The format is Tink's AES256_GCM_HKDF_1MB streaming AEAD with a raw key, so that any Tink library opens a backup without
this program: https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming. After V. T. Hoang,
R. Reyhanitabar, P. Rogaway, D. Vizár, Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance (2015):
the nonce of a segment holds its number and whether it is the last, so that segments cannot be cut off, moved, repeated
or taken from another file.
"""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Callable, Iterator
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cgm_portal.errors import DomainError

SEGMENT_BYTES = 1024 * 1024  # of a sealed segment, its tag included
SALT_BYTES, PREFIX_BYTES, TAG_BYTES, KEY_BYTES = 32, 7, 16, 32
HEADER_BYTES = 1 + SALT_BYTES + PREFIX_BYTES


class ByteSource(Protocol):
    """What can be read in order."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""


def _cipher(key: bytes, salt: bytes, associated: bytes) -> AESGCM:
    return AESGCM(HKDF(hashes.SHA256(), length=KEY_BYTES, salt=salt, info=associated).derive(key))


def _nonce(prefix: bytes, number: int, *, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + (b"\x01" if is_last else b"\x00")


def _segments(source: ByteSource, *, first: int, others: int) -> Iterator[tuple[int, bytes, bool]]:
    """Yield (number, bytes, is it the last) of pieces of `first`, then `others` bytes; one empty piece for nothing."""
    number, size, held = 0, first, b""
    while True:
        # One byte more than the segment tells whether another follows.
        while len(held) <= size and (more := source.read(size + 1 - len(held))):
            held += more
        is_last = len(held) <= size
        yield number, held[:size], is_last
        if is_last:
            return
        held, number, size = held[size:], number + 1, others


class SealedReader(io.RawIOBase):
    """Reads the sealed form of `source`; knows size and SHA-256 of what was read.

    `at_end` is called when the source has ended, before its last segment is given out: if it raises, no reader can take
    what it has for a whole backup.
    """

    def __init__(
        self,
        source: ByteSource,
        *,
        key: bytes,
        associated: bytes,
        at_end: Callable[[], None] = lambda: None,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        super().__init__()
        salt, self._prefix = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(PREFIX_BYTES)
        self._cipher = _cipher(key, salt, associated)
        self._ready = memoryview(bytes([HEADER_BYTES]) + salt + self._prefix)
        room = segment_bytes - TAG_BYTES
        self._segments = _segments(source, first=room - HEADER_BYTES, others=room)
        self._at_end = at_end
        self._digest = hashlib.sha256()
        self.bytes_read = 0

    @property
    def sha256(self) -> str:
        """SHA-256 in hex of all that was read so far."""
        return self._digest.hexdigest()

    def readable(self) -> bool:
        """Say yes: it can be read, once, from the start to the end."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Allow only to go where it stands: stores "rewind" what they are given before they read it."""
        if (offset, whence, self.bytes_read) != (0, io.SEEK_SET, 0):
            raise io.UnsupportedOperation("A sealed stream is read once, in order.")
        return 0

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` sealed bytes, all that is left for a negative size, none at the end."""
        if size < 0:
            return b"".join(iter(lambda: self.read(SEGMENT_BYTES), b""))
        if not self._ready:
            self._ready = memoryview(self._next_sealed())
        given = bytes(self._ready[:size])
        self._ready = self._ready[size:]
        self._digest.update(given)
        self.bytes_read += len(given)
        return given

    def _next_sealed(self) -> bytes:
        segment = next(self._segments, None)
        if segment is None:
            return b""
        number, plain, is_last = segment
        if is_last:
            self._at_end()
        return self._cipher.encrypt(_nonce(self._prefix, number, is_last=is_last), plain, b"")


def opened(source: ByteSource, *, key: bytes, associated: bytes, segment_bytes: int = SEGMENT_BYTES) -> Iterator[bytes]:
    """Yield the plain segments of a sealed stream, each only after its tag was checked.

    Raises DomainError("backup_tampered") at the first segment that is not as it was sealed, in its place, under this
    key and `associated`; also where the end is missing.
    """
    refusal = DomainError(
        "backup_tampered", "The backup is damaged, cut off or not sealed with this key: nothing was restored."
    )
    header = b""
    while len(header) < HEADER_BYTES and (more := source.read(HEADER_BYTES - len(header))):
        header += more
    if len(header) < HEADER_BYTES or header[0] != HEADER_BYTES:
        raise refusal
    salt, prefix = header[1 : 1 + SALT_BYTES], header[1 + SALT_BYTES :]
    cipher = _cipher(key, salt, associated)
    for number, sealed, is_last in _segments(source, first=segment_bytes - HEADER_BYTES, others=segment_bytes):
        try:
            yield cipher.decrypt(_nonce(prefix, number, is_last=is_last), sealed, b"")
        except InvalidTag:
            raise refusal from None

"""What a phone does to send a film in blocks, with nothing but the standard library."""

from __future__ import annotations

import base64
import hashlib
import ssl
import urllib.error
import urllib.request
from typing import Any


def announcement(session_id: Any, film: bytes, *, scan_type: str = "standing_front") -> dict[str, Any]:
    """Return the body that announces `film`."""
    return {
        "session": str(session_id),
        "scan_type": scan_type,
        "size_bytes": len(film),
        "sha256": hashlib.sha256(film).hexdigest(),
        "md5": hashlib.md5(film).hexdigest(),
    }


def block_url(address: str, number: int) -> str:
    """Return where block `number` is PUT."""
    block_id = base64.b64encode(b"%06d" % number).decode()
    return f"{address}&comp=block&blockid={block_id}"


def put(
    url: str, content: bytes = b"", *, method: str = "PUT", trust: str | None = None, **headers: str
) -> tuple[int, str]:
    """PUT `content`; return the status and the store's error code. `trust`: path of the server's certificate."""
    request = urllib.request.Request(url, data=content, method=method, headers=headers)  # noqa: S310
    context = ssl.create_default_context(cafile=trust) if trust else None
    try:
        with urllib.request.urlopen(request, timeout=30, context=context) as answer:  # noqa: S310
            return int(answer.status), ""
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers.get("x-ms-error-code", "")


def get(url: str) -> tuple[int, bytes]:
    """GET; return the status and the body."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310
            return int(answer.status), answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()

"""Keyed hashes of the erasure ledger: nobody without the key can tell whose they are, or forge a record."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from django.conf import settings


def keyed_hash(text: str) -> str:
    """Return the hex HMAC-SHA-256 of `text` under ERASURE_HASH_KEY, or under SECRET_KEY where that is empty."""
    key = settings.ERASURE_HASH_KEY or settings.SECRET_KEY
    derived = hmac.digest(key.encode(), b"erasure ledger", hashlib.sha256)
    return hmac.new(derived, text.encode(), hashlib.sha256).hexdigest()


def keyed_hash_of(document: dict[str, Any]) -> str:
    """Return the keyed hash of a JSON document, whatever the order of its keys."""
    return keyed_hash(json.dumps(document, sort_keys=True, separators=(",", ":")))

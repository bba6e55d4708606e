"""The tenant's public keys: fetched when they are needed, kept in memory and in the database.

Decides when to fetch and how long to go on with what was fetched. A key that is not known yet is looked for at once,
so that a rotation is noticed by the first token that it signs; a bucket of attempts keeps made-up key ids from turning
into a flood of requests to the tenant. When the tenant can't be reached, the last keys serve on for
SIGN_IN_KEYS_KEPT_HOURS, also in processes started meanwhile.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings

from accounts.models import PublishedKeys

logger = logging.getLogger(__name__)

FRESH_SECONDS = 3600.0  # after which the set is fetched again
ATTEMPTS = 5  # fetches in a row, then one every ATTEMPT_SECONDS
ATTEMPT_SECONDS = 30.0
TIMEOUT_SECONDS = (2.0, 3.0)  # to connect, to answer: a request of a phone waits that long at most
MAX_DOCUMENT_BYTES = 256 * 1024  # Microsoft's are below 20 kB
MIN_RSA_BITS = 2048


class KeysUnavailable(Exception):
    """The tenant can't be reached, and what was fetched before does not answer."""


class UnknownKey(Exception):
    """The tenant has published no key of this id."""


@dataclass(frozen=True)
class KeySet:
    """What the tenant published: its issuer and its RSA keys by id. `fetched_at`: seconds since 1970."""

    issuer: str
    keys: dict[str, RSAPublicKey]
    fetched_at: float


@dataclass
class SigningKeys:
    """The keys behind one discovery document, for all threads of a process."""

    discovery_url: str
    known: KeySet | None = None
    failed: bool = False
    attempts: float = ATTEMPTS
    attempts_at: float = field(default_factory=lambda: now())
    lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, key_id: str) -> tuple[str, RSAPublicKey]:
        """Return issuer and key. Raises UnknownKey, or KeysUnavailable when the tenant's outage leaves it open."""
        known = self.known
        if known is None or key_id not in known.keys or now() - known.fetched_at > FRESH_SECONDS:
            # One thread fetches; the others wait only if they cannot do without.
            if self.lock.acquire(blocking=known is None or key_id not in known.keys):
                try:
                    self._refresh(key_id)
                finally:
                    self.lock.release()
            known = self.known
        if known is None or now() - known.fetched_at > settings.SIGN_IN_KEYS_KEPT_HOURS * 3600:
            raise KeysUnavailable
        if key_id not in known.keys:
            raise KeysUnavailable if self.failed else UnknownKey
        return known.issuer, known.keys[key_id]

    def _refresh(self, key_id: str) -> None:
        """Look into the database, where another process may have put newer keys, then ask the tenant."""
        self._take_stored()
        if self._serves(key_id) or not self._may_try():
            return
        try:
            document = _fetch_json(self.discovery_url)
            issuer, jwks = str(document["issuer"]), _fetch_json(str(document["jwks_uri"]))
            self.known = KeySet(issuer, rsa_keys(jwks), now())
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            self.failed = True
            logger.warning("The signing keys of %s can't be fetched: %s", self.discovery_url, type(error).__name__)
            return
        self.failed = False
        values = {"issuer": issuer, "jwks": jwks, "fetched_at": self.known.fetched_at}
        PublishedKeys.objects.update_or_create(discovery_url=self.discovery_url, defaults=values)

    def _take_stored(self) -> None:
        stored = PublishedKeys.objects.filter(discovery_url=self.discovery_url).first()
        if stored is not None and (self.known is None or stored.fetched_at > self.known.fetched_at):
            self.known = KeySet(stored.issuer, rsa_keys(stored.jwks), stored.fetched_at)

    def _serves(self, key_id: str) -> bool:
        return self.known is not None and key_id in self.known.keys and now() - self.known.fetched_at <= FRESH_SECONDS

    def _may_try(self) -> bool:
        """Take an attempt out of the bucket, if there is one."""
        self.attempts = min(ATTEMPTS, self.attempts + (now() - self.attempts_at) / ATTEMPT_SECONDS)
        self.attempts_at = now()
        if self.attempts < 1:
            return False
        self.attempts -= 1
        return True


@cache
def signing_keys(discovery_url: str) -> SigningKeys:
    """Return this process's keys of a tenant."""
    return SigningKeys(discovery_url)


def now() -> float:
    """Return the time in seconds since 1970; processes compare theirs by it."""
    return time.time()


def rsa_keys(jwks: dict[str, Any]) -> dict[str, RSAPublicKey]:
    """Return the keys of a JSON Web Key Set that may sign tokens, by id; others are left out.

    Raises ValueError when there is none: such a document must not replace one that has some.
    """
    found = {}
    for entry in jwks["keys"]:
        if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig" or not isinstance(entry.get("kid"), str):
            continue
        try:
            key = jwt.PyJWK(entry, algorithm="RS256").key
        except jwt.PyJWTError:
            logger.warning("A signing key of the tenant can't be read and is left out.")
            continue
        if isinstance(key, RSAPublicKey) and key.key_size >= MIN_RSA_BITS:
            found[entry["kid"]] = key
    if not found:
        raise ValueError("The key set has no RSA key for signatures.")
    return found


def _fetch_json(url: str) -> dict[str, Any]:
    """Return the JSON object at an https address. Follows no redirect and reads MAX_DOCUMENT_BYTES at most."""
    if not url.startswith("https://"):
        raise ValueError("Keys are fetched by https only.")
    with requests.get(url, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True) as answer:
        if answer.status_code != requests.codes.ok:
            raise ValueError(f"The tenant answered {answer.status_code}.")
        body = answer.raw.read(MAX_DOCUMENT_BYTES + 1, decode_content=True)
    if len(body) > MAX_DOCUMENT_BYTES:
        raise ValueError("The tenant's document is too large.")
    document = json.loads(body)
    if not isinstance(document, dict):
        raise ValueError("The tenant's document is no object.")
    return document

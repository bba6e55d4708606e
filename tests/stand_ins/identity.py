"""The token door of App Service and Container Apps for managed identities, as azure-identity asks it (2019-08-01).

Azurite looks at issuer, audience and times of a token, not at its signature or at roles: what a role assignment allows
cannot be tried here.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

from cgm_portal.local_services import LOOPBACK

TENANT = "11111111-2222-4333-8444-555555555555"
TOKEN_SECONDS = 3600


@dataclass
class IdentityEndpoint:
    """A running endpoint: what a container of the portal finds in its environment, and what was asked of it."""

    url: str = ""
    header: str = field(default_factory=lambda: secrets.token_hex(16))
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that Azure sets."""
        return {"IDENTITY_ENDPOINT": self.url, "IDENTITY_HEADER": self.header}

    def answer(self, query: dict[str, str]) -> dict[str, Any]:
        """Return a token for the resource that was asked for."""
        self.asked.append(query)
        now = int(time.time())
        claims = {
            "aud": query["resource"],
            "iss": f"https://sts.windows.net/{TENANT}/",
            "iat": now,
            "nbf": now - 300,
            "exp": now + TOKEN_SECONDS,
            "oid": "66666666-7777-4888-8999-000000000000",
            "tid": TENANT,
        }
        token = jwt.encode(claims, secrets.token_hex(32), algorithm="HS256")
        return {
            "access_token": token,
            "expires_on": str(now + TOKEN_SECONDS),
            "resource": query["resource"],
            "token_type": "Bearer",
            "client_id": query.get("client_id", ""),
        }


@contextmanager
def identity_endpoint() -> Iterator[IdentityEndpoint]:
    """Serve tokens on a free loopback port."""
    endpoint = IdentityEndpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_ours = self.headers.get("X-IDENTITY-HEADER") == endpoint.header
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            body = json.dumps(endpoint.answer(query) if is_ours else {"error": "not from this container"}).encode()
            self.send_response(200 if is_ours else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Say nothing: tokens are in the answers."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    endpoint.url = f"http://{LOOPBACK}:{server.server_port}/msi/token"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)

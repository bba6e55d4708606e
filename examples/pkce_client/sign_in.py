"""Sign in as the mobile app does and ask the portal who you are: authorization code with PKCE, standard library alone.

    python examples/pkce_client/sign_in.py https://portal.example.org

The portal says how (`GET /api/v1/sign-in/`); the browser signs the person in with the organisation; the code comes
back to a loopback address (RFC 8252) and is exchanged for an access token of our API, without any secret (RFC 7636).
The app's registration must know the redirect address http://127.0.0.1/signed-in ("Mobile and desktop applications";
any port is allowed there). MSAL does the same, with an address of the phone.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import secrets
import sys
import urllib.request
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

TIMEOUT_SECONDS = 10
PERSON_SECONDS = 300  # that the person may take


def main() -> None:
    """Sign in, then print what the API says of the person."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("portal", help="address of the portal")
    parser.add_argument("--no-browser", action="store_true", help="only print the address to open")
    arguments = parser.parse_args()

    settings = get_json(f"{arguments.portal}/api/v1/sign-in/")
    tenant = get_json(f"{settings['authority']}/v2.0/.well-known/openid-configuration")
    with HTTPServer(("127.0.0.1", 0), CodeReceiver) as server:
        server.timeout = PERSON_SECONDS
        address, state, verifier = sign_in_address(settings, tenant, port=server.server_port)
        say(f"Open this address to sign in:\n{address}")
        if not arguments.no_browser:
            webbrowser.open(address)
        server.handle_request()
        answer = getattr(server, "answer", {})
    if answer.get("state") != state or "code" not in answer:
        sys.exit(f"Not signed in: {answer.get('error_description') or answer.get('error') or 'no answer came back'}")

    tokens = post_form(
        tenant["token_endpoint"],
        grant_type="authorization_code",
        client_id=settings["client_id"],
        code=answer["code"],
        redirect_uri=f"http://127.0.0.1:{server.server_port}/signed-in",
        code_verifier=verifier,
    )
    me = get_json(f"{settings['api_base_url'].rstrip('/')}/me/", token=tokens["access_token"])
    say(json.dumps(me, indent=2))


def sign_in_address(settings: dict[str, Any], tenant: dict[str, Any], *, port: int) -> tuple[str, str, str]:
    """Return the address of the tenant's sign-in, the state that must come back, and the secret half of PKCE."""
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "client_id": settings["client_id"],
        "response_type": "code",
        "redirect_uri": f"http://127.0.0.1:{port}/signed-in",
        "scope": " ".join(["openid", *settings["scopes"]]),
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{tenant['authorization_endpoint']}?{urlencode(asked)}", state, verifier


class CodeReceiver(BaseHTTPRequestHandler):
    """Takes the answer that the browser brings back."""

    def do_GET(self) -> None:
        """Keep the query and tell the person."""
        query = parse_qs(urlsplit(self.path).query)
        self.server.answer = {name: values[0] for name, values in query.items()}  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"Signed in. You can close this window.")

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: the address holds the code."""


def get_json(url: str, *, token: str | None = None) -> dict[str, Any]:
    """Return the JSON object at an address."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the portal and its tenant
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
        return json.load(answer)


def post_form(url: str, **fields: str) -> dict[str, Any]:
    """Send a form and return the JSON object that it is answered with."""
    with urllib.request.urlopen(url, data=urlencode(fields).encode(), timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
        return json.load(answer)


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

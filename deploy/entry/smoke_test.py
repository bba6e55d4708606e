"""Is the portal at an address fit to be used? `python -m deploy.entry.smoke_test https://portal.example`.

What the pipeline asks a new revision before it sends people there. Reads only, signs in as nobody, standard library
only: it runs on any machine with Python. Prints a line for each check; the exit status is the number of failed ones.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import ssl
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 15.0
RETRY_SECONDS = 3.0
ASSET = re.compile(r'(?:href|src)="(/static/[^"]+\.(?:css|js|svg|woff2))"')
HASHED = re.compile(r"\.[0-9a-f]{12}\.")
SECURITY_HEADERS = {
    "Strict-Transport-Security": "max-age=",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


class Failed(Exception):
    """A check that did not hold; the message says what was seen."""


@dataclass(frozen=True)
class Answer:
    """Status, headers and text of one answer; redirects are not followed."""

    status: int
    headers: http.client.HTTPMessage
    text: str


@dataclass(frozen=True)
class Portal:
    """Where the portal is. `host` and `behind_tls_proxy` speak to a server directly, as its own proxy would."""

    address: str
    host: str = ""
    behind_tls_proxy: bool = False

    def get(self, path: str) -> Answer:
        """Return the answer to a GET; raises Failed when nobody answers."""
        parts = urlsplit(self.address)
        if parts.scheme == "https":
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                parts.netloc, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
        else:
            connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_SECONDS)
        headers = {"User-Agent": "cgm-smoke-test", "Host": self.host or parts.netloc}
        if self.behind_tls_proxy:
            headers["X-Forwarded-Proto"] = "https"
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode("utf-8", "replace"))
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"no answer to {path}: {error}") from None
        finally:
            connection.close()

    def get_ok(self, path: str) -> Answer:
        """Return the answer to a GET; raises Failed unless it is 200."""
        return _expect(self.get(path), path=path, status=http.HTTPStatus.OK)


def _expect(answer: Answer, *, path: str, status: int) -> Answer:
    if answer.status != status:
        raise Failed(f"{path} answers {answer.status}, not {status}")
    return answer


def check_alive(portal: Portal) -> None:
    """The process answers."""
    portal.get_ok("/livez")


def check_ready(portal: Portal) -> None:
    """Database and broker answer it; every part is named."""
    told = json.loads(portal.get_ok("/readyz").text)
    if told["status"] != "ready":
        raise Failed(f"/readyz says {told['status']!r}: {told['parts']}")


def check_sign_in_page(portal: Portal) -> None:
    """The sign-in page is there with a form, and every style and script that it names."""
    page = portal.get_ok("/accounts/sign-in/").text
    if "csrfmiddlewaretoken" not in page:
        raise Failed("/accounts/sign-in/ has no form")
    assets = sorted(set(ASSET.findall(page)))
    if not any(HASHED.search(asset) for asset in assets):
        raise Failed("/accounts/sign-in/ names no hashed style or script: static files were not collected")
    for asset in assets:
        portal.get_ok(asset)


def check_security_headers(portal: Portal) -> None:
    """Pages carry the headers that browsers act on."""
    headers = portal.get_ok("/accounts/sign-in/").headers
    missing = [name for name, part in SECURITY_HEADERS.items() if part not in headers.get(name, "")]
    if missing:
        raise Failed(f"missing or weak headers: {', '.join(missing)}")


def check_api_is_closed(portal: Portal) -> None:
    """The API tells nothing to a stranger, in its own form of errors."""
    answer = _expect(portal.get("/api/v1/children/"), path="/api/v1/children/", status=http.HTTPStatus.UNAUTHORIZED)
    if "problem+json" not in answer.headers.get("Content-Type", ""):
        raise Failed(f"/api/v1/children/ answers {answer.headers.get('Content-Type')}, not a problem document")


def check_errors_tell_nothing(portal: Portal) -> None:
    """A page that does not exist shows no settings and no traceback."""
    text = _expect(portal.get("/no-such-page/"), path="/no-such-page/", status=http.HTTPStatus.NOT_FOUND).text
    if "Traceback" in text or "DEBUG = True" in text or "urlpatterns" in text:
        raise Failed("the page for unknown addresses shows how the portal is made: DEBUG is on")


CHECKS: tuple[Callable[[Portal], None], ...] = (
    check_alive,
    check_ready,
    check_sign_in_page,
    check_security_headers,
    check_api_is_closed,
    check_errors_tell_nothing,
)


def run_checks(portal: Portal, *, checks: Iterable[Callable[[Portal], None]] = CHECKS) -> list[str]:
    """Run every check and print a line for each; returns the failures."""
    failures = []
    for check in checks:
        name = check.__name__.removeprefix("check_").replace("_", " ")
        try:
            check(portal)
        except (Failed, ValueError, KeyError) as error:
            failures.append(f"{name}: {error}")
            sys.stdout.write(f"FAILED  {name}: {error}\n")
        else:
            sys.stdout.write(f"ok      {name}\n")
    return failures


def main(arguments: list[str]) -> int:
    """Wait until the address answers, then check it; returns the number of failures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="https://portal.example")
    parser.add_argument("--host", default="", help="the Host header, where the address is not the portal's own")
    parser.add_argument("--behind-tls-proxy", action="store_true", help="say that a proxy has ended TLS")
    parser.add_argument("--wait-seconds", type=float, default=120.0, help="how long it may take to be alive")
    given = parser.parse_args(arguments)
    portal = Portal(given.address.rstrip("/"), given.host, given.behind_tls_proxy)
    deadline = time.monotonic() + given.wait_seconds
    while time.monotonic() < deadline:
        try:
            check_alive(portal)
        except Failed:
            time.sleep(min(RETRY_SECONDS, max(0.0, deadline - time.monotonic())))
        else:
            break
    return len(run_checks(portal))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What the portal adds to a sign-in with the organisation, and to a request with one of its access tokens.

Yardsticks, measured in the same run and in turn: the bare exchange of a code for tokens at the same tenant (the
stand-in of the tests, by TLS); the same authenticated view with a token of ours. Goal: the portal's part of a sign-in
at most 1 s, also the first one of a process, whose first page of all (any page: imports, templates) is told apart.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from benchmarks.stage import private_portal
from tests.servers import RunningServer, WebServer, process_env
from tests.stand_ins.oidc import POLICY, TENANT, Tenant

BACKEND = "azuread-b2c-oauth2"
GOAL_SECONDS = 1.0
TIMEOUT_SECONDS = 30


def main() -> None:
    """Print seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sign-ins", type=int, default=20)
    parser.add_argument("--requests", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, private_portal():
        tenant = Tenant(folder=Path(folder, "tenant"), log=Path(folder, "tenant.log"))
        tenant_server = RunningServer(tenant)
        tenant_server.start()
        portal = start_portal(tenant, Path(folder, "logs"))
        try:
            tenant.register_portal(portal.url)
            measure_sign_ins(portal, tenant, count=arguments.sign_ins)
            measure_tokens(portal, tenant, count=arguments.requests)
        finally:
            portal.terminate()
            tenant_server.terminate()


def start_portal(tenant: Tenant, logs: Path) -> WebServer:
    """Start the real web process, set up for the tenant. Call it inside `private_portal`."""
    from tests.stand_ins.oidc_fixtures import b2c_env

    database = urlsplit(os.environ["DATABASE_URL"]).path.lstrip("/")
    portal = WebServer(env=process_env(database=database, **b2c_env(tenant)), logs=logs)
    portal.start()
    return portal


def measure_sign_ins(portal: WebServer, tenant: Tenant, *, count: int) -> None:
    """Sign people in, half of them for the first time; the first sign-in of the process is told apart."""
    _page, cold = timed(lambda: requests.get(f"{portal.url}/accounts/sign-in/", timeout=TIMEOUT_SECONDS))
    print(f"  first page of the process:  {cold:.3f} s")
    ours, bare = [], []
    for number in range(count + 1):
        login = f"person-{number // 2}"
        ours.append(seconds_of_portal(portal, tenant, login))
        bare.append(seconds_of_exchange(portal, tenant, login))
    first, rest, yardstick = ours[0], ours[1:], statistics.median(bare[1:])
    middle = statistics.median(rest)
    print(f"  portal's part of a sign-in: median {middle:.3f} s, slowest {max(rest):.3f} s, first {first:.3f} s")
    print(f"  bare exchange of the code:  median {yardstick:.3f} s; ratio {middle / yardstick:.1f}")
    print(f"  slowest of all {max(ours):.3f} s (goal at most {GOAL_SECONDS:g} s)")


def seconds_of_portal(portal: WebServer, tenant: Tenant, login: str) -> float:
    """Return the seconds of the portal's three answers: sign-in page, the way to the tenant, the way back."""
    with requests.Session() as browser:
        page, spent = timed(lambda: browser.get(f"{portal.url}/accounts/sign-in/", timeout=TIMEOUT_SECONDS))
        page.raise_for_status()
        form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        begin = f"{portal.url}/sign-in/login/{BACKEND}/"
        away, more = timed(lambda: browser.post(begin, form, allow_redirects=False, timeout=TIMEOUT_SECONDS))
        back = tenant.person_signs_in(away.headers["Location"], login)
        done, last = timed(lambda: browser.get(back, allow_redirects=False, timeout=TIMEOUT_SECONDS))
    if "sessionid" not in done.headers.get("Set-Cookie", ""):
        raise SystemExit(f"Not signed in: {done.status_code} {done.text[:300]}")
    return spent + more + last


def seconds_of_exchange(portal: WebServer, tenant: Tenant, login: str) -> float:
    """Return the seconds that the tenant alone takes to change a code into tokens."""
    base = f"{tenant.url}/{TENANT}.onmicrosoft.com/oauth2/v2.0"
    client = {
        "client_id": tenant.web_client_id,
        "redirect_uri": f"{portal.url}/sign-in/complete/{BACKEND}/",
    }
    asked = {**client, "response_type": "code", "scope": "openid", "p": POLICY}
    back = tenant.person_signs_in(f"{base}/authorize?{urlencode(asked)}", login)
    form = {
        **client,
        "client_secret": tenant.web_client_secret,
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(back).query)["code"][0],
    }
    url, trusted = f"{base}/token", tenant.certificate
    answer, spent = timed(lambda: requests.post(url, form, verify=trusted, timeout=TIMEOUT_SECONDS))
    answer.raise_for_status()
    return spent


def measure_tokens(portal: WebServer, tenant: Tenant, *, count: int) -> None:
    """Ask the same view with the tenant's token and with one of ours, in turn."""
    from accounts.models import User
    from accounts.services import issue_api_token

    theirs = tenant.app_tokens("person-0")["access_token"]
    user = User.objects.filter(social_auth__isnull=False).first()
    assert user is not None
    _token, ours = issue_api_token(user=user, name="benchmark")
    spent: dict[str, list[float]] = {theirs: [], ours: []}
    with requests.Session() as client:
        for _number in range(count + 1):
            for token, seconds in spent.items():
                headers = {"Authorization": f"Bearer {token}"}
                answer, took = timed(lambda h=headers: client.get(f"{portal.url}/api/v1/me/", headers=h, timeout=30))
                answer.raise_for_status()
                seconds.append(took)
    access, opaque = (sorted(seconds[1:]) for seconds in spent.values())
    for name, seconds in (("access token of the tenant", access), ("token of ours", opaque)):
        p95 = seconds[int(len(seconds) * 0.95)]
        print(f"  {name:<27} median {statistics.median(seconds) * 1e3:6.2f} ms, p95 {p95 * 1e3:6.2f} ms")
    print(f"  ratio {statistics.median(access) / statistics.median(opaque):.2f}")


def timed(work: Callable[[], requests.Response]) -> tuple[requests.Response, float]:
    """Return an answer and the seconds it took."""
    started = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - started


if __name__ == "__main__":
    main()

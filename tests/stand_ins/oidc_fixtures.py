"""Fixtures of the tenant to sign in with: one server for each test process, started by the first test that asks."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.models import PublishedKeys
from accounts.signing_keys import signing_keys
from cgm_portal.env import BASE_DIR
from tests.servers import RunningServer
from tests.stand_ins.oidc import POLICY, SCOPE, TENANT, Tenant

SIGN_IN_SETTINGS = str(BASE_DIR / "cgm_portal" / "settings" / "sign_in.py")


@pytest.fixture(scope="session")
def tenant_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Return the running tenant, which a test may stop and start again; `.server` is its `Tenant`."""
    folder = tmp_path_factory.mktemp("tenant")
    running = RunningServer(Tenant(folder=folder / "tenant", log=folder / "tenant.log"))
    running.start()
    yield running
    running.terminate()


@pytest.fixture
def tenant(tenant_server: RunningServer, monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Tenant]:
    """Return the tenant, running and trusted, without claims of other tests; no process knows its keys yet."""
    server = tenant_server.server
    assert isinstance(server, Tenant)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.certificate))
    server.forget_claims()
    signing_keys.cache_clear()
    PublishedKeys.objects.all().delete()
    yield server
    signing_keys.cache_clear()


def b2c_env(tenant: Tenant) -> dict[str, str]:
    """Return the environment of a portal that signs people in with Azure AD B2C."""
    return {
        "AZURE_B2C_CLIENT_ID": tenant.web_client_id,
        "AZURE_B2C_CLIENT_SECRET": tenant.web_client_secret,
        "AZURE_B2C_TENANT_NAME": TENANT,
        "AZURE_B2C_POLICY": POLICY,
        "AZURE_B2C_AUTHORITY_HOST": tenant.host,
        **_app_env(tenant),
    }


def entra_env(tenant: Tenant) -> dict[str, str]:
    """Return the environment of a portal that signs people in with Entra External ID."""
    return {
        "ENTRA_CLIENT_ID": tenant.web_client_id,
        "ENTRA_CLIENT_SECRET": tenant.web_client_secret,
        "ENTRA_TENANT_NAME": TENANT,
        "ENTRA_TENANT_ID": tenant.tenant_id,
        "ENTRA_AUTHORITY_HOST": tenant.host,
        **_app_env(tenant),
    }


def _app_env(tenant: Tenant) -> dict[str, str]:
    return {
        "AZURE_API_CLIENT_ID": tenant.api_client_id,
        "AZURE_API_SCOPE": SCOPE,
        "AZURE_APP_CLIENT_ID": tenant.app_client_id,
        "AZURE_B2C_REDIRECT_URI": "http://127.0.0.1/signed-in",
        "REQUESTS_CA_BUNDLE": str(tenant.certificate),
    }


@pytest.fixture
def configure(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], None]:
    """Return a function that gives this process the settings of sign-in that an environment makes."""

    def apply(env: dict[str, str]) -> None:
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        made: dict[str, Any] = runpy.run_path(SIGN_IN_SETTINGS)
        for name in (name for name in made if name.isupper()):
            setattr(settings, name, made[name])
        axes, *others = [b for b in settings.AUTHENTICATION_BACKENDS if not b.startswith(("social_core", "accounts"))]
        settings.AUTHENTICATION_BACKENDS = [axes, *made["SIGN_IN_BACKENDS"], *others]

    return apply


@pytest.fixture
def b2c(tenant: Tenant, configure: Callable[[dict[str, str]], None]) -> Tenant:
    """The tenant, with this process set up for Azure AD B2C."""
    configure(b2c_env(tenant))
    return tenant


@pytest.fixture
def entra(tenant: Tenant, configure: Callable[[dict[str, str]], None]) -> Tenant:
    """The tenant, with this process set up for Entra External ID."""
    configure(entra_env(tenant))
    return tenant

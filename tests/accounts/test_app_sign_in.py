"""What the mobile app is told about signing in, and the example client that uses it against a real portal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from accounts.invitations import invite
from accounts.models import Role, User
from cgm_portal.env import BASE_DIR
from tests.api.conftest import plain_client
from tests.servers import WebServer, process_env
from tests.stand_ins.oidc import POLICY, TENANT
from tests.stand_ins.oidc_fixtures import b2c_env

EXAMPLE = BASE_DIR / "examples" / "pkce_client" / "sign_in.py"
PERSON_SECONDS = 30


@pytest.mark.django_db
def test_the_app_is_told_what_msal_needs(b2c):
    answer = plain_client().get("/api/v1/sign-in/")

    assert answer.status_code == 200
    assert answer.json() == {
        "provider": "azure_ad_b2c",
        "client_id": b2c.app_client_id,
        "authority": f"{b2c.url}/{TENANT}.onmicrosoft.com/{POLICY}",
        "known_authorities": [b2c.host],
        "scopes": [b2c.b2c_scope],
        "redirect_uri": "http://127.0.0.1/signed-in",
        "api_base_url": "http://testserver/api/v1/",
    }


@pytest.mark.django_db
def test_the_same_for_entra(entra):
    told = plain_client().get("/api/v1/sign-in/").json()

    assert told["provider"] == "entra_external_id"
    assert told["authority"] == f"{entra.url}/{entra.tenant_id}"
    assert told["scopes"] == [entra.ciam_scope]


@pytest.mark.django_db
def test_no_secret_is_told(b2c):
    assert b2c.web_client_secret not in plain_client().get("/api/v1/sign-in/").content.decode()


@pytest.mark.django_db
def test_without_a_tenant_there_is_nothing_to_tell():
    answer = plain_client().get("/api/v1/sign-in/")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.django_db(transaction=True)
def test_the_example_client_signs_in_and_asks_who_it_is(tenant, tmp_path, supervisor, clinic):
    server = WebServer(env=process_env(database=connection.settings_dict["NAME"], **b2c_env(tenant)), logs=tmp_path)
    server.start()
    trusted = {"SSL_CERT_FILE": str(tenant.certificate), "PYTHONUNBUFFERED": "1"}
    client = subprocess.Popen(
        [sys.executable, str(EXAMPLE), server.url, "--no-browser"],
        env=process_env(database="none", **trusted),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert client.stdout is not None
        client.stdout.readline()
        address = client.stdout.readline().strip()
        back = tenant.person_signs_in(address, "amina")
        assert requests.get(back, timeout=PERSON_SECONDS).text.startswith("Signed in.")
        said, faults = client.communicate(timeout=PERSON_SECONDS)
        token = tenant.app_tokens("amina")["access_token"]
        _invitation, code = invite(invited_by=supervisor, role=Role.HEALTH_WORKER, clinic=clinic, programme=None)
        accepted = requests.post(
            f"{server.url}/api/v1/invitations/accept/",
            json={"code": code},
            headers={"Authorization": f"Bearer {token}"},
            timeout=PERSON_SECONDS,
        )
    finally:
        client.kill()
        server.terminate()

    assert client.returncode == 0, faults
    assert json.loads(said)["id"] == str(User.objects.get(social_auth__isnull=False).pk)
    assert accepted.status_code == 200, accepted.text
    assert accepted.json()["clinic"] == str(clinic.pk)


def test_two_tenants_at_once_are_refused(configure):
    with pytest.raises(ImproperlyConfigured, match="Choose one"):
        configure({"AZURE_B2C_CLIENT_ID": "a", "AZURE_B2C_TENANT_NAME": "t", "ENTRA_CLIENT_ID": "b"})


@pytest.mark.parametrize(
    "env", [{"AZURE_B2C_CLIENT_ID": "a"}, {"ENTRA_CLIENT_ID": "a"}, {"ENTRA_CLIENT_ID": "a", "ENTRA_TENANT_NAME": "t"}]
)
def test_a_tenant_without_its_name_is_refused(configure, env):
    with pytest.raises(ImproperlyConfigured, match="TENANT_NAME"):
        configure(env)


@pytest.mark.parametrize("roles", ["nurse", "[]", '{"a": "health_worker"}', '{"a": "nurse:1"}', '{"a": 1}'])
def test_roles_that_make_no_sense_stop_the_start(settings, roles):
    settings.SIGN_IN_ROLES = roles

    with pytest.raises(SystemCheckError, match="SIGN_IN_ROLES"):
        call_command("check")


def test_the_documentation_names_every_setting():
    text = (BASE_DIR / "docs" / "sign_in.md").read_text(encoding="utf-8")
    source = (BASE_DIR / "cgm_portal" / "settings" / "sign_in.py").read_text(encoding="utf-8")
    read = {part.split('"')[1] for part in source.split("env_")[1:] if part.startswith(("str(", "int(", "list("))}

    assert {name for name in read if f"`{name}`" not in text} == set()
    assert Path(EXAMPLE).relative_to(BASE_DIR).as_posix() in text

"""What only a real web server can be sent: two Authorization lines, and a header of a megabyte."""

from __future__ import annotations

from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.accounts.test_bearer import good_claims
from tests.servers import WebServer, process_env
from tests.stand_ins.oidc_fixtures import b2c_env

pytestmark = pytest.mark.django_db(transaction=True)


def status_of(server: WebServer, *tokens: str) -> int:
    """Ask who I am with one Authorization line for each token."""
    connection_to = HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    connection_to.putrequest("GET", "/api/v1/me/")
    for token in tokens:
        connection_to.putheader("Authorization", f"Bearer {token}")
    connection_to.endheaders()
    try:
        return connection_to.getresponse().status
    finally:
        connection_to.close()


def test_the_web_server_takes_one_token_of_ordinary_length(tenant, tmp_path):
    server = WebServer(env=process_env(database=connection.settings_dict["NAME"], **b2c_env(tenant)), logs=tmp_path)
    server.start()
    good = tenant.key.sign(good_claims(tenant))
    long = tenant.key.sign(good_claims(tenant, padding="x" * 1_000_000))
    try:
        assert status_of(server, good) == 200
        assert status_of(server, good, good) == 401
        assert status_of(server, "cgm_unknown", good) == 401
        assert status_of(server, long) in {400, 401, 431}
        tenant.rotate_key()
        assert status_of(server, tenant.key.sign(good_claims(tenant))) == 200
        assert status_of(server, good) == 401
    finally:
        server.terminate()

    assert "Traceback" not in server.log_text()
    assert good not in server.log_text()

"""The broker's address as the template writes it for Azure Managed Redis: TLS, a password with signs, a checked name.

The embedded Valkey knows no TLS, so a listener in front of it ends it, as Azure's does.
"""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import redis
from celery import Celery
from kombu.exceptions import OperationalError

from tests.deploy.arm import MODULES, parse_expression
from tests.stand_ins.certificates import make_certificate

USER, PASSWORD = "tls-test", "p/w+x=&?"
QUEUE = "over-tls"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a certificate for `localhost` and its key."""
    certificate_path, key_path = make_certificate(tmp_path_factory.mktemp("tls"))
    both = certificate_path.with_name("both.pem")
    both.write_bytes(certificate_path.read_bytes() + key_path.read_bytes())
    return both


def pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def tls_port(certificate: Path) -> Iterator[int]:
    """Return the port of a listener that ends TLS in front of this run's Valkey."""
    broker = urlsplit(os.environ["REDIS_URL"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                plain, _address = listener.accept()
                with suppress(OSError):  # a client that refuses the certificate
                    outer = context.wrap_socket(plain, server_side=True)
                    inner = socket.create_connection((broker.hostname or "", broker.port or 0))
                    for pair in ((outer, inner), (inner, outer)):
                        threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


@pytest.fixture
def address(tls_port: int) -> Iterator[str]:
    """Return REDIS_URL as `broker.json` builds it, for a user whose password has signs that addresses use."""
    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    client.acl_setuser(USER, enabled=True, passwords=[f"+{PASSWORD}"], keys=["*"], commands=["+@all"], channels=["*"])
    (secret,) = [one for one in MODULES["broker"].resources if one["name"].endswith("'/redis-url')]")]
    *_before, query = parse_expression(secret["properties"]["value"]).arguments
    yield f"rediss://{USER}:{quote(PASSWORD, safe='')}@localhost:{tls_port}{query}"
    client.delete(QUEUE)
    client.acl_deluser(USER)
    client.close()


def test_tasks_reach_the_broker_over_tls(address, certificate, settings, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    app = Celery("over-tls", broker=address, set_as_current=False)
    app.conf.update(task_ignore_result=True, broker_transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS)

    app.send_task("any.task", queue=QUEUE)

    with redis.Redis.from_url(address) as client:
        assert client.llen(QUEUE) == 1  # the list that the scaler of broker and workers counts


def test_a_broker_whose_certificate_nobody_vouches_for_is_refused(address):
    with redis.Redis.from_url(address) as client, pytest.raises(redis.ConnectionError, match="certificate"):
        client.ping()
    connection = Celery("over-tls", broker=address, set_as_current=False).connection()
    with pytest.raises(OperationalError, match="certificate"):
        connection.ensure_connection(max_retries=1, timeout=3)

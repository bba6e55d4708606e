"""A model endpoint on loopback that answers by the real scoring script, until it is told to misbehave.

It speaks HTTP as Azure's online endpoints do: POST with a bearer key, JSON back. Every way of misbehaving in
`MISBEHAVIOURS` is done on the wire, with true answers as the raw material. Beside it answers the identity service that
Azure's App Service gives a process (IDENTITY_ENDPOINT), whose token is the stand-in's key.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cgm_portal.local_services import LOOPBACK

KEY = "a-key-of-the-stand-in"
IDENTITY_SECRET = "a-secret-of-the-process"
RETRY_AFTER_S = 120
HUGE_BYTES = 10 * 1024 * 1024
Row = dict[str, Any]


class StandInEndpoint:
    """The running server. `misbehaviour`: a name of MISBEHAVIOURS, or "" for true answers."""

    def __init__(self, score: Callable[[bytes], Row]) -> None:
        """`score`: what answers a request, `ml_models.score.run`."""
        self.score = score
        self.misbehaviour = ""
        self.key = KEY
        self.requests: list[Row] = []
        self.headers: list[dict[str, str]] = []
        self.token_requests: list[dict[str, list[str]]] = []
        self.arrived = threading.Event()
        self.released = threading.Event()
        self.path = ""
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _handler(self))
        self._server.daemon_threads = True
        self.reset()

    def reset(self) -> None:
        """Behave, forget all calls and take another address: nobody has called there before."""
        self.released.set()
        self.misbehaviour, self.key = "", KEY
        self.requests, self.headers, self.token_requests = [], [], []
        self.arrived, self.released = threading.Event(), threading.Event()
        self.path = f"/{uuid.uuid4().hex}/score"

    @property
    def port(self) -> int:
        """Where it listens; it speaks no TLS."""
        return int(self._server.server_port)

    @property
    def url(self) -> str:
        """What AZURE_ML_ENDPOINT_URL holds."""
        return f"http://{LOOPBACK}:{self.port}{self.path}"

    @property
    def identity_url(self) -> str:
        """What IDENTITY_ENDPOINT holds."""
        return f"http://{LOOPBACK}:{self.port}/identity"

    @contextmanager
    def running(self) -> Iterator[StandInEndpoint]:
        """Serve until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.released.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def _handler(endpoint: StandInEndpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            endpoint.requests.append(json.loads(body))
            endpoint.headers.append(dict(self.headers))
            endpoint.arrived.set()
            if self.headers["Authorization"] != f"Bearer {endpoint.key}":
                send(self, 401, b'{"message": "key expired"}')
            elif endpoint.misbehaviour:
                MISBEHAVIOURS[endpoint.misbehaviour](self, endpoint, endpoint.score(body))
            else:
                send(self, 200, json.dumps(endpoint.score(body)).encode())

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path != "/identity" or self.headers["X-IDENTITY-HEADER"] != IDENTITY_SECRET:
                send(self, 403, b"{}")
                return
            endpoint.token_requests.append(parse_qs(asked.query))
            ends = int(time.time()) + 3600
            token = {"access_token": endpoint.key, "expires_on": str(ends), "token_type": "Bearer"}
            send(self, 200, json.dumps(token).encode())

        def log_message(self, *_arguments: object) -> None:
            """Write nothing to the tests' output."""

    return Handler


def send(
    handler: BaseHTTPRequestHandler, status: int, body: bytes, *, kind: str = "application/json", **headers: str
) -> None:
    """Answer with a whole body; `Retry_After="3"` becomes the header Retry-After."""
    handler.send_response(status)
    for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    try:
        handler.wfile.write(body)
    except OSError:
        handler.close_connection = True  # the client has had enough


def _error_500(handler: BaseHTTPRequestHandler, _endpoint: StandInEndpoint, _row: Row) -> None:
    send(handler, 500, b'{"error": "model crashed"}')


def _busy_503(handler: BaseHTTPRequestHandler, _endpoint: StandInEndpoint, _row: Row) -> None:
    send(handler, 503, b"", Retry_After=str(RETRY_AFTER_S))


def _html_200(handler: BaseHTTPRequestHandler, _endpoint: StandInEndpoint, _row: Row) -> None:
    send(handler, 200, b"<!doctype html><title>Sign in</title>", kind="text/html; charset=utf-8")


def _invalid_json(handler: BaseHTTPRequestHandler, _endpoint: StandInEndpoint, row: Row) -> None:
    send(handler, 200, json.dumps(row).encode()[:-20])


def _nan(handler: BaseHTTPRequestHandler, _endpoint: StandInEndpoint, row: Row) -> None:
    send(handler, 200, json.dumps(row | {"height_cm": float("nan")}).encode())


def _negative_cm(handler: BaseHTTPRequestHandler, _endpoint: StandInEndpoint, row: Row) -> None:
    send(handler, 200, json.dumps(row | {"height_cm": -row["height_cm"]}).encode())


def _absurd(handler: BaseHTTPRequestHandler, _endpoint: StandInEndpoint, row: Row) -> None:
    """Twice the length with all that belongs to it: whole, finite, consistent, and of no child of this age."""
    doubled = {percent: [2 * bound for bound in bounds] for percent, bounds in row["intervals"]["height_cm"].items()}
    row["height_cm"] *= 2
    row["sd"]["height_cm"] *= 2
    row["intervals"]["height_cm"] = doubled
    send(handler, 200, json.dumps(row).encode())


def _missing_field(handler: BaseHTTPRequestHandler, _endpoint: StandInEndpoint, row: Row) -> None:
    del row["confidence_score"]
    send(handler, 200, json.dumps(row).encode())


def _ten_megabytes(handler: BaseHTTPRequestHandler, _endpoint: StandInEndpoint, row: Row) -> None:
    """A true answer after 10 MB of white space, of a length that is not announced."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Connection", "close")
    handler.end_headers()
    handler.close_connection = True
    try:
        handler.wfile.write(b" " * HUGE_BYTES + json.dumps(row).encode())
    except OSError:
        return  # the client has had enough


def _hang(handler: BaseHTTPRequestHandler, endpoint: StandInEndpoint, _row: Row) -> None:
    endpoint.released.wait(30)
    handler.close_connection = True


def _drip(handler: BaseHTTPRequestHandler, endpoint: StandInEndpoint, _row: Row) -> None:
    """One byte of a header at a time: no single read ever waits long."""
    handler.close_connection = True
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not endpoint.released.wait(0.02):
            handler.wfile.write(b"x")
    except OSError:
        return  # the client has had enough


def _reset_in_body(handler: BaseHTTPRequestHandler, _endpoint: StandInEndpoint, row: Row) -> None:
    body = json.dumps(row).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close by RST
    handler.close_connection = True
    handler.connection.close()


def _wrong_version(handler: BaseHTTPRequestHandler, _endpoint: StandInEndpoint, row: Row) -> None:
    send(handler, 200, json.dumps(row | {"model_version": "proportions-9.9.9"}).encode())


def _expired_key(handler: BaseHTTPRequestHandler, _endpoint: StandInEndpoint, _row: Row) -> None:
    send(handler, 401, b'{"message": "key expired"}')


def _redirect(handler: BaseHTTPRequestHandler, endpoint: StandInEndpoint, _row: Row) -> None:
    send(handler, 307, b"", Location=endpoint.url)


#: What it does instead of a true answer, given what that would have been.
MISBEHAVIOURS: dict[str, Callable[[BaseHTTPRequestHandler, StandInEndpoint, Row], None]] = {
    "error_500": _error_500,
    "busy_503": _busy_503,
    "html_200": _html_200,
    "invalid_json": _invalid_json,
    "nan": _nan,
    "negative_cm": _negative_cm,
    "absurd": _absurd,
    "missing_field": _missing_field,
    "ten_megabytes": _ten_megabytes,
    "hang": _hang,
    "drip": _drip,
    "reset_in_body": _reset_in_body,
    "wrong_version": _wrong_version,
    "expired_key": _expired_key,
    "redirect": _redirect,
}

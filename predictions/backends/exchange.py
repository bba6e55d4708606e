"""One POST under a deadline: JSON out, the body of a 200 answer in, or an EndpointError.

Decides what an acceptable HTTP answer is; what its body says is judged in `endpoint_answer`. urllib3's timeouts hold
for each read alone, so the exchange runs in a thread of its own and is cut at the deadline, whatever drips in.
No redirect is followed and no proxy of the environment is used: the key goes to the configured host and nowhere else.
"""

from __future__ import annotations

import contextvars
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

import urllib3
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    ReadTimeoutError,
    SSLError,
)

from predictions.backends.reasons import EndpointError, FallbackReason

Answer = TypeVar("Answer")
CHUNK_BYTES = 16 * 1024
#: An answer for one session has about 1 kB.
MAX_ANSWER_BYTES = 64 * 1024
#: Of the time of a try; a host that does not take the connection within it is away.
CONNECT_SHARE = 0.6
#: Azure's front answers 424 in the place of every error of the scoring script, whose own status stands here.
#: Source: Microsoft Learn, "Troubleshoot online endpoint deployment and scoring", HTTP status codes.
MODEL_STATUS_HEADER = "ms-azureml-model-error-statuscode"
_PATIENCE = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
_KEY_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


class Exchange:
    """One request and its answer, which another thread may cut off."""

    def __init__(self, url: str, *, seconds: float) -> None:
        self._seconds = seconds
        self._sockets: list[socket.socket] = []
        self._is_cut = False
        parts = urlsplit(url)
        self._target = parts._replace(scheme="", netloc="").geturl() or "/"
        timeout = urllib3.Timeout(connect=seconds * CONNECT_SHARE, read=seconds)
        options: dict[str, Any] = {"port": parts.port, "timeout": timeout, "retries": False, "maxsize": 1}
        host = parts.hostname or ""
        if parts.scheme == "https":
            self._pool: HTTPConnectionPool = HTTPSConnectionPool(host, ssl_context=_tls(), **options)
        else:
            self._pool = HTTPConnectionPool(host, **options)
        self._pool.ConnectionCls = self._watched(self._pool.ConnectionCls)

    def post(self, body: bytes, headers: Mapping[str, str]) -> bytes:
        """Send `body` and return the answer's; raises EndpointError for everything but JSON with status 200."""
        try:
            response = self._pool.urlopen(
                "POST",
                self._target,
                body=body,
                headers={
                    **headers,
                    "Content-Type": "application/json",
                    "Accept": "application/json",
                    "Accept-Encoding": "identity",
                    "Connection": "close",
                },
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            _refuse_status(response)
            _refuse_type(response)
            return _read(response)
        except HTTPError as error:
            raise _as_endpoint_error(error) from None  # urllib3's texts name the host
        finally:
            self._pool.close()

    def cut(self) -> None:
        """End the exchange at once, from another thread."""
        self._is_cut = True
        for opened in self._sockets:
            try:
                socket.socket.shutdown(opened, socket.SHUT_RDWR)
            except OSError:
                continue  # it has ended by itself

    def _watched(self, base: Any) -> Any:
        exchange = self

        class Watched(base):
            def connect(self) -> None:
                super().connect()
                exchange._sockets.append(self.sock)
                if exchange._is_cut:
                    exchange.cut()

        return Watched


def within(seconds: float, work: Callable[[], Answer], *, cut: Callable[[], None]) -> Answer:
    """Return what `work` returns or raise what it raises; after `seconds`, `cut` it and raise EndpointError(timeout).

    `work` runs in a thread that carries the caller's trace; it may block in a name look-up longer than `cut` reaches,
    and is then left to end by itself.
    """
    answers: list[Answer] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again where the caller waits
            errors.append(error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,), name="endpoint", daemon=True)
    thread.start()
    thread.join(max(seconds, 0))
    if errors:
        raise errors[0]
    if not answers:
        cut()
        raise EndpointError(FallbackReason.TIMEOUT, f"nothing whole within {seconds:.1f} s")
    return answers[0]


def _refuse_status(response: urllib3.BaseHTTPResponse) -> None:
    status = response.status
    if status == HTTPStatus.OK:
        return
    if status == HTTPStatus.FAILED_DEPENDENCY:
        told = response.headers.get(MODEL_STATUS_HEADER, "")
        status = int(told) if told.isdecimal() else HTTPStatus.INTERNAL_SERVER_ERROR
    patience = _seconds(response.headers.get("Retry-After")) if status in _PATIENCE else None
    raise EndpointError(_reason_of(status), f"status {status}", retry_after_s=patience)


def _reason_of(status: int) -> FallbackReason:
    if status in _KEY_REFUSED:
        return FallbackReason.KEY_REFUSED
    if status in _PATIENCE:
        return FallbackReason.OVERLOADED
    if status == HTTPStatus.REQUEST_TIMEOUT:
        return FallbackReason.TIMEOUT
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return FallbackReason.REDIRECTED
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return FallbackReason.REQUEST_REFUSED
    return FallbackReason.HTTP_ERROR


def _refuse_type(response: urllib3.BaseHTTPResponse) -> None:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise EndpointError(FallbackReason.NOT_JSON, "not announced as plain JSON")


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    announced = response.headers.get("Content-Length", "0")
    body = bytearray()
    if not announced.isdecimal() or int(announced) <= MAX_ANSWER_BYTES:
        for chunk in response.stream(CHUNK_BYTES, decode_content=False):
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                break
        else:
            return bytes(body)
    raise EndpointError(FallbackReason.TOO_LARGE, f"more than {MAX_ANSWER_BYTES} bytes")


def _as_endpoint_error(error: HTTPError) -> EndpointError:
    if isinstance(error, ConnectTimeoutError):  # refused, not found or silent
        reason = FallbackReason.UNREACHABLE
    elif isinstance(error, ReadTimeoutError):
        reason = FallbackReason.TIMEOUT
    elif isinstance(error, SSLError):
        reason = FallbackReason.TLS_FAILED
    else:
        reason = FallbackReason.CONNECTION_LOST
    return EndpointError(reason, type(error).__name__)


def _seconds(retry_after: str | None) -> float | None:
    """Return the seconds of a Retry-After header; a date counts as too long to wait for."""
    if retry_after is None:
        return None
    return float(retry_after) if retry_after.strip().isdecimal() else float("inf")


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()

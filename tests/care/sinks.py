"""Receivers of notices that really listen: an SMTP server and an HTTP server, each on a port of its own."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast


@dataclass(frozen=True)
class Posted:
    """One POST as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpSink:
    """What an HTTP server received; it answers with `statuses` in turn, then 204."""

    port: int = 0
    statuses: list[int] = field(default_factory=list)
    posts: list[Posted] = field(default_factory=list)


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        sink = cast(Any, self.server).sink
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sink.posts.append(Posted(path=self.path, headers=dict(self.headers), body=body))
        status = sink.statuses.pop(0) if sink.statuses else 204
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"http://127.0.0.1:{sink.port}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@contextmanager
def http_sink() -> Iterator[HttpSink]:
    """Run an HTTP server for a test."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hook)
    sink = HttpSink(port=server.server_address[1])
    cast(Any, server).sink = sink
    with _running(server):
        yield sink


@dataclass
class SmtpSink:
    """What an SMTP server received: each message with its recipients. `refuses`: it takes nobody's mail."""

    port: int = 0
    refuses: bool = False
    messages: list[tuple[list[str], str]] = field(default_factory=list)


class _Mail(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as Django's client speaks without encryption or a password."""

    def handle(self) -> None:
        sink = cast(Any, self.server).sink
        recipients: list[str] = []
        self._say("220 sink")
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            verb = line[:4].upper()
            if verb == "RCPT" and sink.refuses:
                self._say("550 nobody here")
            elif verb == "RCPT":
                recipients.append(line.partition(":")[2].strip("<> "))
                self._say("250 ok")
            elif verb == "DATA":
                self._say("354 go on")
                sink.messages.append((recipients, self._message()))
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _message(self) -> str:
        lines = []
        for raw in self.rfile:
            if raw == b".\r\n":
                break
            lines.append(raw.decode())
        return "".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def smtp_sink() -> Iterator[SmtpSink]:
    """Run an SMTP server for a test."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail)
    server.daemon_threads = True
    sink = SmtpSink(port=server.server_address[1])
    cast(Any, server).sink = sink
    with _running(server):
        yield sink


@contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

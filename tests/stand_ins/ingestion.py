"""A local ingestion sink: takes what Azure Monitor's exporters and OTLP exporters send, and keeps it unpacked.

`POST /v2.1/track` as Application Insights answers it, `POST /v1/traces|metrics|logs` as an OTLP/HTTP collector does.
`python -m tests.stand_ins.ingestion PORT` runs one that keeps nothing and says its address, for benchmarks.
"""

from __future__ import annotations

import gzip
import json
import sys
import threading
import zlib
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cgm_portal.local_services import LOOPBACK

INSTRUMENTATION_KEY = "00000000-0000-0000-0000-0000000c9001"
TRACK = "/v2.1/track"


@dataclass(frozen=True)
class Payload:
    """One request body, unpacked."""

    path: str
    body: bytes


class _Handler(BaseHTTPRequestHandler):
    server: IngestionSink
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        encoding = self.headers.get("Content-Encoding", "")
        if encoding == "gzip":
            body = gzip.decompress(body)
        elif encoding == "deflate":
            body = zlib.decompress(body)
        self.server.keep(Payload(path=self.path, body=body))
        answer = b""
        if self.path == TRACK:
            count = len(_envelopes(body))
            answer = json.dumps({"itemsReceived": count, "itemsAccepted": count, "errors": []}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json" if answer else "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


class IngestionSink(ThreadingHTTPServer):
    """The sink on a free loopback port; `payloads` holds everything that has arrived."""

    daemon_threads = True

    def __init__(self, *, port: int = 0, keeps: bool = True) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self._keeps = keeps
        self._lock = threading.Lock()
        self.payloads: list[Payload] = []
        self.url = f"http://{LOOPBACK}:{self.server_address[1]}"

    @property
    def connection_string(self) -> str:
        """What APPLICATIONINSIGHTS_CONNECTION_STRING holds."""
        return f"InstrumentationKey={INSTRUMENTATION_KEY};IngestionEndpoint={self.url}/;LiveEndpoint={self.url}/"

    def keep(self, payload: Payload) -> None:
        """Keep what arrived."""
        if self._keeps:
            with self._lock:
                self.payloads.append(payload)

    def start(self) -> None:
        """Serve from a thread of this process."""
        threading.Thread(target=self.serve_forever, name="ingestion", daemon=True).start()

    def envelopes(self, base_type: str = "") -> list[dict[str, Any]]:
        """Return Azure Monitor's telemetry items, of one type (`RequestData`, `EventData` ...) or all."""
        items = [item for payload in self.payloads if payload.path == TRACK for item in _envelopes(payload.body)]
        return [item for item in items if not base_type or item["data"]["baseType"] == base_type]

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the attributes of the custom events called `name`."""
        found = [item["data"]["baseData"] for item in self.envelopes("EventData")]
        return [data["properties"] for data in found if data["name"] == name]

    def bodies(self) -> str:
        """Return all that arrived as one text, to be searched."""
        return "\n".join(payload.body.decode("utf-8", errors="replace") for payload in self.payloads)


def _envelopes(body: bytes) -> list[dict[str, Any]]:
    text = body.decode()
    if text.lstrip().startswith("["):
        return json.loads(text)
    return [json.loads(line) for line in text.splitlines() if line.strip()]


if __name__ == "__main__":
    lonely = IngestionSink(port=int(sys.argv[1]), keeps=False)
    sys.stdout.write(f"{lonely.url}\n")
    sys.stdout.flush()
    lonely.serve_forever()

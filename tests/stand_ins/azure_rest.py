"""A local sink for Microsoft's SDK: takes what it sends to Azure Resource Manager, keeps it, and answers plausibly.

It is no Azure: whatever is put is there at once and is answered back, nothing is checked, nothing runs. What is sent is
the point; `tests/predictions/test_azureml_requests.py` holds it against the published specification. The SDK finds it
as it finds any other cloud, by ARM_CLOUD_METADATA_URL, and speaks TLS to it.
"""

from __future__ import annotations

import json
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cgm_portal.local_services import LOOPBACK

CLOUD = "SinkOfTheTests"
NOW = "2026-01-01T00:00:00Z"
ENDPOINT_KEY = "key-of-the-stand-in"
_DEPLOYMENTS = re.compile(r"/providers/Microsoft\.Resources/deployments/[^/]+$", re.I)
Document = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """One request: `query` and `body` parsed, `path` without the query."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    authorization: str


@dataclass
class AzureSink:
    """What has been sent, and what there is. `scoring_url`: where endpoints are said to answer; `code_url`: a
    container with its signature, into which code is uploaded."""

    certificate: Path
    scoring_url: str = ""
    code_url: str = ""
    url: str = ""
    sent: list[Sent] = field(default_factory=list)
    resources: dict[str, Document] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What makes the SDK of a process find the sink and trust its certificate."""
        metadata = f"{self.url}/metadata/endpoints?api-version=2019-05-01"
        return {"ARM_CLOUD_METADATA_URL": metadata, "REQUESTS_CA_BUNDLE": str(self.certificate)}

    def written(self, ending: str) -> list[Sent]:
        """Return what was put, posted or patched to paths that match the expression `ending` at their end."""
        wanted = re.compile(f"(?:{ending})$")
        return [one for one in self.sent if one.method != "GET" and wanted.search(one.path)]

    def body_of(self, ending: str) -> Document:
        """Return the body of the one such request."""
        (one,) = self.written(ending)
        assert isinstance(one.body, dict)
        return one.body

    def answer(self, sent: Sent) -> tuple[int, Document]:
        """Keep a request and return status and document of its answer."""
        self.sent.append(sent)
        key = sent.path.lower()
        if sent.path == "/metadata/endpoints":
            return 200, self._cloud()
        if sent.method == "POST":
            return 200, self._action(sent)
        if sent.method in {"PUT", "PATCH"}:
            return self._put(sent)
        if key in self.resources:
            return 200, self.resources[key]
        if self._is_collection(key):
            below = [there for name, there in self.resources.items() if name.rpartition("/")[0] == key]
            return 200, {"value": below}
        return 404, {"error": {"code": "ResourceNotFound", "message": f"There is no {sent.path.rpartition('/')[2]}."}}

    def put_resource(self, path: str, document: Document) -> None:
        """Let there be a resource without a request for it."""
        name, kind = path.rpartition("/")[2], "/".join(path.split("/")[6::2][:2])
        properties = {"provisioningState": "Succeeded", **document.get("properties", {})}
        if "/models/" in path:
            properties.setdefault("flavors", {})  # the SDK reads it of every answer
        self.resources[path.lower()] = {
            "id": path, "name": name, "type": f"Microsoft.MachineLearningServices/{kind}",
            "systemData": {"createdAt": NOW, "createdBy": "sink", "lastModifiedAt": NOW},
            **document, "properties": properties,
        }  # fmt: skip

    def _put(self, sent: Sent) -> tuple[int, Document]:
        there = self.resources.get(sent.path.lower())
        document = dict(sent.body)
        if sent.method == "PATCH" and there is not None:
            document = {**there, **document, "properties": {**there["properties"], **document.get("properties", {})}}
        if "/onlineendpoints/" in sent.path.lower() and "/deployments/" not in sent.path.lower():
            document["properties"] = {**document["properties"], "scoringUri": self.scoring_url}
        if _DEPLOYMENTS.search(sent.path):  # an ARM template: its resources are there at once
            self._apply_template(sent.path, document["properties"])
        self.put_resource(sent.path, document)
        return (200 if there else 201), self.resources[sent.path.lower()]

    def _apply_template(self, path: str, properties: Document) -> None:
        group = path.lower().split("/providers/")[0]
        name = properties["parameters"]["workspaceName"]["value"]
        location = properties["parameters"]["location"]["value"]
        workspace = f"{group}/providers/Microsoft.MachineLearningServices/workspaces/{name}"
        self.put_resource(workspace, {"location": location, "properties": {}})

    def _action(self, sent: Sent) -> Document:
        action = sent.path.rpartition("/")[2].lower()
        if action == "startpendingupload":
            container = self.code_url.partition("?")[0]
            credential = {"credentialType": "SAS", "sasUri": self.code_url}
            where = {"blobUri": container, "credential": credential, "storageAccountArmId": "sink"}
            return {"pendingUploadId": "1", "pendingUploadType": "None", "blobReferenceForConsumption": where}
        if action == "listkeys":
            return {"primaryKey": ENDPOINT_KEY, "secondaryKey": ENDPOINT_KEY}
        return {}

    def _is_collection(self, key: str) -> bool:
        names = (
            "computes",
            "jobs",
            "versions",
            "models",
            "datastores",
            "deployments",
            "onlineendpoints",
            "codes",
            "operations",
        )
        return key.rpartition("/")[2] in names

    def _cloud(self) -> Document:
        return {
            "name": CLOUD,
            "portal": "https://portal.azure.com",
            "resourceManager": self.url,
            "authentication": {"loginEndpoint": self.url, "audiences": [self.url]},
            "suffixes": {"storage": "core.windows.net"},
        }


@contextmanager
def azure_sink(certificate: Path, key: Path) -> Iterator[AzureSink]:
    """Serve a sink by TLS on a free loopback port."""
    sink = AzureSink(certificate=certificate)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = json.loads(raw) if raw else None
            authorization = self.headers.get("Authorization", "")
            status, document = sink.answer(Sent(self.command, parts.path, query, body, authorization))
            answer = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _serve

        def log_message(self, *args: Any) -> None:
            """Say nothing: tokens are in the headers."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    sink.url = f"https://{LOOPBACK}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)

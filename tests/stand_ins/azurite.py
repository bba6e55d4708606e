"""Azurite: Microsoft's own stand-in for Azure Blob Storage, with an account of its own on a free loopback port.

With a certificate it speaks TLS and takes bearer tokens (`--oauth basic`), as managed identities need.
"""

from __future__ import annotations

import base64
import secrets
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from cgm_portal.local_services import LOOPBACK, usable_port
from cgm_portal.processes import ProcessSpec
from tests.stand_ins.node import HOME, node_spec

ACCOUNT = "cgmtests"
SCRIPT = HOME / "node_modules/azurite/dist/src/blob/main.js"


@dataclass(frozen=True)
class Azurite:
    """One blob server below `folder`; the account's key is made anew for each."""

    folder: Path
    log: Path
    certificate: tuple[Path, Path] | None = None  # certificate, key
    port: int = field(default_factory=lambda: usable_port(None))
    key: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(64)).decode())

    @property
    def scheme(self) -> str:
        """https with a certificate."""
        return "https" if self.certificate else "http"

    @property
    def url(self) -> str:
        """Address of the account: containers are below it."""
        return f"{self.scheme}://{LOOPBACK}:{self.port}/{ACCOUNT}"

    @property
    def connection_string(self) -> str:
        """What AZURE_STORAGE_CONNECTION_STRING holds."""
        protocol = f"DefaultEndpointsProtocol={self.scheme}"
        return f"{protocol};AccountName={ACCOUNT};AccountKey={self.key};BlobEndpoint={self.url};"

    def spec(self) -> ProcessSpec:
        """Describe the server process."""
        arguments: tuple[str, ...] = ("--silent", "--disableTelemetry", "--location", str(self.folder))
        if self.certificate:
            arguments += ("--oauth", "basic", "--cert", str(self.certificate[0]), "--key", str(self.certificate[1]))
        return node_spec(
            name="azurite",
            script=SCRIPT,
            arguments=(*arguments, "--blobHost", LOOPBACK, "--blobPort", str(self.port)),
            env={"AZURITE_ACCOUNTS": f"{ACCOUNT}:{self.key}"},
            log=self.log,
        )

    def is_ready(self) -> bool:
        """Say whether it answers; without a signature the answer is a refusal."""
        trust = ssl.create_default_context(cafile=str(self.certificate[0])) if self.certificate else None
        try:
            urllib.request.urlopen(f"{self.url}?comp=list", timeout=2, context=trust).close()  # noqa: S310
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

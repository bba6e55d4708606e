"""Azurite: Microsoft's own stand-in for Azure Blob Storage, with an account of its own on a free loopback port."""

from __future__ import annotations

import base64
import secrets
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
    port: int = field(default_factory=lambda: usable_port(None))
    key: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(64)).decode())

    @property
    def url(self) -> str:
        """Address of the account: containers are below it."""
        return f"http://{LOOPBACK}:{self.port}/{ACCOUNT}"

    @property
    def connection_string(self) -> str:
        """What AZURE_STORAGE_CONNECTION_STRING holds."""
        return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={self.key};BlobEndpoint={self.url};"

    def spec(self) -> ProcessSpec:
        """Describe the server process."""
        arguments = ("--silent", "--disableTelemetry", "--location", str(self.folder))
        return node_spec(
            name="azurite",
            script=SCRIPT,
            arguments=(*arguments, "--blobHost", LOOPBACK, "--blobPort", str(self.port)),
            env={"AZURITE_ACCOUNTS": f"{ACCOUNT}:{self.key}"},
            log=self.log,
        )

    def is_ready(self) -> bool:
        """Say whether it answers; without a signature the answer is a refusal."""
        try:
            urllib.request.urlopen(f"{self.url}?comp=list", timeout=2).close()  # noqa: S310
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

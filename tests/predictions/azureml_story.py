"""An Azure of stand-ins for the commands of `manage.py azureml`: the sink, Azurite, a managed identity."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import BlobServiceClient, ContainerSasPermissions, generate_container_sas
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from predictions.azureml.containers import MODEL_REGISTRY, container, put_files
from tests.stand_ins.azure_rest import CLOUD, AzureSink, azure_sink
from tests.stand_ins.azurite import ACCOUNT, Azurite
from tests.stand_ins.certificates import make_certificate
from tests.stand_ins.identity import identity_endpoint

SUBSCRIPTION = "11111111-2222-4333-8444-555555555555"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/cgm-production-rg"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/child-growth-monitor-ml"
ENDPOINT = f"{WORKSPACE}/onlineEndpoints/cgm-anthropometric-service"
CODE_CONTAINER = "code-of-jobs"


@dataclass
class Azure:
    """A subscription of the stand-ins: `run("status")` runs a command and returns what it says."""

    sink: AzureSink
    azurite: Azurite
    said: dict[str, str] = field(default_factory=dict)

    def run(self, *words: Any) -> str:
        """Run `manage.py azureml` with these words; what it sends stays in `sink.sent`."""
        out = io.StringIO()
        call_command("azureml", *[str(word) for word in words], stdout=out)
        return out.getvalue()

    def blobs(self, container: str) -> dict[str, int]:
        """Return names and sizes of a container's blobs."""
        client = BlobServiceClient.from_connection_string(self.azurite.connection_string)
        return {blob.name: blob.size for blob in client.get_container_client(container).list_blobs()}


@contextmanager
def stand_in_azure(folder: Path, azurite: Azurite, *, scoring_url: str = "") -> Iterator[Azure]:
    """Let the commands of this process find the stand-ins, as they would find another cloud."""
    certificate, key = make_certificate(folder)
    options = {"connection_string": azurite.connection_string, "azure_container": "ml-models-of-azureml"}
    store = {"BACKEND": "cgm_portal.azure_storage.PrivateAzureStorage", "OPTIONS": options}
    with (
        pytest.MonkeyPatch.context() as patch,
        azure_sink(certificate, key) as sink,
        identity_endpoint() as identity,
        override_settings(STORAGES={**settings.STORAGES, "ml_models": store}, AZURE_STORAGE_ACCOUNT_NAME=ACCOUNT),
    ):
        sink.scoring_url, sink.code_url = scoring_url, _code_url(azurite)
        for name, value in {**sink.environment, **identity.environment}.items():
            patch.setenv(name, value)
        patch.setenv("AZURE_SUBSCRIPTION_ID", SUBSCRIPTION)
        patch.setenv("AZURE_RESEARCH_STORAGE_ACCOUNT", "cgmresearch")
        patch.setenv("AZUREML_CURRENT_CLOUD", CLOUD)  # the SDK sets it by itself, and would leave it behind
        yield Azure(sink, azurite)


def _code_url(azurite: Azurite) -> str:
    client = BlobServiceClient.from_connection_string(azurite.connection_string)
    container = client.get_container_client(CODE_CONTAINER)
    if not container.exists():
        container.create_container()
    signature = generate_container_sas(
        ACCOUNT,
        CODE_CONTAINER,
        account_key=azurite.key,
        permission=ContainerSasPermissions(read=True, write=True, create=True, list=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )
    return f"{azurite.url}/{CODE_CONTAINER}?{signature}"


def write_weights(folder: Path, *, name: str, version: str) -> None:
    """Write something that is what its manifest says."""
    payload = f"{name}{version}".encode()
    manifest = {
        "kind": name, "name": name, "version": version, "weights_file": "weights.safetensors",
        "sha256": hashlib.sha256(payload).hexdigest(), "pose_backend": "mediapipe-pose-full/0", "metrics": {},
    }  # fmt: skip
    folder.mkdir(exist_ok=True)
    (folder / "weights.safetensors").write_bytes(payload)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def put_output(job: str, folder: Path) -> None:
    """Store `folder` where a training job writes its weights."""
    files = {f"training/{job}/proportions-0.3.0/{path.name}": path for path in folder.iterdir()}
    put_files(container(MODEL_REGISTRY), files)

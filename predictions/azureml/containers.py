"""Containers of the portal's storage account that Azure Machine Learning reads and writes beside the portal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from azure.core.exceptions import ResourceExistsError
from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages

from cgm_portal.azure_storage import PrivateAzureStorage, store_errors
from cgm_portal.errors import DomainError

TRAINING_DATA, MODEL_REGISTRY = "training-data", "model-registry"


def container(name: str) -> PrivateAzureStorage:
    """Return the container `name` of the account that the portal's storage settings name.

    Raises DomainError("storage_not_azure") while the portal keeps its files in folders.
    """
    options = settings.STORAGES["ml_models"]["OPTIONS"]
    if "azure_container" not in options:
        raise DomainError(
            "storage_not_azure",
            "Files are kept in local folders. Set AZURE_STORAGE_ACCOUNT_NAME or AZURE_STORAGE_CONNECTION_STRING to the "
            "storage account that Azure Machine Learning reads.",
        )
    kept = storages.create_storage({**settings.STORAGES["ml_models"], "OPTIONS": {**options, "azure_container": name}})
    assert isinstance(kept, PrivateAzureStorage)
    return kept


def released_weights() -> PrivateAzureStorage:
    """Return the container of released weights."""
    return container(settings.STORAGES["ml_models"]["OPTIONS"].get("azure_container", ""))


def create_if_missing(kept: PrivateAzureStorage) -> None:
    """Create the container; one that exists stays as it is."""
    with store_errors():
        try:
            kept.client.create_container()
        except ResourceExistsError:
            return


def put_files(kept: PrivateAzureStorage, files: Mapping[str, Path]) -> list[str]:
    """Store files under their blob names and return the names that were new.

    What is there already is left: everything here is named by version or hash. Raises DomainError("blob_differs") for
    a blob of another size, OSError as `store_errors` does.
    """
    new = []
    for name, path in files.items():
        with store_errors():
            if kept.exists(name):
                if kept.size(name) != path.stat().st_size:
                    text = f"{name} is stored with another content. What is released is never overwritten."
                    raise DomainError("blob_differs", f"{text} Give a new version.")
                continue
            with path.open("rb") as content:
                kept.save(name, File(content))
        new.append(name)
    return new


def get_files(kept: PrivateAzureStorage, folder: str, into: Path) -> list[Path]:
    """Fetch all blobs below `folder` into the folder `into`, by their names below it."""
    found = []
    with store_errors():
        for blob in kept.client.list_blobs(name_starts_with=f"{folder}/"):
            target = into / blob.name.removeprefix(f"{folder}/")
            if not target.resolve().is_relative_to(into.resolve()):
                raise DomainError("blob_name_unsafe", f"A blob below {folder} has a name that leaves the folder.")
            target.parent.mkdir(parents=True, exist_ok=True)
            with kept.open(blob.name) as content, target.open("wb") as out:
                out.writelines(content.chunks())
            found.append(target)
    return found

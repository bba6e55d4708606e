"""A private container of Azure Blob Storage as a Django storage: how the portal signs in to it, and short-lived links.

Nothing is public and nothing is overwritten. A link (SAS) is signed with the account's key where the portal has it,
and with a user delegation key where the portal works by its own identity.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobSasPermissions, BlobServiceClient, UserDelegationKey, generate_blob_sas
from django.utils.deconstruct import deconstructible
from storages.backends.azure_storage import AzureStorage

from cgm_portal.errors import ContainerMissingError, StoreUnavailableError

CLOCK_SKEW = timedelta(minutes=5)  # between this machine's clock and the store's
DELEGATION_KEY_LIFE = timedelta(hours=24)  # Azure gives them for up to seven days
CONNECT_SECONDS, READ_SECONDS = 5, 30
# The SDK's own pauses, 15 s and more, are for machines that nobody waits for.
RETRIES, FIRST_PAUSE_SECONDS, PAUSE_BASE_SECONDS = 3, 1, 2


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn the store's failures into those of files: not found, exists already, StoreUnavailableError."""
    try:
        yield
    except ResourceNotFoundError as error:
        if error.error_code == "ContainerNotFound":
            raise ContainerMissingError("The store has no such container.") from error
        raise FileNotFoundError(f"The store has no such blob ({error.error_code}).") from error
    except ResourceExistsError as error:
        raise FileExistsError(f"The store has such a blob already ({error.error_code}).") from error
    except AzureError as error:
        raise StoreUnavailableError(f"The store did not do it: {type(error).__name__}.") from error


@deconstructible
class PrivateAzureStorage(AzureStorage):
    """One private container. Further options: `endpoint`, `public_endpoint`, `identity_client_id`.

    A connection string wins over a key, a key over the identity of the process.
    """

    endpoint: str
    public_endpoint: str
    identity_client_id: str

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._delegation_lock = threading.Lock()
        self._delegation: tuple[UserDelegationKey, datetime] | None = None

    def get_default_settings(self) -> dict[str, Any]:
        """Return the options and their defaults."""
        own = {"endpoint": "", "public_endpoint": "", "identity_client_id": "", "overwrite_files": False}
        return super().get_default_settings() | own

    def _get_service_client(self) -> BlobServiceClient:
        options = {
            "connection_timeout": CONNECT_SECONDS,
            "read_timeout": READ_SECONDS,
            "retry_total": RETRIES,
            "initial_backoff": FIRST_PAUSE_SECONDS,
            "increment_base": PAUSE_BASE_SECONDS,
            **self.client_options,
        }
        if self.connection_string:
            return BlobServiceClient.from_connection_string(self.connection_string, **options)
        url = self.endpoint or f"https://{self.account_name}.blob.{self.endpoint_suffix}"
        if self.account_key:
            key = {"account_name": self.account_name, "account_key": self.account_key}
            return BlobServiceClient(url, credential=key, **options)
        return BlobServiceClient(url, credential=self.token_credential or self._own_identity(), **options)

    def _own_identity(self) -> Any:
        """Return the credential of this process: its managed identity, else whatever azure-identity finds."""
        # Imported here: half a second that only a portal without a key has to spend.
        from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

        if self.identity_client_id:
            return ManagedIdentityCredential(client_id=self.identity_client_id)
        return DefaultAzureCredential()

    def blob_url_with_sas(self, name: str, *, permission: BlobSasPermissions, until: datetime) -> str:
        """Return the address of the blob `name` with a signature for `permission` on it alone, valid until `until`.

        The address is the one by which the portal and the store itself reach it. Over https only where the store is
        reached so. With an identity, the first call in a day asks the store for a key; all others only compute.
        """
        return self._signed(self.client.url, name, permission=permission, until=until)

    def public_blob_url_with_sas(self, name: str, *, permission: BlobSasPermissions, until: datetime) -> str:
        """Return the same by the address that phones and browsers reach the store by, `public_endpoint` if given."""
        container_url = self.client.url
        if self.public_endpoint:  # the signature is over account, container and name, not over the host
            container_url = f"{self.public_endpoint.rstrip('/')}/{self.azure_container}"
        return self._signed(container_url, name, permission=permission, until=until)

    def _signed(self, container_url: str, name: str, *, permission: BlobSasPermissions, until: datetime) -> str:
        blob_name = self._get_valid_path(name)
        by_key = {"account_key": self.account_key}
        signing = by_key if self.account_key else {"user_delegation_key": self._delegation_key(until)}
        sas = generate_blob_sas(
            self.account_name,
            self.azure_container,
            blob_name,
            permission=permission,
            expiry=until,
            protocol="https" if urlsplit(container_url).scheme == "https" else None,
            **signing,
        )
        return f"{container_url}/{quote(blob_name)}?{sas}"

    def exists(self, name: str) -> bool:
        """Return True when there is a blob of the name."""
        with store_errors():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        """Delete a blob with its snapshots; one that is not there is deleted already."""
        try:
            with store_errors():
                self.client.delete_blob(self._get_valid_path(name), delete_snapshots="include", timeout=self.timeout)
        except FileNotFoundError:
            return

    def url(self, name: str, *args: Any, **kwargs: Any) -> str:
        """Refuse: a blob is opened by a link that was asked for, granted and logged, never by one in a page."""
        raise ValueError("Blobs of this container have no address of their own; ask blob_url_with_sas.")

    def _delegation_key(self, needed_until: datetime) -> UserDelegationKey:
        with self._delegation_lock:
            if self._delegation is None or self._delegation[1] < needed_until:
                now = datetime.now(UTC)
                until = now + DELEGATION_KEY_LIFE
                key = self.service_client.get_user_delegation_key(now - CLOCK_SKEW, until)
                self._delegation = key, until
            return self._delegation[0]

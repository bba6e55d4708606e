"""Start-up checks of the store: do the private containers exist, and is none of them public?

They ask the network, so they run in a deployment alone: `manage.py check --deploy --tag containers`, and at the end of
`manage.py create_containers`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.files.storage import storages

from cgm_portal.errors import ContainerMissingError

if TYPE_CHECKING:
    from cgm_portal.azure_storage import PrivateAzureStorage

CREATE = "Run `manage.py create_containers` with an identity that may create containers."
CLOSE = "Set its access level to private: films of children lie there."
REACH = "Check AZURE_STORAGE_CONNECTION_STRING, or the account's name with its key or the portal's identity and role."
MAX_COPIED_BYTES = 256 * 1024**2  # what the store copies in one go when a film is sealed


def private_containers() -> Iterator[PrivateAzureStorage]:
    """Return the containers of the settings; none where files are kept in folders."""
    # Here and below: every process imports this file, and only those that reach for Azure shall load its SDK.
    from cgm_portal.azure_storage import PrivateAzureStorage

    for alias in settings.STORAGES:
        storage = storages[alias]
        if isinstance(storage, PrivateAzureStorage):
            yield storage


@register("containers", deploy=True)
def check_containers(**_kwargs: Any) -> list[CheckMessage]:
    """Ask the store for each container of the settings."""
    containers = list(private_containers())
    problems = [problem for storage in containers if (problem := _problem_of(storage)) is not None]
    if containers and settings.SCAN_MAX_BYTES > MAX_COPIED_BYTES:
        problems.append(Error("SCAN_MAX_BYTES is over the 256 MiB that Azure copies at once.", id="containers.E004"))
    return problems


def _problem_of(storage: PrivateAzureStorage) -> CheckMessage | None:
    from cgm_portal.azure_storage import store_errors

    name = storage.azure_container
    try:
        with store_errors():
            properties = storage.client.get_container_properties()
    except ContainerMissingError:
        return Error(f"The container {name} does not exist.", hint=CREATE, id="containers.E001")
    except OSError as error:
        return Error(f"The container {name} can't be read: {error}", hint=REACH, id="containers.E003")
    if properties.public_access:
        return Error(f"The container {name} is open to everybody.", hint=CLOSE, id="containers.E002")
    return None

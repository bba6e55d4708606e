"""Fixtures of the stand-ins: one server for each test process, started by the first test that asks."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages

from scans.models import ScanVideo
from tests.servers import RunningServer
from tests.stand_ins.azurite import Azurite
from tests.stand_ins.certificates import make_certificate

ALIASES = {"scan_videos": "scans.blob_storage.FilmStorage"}
OTHER_BACKEND = "cgm_portal.azure_storage.PrivateAzureStorage"
QUICK = {"retry_total": 0, "connection_timeout": 2, "read_timeout": 10}  # a test waits for no second try


@pytest.fixture(scope="session")
def azurite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Return the running blob server, which a test may stop, kill and start again; `.server` is its `Azurite`."""
    folder: Path = tmp_path_factory.mktemp("azurite")
    running = RunningServer(Azurite(folder=folder / "data", log=folder / "azurite.log"))
    running.start()
    yield running
    running.terminate()


@pytest.fixture
def azurite(azurite_server: RunningServer) -> Azurite:
    """Return the blob server, running; containers of other tests may be there: use names of your own."""
    assert isinstance(azurite_server.server, Azurite)
    return azurite_server.server


@pytest.fixture(scope="session")
def azurite_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """Return a blob server behind TLS that takes the tokens of identities."""
    folder: Path = tmp_path_factory.mktemp("azurite-tls")
    server = Azurite(folder=folder / "data", log=folder / "azurite.log", certificate=make_certificate(folder))
    running = RunningServer(server)
    running.start()
    yield server
    running.terminate()


@pytest.fixture
def use_containers(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return a switch to Azure: `use_containers(connection_string=...)` makes three new containers of one prefix.

    It returns the name of the container of films; the others end in `-models` and `-backups`.
    """

    def switch(*, create: bool = True, **options: Any) -> str:
        prefix = f"t{secrets.token_hex(6)}"
        names = {"scan_videos": prefix, "ml_models": f"{prefix}-models", "database_backups": f"{prefix}-backups"}
        entries = {
            alias: {
                "BACKEND": ALIASES.get(alias, OTHER_BACKEND),
                "OPTIONS": {
                    "azure_container": name,
                    **options,
                    "client_options": QUICK | options.get("client_options", {}),
                },
            }
            for alias, name in names.items()
        }
        settings.STORAGES = settings.STORAGES | entries
        monkeypatch.setattr(ScanVideo._meta.get_field("file"), "storage", storages["scan_videos"])
        if create:
            for alias in names:
                storages[alias].client.create_container()
        return prefix

    return switch


@pytest.fixture
def azure_films(azurite: Azurite, use_containers: Callable[..., str]) -> str:
    """Keep films in a new container of Azurite; return its name."""
    return use_containers(connection_string=azurite.connection_string)

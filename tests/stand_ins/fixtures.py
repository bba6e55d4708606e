"""Fixtures of the stand-ins: one server for each test process, started by the first test that asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import RunningServer
from tests.stand_ins.azurite import Azurite


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

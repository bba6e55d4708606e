"""A real web server on the test database, and Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.browsing import Visitor, launch
from tests.servers import RunningProcess, WebServer, process_env, start_worker


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, once for all journeys.

    Playwright's event loop runs in this thread; the tests' own queries are made between its calls, which Django has
    to be told.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as playwright:
            chromium = launch(playwright)
            yield chromium
            chromium.close()


@pytest.fixture
def portal_env(transactional_db: None) -> dict[str, str]:
    """The environment of the portal's processes in a journey."""
    return process_env(database=connection.settings_dict["NAME"])


@pytest.fixture
def portal(portal_env: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The address of a running web server."""
    server = WebServer(env=portal_env, logs=tmp_path / "logs")
    server.start()
    yield server.url
    server.terminate()


@pytest.fixture
def gpu_worker(portal_env: dict[str, str], tmp_path: Path) -> Iterator[RunningProcess]:
    """The real gpu worker with the real model."""
    worker = start_worker(queue="gpu", env=portal_env, logs=tmp_path / "gpu")
    yield worker
    worker.terminate()


@pytest.fixture
def visit(browser: Browser, portal: str) -> Iterator[Callable[..., Visitor]]:
    """Return a maker of visitors; at the end none of them may have seen a fault."""
    visitors: list[Visitor] = []

    def open_window(**options: Any) -> Visitor:
        visitors.append(Visitor(browser, portal, **options))
        return visitors[-1]

    yield open_window
    faults = [fault for visitor in visitors for fault in visitor.faults]
    for visitor in visitors:
        visitor.context.close()
    assert faults == []

"""The whole demo, loaded once for the tests that look at it; a short one for the tests that load it themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from analytics.demo import plans
from analytics.demo.identity import DEFAULT_SEED
from analytics.demo.loader import LoadedDemo, load_demo
from analytics.demo.stories import STORIES

SHORT = ("SAM by MUAC", "corrected measurement", "scan consent withdrawn", "scan alone today")


@pytest.fixture(scope="module")
def loaded_demo(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LoadedDemo]:
    """The demo in a transaction that spans the tests of one module."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setenv("CGM_LOCAL_DIR", str(tmp_path_factory.mktemp("local")))
        yield load_demo(seed=DEFAULT_SEED)
        transaction.set_rollback(True)


@pytest.fixture
def demo(loaded_demo: LoadedDemo, db: None) -> LoadedDemo:
    return loaded_demo


@pytest.fixture
def local_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the sign-ins are written to."""
    monkeypatch.setenv("CGM_LOCAL_DIR", str(tmp_path / "local"))
    return tmp_path / "local"


@pytest.fixture
def short_demo(db: None, local_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of few stories, so that a test may load more than once."""
    monkeypatch.setattr(plans, "STORIES", tuple(story for story in STORIES if story.name in SHORT))

"""The portal does not start with a WHO table that is not the tested one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.apps import apps

from children.growth import TablesError, tables


@pytest.mark.parametrize("name", sorted(tables.read_manifest(tables.DATA_FOLDER)))
def test_an_altered_table_stops_the_start(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shutil.copytree(tables.DATA_FOLDER, tmp_path / "data")
    content = (folder / name).read_text(encoding="ascii")
    (folder / name).write_text(content.replace("1", "2", 1), encoding="ascii")
    monkeypatch.setattr(tables.verify_data, "__defaults__", (folder,))

    with pytest.raises(TablesError, match=name):
        apps.get_app_config("children").ready()


def test_the_tables_as_they_are_let_it_start() -> None:
    apps.get_app_config("children").ready()

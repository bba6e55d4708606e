"""The answered file appears whole or not at all, and never in the place of what it was made of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from children.growth.files import FileRefused, write_zscores
from tests.children.growth.files.answered import CHILD, HEADER


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text(f"{HEADER}\n" + f"{CHILD}\n" * 1000)
    return path


def interrupt_at_third_read() -> Callable[[int], None]:
    heard = []

    def hear(count: int) -> None:
        heard.append(count)
        if len(heard) == 3:
            raise KeyboardInterrupt

    return hear


def test_an_interrupted_command_leaves_no_new_file(source: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_zscores(
            source,
            tmp_path / "out.csv",
            errors_to=tmp_path / "e.csv",
            on_bytes=interrupt_at_third_read(),
            piece_chars=100,
        )

    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_an_interrupted_command_leaves_an_older_answer_alone(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("older")

    with pytest.raises(KeyboardInterrupt):
        write_zscores(source, target, on_bytes=interrupt_at_third_read(), piece_chars=100)

    assert target.read_text() == "older"


def test_an_older_answer_is_replaced(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("older")

    write_zscores(source, target)

    assert target.read_text().startswith(HEADER)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_the_bytes_read_are_told(source: Path, tmp_path: Path) -> None:
    heard: list[int] = []

    write_zscores(source, tmp_path / "out.csv", on_bytes=heard.append)

    assert sum(heard) == source.stat().st_size


@pytest.mark.parametrize("way", ["same path", "other spelling", "symbolic link", "hard link"])
def test_out_may_not_be_in(source: Path, tmp_path: Path, way: str) -> None:
    target = tmp_path / "link.csv"
    if way == "symbolic link":
        target.symlink_to(source)
    elif way == "hard link":
        target.hardlink_to(source)
    else:
        target = source if way == "same path" else tmp_path / "." / "x" / ".." / "in.csv"
    before = source.read_bytes()

    with pytest.raises(FileRefused, match="same file") as refusal:
        write_zscores(source, target)

    assert refusal.value.code == "same_file"
    assert source.read_bytes() == before


@pytest.mark.parametrize(("target", "errors_to"), [("out.csv", "in.csv"), ("out.csv", "out.csv")])
def test_errors_take_the_place_of_no_other_file(source: Path, tmp_path: Path, target: str, errors_to: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        write_zscores(source, tmp_path / target, errors_to=tmp_path / errors_to)

    assert refusal.value.code == "same_file"


@pytest.mark.parametrize("target", ["missing/out.csv", "folder"])
def test_a_target_that_cannot_be_written_is_refused(source: Path, tmp_path: Path, target: str) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(FileRefused) as refusal:
        write_zscores(source, tmp_path / target)

    assert refusal.value.code == "cannot_write"


@pytest.mark.parametrize(("name", "code"), [("nothing.csv", "file_missing"), ("", "file_unreadable")])
def test_a_source_that_cannot_be_read_is_refused(tmp_path: Path, name: str, code: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        write_zscores(tmp_path / name, tmp_path / "out.csv")

    assert refusal.value.code == code
    assert list(tmp_path.iterdir()) == []

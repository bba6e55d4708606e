"""`manage.py zscores`: exit status, sentences on stderr, and no need of database or broker."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from children.growth.files.output import written_whole
from children.growth.tables import DATA_FOLDER

ROOT = Path(__file__).resolve().parents[2]
WHO_FILE = DATA_FOLDER / "expected" / "zscores_0_5y.csv"
NO_SERVERS = {"DATABASE_URL": "postgresql://127.0.0.1:1/nowhere", "REDIS_URL": "redis://127.0.0.1:1/0"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text("sex,age,weight,lenhei\nf,700,10.1,81.5\nmale,700,heavy,81.5\n")
    return path


def run(*arguments: str | Path, **options: object) -> str:
    """Run the command here and return its stderr."""
    said = StringIO()
    call_command("zscores", *map(str, arguments), stderr=said, **options)
    return said.getvalue()


def run_apart(folder: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py in a process of its own, with an environment that names nothing of the portal."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", "zscores", *arguments],
        env={**kept, "CGM_LOCAL_DIR": str(folder / "local"), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("environment", [{}, NO_SERVERS], ids=["nothing named", "servers that are not there"])
def test_whos_rows_are_answered_without_database_and_broker(tmp_path: Path, environment: dict[str, str]) -> None:
    target = tmp_path / "out.csv"

    done = run_apart(tmp_path, WHO_FILE, target, **environment)

    assert done.returncode == 0, done.stderr
    with WHO_FILE.open(newline="") as expected, target.open(newline="") as answered:
        pairs = list(zip(csv.DictReader(expected), csv.DictReader(answered), strict=True))
    assert [float(row["zwei"] or "nan") for row, _ in pairs] == pytest.approx(
        [float(ours["zwei"] or "nan") for _, ours in pairs], rel=0, abs=0, nan_ok=True
    )
    assert "6,296 rows written" in done.stderr


def test_bad_cells_leave_the_exit_status_at_0_and_are_told(source: Path, tmp_path: Path) -> None:
    done = run_apart(tmp_path, source, tmp_path / "out.csv")

    assert done.returncode == 0
    assert "2 errors (not_a_number 1, unknown_sex 1)" in done.stderr
    assert "line 3: sex is 'male'" in done.stderr
    assert "taken in days" in done.stderr


def test_no_progress_is_drawn_where_there_is_no_terminal(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    said = run(source, tmp_path / "out.csv")

    assert "%" not in said
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("content", "code"), [(None, "file_missing"), (b"", "empty_file"), (b"a,b\n1,2\n", "no_usable_column")]
)
def test_an_unreadable_file_is_refused_with_a_sentence_and_a_code(
    tmp_path: Path, content: bytes | None, code: str
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    if content is not None:
        source.write_bytes(content)

    with pytest.raises(CommandError, match=rf"[.] \[{code}\]$"):
        run(source, target)

    assert not target.exists()


def test_a_refusal_has_status_1_and_no_traceback(tmp_path: Path) -> None:
    done = run_apart(tmp_path, tmp_path / "nothing.csv", tmp_path / "out.csv")

    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: There is no file")
    assert "Traceback" not in done.stderr


def test_out_may_not_be_in(source: Path) -> None:
    with pytest.raises(CommandError, match=r"\[same_file\]"):
        run(source, source)


def test_a_path_that_the_system_refuses_is_a_sentence(source: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"\[file_unreadable\]"):
        run(source, tmp_path / ("long" * 100))


def test_ctrl_c_ends_with_the_status_of_shells(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("children.management.commands.zscores.write_zscores", interrupt)

    with pytest.raises(SystemExit) as ended:
        run(source, tmp_path / "out.csv")

    assert ended.value.code == 130


def test_a_process_that_is_told_to_end_leaves_no_half_of_a_file(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.csv"

    def told_to_end(_source: Path, target: Path, **_options: object) -> None:
        with written_whole(target) as file:
            file.write("sex")
            os.kill(os.getpid(), signal.SIGTERM)
            file.write("not reached")

    monkeypatch.setattr("children.management.commands.zscores.write_zscores", told_to_end)

    with pytest.raises(SystemExit) as ended:
        run(source, target)

    assert ended.value.code == 143
    assert list(tmp_path.iterdir()) == [source]


def test_errors_go_to_the_file_that_is_named(source: Path, tmp_path: Path) -> None:
    errors_to = tmp_path / "errors.csv"

    said = run(source, tmp_path / "out.csv", "--errors", errors_to)

    with errors_to.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["line"], row["column"], row["code"]) for row in rows] == [
        ("3", "sex", "unknown_sex"),
        ("3", "weight", "not_a_number"),
    ]
    assert f"see {errors_to}" in said
    assert "line 3" not in said


@pytest.mark.parametrize(
    ("standard", "has", "has_not"),
    [("who2006", {"zlen", "zss"}, {"zhfa"}), ("who2007", {"zhfa"}, {"zlen"}), ("auto", {"zlen", "zhfa"}, set())],
)
def test_the_standard_decides_on_the_columns(
    source: Path, tmp_path: Path, standard: str, has: set[str], has_not: set[str]
) -> None:
    run(source, tmp_path / "out.csv", "--standard", standard)

    header = set((tmp_path / "out.csv").read_text().splitlines()[0].split(","))
    assert header >= has
    assert not header & has_not


def test_raw_scores_and_the_unit_of_ages_are_options(source: Path, tmp_path: Path) -> None:
    source.write_text("sex,age,weight,lenhei\nf,23,10.1,81.5\n")

    run(source, tmp_path / "out.csv", "--raw", "--age-unit", "months")

    with (tmp_path / "out.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert round(float(row["zlen_raw"]), 2) == float(row["zlen"]) != float(row["zlen_raw"])
    assert abs(float(row["zlen"])) < 3

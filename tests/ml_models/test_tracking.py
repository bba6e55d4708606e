"""A training leaves its record in a file always, and in MLflow where it is configured."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from ml_models.training.tracking import URI_VARIABLE, TrainingRecord, code_commit, read_epochs

TAGS = {"name": "reference", "version": "0.1.0", "kind": "reference", "sha256": "0" * 64}
PARAMETERS = {"seed": 3, "batch": 512}


@pytest.fixture(autouse=True)
def unconfigured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(URI_VARIABLE, raising=False)


def keep_a_run(path: Path, files: list[Path]) -> None:
    with TrainingRecord(path, "reference-0.1.0", PARAMETERS) as record:
        record.epoch(0, {"validation_loss": 2.0})
        record.epoch(1, {"validation_loss": 1.5})
        record.end({"test_mae": 1.25}, TAGS, files)


def lines_of(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_record_has_start_epochs_and_end(tmp_path: Path) -> None:
    keep_a_run(tmp_path / "training.jsonl", [])

    assert lines_of(tmp_path / "training.jsonl") == [
        {"event": "start", "run": "reference-0.1.0", "parameters": PARAMETERS},
        {"event": "epoch", "epoch": 0, "metrics": {"validation_loss": 2.0}},
        {"event": "epoch", "epoch": 1, "metrics": {"validation_loss": 1.5}},
        {"event": "end", "metrics": {"test_mae": 1.25}, "tags": TAGS},
    ]


def test_epochs_are_read_back(tmp_path: Path) -> None:
    keep_a_run(tmp_path / "training.jsonl", [])

    assert read_epochs(tmp_path / "training.jsonl") == [
        {"epoch": 0, "validation_loss": 2.0},
        {"epoch": 1, "validation_loss": 1.5},
    ]


def test_a_new_run_begins_its_record_anew(tmp_path: Path) -> None:
    for _ in range(2):
        keep_a_run(tmp_path / "training.jsonl", [])

    assert len(lines_of(tmp_path / "training.jsonl")) == 4


def break_off(path: Path) -> None:
    with TrainingRecord(path, "reference-0.1.0", PARAMETERS) as record:
        record.epoch(0, {"validation_loss": 2.0})
        raise RuntimeError("out of memory")


def test_epochs_are_on_disk_when_a_run_breaks_off(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        break_off(tmp_path / "training.jsonl")

    assert [line["event"] for line in lines_of(tmp_path / "training.jsonl")] == ["start", "epoch"]


def test_without_configuration_mlflow_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)  # an import would raise

    keep_a_run(tmp_path / "training.jsonl", [])

    assert len(lines_of(tmp_path / "training.jsonl")) == 4


def test_configured_without_mlflow_the_file_is_kept_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(URI_VARIABLE, f"sqlite:///{tmp_path}/runs.db")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    keep_a_run(tmp_path / "training.jsonl", [])

    assert len(lines_of(tmp_path / "training.jsonl")) == 4
    assert "MLflow is not installed (requirements-tracking.txt)" in capsys.readouterr().out


@pytest.fixture
def tracked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A client of a store in a local file, with one run kept."""
    mlflow = pytest.importorskip("mlflow", reason="MLflow is not installed (requirements-tracking.txt)")
    uri = f"sqlite:///{tmp_path}/runs.db"
    monkeypatch.setenv(URI_VARIABLE, uri)
    monkeypatch.chdir(tmp_path)  # files of runs go below the working directory
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes(b"weights")
    for _ in range(2):
        keep_a_run(tmp_path / "training.jsonl", [weights])
    return mlflow.MlflowClient(uri)


def newest_run(client):
    (experiment,) = client.search_experiments(filter_string="name = 'child-growth-monitor'")
    return client.search_runs([experiment.experiment_id])[0]


def test_mlflow_gets_parameters_and_metrics_of_every_epoch(tracked) -> None:
    run = newest_run(tracked)

    assert run.info.run_name == "reference-0.1.0"
    assert run.info.status == "FINISHED"
    assert run.data.params == {"seed": "3", "batch": "512"}
    assert run.data.metrics["test_mae"] == 1.25
    history = tracked.get_metric_history(run.info.run_id, "validation_loss")
    assert [(point.step, point.value) for point in history] == [(0, 2.0), (1, 1.5)]


def test_mlflow_gets_the_files_and_a_registered_version_with_tags(tracked) -> None:
    run = newest_run(tracked)
    versions = tracked.search_model_versions("name = 'reference'")

    files = {Path(entry.path).name for entry in tracked.list_artifacts(run.info.run_id, "model")}
    assert files == {"training.jsonl", "weights.safetensors"}
    assert len(versions) == 2
    newest = max(versions, key=lambda version: int(version.version))
    assert newest.run_id == run.info.run_id
    assert newest.tags == TAGS


def test_mlflow_marks_a_run_that_breaks_off_as_failed(tracked, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError):
        break_off(tmp_path / "broken.jsonl")

    assert newest_run(tracked).info.status == "FAILED"


def test_commit_of_the_code_is_known_in_a_checkout() -> None:
    assert re.fullmatch(r"[0-9a-f]{40}(\+changes)?", code_commit() or "")


def test_without_git_the_commit_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert code_commit() is None

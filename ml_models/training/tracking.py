"""The record of a training run: JSON lines in a file always, MLflow too where it is configured.

MLflow is configured by MLFLOW_TRACKING_URI and installed by requirements-tracking.txt. Lines of the file:
`{"event": "start", "run": .., "parameters": {..}}`, one `{"event": "epoch", "epoch": 0, "metrics": {..}}` per epoch,
`{"event": "end", "metrics": {..}, "tags": {..}}`. A run that broke off has no end.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

URI_VARIABLE = "MLFLOW_TRACKING_URI"
EXPERIMENT = "child-growth-monitor"

Metrics = Mapping[str, float]


class RunSink(Protocol):
    """Where the record goes besides the file."""

    def epoch(self, epoch: int, metrics: Metrics) -> None:
        """Keep the metrics of one epoch."""
        ...

    def end(self, metrics: Metrics, tags: Mapping[str, str], files: Sequence[Path]) -> None:
        """Keep the final figures and files, and register the model."""
        ...

    def close(self, *, failed: bool) -> None:
        """End the run."""
        ...


class TrainingRecord:
    """One training run's record; a context manager, so that a run that fails is marked as failed."""

    def __init__(self, path: Path, run: str, parameters: Mapping[str, object]) -> None:
        """Begin the file at `path` anew and, where configured, an MLflow run named `run`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._path.write_text("", encoding="utf-8")
        self._write({"event": "start", "run": run, "parameters": dict(parameters)})
        self._sink = _mlflow_sink(run, parameters)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._sink is not None:
            self._sink.close(failed=kind is not None)

    def epoch(self, epoch: int, metrics: Metrics) -> None:
        """Keep the metrics of one epoch, counted from 0."""
        self._write({"event": "epoch", "epoch": epoch, "metrics": dict(metrics)})
        if self._sink is not None:
            self._sink.epoch(epoch, metrics)

    def end(self, metrics: Metrics, tags: Mapping[str, str], files: Sequence[Path]) -> None:
        """Keep the final figures; MLflow also gets `files` and a registered model version with `tags`."""
        self._write({"event": "end", "metrics": dict(metrics), "tags": dict(tags)})
        if self._sink is not None:
            self._sink.end(metrics, tags, [self._path, *files])

    def _write(self, line: Mapping[str, object]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def read_epochs(path: Path) -> list[dict[str, float]]:
    """Metrics of every epoch of a record, with the epoch itself under "epoch"."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [{"epoch": line["epoch"], **line["metrics"]} for line in lines if line["event"] == "epoch"]


def code_commit() -> str | None:
    """Commit of the code that runs, with "+changes" where files differ from it; None outside a git checkout."""
    folder = Path(__file__).parent
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        return f"{commit}+changes" if _git(folder, "status", "--porcelain", "--untracked-files=no") else commit
    except (OSError, subprocess.CalledProcessError):
        return None


class MlflowSink:
    """A run on the tracking server that MLFLOW_TRACKING_URI names."""

    def __init__(self, mlflow: Any, run: str, parameters: Mapping[str, object]) -> None:
        self._mlflow, self._name = mlflow, run
        mlflow.set_experiment(EXPERIMENT)
        self._run = mlflow.start_run(run_name=run)
        mlflow.log_params({name: str(value) for name, value in parameters.items()})

    def epoch(self, epoch: int, metrics: Metrics) -> None:
        """Log one step."""
        self._mlflow.log_metrics(dict(metrics), step=epoch)

    def end(self, metrics: Metrics, tags: Mapping[str, str], files: Sequence[Path]) -> None:
        """Log figures, tags and files; register what was trained under its name, the tags on its version."""
        self._mlflow.log_metrics(dict(metrics))
        self._mlflow.set_tags(dict(tags))
        for file in files:
            self._mlflow.log_artifact(str(file), artifact_path="model")
        client = self._mlflow.MlflowClient()
        name = tags["name"]
        if not client.search_registered_models(filter_string=f"name = '{name}'"):
            client.create_registered_model(name)
        source = f"{self._run.info.artifact_uri}/model"
        client.create_model_version(name, source=source, run_id=self._run.info.run_id, tags=dict(tags))

    def close(self, *, failed: bool) -> None:
        """End the run."""
        self._mlflow.end_run("FAILED" if failed else "FINISHED")


def _mlflow_sink(run: str, parameters: Mapping[str, object]) -> RunSink | None:
    """The sink that the environment asks for, None without one."""
    if not os.environ.get(URI_VARIABLE):
        return None
    if importlib.util.find_spec("mlflow") is None:
        print(
            f"{URI_VARIABLE} is set, but MLflow is not installed (requirements-tracking.txt): the file alone is kept."
        )
        return None
    import mlflow  # optional: never a dependency of training itself

    return MlflowSink(mlflow, run, parameters)


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()

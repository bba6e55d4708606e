"""`manage.py azureml` without Azure: rehearsals, refusals, and the training job's command line on this machine."""

from __future__ import annotations

import importlib.util
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from cgm_portal.env import BASE_DIR
from ml_models.inference import DEFAULT_WEIGHTS
from ml_models.synthetic.film_table import load_films, save_films
from predictions.azureml import register, train
from predictions.azureml.entities import FILM_TABLE_NAMES
from predictions.azureml.workplace import FILM_TABLES, Workplace

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
PLACE = Workplace("s", "g", "w", "eastus2", "account", "")


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No subscription, and no way to any cloud."""
    monkeypatch.delenv("AZURE_SUBSCRIPTION_ID", raising=False)
    monkeypatch.setattr("socket.socket.connect", refuse)


def refuse(*_args: Any) -> None:
    raise AssertionError("a rehearsal opened a connection")


def run(*words: Any) -> str:
    out = io.StringIO()
    call_command("azureml", *[str(word) for word in words], stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("provision",), ("name: cgm-training-cluster", "max_instances: 4", "blob training-data/rendered-films/")),
        (("train", "--model-version", "0.3.0"), ("python -m ml_models.training.train", "display_name: train 0.3.0")),
        (("register", "--folder", DEFAULT_WEIGHTS), ("version: proportions-0.2.0", "kind: proportions")),
        (("deploy", "--model", "proportions-0.2.0"), ("auth_mode: key", "name: blue", "ml_models/score.py")),
        (("deploy", "--traffic", "blue=90", "green=10"), ("'green': 10",)),
    ],
    ids=lambda value: value[0] if isinstance(value[0], str) and len(value[0]) < 12 else "",
)
def test_a_rehearsal_tells_what_would_be_sent_and_sends_nothing(words: tuple[Any, ...], shown: tuple[str, ...]) -> None:
    told = run(*words, "--dry-run")

    for text in shown:
        assert text in told


def test_without_a_subscription_nothing_is_sent() -> None:
    with pytest.raises(CommandError, match=r"AZURE_SUBSCRIPTION_ID.*\[subscription_missing\]"):
        run("status")


def test_without_azure_storage_nothing_is_provisioned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_SUBSCRIPTION_ID", "11111111-2222-4333-8444-555555555555")

    with pytest.raises(CommandError, match=r"kept in local folders.*\[storage_not_azure\]"):
        run("provision")


def test_without_the_sdk_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "azure.ai" else find(name))

    with pytest.raises(CommandError, match=r"requirements-azureml\.txt.*\[azure_ml_not_installed\]"):
        run("status")


def test_the_portal_and_the_commands_help_load_no_sdk() -> None:
    script = (
        "import sys, django; django.setup(); from django.urls import get_resolver; get_resolver().url_patterns; "
        "from django.core.management import load_command_class; "
        "load_command_class('predictions', 'azureml').create_parser('manage.py', 'azureml'); "
        "print([name for name in sys.modules if name.startswith('azure.ai')])"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=BASE_DIR, capture_output=True, text=True, check=True, timeout=120
    )

    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_figures_of_a_model_are_few_and_named() -> None:
    manifest = json.loads((DEFAULT_WEIGHTS / "manifest.json").read_text())

    figures = register.figures_of(manifest)

    assert 8 <= len(figures) <= 40
    assert all(name.startswith("rendered_test_films.") and float(value) >= 0 for name, value in figures.items())


@pytest.fixture(scope="module")
def small_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few children of each set."""
    folder = tmp_path_factory.mktemp("tables")
    for name in FILM_TABLE_NAMES:
        films = load_films(FILM_TABLES / name)
        step = 40 if "train" in name else 12
        save_films(films.take(np.flatnonzero(films.child % step == 0)), folder / name)
    return folder


def test_the_jobs_command_line_trains_here_and_keeps_its_record_in_sqlite(
    small_tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # this one may open what it likes: it only trains
    mlflow = pytest.importorskip("mlflow", reason="MLflow is not installed (requirements-tracking.txt)")
    said: list[str] = []

    train.run_here(
        PLACE, said.append, version="0.0.1", seed=4, data=small_tables, out=tmp_path / "weights",
        record=tmp_path / "record" / "runs.db",
    )  # fmt: skip

    weights = register.read_weights(tmp_path / "weights" / "proportions-0.0.1")
    assert f"ml_models.training.train --data {small_tables}" in said[0]
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path}/record/runs.db")
    (version,) = client.search_model_versions("name = 'proportions'")
    run_of_it = client.get_run(version.run_id)
    assert version.tags["sha256"] == weights.manifest["sha256"]
    assert run_of_it.data.params["seed"] == "4"
    figures = weights.manifest["metrics"]["rendered_test_films"]
    overall = next(row for row in figures if row["part"] == "all")
    tracked = run_of_it.data.metrics[f"{overall['view']}.{overall['cue']}.height_mae_cm"]
    assert tracked == pytest.approx(overall["height_cm"]["mae"])
    files = {Path(entry.path).name for entry in client.list_artifacts(version.run_id, "model")}
    assert files == {"manifest.json", "training.jsonl", "weights.safetensors"}


def test_a_training_that_fails_is_told(tmp_path: Path) -> None:
    command = ("train", "--local", "--model-version", "0.0.1", "--data", tmp_path, "--out", tmp_path / "out")

    with pytest.raises(CommandError, match=r"exit code 1.*\[training_failed\]"):
        run(*command)

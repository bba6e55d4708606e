"""Submit the training job, or run its command line on this machine: the same training, the same record."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from azure.ai.ml import MLClient

from cgm_portal.env import BASE_DIR
from cgm_portal.errors import DomainError
from predictions.azureml import entities
from predictions.azureml.client import found
from predictions.azureml.code_folder import code_folder
from predictions.azureml.workplace import Workplace

Say = Callable[[str], object]

TRACKING_VARIABLE = "MLFLOW_TRACKING_URI"
_PLACEHOLDER = re.compile(r"\$\{\{(\w+)\.(\w+)\}\}")


def rehearse(place: Workplace, say: Say, *, version: str, seed: int) -> None:
    """Say what `submit` would send."""
    with code_folder() as code:
        job = entities.training_job(place, code=code, version=version, seed=seed)
        files = sum(path.is_file() for path in code.rglob("*"))
        say(f"--- job {job.display_name}, with {files} files of code\n{entities.as_yaml(job)}")


def submit(client: MLClient, place: Workplace, say: Say, *, version: str, seed: int) -> str:
    """Submit the job and return its name; raises DomainError("not_provisioned") without its data."""
    films = entities.training_films(place)
    if found(lambda: client.data.get(films.name, version=films.version)) is None:
        text = f"{films.name}:{films.version} is not in the workspace. Run `manage.py azureml provision` first."
        raise DomainError("not_provisioned", text)
    with code_folder() as code:
        job = client.jobs.create_or_update(entities.training_job(place, code=code, version=version, seed=seed))
    say(f"job {job.name}: {job.status}, {job.studio_url}")
    return str(job.name)


def run_here(place: Workplace, say: Say, *, version: str, seed: int, data: Path, out: Path, record: Path) -> None:
    """Run the job's command line in this environment, with its MLflow record in the file `record` (SQLite).

    Raises DomainError("training_failed") when it ends with an error.
    """
    for folder in (out, record.parent):
        folder.mkdir(parents=True, exist_ok=True)
    told = {
        "inputs": {"films": str(data.resolve()), "version": version, "seed": str(seed)},
        "outputs": {"weights": str(out.resolve())},
    }
    words = command_line(place, told)
    say(shlex.join(words))
    environment = {**os.environ, "PYTHONPATH": str(BASE_DIR), TRACKING_VARIABLE: f"sqlite:///{record.resolve()}"}
    # MLflow keeps a run's files below the working directory.
    done = subprocess.run(words, cwd=record.parent, env=environment, check=False)
    if done.returncode:
        raise DomainError("training_failed", f"The training ended with exit code {done.returncode}: see above.")


def command_line(place: Workplace, told: dict[str, dict[str, str]]) -> list[str]:
    """Return the command of `jobs/train.yml` for this Python, inputs and outputs filled in by `told`."""
    with code_folder() as code:
        job = entities.training_job(place, code=code, version=told["inputs"]["version"], seed=0)
    words = [_PLACEHOLDER.sub(lambda m: told[m[1]][m[2]], word) for word in str(job.command).split()]
    return [sys.executable, *words[1:]] if words[0] == "python" else words

"""The YAML of `deploy/azureml/`: the SDK loads it, names are those of the plan, pins those of the portal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from azure.ai.ml import (
    load_compute,
    load_data,
    load_datastore,
    load_environment,
    load_job,
    load_model,
    load_online_deployment,
    load_online_endpoint,
    load_workspace,
)
from azure.ai.ml._utils._asset_utils import AmlIgnoreFile

from cgm_portal.env import BASE_DIR
from ml_models.training.config import TrainingConfig
from ml_models.training.tracking import EXPERIMENT
from predictions.azureml.code_folder import code_folder
from predictions.azureml.entities import FILM_TABLE_NAMES
from predictions.azureml.workplace import FILES, FILM_TABLES, MODEL

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
LOADERS = {
    "workspace.yml": load_workspace,
    "compute/training-cluster.yml": load_compute,
    "compute/inference-cluster.yml": load_compute,
    "environments/training.yml": load_environment,
    "environments/inference.yml": load_environment,
    "datastores/training-data.yml": load_datastore,
    "datastores/model-registry.yml": load_datastore,
    "datastores/ml-models.yml": load_datastore,
    "datastores/research-data.yml": load_datastore,
    "data/training-films.yml": load_data,
    "jobs/train.yml": load_job,
    "models/anthropometric.yml": load_model,
    "endpoint/endpoint.yml": load_online_endpoint,
    "endpoint/blue.yml": load_online_deployment,
    "endpoint/green.yml": load_online_deployment,
}
#: Read by Conda and pip, not by the SDK.
PACKAGE_LISTS = {"environments/training-conda.yml", "environments/inference-conda.yml"}


def read(name: str) -> dict[str, Any]:
    return yaml.safe_load((FILES / name).read_text())


def pins_of_conda(name: str) -> dict[str, str]:
    lines = read(name)["dependencies"][-1]["pip"]
    return dict(line.split("==") for line in lines if "==" in line)


def pins_of(requirements: str) -> dict[str, str]:
    found = re.findall(r"^([\w\[\].-]+)==(\S+)", (BASE_DIR / requirements).read_text(), re.MULTILINE)
    return dict(found)


def test_every_file_has_a_loader() -> None:
    assert {str(path.relative_to(FILES)) for path in FILES.rglob("*.yml")} == set(LOADERS) | PACKAGE_LISTS


@pytest.mark.parametrize("name", LOADERS)
def test_the_sdk_loads(name: str) -> None:
    assert LOADERS[name](FILES / name) is not None


def test_names_are_those_of_the_plan() -> None:
    assert read("workspace.yml")["name"] == "child-growth-monitor-ml"
    assert read("workspace.yml")["location"] == "eastus2"
    assert read("environments/training.yml")["name"] == "cgm-training-env"
    assert read("environments/inference.yml")["name"] == "cgm-inference-env"
    assert read("models/anthropometric.yml")["name"] == MODEL == "cgm-anthropometric-model"
    assert read("endpoint/endpoint.yml")["name"] == "cgm-anthropometric-service"


def test_the_job_logs_into_the_experiment_of_the_training() -> None:
    """In a job MLflow refuses another experiment than the job's own."""
    assert read("jobs/train.yml")["experiment_name"] == EXPERIMENT


def test_the_jobs_data_are_the_tables_that_the_training_reads() -> None:
    config = TrainingConfig()

    assert {path.name for path in (config.train_films, config.calibration_films, config.test_films)} == set(
        FILM_TABLE_NAMES
    )
    assert config.train_films.parent == FILM_TABLES


@pytest.mark.parametrize("name", sorted(PACKAGE_LISTS))
def test_pins_are_those_of_the_portal(name: str) -> None:
    portal = pins_of("requirements.txt") | pins_of("deploy/azureml/environments/inference-server.txt")

    pins = pins_of_conda(name)

    assert {"numpy", "torch", "safetensors"} <= set(pins)
    for package in set(pins) & set(portal):
        assert pins[package].removesuffix("+cpu") == portal[package], package


def test_the_inference_environment_has_the_server_that_the_tests_run() -> None:
    server = pins_of("deploy/azureml/environments/inference-server.txt")

    assert server.items() <= pins_of_conda("environments/inference-conda.yml").items()


def test_blue_and_green_differ_in_their_name_alone() -> None:
    blue, green = read("endpoint/blue.yml"), read("endpoint/green.yml")

    assert (blue.pop("name"), green.pop("name")) == ("blue", "green")
    assert blue == green


@pytest.mark.parametrize("name", ["endpoint/blue.yml", "endpoint/green.yml"])
def test_a_deployment_keeps_bodies_out_of_logs(name: str) -> None:
    deployment = read(name)

    assert deployment["environment_variables"]["AML_MODEL_DC_STORAGE_ENABLED"] == "false"
    assert deployment["environment_variables"]["APP_INSIGHTS_LOG_RESPONSE_ENABLED"] == "false"
    assert "data_collector" not in deployment


def test_the_code_folder_is_what_azures_command_line_would_take() -> None:
    ignore = AmlIgnoreFile(BASE_DIR)
    package = BASE_DIR / "ml_models"
    taken = {path.relative_to(BASE_DIR) for path in package.rglob("*") if path.is_file()}
    taken = {path for path in taken if not ignore.is_file_excluded(BASE_DIR / path) and not hidden(ignore, path)}

    with code_folder() as folder:
        staged = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}

    assert staged == taken


def hidden(ignore: AmlIgnoreFile, path: Path) -> bool:
    """Say whether a folder above `path` is left out."""
    return any(ignore.is_file_excluded(BASE_DIR / parent) for parent in path.parents if parent.parts)


def test_the_staged_code_trains_and_scores_by_itself() -> None:
    """Nothing of the portal is needed: what is imported by both is in the folder."""
    with code_folder() as folder:
        names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}

    assert {"ml_models/score.py", "ml_models/training/train.py", "ml_models/scoring/rows.py"} <= names
    assert {"ml_models/synthetic/data/who2006_lms.npz", "ml_models/score_schema/request.schema.json"} <= names
    assert not [name for name in names if name.endswith((".task", ".safetensors", ".pyc"))]

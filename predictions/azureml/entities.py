"""The YAML of `deploy/azureml/` as entities of the SDK, with what differs from place to place filled in.

Environments and data have versions that are hashes of their content: the same content is the same version, so
provisioning twice changes nothing, and a job names exactly what it ran in and on.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
from azure.ai.ml.entities import (
    Compute,
    Data,
    Datastore,
    Environment,
    Job,
    Model,
    OnlineDeployment,
    OnlineEndpoint,
    Workspace,
)

from predictions.azureml.workplace import FILM_TABLES, MODEL, Workplace

HASH_LENGTH = 12
CLUSTERS = ("training-cluster", "inference-cluster")
ENVIRONMENTS = ("training", "inference")
BLOB_DATASTORES = ("training-data", "model-registry", "ml-models")
SLOTS = ("blue", "green")
FILM_TABLE_NAMES = ("films_train.npz", "films_calibration.npz", "films_test.npz")


def workspace(place: Workplace) -> Workspace:
    """Return the workspace."""
    return load_workspace(
        place.files / "workspace.yml",
        params_override=[
            {"name": place.workspace}, {"location": place.location}, {"resource_group": place.resource_group},
        ],
    )  # fmt: skip


def clusters(place: Workplace) -> list[Compute]:
    """Return the compute clusters."""
    override = [{"location": place.location}]
    return [load_compute(place.files / f"compute/{name}.yml", params_override=override) for name in CLUSTERS]


def environment(place: Workplace, name: str) -> Environment:
    """Return an environment of ENVIRONMENTS."""
    folder = place.files / "environments"
    version = content_hash([folder / f"{name}.yml", folder / f"{name}-conda.yml"])
    return load_environment(folder / f"{name}.yml", params_override=[{"version": version}])


def datastores(place: Workplace) -> list[Datastore]:
    """Return the datastores: containers of the portal's account, and the Data Lake where there is one."""
    folder = place.files / "datastores"
    account = [{"account_name": place.storage_account}] if place.storage_account else []
    found = [load_datastore(folder / f"{name}.yml", params_override=account) for name in BLOB_DATASTORES]
    if place.research_account:
        research = [{"account_name": place.research_account}]
        found.append(load_datastore(folder / "research-data.yml", params_override=research))
    return found


def film_tables(tables: Path = FILM_TABLES) -> list[Path]:
    """Return the files of a training's tables."""
    return [tables / name for name in FILM_TABLE_NAMES]


def film_folder(version: str) -> str:
    """Return where in the container of training data the tables of `version` lie."""
    return f"rendered-films/{version}"


def training_films(place: Workplace, tables: Path = FILM_TABLES) -> Data:
    """Return the data asset of the tables; its version is their hash."""
    version = content_hash(film_tables(tables))
    path = f"azureml://datastores/cgm-training-data/paths/{film_folder(version)}/"
    override = [{"version": version}, {"path": path}]
    return load_data(place.files / "data/training-films.yml", params_override=override)


def training_job(place: Workplace, *, code: Path, version: str, seed: int, tables: Path = FILM_TABLES) -> Job:
    """Return the training job with the code in `code`."""
    films, training = training_films(place, tables), environment(place, "training")
    return load_job(
        place.files / "jobs/train.yml",
        params_override=[
            {"code": str(code)},
            {"display_name": f"train {version}"},
            {"environment": f"azureml:{training.name}:{training.version}"},
            {"inputs.films.path": f"azureml:{films.name}:{films.version}"},
            {"inputs.version": version},
            {"inputs.seed": seed},
        ],
    )


def model(place: Workplace, *, version: str, folder: str, tags: dict[str, str], figures: dict[str, str]) -> Model:
    """Return the model whose files lie in `folder` of the container of released weights."""
    entity = load_model(
        place.files / "models/anthropometric.yml",
        params_override=[{"version": version}, {"path": f"azureml://datastores/cgm-ml-models/paths/{folder}/"}],
    )
    entity.tags, entity.properties = tags, figures
    return entity


def endpoint(place: Workplace) -> OnlineEndpoint:
    """Return the endpoint, which has no traffic before something is deployed."""
    entity = load_online_endpoint(place.files / "endpoint/endpoint.yml")
    entity.location = place.location
    return entity


def deployment(place: Workplace, *, slot: str, model_version: str, code: Path) -> OnlineDeployment:
    """Return the deployment `slot` (of SLOTS) of one model version."""
    inference = environment(place, "inference")
    return load_online_deployment(
        place.files / f"endpoint/{slot}.yml",
        params_override=[
            {"model": f"azureml:{MODEL}:{model_version}"},
            {"environment": f"azureml:{inference.name}:{inference.version}"},
            {"code_configuration.code": str(code)},
        ],
    )


def content_hash(files: Sequence[Path]) -> str:
    """Return a short hash of names and contents."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}:{hashlib.sha256(file.read_bytes()).hexdigest()};".encode())
    return digest.hexdigest()[:HASH_LENGTH]


def as_yaml(entity: Any) -> str:
    """Return an entity as the SDK would write it."""
    text = io.StringIO()
    written = entity.dump(dest=text)
    # An endpoint writes nothing, and returns what it is.
    return text.getvalue() or yaml.safe_dump(json.loads(json.dumps(written)))

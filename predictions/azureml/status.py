"""What there is in the workspace, one line each."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from azure.ai.ml import MLClient

from predictions.azureml import entities
from predictions.azureml.client import found
from predictions.azureml.workplace import MODEL, Workplace

Say = Callable[[str], object]

JOBS_SHOWN = 5


def tell(client: MLClient, place: Workplace, say: Say) -> None:
    """Say what there is of what `deploy/azureml/` describes."""
    workspace = found(lambda: client.workspaces.get(place.workspace))
    if workspace is None:
        say(f"workspace {place.workspace}: missing; run `manage.py azureml provision`")
        return
    say(f"workspace {workspace.name} in {workspace.location}")
    for wanted in entities.clusters(place):
        there = found(lambda name=wanted.name: client.compute.get(name))
        say(f"compute {wanted.name}: {_state(there) if there else 'missing'}")
    for name in entities.ENVIRONMENTS:
        environment = entities.environment(place, name)
        there = found(lambda wanted=environment: client.environments.get(wanted.name, wanted.version))
        say(f"environment {environment.name}:{environment.version}: {'there' if there else 'missing'}")
    for wanted in entities.datastores(place):
        there = found(lambda name=wanted.name: client.datastores.get(name))
        say(f"datastore {wanted.name}: {'there' if there else 'missing'}")
    for job in islice(client.jobs.list(), JOBS_SHOWN):
        say(f"job {job.name}: {job.display_name}, {job.status}")
    for model in found(lambda: list(client.models.list(MODEL))) or []:
        say(f"model {MODEL}:{model.version}")
    _tell_endpoint(client, place, say)


def _tell_endpoint(client: MLClient, place: Workplace, say: Say) -> None:
    name = entities.endpoint(place).name
    endpoint = found(lambda: client.online_endpoints.get(name))
    if endpoint is None:
        say(f"endpoint {name}: missing")
        return
    say(f"endpoint {name}: {_state(endpoint)}, {endpoint.scoring_uri}")
    for deployment in client.online_deployments.list(name):
        percent = (endpoint.traffic or {}).get(deployment.name, 0)
        model = str(deployment.model).rsplit("/", 1)[-1]
        say(f"deployment {deployment.name}: {percent} %, model {model}, {_state(deployment)}")


def _state(entity: Any) -> str:
    state = entity.provisioning_state
    return str(getattr(state, "value", state))

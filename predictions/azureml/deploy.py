"""Blue and green: a new model goes to the deployment without traffic, is asked, and gets traffic by a second word."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from azure.ai.ml import MLClient
from azure.ai.ml.entities import OnlineEndpoint
from jsonschema import Draft202012Validator

from cgm_portal.env import BASE_DIR
from cgm_portal.errors import DomainError
from predictions.azureml import entities
from predictions.azureml.client import found
from predictions.azureml.code_folder import code_folder
from predictions.azureml.workplace import MODEL, Workplace

Say = Callable[[str], object]

SCHEMAS = BASE_DIR / "ml_models" / "score_schema"
SMOKE_REQUEST = SCHEMAS / "examples" / "session_rows.request.json"


def rehearse(place: Workplace, say: Say, *, model_version: str) -> None:
    """Say what `deploy` would send to an endpoint without a deployment."""
    endpoint = entities.endpoint(place)
    say(f"--- endpoint {endpoint.name}\n{entities.as_yaml(endpoint)}")
    with code_folder() as code:
        blue = entities.deployment(place, slot="blue", model_version=model_version, code=code)
        say(f"--- deployment {blue.name}\n{entities.as_yaml(blue)}")


def deploy(client: MLClient, place: Workplace, say: Say, *, model_version: str) -> str:
    """Deploy a registered model into the idle slot, ask it, and return the slot; traffic stays as it is.

    Raises DomainError("model_not_registered"), DomainError("no_idle_slot") while both slots have traffic, and as
    `smoke_test` does.
    """
    if found(lambda: client.models.get(MODEL, version=model_version)) is None:
        text = f"{MODEL}:{model_version} is not registered. Run `manage.py azureml register` first."
        raise DomainError("model_not_registered", text)
    endpoint = _endpoint(client, place, say)
    slot = idle_slot(endpoint.traffic or {})
    say(f"deployment {slot}: {model_version}, some minutes")
    with code_folder() as code:
        wanted = entities.deployment(place, slot=slot, model_version=model_version, code=code)
        client.online_deployments.begin_create_or_update(wanted).result()
    smoke_test(client, endpoint.name, slot, model_version)
    say(f"deployment {slot} answers as {model_version}; traffic: {_told(endpoint.traffic or {})}")
    return slot


def shift_traffic(client: MLClient, place: Workplace, say: Say, traffic: Mapping[str, int]) -> None:
    """Set how many percent each slot gets; raises DomainError("bad_traffic"), DomainError("slot_missing")."""
    name = entities.endpoint(place).name
    endpoint = found(lambda: client.online_endpoints.get(name))
    if endpoint is None:
        raise DomainError("endpoint_missing", f"There is no endpoint {name}. Deploy a model first.")
    check_traffic(traffic)
    there = {deployment.name for deployment in client.online_deployments.list(name)}
    missing = sorted(slot for slot, percent in traffic.items() if percent and slot not in there)
    if missing:
        raise DomainError("slot_missing", f"Nothing is deployed as {', '.join(missing)}.")
    endpoint.traffic = {slot: percent for slot, percent in traffic.items() if slot in there}
    client.online_endpoints.begin_create_or_update(endpoint).result()
    say(f"traffic: {_told(endpoint.traffic)}")


def idle_slot(traffic: Mapping[str, int]) -> str:
    """Return the first slot without traffic; raises DomainError("no_idle_slot")."""
    idle = [slot for slot in entities.SLOTS if not traffic.get(slot)]
    if not idle:
        raise DomainError(
            "no_idle_slot", "Both slots have traffic. Send all of it to one first: azureml deploy --traffic blue=100."
        )
    return idle[0]


def check_traffic(traffic: Mapping[str, int]) -> None:
    """Raise DomainError("bad_traffic") unless known slots share 100 percent."""
    known = set(traffic) <= set(entities.SLOTS)
    if not known or sum(traffic.values()) != 100 or min(traffic.values(), default=0) < 0:
        raise DomainError("bad_traffic", "Traffic is told as blue=90 green=10: whole percents that make 100.")


def smoke_test(client: MLClient, endpoint: str, slot: str, model_version: str) -> None:
    """Ask a deployment the shipped example, past the traffic rules.

    Raises DomainError("smoke_test_failed") unless the answer follows the schema and names the model.
    """
    answer = client.online_endpoints.invoke(endpoint, deployment_name=slot, request_file=str(SMOKE_REQUEST))
    schema = json.loads((SCHEMAS / "response.schema.json").read_text(encoding="utf-8"))
    problem = next(Draft202012Validator(schema).iter_errors(_parsed(answer)), None)
    versions = {row["model_version"] for row in _parsed(answer)} if problem is None else set()
    if versions != {model_version}:
        found_out = "an answer that breaks the schema" if problem else f"an answer of {', '.join(sorted(versions))}"
        text = f"Deployment {slot} gave {found_out}, not one of {model_version}. It has no traffic; look at its log."
        raise DomainError("smoke_test_failed", text)


def _parsed(answer: str) -> Any:
    try:
        return json.loads(answer)
    except ValueError:
        return None


def _endpoint(client: MLClient, place: Workplace, say: Say) -> OnlineEndpoint:
    wanted = entities.endpoint(place)
    there: OnlineEndpoint | None = found(lambda: client.online_endpoints.get(wanted.name))
    if there is not None:
        return there
    say(f"endpoint {wanted.name}: creating")
    created: OnlineEndpoint = client.online_endpoints.begin_create_or_update(wanted).result()
    return created


def _told(traffic: Mapping[str, int]) -> str:
    return ", ".join(f"{slot} {percent} %" for slot, percent in sorted(traffic.items())) or "none"

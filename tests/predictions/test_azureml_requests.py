"""What the commands send to Azure: held against the published specification, and against what was asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from jsonschema import Draft202012Validator

from ml_models.inference import DEFAULT_WEIGHTS
from ml_models.synthetic.film_table import TEST_FILMS
from tests.predictions.azureml_contract import OPERATIONS, PUBLISHED_VERSIONS, operations_of
from tests.predictions.azureml_story import (
    CODE_CONTAINER,
    ENDPOINT,
    GROUP,
    WORKSPACE,
    Azure,
    put_output,
    stand_in_azure,
    write_weights,
)
from tests.servers import RunningServer
from tests.stand_ins.azure_rest import Sent
from tests.stand_ins.inference_server import InferenceServer

#: The SDK's own classes warn of the next version of what they are built on.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
MODEL = "proportions-0.2.0"


@pytest.fixture(scope="module")
def scoring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InferenceServer]:
    """The model behind the endpoint, by Microsoft's server."""
    server = InferenceServer(models=DEFAULT_WEIGHTS, log=tmp_path_factory.mktemp("scoring") / "server.log")
    running = RunningServer(server)
    running.start()
    yield server
    running.terminate()


@pytest.fixture(scope="module")
def azure(
    tmp_path_factory: pytest.TempPathFactory, azurite_server: RunningServer, scoring: InferenceServer
) -> Iterator[Azure]:
    """From nothing to two deployments that share the traffic."""
    folder = tmp_path_factory.mktemp("azure")
    with stand_in_azure(folder, azurite_server.server, scoring_url=scoring.url) as azure:
        azure.said["provision"] = azure.run("provision")
        azure.said["train"] = azure.run("train", "--model-version", "0.3.0")
        azure.said["register"] = azure.run("register", "--folder", DEFAULT_WEIGHTS)
        azure.said["blue"] = azure.run("deploy", "--model", MODEL)
        azure.run("deploy", "--traffic", "blue=100")
        azure.said["green"] = azure.run("deploy", "--model", MODEL)
        azure.said["shift"] = azure.run("deploy", "--traffic", "blue=90", "green=10")
        azure.said["status"] = azure.run("status")
        yield azure


@pytest.fixture(scope="module")
def written(azure: Azure) -> list[Sent]:
    """Everything that the story has written to the workspace."""
    return [one for one in azure.sink.sent if one.method != "GET" and one.path.startswith(f"{WORKSPACE}/")]


def test_every_request_is_one_of_the_specification(written: list[Sent]) -> None:
    names = set()

    for one in written:
        fitting = operations_of(one.method, one.path)
        assert fitting, f"{one.method} {one.path}"
        bodies = [OPERATIONS[name][2] for name in fitting]
        assert any(body is None or Draft202012Validator(body).is_valid(one.body) for body in bodies), (
            one.path,
            [str(e.message) for body in bodies if body for e in Draft202012Validator(body).iter_errors(one.body)],
        )
        assert one.query["api-version"] in PUBLISHED_VERSIONS
        names |= set(fitting)

    assert names == set(OPERATIONS)


def test_every_request_carries_the_token_of_the_identity(azure: Azure) -> None:
    to_azure = [one for one in azure.sink.sent if one.path.lower().startswith("/subscriptions/")]

    assert {one.authorization.split(" ")[0] for one in to_azure} == {"Bearer"}
    assert len(to_azure) > 30


def test_a_missing_workspace_is_made_by_a_template_with_its_name_and_place(azure: Azure) -> None:
    (template,) = azure.sink.written(r"/providers/Microsoft\.Resources/deployments/[\w-]+")

    parameters = template.body["properties"]["parameters"]
    assert template.path.lower().startswith(GROUP.lower())
    assert parameters["workspaceName"]["value"] == "child-growth-monitor-ml"
    assert parameters["location"]["value"] == "eastus2"


@pytest.mark.parametrize(("name", "nodes"), [("cgm-training-cluster", (0, 4)), ("cgm-inference-cluster", (1, 10))])
def test_clusters_have_the_nodes_of_the_plan_and_no_open_ssh(azure: Azure, name: str, nodes: tuple[int, int]) -> None:
    cluster = azure.sink.body_of(f"/computes/{name}")["properties"]["properties"]

    scale = cluster["scaleSettings"]
    assert (scale["minNodeCount"], scale["maxNodeCount"]) == nodes
    assert scale["nodeIdleTimeBeforeScaleDown"] == "PT30M"
    assert cluster["remoteLoginPortPublicAccess"] == "Disabled"


def test_datastores_name_containers_and_hold_no_secret(azure: Azure) -> None:
    stores = {one.path.rpartition("/")[2]: one.body["properties"] for one in azure.sink.written(r"/datastores/[\w-]+")}

    assert {name: store.get("containerName") or store["filesystem"] for name, store in stores.items()} == {
        "cgm-training-data": "training-data",
        "cgm-model-registry": "model-registry",
        "cgm-ml-models": "ml-models",
        "cgm-research-data": "research-data",
    }
    assert all(store["credentials"] == {"credentialsType": "None"} for store in stores.values())


def test_tables_are_uploaded_under_the_hash_that_names_the_data(azure: Azure) -> None:
    data = azure.sink.body_of(r"/data/cgm-training-films/versions/\w+")["properties"]

    folder = data["dataUri"].removeprefix("azureml://datastores/cgm-training-data/paths/")
    sizes = azure.blobs("training-data")
    assert sizes[f"{folder}{TEST_FILMS.name}"] == TEST_FILMS.stat().st_size
    assert len([name for name in sizes if name.startswith(folder)]) == 3


def test_the_job_runs_the_training_as_it_is_on_the_training_cluster(azure: Azure) -> None:
    job = azure.sink.body_of(r"/jobs/[\w-]+")["properties"]

    assert job["command"].startswith("python -m ml_models.training.train --data ${{inputs.films}}")
    assert job["computeId"] == f"{WORKSPACE}/computes/cgm-training-cluster"
    assert job["inputs"]["version"]["value"] == "0.3.0"
    assert "/environments/cgm-training-env/versions/" in job["environmentId"]


def test_code_goes_to_azure_without_weights_tables_or_anything_of_the_portal(azure: Azure) -> None:
    names = {name.removeprefix("code/") for name in azure.blobs(CODE_CONTAINER)}

    assert {"ml_models/score.py", "ml_models/training/train.py", "ml_models/synthetic/data/who2006_lms.npz"} <= names
    assert all(name.startswith("ml_models/") for name in names)
    assert not [name for name in names if name.endswith((".task", ".safetensors")) or "films_" in name]


def test_weights_are_released_under_model_and_version(azure: Azure) -> None:
    sizes = azure.blobs("ml-models-of-azureml")

    assert sizes == {
        f"anthropometric/proportions/v0.2.0/{path.name}": path.stat().st_size for path in DEFAULT_WEIGHTS.iterdir()
    }


def test_the_registered_model_has_its_figures_and_tags(azure: Azure) -> None:
    manifest = json.loads((DEFAULT_WEIGHTS / "manifest.json").read_text())
    model = azure.sink.body_of(f"/models/cgm-anthropometric-model/versions/{MODEL}")["properties"]

    row = next(
        r for r in manifest["metrics"]["rendered_test_films"] if (r["view"], r["cue"]) == ("lying_above", "marker")
    )
    assert model["properties"]["rendered_test_films.lying_above.marker.height_cm.mae"] == str(row["height_cm"]["mae"])
    assert model["tags"]["sha256"] == manifest["sha256"]
    assert model["tags"]["trained_on"] == "rendered children"
    assert model["modelUri"].endswith("/datastores/cgm-ml-models/paths/anthropometric/proportions/v0.2.0/")
    assert len(model["properties"]) + len(model["tags"]) <= 50


def test_registering_twice_is_refused(azure: Azure) -> None:
    with pytest.raises(CommandError, match="model_registered"):
        azure.run("register", "--folder", DEFAULT_WEIGHTS)


def test_a_deployment_runs_the_scoring_script_with_the_model_that_was_asked_for(azure: Azure) -> None:
    deployment = azure.sink.body_of("/deployments/blue")["properties"]

    assert deployment["codeConfiguration"]["scoringScript"] == "ml_models/score.py"
    assert deployment["model"] == f"{WORKSPACE}/models/cgm-anthropometric-model/versions/{MODEL}"
    assert deployment["requestSettings"]["requestTimeout"] == "PT10S"
    assert deployment["environmentVariables"]["APP_INSIGHTS_LOG_RESPONSE_ENABLED"] == "false"


def test_a_new_deployment_is_asked_before_it_has_traffic(azure: Azure) -> None:
    traffic = [one.body["properties"]["traffic"] for one in azure.sink.written("/onlineEndpoints/[^/]+")]

    assert traffic[:3] == [{}, {"blue": 100}, {"blue": 90, "green": 10}]
    assert f"deployment green answers as {MODEL}; traffic: blue 100 %" in azure.said["green"]


def test_status_tells_what_there_is(azure: Azure) -> None:
    said = azure.said["status"]

    assert "workspace child-growth-monitor-ml in eastus2" in said
    assert "compute cgm-training-cluster: Succeeded" in said
    assert f"model cgm-anthropometric-model:{MODEL}" in said
    assert f"deployment green: 10 %, model {MODEL}, Succeeded" in said
    assert "missing" not in said


def test_provisioning_again_makes_nothing_twice(azure: Azure) -> None:
    before = len(azure.sink.sent)

    azure.run("provision")

    again = [one.path for one in azure.sink.sent[before:] if one.method != "GET"]
    assert all("/computes/" in path or "/datastores/" in path for path in again)


def test_a_deployment_that_answers_as_another_model_is_found_out(azure: Azure) -> None:
    other = f"{WORKSPACE}/models/cgm-anthropometric-model/versions/proportions-0.9.0"
    azure.sink.put_resource(other, azure.sink.resources[other.replace("0.9.0", "0.2.0").lower()])
    azure.run("deploy", "--traffic", "blue=100")

    with pytest.raises(
        CommandError, match=r"Deployment green gave an answer of proportions-0\.2\.0.*smoke_test_failed"
    ):
        azure.run("deploy", "--model", "proportions-0.9.0")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("deploy", "--model", "proportions-7.7.7"), "model_not_registered"),
        (("deploy", "--traffic", "blue=50", "green=40"), "bad_traffic"),
        (("deploy", "--traffic", "red=100"), "bad_traffic"),
        (("deploy", "--traffic", "blue"), "bad_traffic"),
        (("register", "--job", "no-such-job"), "job_without_weights"),
        (("register", "--folder", "/nowhere"), "weights_missing"),
    ],
)
def test_what_cannot_be_done_is_said(azure: Azure, words: tuple[str, ...], code: str) -> None:
    with pytest.raises(CommandError, match=rf"\[{code}\]"):
        azure.run(*words)


def test_with_both_slots_in_use_nothing_is_deployed(azure: Azure) -> None:
    azure.run("deploy", "--traffic", "blue=50", "green=50")

    with pytest.raises(CommandError, match="no_idle_slot"):
        azure.run("deploy", "--model", MODEL)


def test_the_weights_of_a_job_are_registered_with_a_reference_network_beside_them(azure: Azure, tmp_path: Path) -> None:
    trained, reference = tmp_path / "trained", tmp_path / "reference"
    write_weights(trained, name="proportions", version="0.3.0")
    write_weights(reference, name="reference", version="0.1.0")
    put_output("clever_river", trained)

    azure.run("register", "--job", "clever_river", "--beside", reference)

    names = {name for name in azure.blobs("ml-models-of-azureml") if "/v0.3.0/" in name}
    folder = "anthropometric/proportions/v0.3.0"
    assert names == {
        f"{folder}/manifest.json", f"{folder}/weights.safetensors",
        f"{folder}/reference-0.1.0/manifest.json", f"{folder}/reference-0.1.0/weights.safetensors",
    }  # fmt: skip
    model = azure.sink.body_of("/models/cgm-anthropometric-model/versions/proportions-0.3.0")["properties"]
    assert model["tags"]["beside"] == "reference-0.1.0"


def test_released_files_are_never_overwritten(azure: Azure, tmp_path: Path) -> None:
    write_weights(tmp_path, name="proportions", version="0.2.0")
    azure.sink.resources.pop(f"{WORKSPACE}/models/cgm-anthropometric-model/versions/{MODEL}".lower())

    with pytest.raises(CommandError, match="blob_differs"):
        azure.run("register", "--folder", tmp_path)


def test_weights_that_are_not_those_of_their_manifest_are_refused(azure: Azure, tmp_path: Path) -> None:
    write_weights(tmp_path, name="proportions", version="0.4.0")
    (tmp_path / "weights.safetensors").write_bytes(b"others")

    with pytest.raises(CommandError, match="sha256_mismatch"):
        azure.run("register", "--folder", tmp_path)


def test_azures_refusal_is_told_in_a_sentence(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = {"error": {"code": "AuthorizationFailed", "message": "The client may not do that."}}
    monkeypatch.setattr(azure.sink, "answer", lambda sent: answer_or(azure, sent, refused))

    with pytest.raises(CommandError, match=r"Azure answered 403: .*may not do that.* \[azure_refused\]"):
        azure.run("status")


def answer_or(azure: Azure, sent: Sent, refused: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    is_ours = sent.path.startswith(ENDPOINT)
    return (403, refused) if is_ours else type(azure.sink).answer(azure.sink, sent)

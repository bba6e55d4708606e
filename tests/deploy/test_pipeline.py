"""The pipeline runs when it should, checks before it builds, and only main reaches production."""

from __future__ import annotations

import re

import pytest
from ruamel.yaml import YAML

from cgm_portal.env import BASE_DIR

PIPELINE = YAML(typ="safe").load((BASE_DIR / "deploy" / "azure-pipelines.yml").read_text())
COMPOSE = YAML(typ="safe").load((BASE_DIR / "deploy" / "compose.yaml").read_text())
STAGES = {stage["stage"]: stage for stage in PIPELINE["stages"]}


def test_it_runs_for_main_and_develop_but_not_for_documents():
    assert PIPELINE["trigger"]["branches"]["include"] == ["main", "develop"]
    assert "docs" in PIPELINE["trigger"]["paths"]["exclude"]


def test_its_names_are_those_of_the_plan():
    groups = [entry["group"] for entry in PIPELINE["variables"] if "group" in entry]
    values = {entry["name"]: entry["value"] for entry in PIPELINE["variables"] if "name" in entry}

    assert groups == ["cgm-production-variables"]
    assert values["registry"] == "cgmregistry"


def test_images_wait_for_the_tests_and_production_for_the_images():
    assert STAGES["images"]["dependsOn"] == "check"
    assert STAGES["production"]["dependsOn"] == "images"


def test_only_main_reaches_production():
    deployments = [job for stage in STAGES.values() for job in stage["jobs"] if "deployment" in job]

    assert [job["environment"] for job in deployments] == ["cgm-production"]
    assert deployments[0] in STAGES["production"]["jobs"]
    assert "eq(variables['Build.SourceBranch'], 'refs/heads/main')" in STAGES["production"]["condition"]
    assert "succeeded()" in STAGES["production"]["condition"]


def test_results_and_coverage_are_published_even_when_tests_fail():
    steps = [step for job in STAGES["check"]["jobs"] for step in job["steps"]]
    publishing = {step["task"].split("@")[0]: step["condition"] for step in steps if "Publish" in step.get("task", "")}

    assert publishing == dict.fromkeys(("PublishTestResults", "PublishCodeCoverageResults"), "succeededOrFailed()")


def test_every_image_of_the_dockerfile_that_runs_is_built():
    matrix = STAGES["images"]["jobs"][0]["strategy"]["matrix"]
    built = {service["build"]["target"] for service in COMPOSE["services"].values() if "build" in service}

    assert {entry["target"] for entry in matrix.values()} == built == {"web", "worker", "gpu"}


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_service_on_one_machine_is_pinned_cannot_gain_rights_and_is_looked_after(name):
    service = COMPOSE["services"][name]

    ours = service["image"].startswith("cgm-")
    assert ours or re.search(r":[\w.-]+@sha256:[0-9a-f]{64}$", service["image"])
    assert "no-new-privileges:true" in service["security_opt"]
    assert ("ports" in service) == (name == "proxy")
    assert ours or name == "proxy" or "healthcheck" in service
    if ours:
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]


def test_no_secret_has_a_value_in_the_compose_file():
    secret = re.compile("PASSWORD|SECRET|KEY|CONNECTION_STRING")
    given = [
        (service, name, value)
        for service, content in COMPOSE["services"].items()
        for name, value in content.get("environment", {}).items()
        if secret.search(name)
    ]

    assert given
    assert not [entry for entry in given if not re.fullmatch(r"\$\{[A-Z0-9_]+:[?-]\}", entry[2])]


def test_records_are_kept_apart_from_what_can_be_made_again_and_the_database_is_not_reached_from_outside():
    for name in ("postgres", "valkey"):
        assert COMPOSE["services"][name]["networks"] == ["inside"]
        assert COMPOSE["services"][name]["volumes"]
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_nothing_starts_before_the_database_is_migrated():
    for name in ("web", "worker", "gpu", "beat"):
        waits = COMPOSE["services"][name]["depends_on"]
        assert waits["migrate"]["condition"] == "service_completed_successfully"

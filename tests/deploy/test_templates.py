"""The templates hang together: every name they use exists, every store is closed, every process may do what it must."""

from __future__ import annotations

import json
import re

import pytest

from cgm_portal.env import BASE_DIR
from tests.deploy.arm import ARM, MAIN, MODULES, Call, parse_expression, strings

TEMPLATES = {"azuredeploy": MAIN, **MODULES}
PARAMETER_FILES = ("dev", "production")
# The newest that are no previews are of these years; two services have had no newer one since.
OLD_BUT_CURRENT = {"Microsoft.Insights/components": "2020-02-02", "Microsoft.Authorization": "2022-04-01"}
CLOSED = {
    "Microsoft.DBforPostgreSQL/flexibleServers": ("network", "publicNetworkAccess"),
    "Microsoft.Cache/redisEnterprise": ("publicNetworkAccess",),
    "Microsoft.Storage/storageAccounts": ("publicNetworkAccess",),
    "Microsoft.KeyVault/vaults": ("publicNetworkAccess",),
    "Microsoft.ContainerRegistry/registries": ("publicNetworkAccess",),
    "Microsoft.MachineLearningServices/workspaces": ("publicNetworkAccess",),
}
SECRET_KEYS = {"administratorPassword", "secretKey", "b2cClientSecret", "researchPseudonymKey"}
SECRET_KEYS |= {"backupEncryptionKey", "erasureHashKey"}


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_parameter_and_variable_is_used_and_exists(name):
    template = TEMPLATES[name]
    calls = template.calls()

    for kind, declared in (("parameters", template.parameters), ("variables", template.content.get("variables", {}))):
        used = {call.arguments[0] for call in calls if call.function == kind}
        assert used == set(declared), kind


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_parameter_says_what_it_is(name):
    silent = [
        key for key, value in TEMPLATES[name].parameters.items() if not value.get("metadata", {}).get("description")
    ]

    assert not silent


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_resource_speaks_a_current_version_of_its_service(name):
    for resource in TEMPLATES[name].resources:
        version, kind = resource["apiVersion"], resource["type"]
        expected = next((v for prefix, v in OLD_BUT_CURRENT.items() if kind.startswith(prefix)), None)
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", version), f"{kind} uses the preview {version}"
        assert version == expected if expected else version >= "2024-05-01", kind


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_resources_wait_for_is_in_the_same_template(name):
    template = TEMPLATES[name]
    kinds = {resource["type"] for resource in template.resources}
    copies = {resource["copy"]["name"] for resource in template.resources if "copy" in resource}

    for resource in template.resources:
        for awaited in resource.get("dependsOn", []):
            if awaited.startswith("["):
                assert parse_expression(awaited).arguments[0] in kinds, awaited
            else:
                assert awaited in copies, awaited


def test_every_module_gets_what_it_asks_for_and_gives_what_is_asked_of_it():
    deployed = {}
    for resource in MAIN.resources:
        path = resource["properties"]["templateLink"]["relativePath"]
        module = MODULES[path.removeprefix("modules/").removesuffix(".json")]
        deployed[resource["name"]] = module
        given = set(resource["properties"]["parameters"])
        required = {key for key, value in module.parameters.items() if "defaultValue" not in value}
        assert required <= given <= set(module.parameters), resource["name"]

    taken = {
        (c.arguments[0], c.path[1]) for c in MAIN.calls() if c.function == "reference" and c.path[:1] == ("outputs",)
    }
    missing = {(name, output) for name, output in taken if output not in deployed[name].content.get("outputs", {})}
    assert not missing
    assert {module.path.stem for module in deployed.values()} == set(MODULES), "a module is deployed by nobody"


@pytest.mark.parametrize("kind", CLOSED)
def test_no_store_of_data_can_be_reached_from_the_internet(kind):
    found = [(template, one) for template in MODULES.values() for one in template.of_type(kind)]

    assert found
    for template, store in found:
        value = store["properties"]
        for key in CLOSED[kind]:
            value = value[key]
        assert value == "Disabled", template.path.name
        targets = [text for text in strings(template.of_type("Microsoft.Network/privateEndpoints")) if kind in text]
        assert targets, f"{template.path.name} has no private endpoint for it"


def test_blobs_are_private_and_read_by_identity_alone():
    storage = MODULES["storage_account"]
    (account,) = storage.of_type("Microsoft.Storage/storageAccounts")
    (service,) = storage.of_type("Microsoft.Storage/storageAccounts/blobServices")
    (containers,) = storage.of_type("Microsoft.Storage/storageAccounts/blobServices/containers")

    assert account["properties"]["allowBlobPublicAccess"] is False
    assert account["properties"]["allowSharedKeyAccess"] is False
    assert account["properties"]["minimumTlsVersion"] == "TLS1_2"
    assert containers["properties"]["publicAccess"] == "None"
    assert service["properties"]["deleteRetentionPolicy"]["enabled"] == "[parameters('keepsDeleted')]"
    assert "parameters('keepsDeleted')" in service["properties"]["isVersioningEnabled"]


def test_an_erased_film_cannot_be_brought_back_by_the_store():
    films = next(one for one in MAIN.resources if one["name"] == "films")
    given = films["properties"]["parameters"]

    assert given["containers"]["value"] == ["scan-videos", "ml-models", "database-backups", "exports"]
    assert given["keepsDeleted"]["value"] is False


def test_the_names_of_the_plan_are_the_defaults():
    defaults = {name: value.get("defaultValue") for name, value in MAIN.parameters.items()}

    assert defaults["location"] == "eastus2"
    assert defaults["appServicePlanName"] == "cgm-app-service-plan"
    assert defaults["webAppName"] == "child-growth-monitor-api"
    assert defaults["mlServiceName"] == "child-growth-monitor-ml"
    assert defaults["registryName"] == "cgmregistry"


@pytest.mark.parametrize("name", PARAMETER_FILES)
def test_a_parameter_file_gives_all_that_is_no_secret_and_nothing_that_is(name):
    given = json.loads((ARM / f"{name}.parameters.json").read_text())["parameters"]
    required = {key for key, value in MAIN.parameters.items() if "defaultValue" not in value}
    secure = {key for key, value in MAIN.parameters.items() if value["type"] == "securestring"}

    assert secure == SECRET_KEYS
    assert required - secure <= set(given) <= set(MAIN.parameters) - secure
    for key, value in given.items():
        kinds = {"string": str, "bool": bool, "int": int, "object": dict, "array": list}
        assert isinstance(value["value"], kinds[MAIN.parameters[key]["type"]]), key


def test_production_has_a_spare_of_everything_that_holds_records():
    given = json.loads((ARM / "production.parameters.json").read_text())["parameters"]

    assert given["behindEdge"]["value"] is True
    assert given["databaseSize"]["value"]["highAvailability"] == "ZoneRedundant"
    assert given["databaseSize"]["value"]["geoRedundantBackup"] == "Enabled"
    assert given["brokerSize"]["value"]["highAvailability"] == "Enabled"
    assert given["replicas"]["value"]["web"]["min"] >= 2


def created(call: Call) -> dict[str, object]:
    """Return the pairs of a `createObject`."""
    return dict(zip(call.arguments[::2], call.arguments[1::2], strict=True))


def secrets_of(resource: dict) -> set[str]:
    tree = parse_expression(resource["properties"]["configuration"]["secrets"])
    return {name for call in tree.walk() if call.function == "createArray" for name in call.arguments}


APPS = [
    resource
    for module in ("web", "workers")
    for resource in MODULES[module].resources
    if resource["type"] in {"Microsoft.App/containerApps", "Microsoft.App/jobs"}
]


@pytest.mark.parametrize("app", APPS, ids=lambda app: app["name"])
def test_each_process_may_read_its_secrets_and_no_others_of_its_environment_are_missing(app):
    (identity,) = app["identity"]["userAssignedIdentities"]
    part = parse_expression(identity).path[0]
    granted = {one["name"] for one in MODULES["access"].content["variables"]["secrets"] if one["part"] == part}
    container = app["properties"]["template"]["containers"][0]
    own = {
        created(call)["secretRef"]
        for call in parse_expression(container["env"]).walk()
        if call.function == "createObject" and "secretRef" in call.arguments
    }
    shared = set(MODULES["portal_settings"].content["variables"]["secret"].values())

    assert own | shared <= secrets_of(app) <= granted


@pytest.mark.parametrize(("part", "queue"), [("worker", "default"), ("gpu", "gpu")])
def test_workers_come_and_go_with_the_length_of_their_celery_queue(part, queue, settings):
    worker = next(app for app in APPS if app["name"] == f"[concat(parameters('webAppName'), '-{part}')]")
    (rule,) = worker["properties"]["template"]["scale"]["rules"]

    assert rule["custom"]["type"] == "redis"
    assert rule["custom"]["metadata"]["listName"] == queue
    assert queue in {settings.CELERY_TASK_DEFAULT_QUEUE, *(r["queue"] for r in settings.CELERY_TASK_ROUTES.values())}
    assert rule["custom"]["auth"][0]["secretRef"] in secrets_of(worker)


def test_there_is_one_beat_and_its_commands_are_those_of_the_images():
    beat = next(app for app in APPS if app["name"].endswith("'-beat')]"))
    arguments = [app["properties"]["template"]["containers"][0].get("args") for app in APPS]

    assert beat["properties"]["template"]["scale"] == {"minReplicas": 1, "maxReplicas": 1}
    assert [one for one in arguments if one] == [["beat"], ["migrate"], ["manage", "backup_database"]]


def test_every_setting_that_templates_and_compose_file_give_is_read_by_the_portal():
    portal = MODULES["portal_settings"].content["variables"]
    own = {
        created(call)["name"]
        for app in APPS
        for call in parse_expression(app["properties"]["template"]["containers"][0]["env"]).walk()
        if call.function == "createObject"
    }
    compose = (BASE_DIR / "deploy" / "compose.yaml").read_text()
    named = {
        *portal["plain"],
        *portal["secret"],
        *own,
        *re.findall(r"^      ?([A-Z][A-Z0-9_]+):", compose, re.MULTILINE),
    }
    of_other_programs = {name for name in named if name.startswith(("POSTGRES_", "VALKEY_", "REDISCLI_"))}

    folders = (BASE_DIR / "cgm_portal", BASE_DIR / "deploy", BASE_DIR / "accounts")
    source = "\n".join(path.read_text() for folder in folders for path in folder.rglob("*.py"))
    unread = {name for name in named - of_other_programs if f'"{name}"' not in source}

    assert not unread


@pytest.mark.parametrize(
    "text", ["[concat('a', )b]", "[concat('a'", "[resourceID('a')]", "[parameters('a') variables('b')]", "['a']"]
)
def test_a_slip_in_an_expression_is_found(text):
    with pytest.raises(ValueError, match=r"expected|unknown|not understood|more than one"):
        parse_expression(text)

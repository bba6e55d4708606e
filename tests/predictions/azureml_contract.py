"""What Resource Manager's published specification says of the requests that the commands send, as JSON schemas.

Written after Azure/azure-rest-api-specs (MIT), specification/machinelearningservices, stable version 2025-12-01, as it
was on 2026-11-23 at commit 20273ef8cd9e7bf29321c13d4a076bd92d4ad851: names, required fields, enumerations and the form
of durations of the parts that are used; what is read-only there is missing here, so sending it fails. The SDK speaks
older versions of the same resources. Paths are those of the specification below
`/subscriptions/{id}/resourceGroups/{name}/providers/Microsoft.MachineLearningServices/workspaces/{name}`.
"""

from __future__ import annotations

import re
from typing import Any

Schema = dict[str, Any]

#: Versions that the service has had; each is published.
PUBLISHED_VERSIONS = {
    "2022-02-01-preview", "2023-04-01", "2023-04-01-preview", "2023-08-01-preview", "2024-10-01-preview",
    "2025-01-01-preview",
}  # fmt: skip
WORKSPACE = (
    r"/subscriptions/[0-9a-f-]{36}/resourceGroups/[\w.-]{1,90}/providers/Microsoft\.MachineLearningServices"
    r"/workspaces/[a-zA-Z0-9][a-zA-Z0-9_-]{2,32}"
)
_TEXT: Schema = {"type": "string", "minLength": 1}
_TEXTS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_REBUILD: Schema = {"enum": ["Disabled", "OnBaseImageUpdate"]}
_SWITCH: Schema = {"enum": ["Enabled", "Disabled"]}
_DURATION: Schema = {"type": "string", "pattern": r"^P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$"}
_SYSTEM_IDENTITY: Schema = {"type": "object", "properties": {"type": {"const": "SystemAssigned"}}, "required": ["type"]}


def _object(required: Schema, optional: Schema | None = None) -> Schema:
    properties = {**required, **(optional or {})}
    return {
        "type": "object", "required": list(required), "properties": properties, "additionalProperties": False,
    }  # fmt: skip


def _arm_id(kind: str) -> Schema:
    return {"type": "string", "pattern": f"^{WORKSPACE}/{kind}$"}


_RESOURCE: Schema = {"description": {"type": "string"}, "properties": _TEXTS, "tags": _TEXTS}
_ASSET: Schema = {**_RESOURCE, "isAnonymous": {"type": "boolean"}, "isArchived": {"type": "boolean"}}
#: The one deviation: properties are texts there, and the SDK sends the version of its hash as a number.
_CODE_PROPERTIES: Schema = {**_TEXTS, "properties": {"hash_version": {"type": "integer"}}}
_PROBE = _object(
    {}, {"failureThreshold": _COUNT, "initialDelay": _DURATION, "period": _DURATION, "successThreshold": _COUNT,
         "timeout": _DURATION},
)  # fmt: skip
_NO_CREDENTIALS = _object({"credentialsType": {"const": "None"}})
_STORE: Schema = {"endpoint": _TEXT, "protocol": {"enum": ["http", "https"]}, **_RESOURCE}
_INPUT: Schema = {
    "oneOf": [
        _object(
            {"jobInputType": {"const": "uri_folder"}, "uri": _TEXT},
            {"mode": {"enum": ["ReadOnlyMount", "ReadWriteMount", "Download", "Direct"]}},
        ),
        _object({"jobInputType": {"const": "literal"}, "value": _TEXT}),
    ]
}
_OUTPUT = _object(
    {"jobOutputType": {"const": "uri_folder"}}, {"mode": {"enum": ["ReadWriteMount", "Upload", "Direct"]}, "uri": _TEXT}
)

#: Method, path below the workspace, body.
OPERATIONS: dict[str, tuple[str, str, Schema | None]] = {
    "compute": (
        "PUT",
        r"/computes/[a-zA-Z0-9-]{2,64}",
        _object(
            {
                "location": _TEXT,
                "properties": _object(
                    {
                        "computeType": {"const": "AmlCompute"},
                        "properties": _object(
                            {
                                "scaleSettings": _object(
                                    {"maxNodeCount": _COUNT},
                                    {"minNodeCount": _COUNT, "nodeIdleTimeBeforeScaleDown": _DURATION},
                                ),
                                "vmSize": _TEXT,
                            },
                            {
                                "osType": {"enum": ["Linux", "Windows"]},
                                "vmPriority": {"enum": ["Dedicated", "LowPriority"]},
                                "isolatedNetwork": {"type": "boolean"},
                                "remoteLoginPortPublicAccess": {"enum": ["Enabled", "Disabled", "NotSpecified"]},
                                "enableNodePublicIp": {"type": "boolean"},
                            },
                        ),
                    },
                    {"computeLocation": _TEXT, "description": _TEXT, "disableLocalAuth": {"type": "boolean"}},
                ),
            },
            {"identity": _SYSTEM_IDENTITY, "tags": _TEXTS},
        ),
    ),
    "environment": (
        "PUT",
        r"/environments/[\w-]+/versions/[\w.-]+",
        _object(
            {
                "properties": _object(
                    {"image": _TEXT, "condaFile": _TEXT},
                    {
                        "autoRebuild": {"enum": ["Disabled", "OnBaseImageUpdate"]},
                        "osType": {"const": "Linux"},
                        **_ASSET,
                    },
                )
            }
        ),
    ),
    "blob datastore": (
        "PUT",
        r"/datastores/[a-zA-Z0-9][\w-]{0,254}",
        _object(
            {
                "properties": _object(
                    {"credentials": _NO_CREDENTIALS, "datastoreType": {"const": "AzureBlob"}},
                    {"accountName": _TEXT, "containerName": _TEXT, **_STORE},
                )
            }
        ),
    ),
    "data lake datastore": (
        "PUT",
        r"/datastores/[a-zA-Z0-9][\w-]{0,254}",
        _object(
            {
                "properties": _object(
                    {
                        "credentials": _NO_CREDENTIALS,
                        "datastoreType": {"const": "AzureDataLakeGen2"},
                        "accountName": _TEXT,
                        "filesystem": _TEXT,
                    },
                    _STORE,
                )
            }
        ),
    ),
    "data": (
        "PUT",
        r"/data/[\w-]+/versions/[\w.-]+",
        _object({"properties": _object({"dataType": {"const": "uri_folder"}, "dataUri": _TEXT}, _ASSET)}),
    ),
    "upload of code": (
        "POST",
        r"/codes/[\w-]+/versions/[\w.-]+/startPendingUpload",
        _object({}, {"pendingUploadId": _TEXT, "pendingUploadType": {"enum": ["None", "TemporaryBlobReference"]}}),
    ),
    "code": (
        "PUT",
        r"/codes/[\w-]+/versions/[\w.-]+",
        _object({"properties": _object({"codeUri": _TEXT}, {**_ASSET, "properties": _CODE_PROPERTIES})}),
    ),
    "job": (
        "PUT",
        r"/jobs/[\w-]+",
        _object(
            {
                "properties": _object(
                    {
                        "jobType": {"const": "Command"},
                        "command": _TEXT,
                        "environmentId": _arm_id(r"environments/[\w-]+/versions/[\w.-]+"),
                    },
                    {
                        "codeId": _arm_id(r"codes/[\w-]+/versions/[\w.-]+"),
                        "computeId": _arm_id(r"computes/[\w-]+"),
                        "displayName": _TEXT,
                        "experimentName": _TEXT,
                        "isArchived": {"type": "boolean"},
                        "environmentVariables": _TEXTS,
                        "inputs": {"type": "object", "additionalProperties": _INPUT},
                        "outputs": {"type": "object", "additionalProperties": _OUTPUT},
                        "limits": _object({"jobLimitsType": {"const": "Command"}}, {"timeout": _DURATION}),
                        "resources": _object(
                            {}, {"instanceCount": _COUNT, "instanceType": _TEXT, "shmSize": _TEXT, "properties": _TEXTS}
                        ),
                        **_RESOURCE,
                    },
                )
            }
        ),
    ),
    "model": (
        "PUT",
        r"/models/[\w-]+/versions/[\w.-]+",
        _object(
            {
                "properties": _object(
                    {"modelUri": _TEXT, "modelType": {"enum": ["custom_model", "mlflow_model", "triton_model"]}},
                    {"jobName": _TEXT, "flavors": {"type": "object"}, "stage": _TEXT, **_ASSET},
                )
            }
        ),
    ),
    "endpoint": (
        "PUT",
        r"/onlineEndpoints/[a-z][a-z0-9-]{2,31}",
        _object(
            {
                "location": _TEXT,
                "properties": _object(
                    {"authMode": {"enum": ["AMLToken", "Key", "AADToken"]}},
                    {
                        "description": {"type": "string"},
                        "properties": _TEXTS,
                        "compute": _TEXT,
                        "publicNetworkAccess": _SWITCH,
                        "traffic": {"type": "object", "additionalProperties": {"type": "integer"}},
                        "mirrorTraffic": {"type": "object", "additionalProperties": {"type": "integer"}},
                    },
                ),
            },
            {"identity": _SYSTEM_IDENTITY, "tags": _TEXTS, "kind": _TEXT},
        ),
    ),
    "deployment": (
        "PUT",
        r"/onlineEndpoints/[a-z][a-z0-9-]{2,31}/deployments/[a-z][a-z0-9-]{2,31}",
        _object(
            {
                "location": _TEXT,
                "properties": _object(
                    {"endpointComputeType": {"const": "Managed"}},
                    {
                        "appInsightsEnabled": {"type": "boolean"},
                        "codeConfiguration": _object(
                            {"scoringScript": _TEXT}, {"codeId": _arm_id(r"codes/[\w-]+/versions/[\w.-]+")}
                        ),
                        "description": {"type": "string"},
                        "egressPublicNetworkAccess": _SWITCH,
                        "environmentId": _arm_id(r"environments/[\w-]+/versions/[\w.-]+"),
                        "environmentVariables": _TEXTS,
                        "instanceType": _TEXT,
                        "livenessProbe": _PROBE,
                        "readinessProbe": _PROBE,
                        "model": _arm_id(r"models/[\w-]+/versions/[\w.-]+"),
                        "properties": _TEXTS,
                        "requestSettings": _object(
                            {},
                            {
                                "maxConcurrentRequestsPerInstance": _COUNT,
                                "maxQueueWait": _DURATION,
                                "requestTimeout": _DURATION,
                            },
                        ),
                        "scaleSettings": _object({"scaleType": {"enum": ["Default", "TargetUtilization"]}}),
                    },
                ),
            },
            {
                "identity": _SYSTEM_IDENTITY,
                "kind": _TEXT,
                "sku": _object({"name": _TEXT}, {"capacity": _COUNT}),
                "tags": _TEXTS,
            },
        ),
    ),
    "keys": ("POST", r"/onlineEndpoints/[a-z][a-z0-9-]{2,31}/listKeys", None),
}


def operations_of(method: str, path: str) -> list[str]:
    """Return the names of the operations that a request could be."""
    return [
        name
        for name, (verb, below, _body) in OPERATIONS.items()
        if verb == method and re.fullmatch(WORKSPACE + below, path)
    ]

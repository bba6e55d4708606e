"""The client of Microsoft's SDK, and the one way in which the steps here use it.

Who calls is found by `azure-identity`: a managed identity, the environment, or `az login`. Another cloud, or a
stand-in, is chosen by ARM_CLOUD_METADATA_URL, which the SDK itself reads.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from azure.ai.ml import MLClient
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import DefaultAzureCredential

from cgm_portal.errors import DomainError
from predictions.azureml.workplace import Workplace

# Notices that classes are experimental which nobody here uses.
logging.getLogger("azure.ai.ml._utils._experimental").setLevel(logging.ERROR)


def connect(place: Workplace) -> MLClient:
    """Return a client of the workspace; nothing is sent yet."""
    return MLClient(
        DefaultAzureCredential(),
        subscription_id=place.subscription_id,
        resource_group_name=place.resource_group,
        workspace_name=place.workspace,
        show_progress=False,
        enable_telemetry=False,
    )


def found(get: Callable[[], Any]) -> Any | None:
    """Return what `get` gets, None where it does not exist."""
    try:
        return get()
    except ResourceNotFoundError:
        return None


def refusal_of(error: HttpResponseError) -> DomainError:
    """Return Azure's refusal as one of ours: its status and its own words, without headers."""
    said = (error.message or "").strip().splitlines()
    return DomainError("azure_refused", f"Azure answered {error.status_code}: {said[0] if said else error.reason}")

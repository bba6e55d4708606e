"""Where in Azure the commands work: read from the environment of whoever runs them, with the names of the plan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from cgm_portal.env import BASE_DIR, env_str
from cgm_portal.errors import DomainError

#: What there shall be, as YAML.
FILES = BASE_DIR / "deploy" / "azureml"
#: Tables of rendered films that a training reads (`ml_models.training.train --data`).
FILM_TABLES = BASE_DIR / "ml_models" / "synthetic" / "data"
MODEL = "cgm-anthropometric-model"
NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Workplace:
    """`storage_account` is the portal's, `research_account` the Data Lake's; `files` holds the YAML."""

    subscription_id: str
    resource_group: str
    workspace: str
    location: str
    storage_account: str
    research_account: str
    files: Path = FILES


def read_workplace(*, is_rehearsal: bool) -> Workplace:
    """Return the workplace that the environment names.

    Raises DomainError("subscription_missing"); a rehearsal (`--dry-run`) needs none.
    """
    subscription = env_str("AZURE_SUBSCRIPTION_ID", default=NO_SUBSCRIPTION if is_rehearsal else "")
    if not subscription:
        raise DomainError("subscription_missing", "Set AZURE_SUBSCRIPTION_ID to the subscription to work in.")
    return Workplace(
        subscription_id=subscription,
        resource_group=env_str("AZURE_RESOURCE_GROUP", default="cgm-production-rg"),
        workspace=env_str("AZURE_ML_WORKSPACE", default="child-growth-monitor-ml"),
        location=env_str("AZURE_LOCATION", default="eastus2"),
        storage_account=settings.AZURE_STORAGE_ACCOUNT_NAME or env_str("AZURE_ML_STORAGE_ACCOUNT", default=""),
        research_account=env_str("AZURE_RESEARCH_STORAGE_ACCOUNT", default=""),
    )

"""Which trained models are in `ml_models/weights/`, and which one is active."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from django.conf import settings
from django.db import transaction

from cgm_portal.errors import DomainError
from predictions.models import ModelVersion

MANIFEST = "manifest.json"


def installed_weights() -> list[Path]:
    """Return the folders of `ml_models/weights/` that hold a model, oldest name first."""
    return sorted(path.parent for path in Path(settings.MODEL_WEIGHTS_DIR).glob(f"*/{MANIFEST}"))


@transaction.atomic
def active_model() -> tuple[ModelVersion, Path]:
    """Return the active model version and its folder; the first time, register what is installed and activate the
    newest.

    Raises DomainError("model_not_installed") when no folder belongs to the active version.
    """
    folders = {_identity(folder): folder for folder in installed_weights()}
    active = ModelVersion.objects.filter(is_active=True).first()
    if active is None:
        active = _register_and_activate_newest(list(folders.values()))
    folder = folders.get((active.name, active.version))
    if folder is None or _manifest_sha256(folder) != active.sha256:
        raise DomainError(
            "model_not_installed", f"The active model {active} is not installed on this machine. Install its weights."
        )
    return active, folder


def _register_and_activate_newest(folders: list[Path]) -> ModelVersion:
    if not folders:
        raise DomainError("model_not_installed", "No model is installed below ml_models/weights.")
    for folder in folders:
        name, version = _identity(folder)
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        registered, _created = ModelVersion.objects.get_or_create(
            name=name,
            version=version,
            defaults={"sha256": _manifest_sha256(folder), "metrics": manifest.get("metrics", {})},
        )
    registered.is_active = True
    registered.save(update_fields=["is_active"])
    return registered


def _identity(folder: Path) -> tuple[str, str]:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest["name"], manifest["version"]


def _manifest_sha256(folder: Path) -> str:
    """The manifest names the sha256 of every file beside it, so its own hash stands for all of them."""
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()

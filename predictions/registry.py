"""Which trained models are in `ml_models/weights/`, which of them the database knows, and which one is active.

A fresh installation activates the newest installed version by itself, once. From then on nothing here changes which
one is active, whatever folders come and go: `predictions.promotion` does, by `manage.py promote_model`.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from cgm_portal.errors import DomainError
from predictions.models import ModelVersion

MANIFEST = "manifest.json"
#: Kinds that are kept to compare with: never the first choice of a fresh installation.
YARDSTICKS = ("reference", "baseline")
FIRST_ACTIVATION = "The newest version installed when the portal was first used; nobody has compared it with another."
#: Any number will do that no other advisory lock of the portal has.
FIRST_ACTIVATION_LOCK = 4_201_001


def installed_weights() -> list[Path]:
    """Return the folders of `ml_models/weights/` that hold a model, oldest version first, yardsticks before others."""
    folders = [path.parent for path in Path(settings.MODEL_WEIGHTS_DIR).glob(f"*/{MANIFEST}")]
    return sorted(folders, key=_rank)


def folder_of(label: str) -> Path:
    """Return the folder of the installed model `label`, "name-version"; raises DomainError("model_not_installed")."""
    for folder in installed_weights():
        if "-".join(_identity(read_manifest(folder))) == label:
            return folder
    found = ", ".join(folder.name for folder in installed_weights()) or "none"
    raise DomainError("model_not_installed", f"{label} is not installed below ml_models/weights. Installed: {found}.")


def active_model() -> tuple[ModelVersion, Path]:
    """Return the active model version and its folder.

    While no version is active, as in a fresh installation, everything installed is registered and the newest version
    activated. An active one is never replaced here. Raises DomainError("model_not_installed") when no folder belongs
    to the active version.
    """
    active = ModelVersion.objects.filter(is_active=True).first() or _activate_newest()
    folder = next(
        (f for f in installed_weights() if _identity(read_manifest(f)) == (active.name, active.version)), None
    )
    if folder is None or manifest_sha256(folder) != active.sha256:
        raise DomainError(
            "model_not_installed", f"The active model {active} is not installed on this machine. Install its weights."
        )
    return active, folder


def register(folder: Path) -> ModelVersion:
    """Return the version of `folder`, stored with what its manifest says if the database did not know it.

    Raises DomainError("model_changed") when it is known with another manifest: published weights are never
    overwritten.
    """
    manifest = read_manifest(folder)
    training = manifest.get("training", {})
    name, version = _identity(manifest)
    sha256 = manifest_sha256(folder)
    registered, _created = ModelVersion.objects.get_or_create(
        name=name,
        version=version,
        defaults={
            "sha256": sha256,
            "kind": str(manifest.get("kind", "")),
            "metrics": manifest.get("metrics", {}),
            "lineage": training,
            "card": manifest.get("card", {}),
            "code_commit": training.get("code_commit") or "",
            "trained_at": _instant(training.get("trained_at")),
        },
    )
    if registered.sha256 != sha256:
        raise DomainError(
            "model_changed",
            f"{registered} is registered with another manifest than the one in {folder.name}. Give changed weights a "
            "new version.",
        )
    return registered


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder of weights."""
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest


def manifest_sha256(folder: Path) -> str:
    """Return the hash of the manifest, which names the hash of every file beside it and so stands for all of them."""
    return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()


@transaction.atomic
def _activate_newest() -> ModelVersion:
    with connection.cursor() as cursor:
        # There is no row to lock yet, and several workers may start at once.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_ACTIVATION_LOCK])
    active = ModelVersion.objects.filter(is_active=True).first()
    if active is not None:
        return active
    folders = installed_weights()
    if not folders:
        raise DomainError("model_not_installed", "No model is installed below ml_models/weights.")
    newest = [register(folder) for folder in folders][-1]
    newest.is_active = True
    newest.activated_at = timezone.now()
    newest.promotion_reason = FIRST_ACTIVATION
    newest.save(update_fields=["is_active", "activated_at", "promotion_reason"])
    return newest


def _identity(manifest: dict[str, Any]) -> tuple[str, str]:
    return manifest["name"], manifest["version"]


def _rank(folder: Path) -> tuple[bool, list[int], str]:
    manifest = read_manifest(folder)
    numbers = [int(part) for part in re.findall(r"\d+", manifest["version"])]
    return manifest.get("kind") not in YARDSTICKS, numbers, folder.name


def _instant(text: object) -> datetime | None:
    if not text:
        return None
    instant = datetime.fromisoformat(str(text))
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)

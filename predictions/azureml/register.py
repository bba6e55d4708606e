"""Register weights: files into the container of released weights, then a model version with figures and tags.

Weights come from a folder of this machine or from a training job's output. A reference network can be put beside them,
so that the endpoint reads both kinds of rows (`ml_models.scoring.models`).
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.ai.ml import MLClient
from azure.ai.ml.entities import Model

from cgm_portal.errors import DomainError
from predictions.azureml import containers, entities
from predictions.azureml.client import found
from predictions.azureml.workplace import MODEL, Workplace
from predictions.registry import MANIFEST, read_manifest

Say = Callable[[str], object]

#: Key of a manifest's figures on films that neither weights nor calibration have seen.
TEST_DATA = "rendered_test_films"
#: Azure keeps at most this many characters of a tag's or property's value.
MAX_VALUE = 256


@dataclass(frozen=True)
class Weights:
    """One folder of weights that are what their manifest says."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def label(self) -> str:
        """Name and version."""
        return f"{self.manifest['name']}-{self.manifest['version']}"

    @property
    def blob_folder(self) -> str:
        """Where the files lie in the container of released weights."""
        return f"anthropometric/{self.manifest['name']}/v{self.manifest['version']}"

    @property
    def files(self) -> list[Path]:
        """The files, the record of the training among them."""
        return sorted(path for path in self.folder.iterdir() if path.is_file())


def read_weights(folder: Path) -> Weights:
    """Return the weights in `folder`; raises DomainError("weights_missing") or DomainError("sha256_mismatch")."""
    if not (folder / MANIFEST).is_file():
        raise DomainError("weights_missing", f"There is no {MANIFEST} in {folder}.")
    manifest = read_manifest(folder)
    payload = folder / manifest["weights_file"]
    if not payload.is_file() or hashlib.sha256(payload.read_bytes()).hexdigest() != manifest["sha256"]:
        raise DomainError("sha256_mismatch", f"The weights in {folder} are not those of their manifest.")
    return Weights(folder, manifest)


@contextmanager
def weights_of_job(job: str) -> Iterator[Path]:
    """Give the folder of weights that the training job `job` wrote; raises DomainError("job_without_weights")."""
    with tempfile.TemporaryDirectory(prefix="cgm-weights-") as parent:
        registry = containers.container(containers.MODEL_REGISTRY)
        files = containers.get_files(registry, f"training/{job}", Path(parent))
        manifests = [path for path in files if path.name == MANIFEST]
        if len(manifests) != 1:
            raise DomainError("job_without_weights", f"Job {job} has written {len(manifests)} manifests, not one.")
        yield manifests[0].parent


def rehearse(place: Workplace, say: Say, weights: Weights, beside: Sequence[Weights]) -> None:
    """Say what `register` would send."""
    for name, path in _blobs(weights, beside).items():
        say(f"--- blob {name} ({path.stat().st_size} bytes)")
    say(f"--- model {MODEL}:{weights.label}\n{entities.as_yaml(_entity(place, weights, beside))}")


def register(client: MLClient, place: Workplace, say: Say, weights: Weights, beside: Sequence[Weights]) -> Model:
    """Upload and register; raises DomainError("model_registered") for a version that is there."""
    if found(lambda: client.models.get(MODEL, version=weights.label)) is not None:
        raise DomainError("model_registered", f"{MODEL}:{weights.label} is registered already; give a new version.")
    new = containers.put_files(containers.released_weights(), _blobs(weights, beside))
    say(f"{len(new)} files uploaded to {weights.blob_folder}")
    model: Model = client.models.create_or_update(_entity(place, weights, beside))
    say(f"model {model.name}:{model.version}")
    return model


def figures_of(manifest: dict[str, Any]) -> dict[str, str]:
    """Return the held-out figures that a version is chosen by: `{data}.{view}.{cue}.{quantity}.{figure}` -> number.

    All others are in the manifest beside the weights.
    """
    flat = {}
    for row in manifest.get("metrics", {}).get(TEST_DATA, []):
        if row.get("part", "all") != "all":
            continue
        for quantity, figures in row.items():
            if not isinstance(figures, dict) or "mae" not in figures:
                continue
            place = f"{TEST_DATA}.{row['view']}.{row['cue']}.{quantity}"
            flat[f"{place}.mae"] = str(figures["mae"])
            if quantity == "height_cm":
                flat[f"{place}.coverage_90"] = str(figures["coverage"]["90"])
    return flat


def tags_of(manifest: dict[str, Any]) -> dict[str, str]:
    """Return what a model version is told by: which weights, of what kind, for which pose model, of which code."""
    training = manifest.get("training", {})
    told = {
        **{name: manifest.get(name) for name in ("name", "version", "kind", "sha256", "pose_backend")},
        "code_commit": training.get("code_commit"),
        "trained_on": "rendered children",
    }
    return {name: str(value)[:MAX_VALUE] for name, value in told.items() if value}


def _entity(place: Workplace, weights: Weights, beside: Sequence[Weights]) -> Model:
    tags = tags_of(weights.manifest)
    if beside:
        tags["beside"] = ", ".join(other.label for other in beside)
    figures = figures_of(weights.manifest)
    return entities.model(place, version=weights.label, folder=weights.blob_folder, tags=tags, figures=figures)


def _blobs(weights: Weights, beside: Sequence[Weights]) -> dict[str, Path]:
    blobs = {f"{weights.blob_folder}/{path.name}": path for path in weights.files}
    for other in beside:
        blobs |= {f"{weights.blob_folder}/{other.label}/{path.name}": path for path in other.files}
    return blobs

"""What speaks for a new model against the active one, best evidence first.

1. Clinic pairs: both models on the stored features of scans that were also measured by hand. Children that taught
   either model are left out.
2. A training set in a folder (`--pairs`), if neither model was taught with it.
3. What fine-tuning measured on children that it held out, if it began from the active model.
4. The figures of rendered children in the two manifests.

Loads models: for the command alone, never for web processes.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cgm_portal.errors import DomainError
from ml_models.estimator import WeightsError
from ml_models.inference import load_estimator
from ml_models.research.comparison import Comparison
from ml_models.research.errors import ResearchDataError
from ml_models.research.figures import compare_figures
from ml_models.research.shadow import compare_on
from ml_models.research.training_set import PairedSession, read_training_set
from predictions.erasure import children_erased_from
from predictions.feature_rows import features_from_json
from predictions.models import ModelVersion, TrainingSetMember
from predictions.pairs import find_pairs, scans_with_features

#: Fewer children say next to nothing of a difference of some millimetres.
FEWEST_CHILDREN = 30


@dataclass(frozen=True)
class Evidence:
    """A comparison and where it comes from, as a sentence that must stand beside it."""

    source: str
    sentence: str
    comparison: Comparison

    def as_json(self) -> dict[str, Any]:
        """Return what is stored with a promotion."""
        return {
            "source": self.source,
            "sentence": self.sentence,
            "rows": [dict(row) for row in self.comparison.rows],
            "objections": list(self.comparison.objections),
        }


@dataclass(frozen=True)
class InstalledModel:
    """A version with its folder and manifest; without a folder, what the database keeps of its manifest."""

    version: ModelVersion
    folder: Path | None
    manifest: Mapping[str, Any]

    @property
    def training_sets(self) -> set[str]:
        """SHA-256 of the manifests of the training sets that taught it, its bases' included."""
        return {drawn["manifest_sha256"] for drawn in self.manifest.get("training", {}).get("training_sets", ())}


def gather_evidence(*, active: InstalledModel, candidate: InstalledModel, pairs_folder: Path | None = None) -> Evidence:
    """Return the best comparison that there is; with `pairs_folder`, that of the pairs in it.

    Raises DomainError: `model_not_installed`, `taught_with_these_pairs`, `too_few_children`, the codes of
    `ml_models.research.training_set.read_training_set` and of `ml_models.inference.load_estimator`.
    """
    if pairs_folder is not None:
        return _on_folder(active, candidate, pairs_folder)
    sessions = _clinic_sessions(active, candidate) if active.folder else []
    children = len({session.child for session in sessions})
    if children >= FEWEST_CHILDREN:
        return Evidence(
            source="clinic_pairs",
            sentence=f"Both models on the same {len(sessions)} scans of {children} children measured by hand within "
            "24 hours, none of whom taught either model.",
            comparison=_compare(active, candidate, sessions),
        )
    few = (
        f"Only {children} children have a scan and a manual length that neither model was taught with; "
        f"{FEWEST_CHILDREN} are needed to compare the models on them. "
        if active.folder
        else "The weights of the active model are not installed, so the models cannot be compared on pairs. "
    )
    held_out = candidate.manifest.get("comparison", {})
    if held_out.get("base") == active.version.label:
        return Evidence(
            source="fine_tuning",
            sentence=f"{few}Instead: what fine-tuning measured on children whom it held out.",
            comparison=Comparison(rows=tuple(held_out["rows"]), objections=tuple(held_out["objections"])),
        )
    return Evidence(
        source="rendered_children",
        sentence=f"{few}Instead: figures of rendered children from the two manifests. They are not paired and say "
        "nothing of real children.",
        comparison=compare_figures(active.manifest.get("metrics", {}), candidate.manifest.get("metrics", {})),
    )


def _on_folder(active: InstalledModel, candidate: InstalledModel, folder: Path) -> Evidence:
    try:
        files = read_training_set(folder)
    except ResearchDataError as error:
        raise DomainError(error.code, str(error)) from error
    if files.manifest_sha256 in active.training_sets | candidate.training_sets:
        raise DomainError("taught_with_these_pairs", f"A model was taught with the pairs in {folder}. Use others.")
    if files.children < FEWEST_CHILDREN:
        raise DomainError(
            "too_few_children", f"{folder} holds {files.children} children; {FEWEST_CHILDREN} are needed to compare."
        )
    return Evidence(
        source="training_set",
        sentence=f"Both models on the {len(files.sessions)} scans of {files.children} children of "
        f"{files.manifest['name']} (manifest {files.manifest_sha256[:12]}), which taught neither.",
        comparison=_compare(active, candidate, files.sessions),
    )


def _clinic_sessions(active: InstalledModel, candidate: InstalledModel) -> list[PairedSession]:
    """Return the pairs that both models can read and that taught neither."""
    taught = _children_who_taught(active.training_sets | candidate.training_sets)
    readable = [model.manifest.get("feature_names") for model in (active, candidate)]
    return [
        PairedSession(
            session=str(pair.prediction.session_id),
            child=str(pair.child_id),
            features=features_from_json(pair.prediction.features),
            truth=pair.truth,
            hours_apart=pair.hours_apart,
        )
        for pair in find_pairs(scans_with_features()).pairs
        if pair.child_id not in taught and all(names in (None, pair.prediction.features["names"]) for names in readable)
    ]


def _children_who_taught(manifests: set[str]) -> set[uuid.UUID]:
    erased = children_erased_from(manifests)
    members = TrainingSetMember.objects.filter(training_set__manifest_sha256__in=manifests, session__isnull=False)
    return erased | set(members.values_list("session__child_id", flat=True))


def _compare(active: InstalledModel, candidate: InstalledModel, sessions: Sequence[PairedSession]) -> Comparison:
    if active.folder is None or candidate.folder is None:
        raise DomainError("model_not_installed", "Both models must be installed to be compared on pairs.")
    try:
        models = [load_estimator(folder) for folder in (active.folder, candidate.folder)]
    except WeightsError as error:
        raise DomainError(error.code, str(error)) from error
    return compare_on(sessions, active=models[0], candidate=models[1])

"""The files of a training set: sessions.csv, one row a scan with its manual measurement, and manifest.json.

`manage.py draw_training_set` and the importer of research data write the same files; fine-tuning and `promote_model`
read them. No name, no birth date, no place: pseudonyms, sex, age in days. Standard library and numpy only, so that
the portal may import it. The columns are in docs/research_data.md.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_models.research.errors import ResearchDataError
from ml_models.types import ScaleCue, SessionFeatures, Subject

FORMAT = "cgm-training-set-1"
MANIFEST, SESSIONS = "manifest.json", "sessions.csv"
#: Measured by hand, in the unit of the name; `height_cm` is recumbent length where the child lay.
TRUTH_COLUMNS = ("height_cm", "weight_kg", "muac_mm", "head_circumference_cm")
FACT_COLUMNS = (
    "session",
    "child",
    "sex",
    "age_days",
    "posture",
    "scale_cue",
    "scale_relative_sd",
    "hours_apart",
    "pose_backend",
)
REFERENCE_INPUT = "reference_input_{:02d}"
POSTURES = {"lying": True, "standing": False}


@dataclass(frozen=True)
class PairedSession:
    """One scan and what was measured by hand. `session` and `child` are pseudonyms; `truth`: by TRUTH_COLUMNS, only
    what was measured; `hours_apart`: between the two, None where nobody knows."""

    session: str
    child: str
    features: SessionFeatures
    truth: Mapping[str, float]
    hours_apart: float | None = None


@dataclass(frozen=True)
class TrainingSetFiles:
    """A training set as read. `manifest_sha256` names it in the lineage of models."""

    manifest: Mapping[str, Any]
    manifest_sha256: str
    sessions: tuple[PairedSession, ...]

    @property
    def children(self) -> int:
        """How many children are in it."""
        return len({session.child for session in self.sessions})


def write_training_set(directory: Path, sessions: Sequence[PairedSession], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Write both files into the new folder `directory`, whole or not at all, readable by their owner alone.

    `facts` go into the manifest (name, origin, ethics_reference, lineage ...), which is returned. Raises
    ResearchDataError: `nothing_to_write`, `features_differ`, `folder_not_empty`, `ethics_reference_missing`.
    """
    if not sessions:
        raise ResearchDataError("nothing_to_write", "There is no session to write.")
    if not str(facts.get("ethics_reference", "")).strip():
        raise ResearchDataError("ethics_reference_missing", "Name the reference of the ethics approval.")
    names = sessions[0].features.names
    if any(session.features.names != names for session in sessions):
        raise ResearchDataError("features_differ", "The sessions have different features. Write one set for each.")
    if directory.exists() and any(directory.iterdir()):
        raise ResearchDataError("folder_not_empty", f"{directory} is not empty. Give a new folder.")
    directory.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))  # mode 0700
    try:
        payload = _sessions_csv(sessions, names)
        manifest = {
            "format": FORMAT,
            **facts,
            "rows": len(sessions),
            "children": len({session.child for session in sessions}),
            "feature_names": list(names),
            "files": {SESSIONS: hashlib.sha256(payload).hexdigest()},
        }
        _write_private(unfinished / SESSIONS, payload)
        _write_private(unfinished / MANIFEST, (json.dumps(manifest, indent=1) + "\n").encode())
        os.replace(unfinished, directory)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return manifest


def manifest_sha256(directory: Path) -> str:
    """Return the hex SHA-256 of the manifest, which names the hash of the rows."""
    return hashlib.sha256((directory / MANIFEST).read_bytes()).hexdigest()


def read_training_set(directory: Path) -> TrainingSetFiles:
    """Read and check a training set.

    Raises ResearchDataError: `not_a_training_set`, `sha256_mismatch`, `ethics_reference_missing`.
    """
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        payload = (directory / SESSIONS).read_bytes()
    except (OSError, ValueError) as error:
        raise ResearchDataError("not_a_training_set", f"{directory} holds no training set: {error}.") from error
    if manifest.get("format") != FORMAT:
        raise ResearchDataError("not_a_training_set", f"{directory / MANIFEST} is not of the format {FORMAT}.")
    if hashlib.sha256(payload).hexdigest() != manifest["files"][SESSIONS]:
        raise ResearchDataError("sha256_mismatch", f"{directory / SESSIONS} is not the file of its manifest.")
    if not str(manifest.get("ethics_reference", "")).strip():
        raise ResearchDataError("ethics_reference_missing", f"{directory / MANIFEST} names no ethics reference.")
    names = tuple(manifest["feature_names"])
    rows = csv.DictReader(payload.decode("utf-8").splitlines())
    sessions = tuple(_session(row, names) for row in rows)
    return TrainingSetFiles(manifest=manifest, manifest_sha256=manifest_sha256(directory), sessions=sessions)


def _sessions_csv(sessions: Sequence[PairedSession], names: tuple[str, ...]) -> bytes:
    inputs = max((0 if s.features.reference_inputs is None else len(s.features.reference_inputs)) for s in sessions)
    header = [*FACT_COLUMNS, *TRUTH_COLUMNS, *names, *(REFERENCE_INPUT.format(index) for index in range(inputs))]
    lines = [header, *(_cells(session, inputs) for session in sessions)]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue().encode("utf-8")


def _cells(session: PairedSession, inputs: int) -> list[str]:
    features = session.features
    reference = features.reference_inputs
    numbers = np.full(inputs, np.nan, dtype=np.float32) if reference is None else reference
    return [
        session.session,
        session.child,
        features.subject.sex,
        str(features.subject.age_days),
        "lying" if features.is_lying else "standing",
        features.cue.value,
        _text(features.scale_relative_sd),
        _text(session.hours_apart),
        features.pose_backend or "",
        *(_text(session.truth.get(name)) for name in TRUTH_COLUMNS),
        *_texts(features.values),
        *_texts(numbers),
    ]


def _session(row: Mapping[str, str], names: tuple[str, ...]) -> PairedSession:
    inputs = [row[name] for name in row if name.startswith("reference_input_")]
    truth = {name: _number(row[name]) for name in TRUTH_COLUMNS}
    return PairedSession(
        session=row["session"],
        child=row["child"],
        features=SessionFeatures(
            names=names,
            values=_numbers([row[name] for name in names]),
            subject=Subject(sex=row["sex"], age_days=int(row["age_days"])),
            is_lying=POSTURES[row["posture"]],
            cue=ScaleCue(row["scale_cue"]),
            scale_relative_sd=_number(row["scale_relative_sd"]),
            reference_inputs=_numbers(inputs) if any(inputs) else None,
            pose_backend=row["pose_backend"] or None,
        ),
        truth={name: value for name, value in truth.items() if value is not None},
        hours_apart=_number(row["hours_apart"]),
    )


def _texts(values: NDArray[np.float32]) -> list[str]:
    # The shortest text that reads back as the same float32.
    return [str(value) if np.isfinite(value) else "" for value in values.astype(np.float32)]


def _text(value: float | None) -> str:
    return "" if value is None else repr(float(value))


def _numbers(texts: Sequence[str]) -> NDArray[np.float32]:
    return np.array([float(text) if text else math.nan for text in texts], dtype=np.float32)


def _number(text: str) -> float | None:
    return float(text) if text else None


def _write_private(path: Path, payload: bytes) -> None:
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(payload)

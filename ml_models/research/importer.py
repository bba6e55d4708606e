"""Import a research data set into the files of a training set.

    python -m ml_models.research.importer --in DIR --out DIR

Layout, units and codes of faults: docs/research_data.md. Every row is checked before anything is written; what is
wrong is told with file, line, column and code. Of the data set's own ids nothing is kept.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ml_models.pose import MEDIAPIPE, load_pose_estimator
from ml_models.research import feature_table, landmark_table, video_table
from ml_models.research.cells import check_columns
from ml_models.research.errors import Problem, ResearchDataError
from ml_models.research.sessions import OPTIONAL, REQUIRED, SESSIONS, ResearchSession, numbered, read_sessions
from ml_models.research.tables import ENDINGS, Table, read_table
from ml_models.research.training_set import PairedSession, write_training_set
from ml_models.types import SessionFeatures

DATASET = "dataset.json"
#: What dataset.json may tell; the first three must be there.
DATASET_KEYS = ("name", "ethics_reference", "kind", "pose_backend", "holder", "licence", "notes")
REQUIRED_KEYS = DATASET_KEYS[:3]
KINDS = ("features", "landmarks", "videos")
RESEARCH_DATA_SET = "research_data_set"
MOST_PROBLEMS_SHOWN = 20
FAULTY, REFUSED = 1, 2


@dataclass(frozen=True)
class Imported:
    """The sessions that can be used, every fault of the data set, and how many sessions were left out by reason."""

    sessions: list[PairedSession]
    problems: list[Problem]
    left_out: Counter[str]


def read_dataset(directory: Path) -> dict[str, str]:
    """Return dataset.json.

    Raises ResearchDataError: `dataset_missing`, `dataset_invalid`, `ethics_reference_missing`.
    """
    try:
        told: Any = json.loads((directory / DATASET).read_text(encoding="utf-8"))
    except OSError as error:
        raise ResearchDataError("dataset_missing", f"{directory} holds no {DATASET}: {error.strerror}.") from error
    except ValueError as error:
        raise ResearchDataError("dataset_invalid", f"{DATASET} is not JSON: {error}.") from error
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise ResearchDataError(
            "dataset_invalid", f"{DATASET} must be one object with texts: {', '.join(DATASET_KEYS)}."
        )
    if not told.get("ethics_reference", "").strip():
        raise ResearchDataError(
            "ethics_reference_missing", f"{DATASET} names no ethics_reference. Without an approval nothing is imported."
        )
    unknown = sorted(set(told) - set(DATASET_KEYS))
    missing = [key for key in REQUIRED_KEYS if not told.get(key, "").strip()]
    if unknown or missing or told["kind"] not in KINDS:
        raise ResearchDataError(
            "dataset_invalid",
            f"{DATASET} must have {', '.join(REQUIRED_KEYS)} (kind: {', '.join(KINDS)}) and may have "
            f"{', '.join(DATASET_KEYS[3:])}; missing: {', '.join(missing) or 'none'}, unknown: "
            f"{', '.join(unknown) or 'none'}.",
        )
    return told


def import_sessions(
    directory: Path, *, kind: str, videos: Path, pose_backend: str = MEDIAPIPE, told_backend: str | None = None
) -> Imported:
    """Read and check every row of the data set in `directory`.

    `pose_backend`: looks at films; `told_backend`: name of the pose model that has looked at them already. Raises
    ResearchDataError with the codes of `tables.read_table`.
    """
    table = read_table(directory, SESSIONS)
    problems = _check_header(table, kind)
    if problems:
        return Imported(sessions=[], problems=problems, left_out=Counter())
    told = read_sessions(table, problems)
    left_out: Counter[str] = Counter()
    if kind == "features":
        features = [feature_table.session_features_of(table, session, problems) for session in told]
    elif kind == "landmarks":
        features = _from_landmarks(directory, table, told, problems)
    else:
        features = _from_videos(table, told, videos, pose_backend, problems, left_out)
    if kind != "videos":
        features = [row and replace(row, pose_backend=told_backend) for row in features]
    found = [(session, row) for session, row in zip(told, features, strict=True) if row is not None]
    faulty = {problem.line for problem in problems if problem.file == table.file}
    kept = [(session, row) for session, row in found if session.row.line not in faulty]
    left_out.update({"faulty": len(table.rows) - len(kept) - left_out.total()})
    sessions = numbered([session.session_id for session, _row in kept], "s")
    children = numbered([session.child_id for session, _row in kept], "c")
    paired = [
        PairedSession(
            session=sessions[session.session_id],
            child=children[session.child_id],
            features=row,
            truth=session.truth,
            hours_apart=session.hours_apart,
        )
        for session, row in kept
    ]
    return Imported(sessions=paired, problems=problems, left_out=+left_out)


def write_imported(directory: Path, out: Path, dataset: dict[str, str], imported: Imported) -> dict[str, Any]:
    """Write the training set; returns its manifest. Raises as `write_training_set` does."""
    # Numbers of two data sets must not be taken for the same child.
    mark = hashlib.sha256(dataset["name"].encode()).hexdigest()[:8]
    marked = [
        PairedSession(f"{mark}-{one.session}", f"{mark}-{one.child}", one.features, one.truth, one.hours_apart)
        for one in imported.sessions
    ]
    sources = [path for path in sorted(directory.iterdir()) if path.suffix in {*ENDINGS, ".json"}]
    facts = {
        **dataset,
        "origin": RESEARCH_DATA_SET,
        "left_out": dict(sorted(imported.left_out.items())),
        "lineage": {"source_sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sources}},
    }
    return write_training_set(out, marked, facts)


def _check_header(table: Table, kind: str) -> list[Problem]:
    required, optional = {
        "features": (feature_table.columns(), ()),
        "landmarks": (landmark_table.REQUIRED_OF_SESSION, landmark_table.OPTIONAL_OF_SESSION),
        "videos": (video_table.REQUIRED, video_table.OPTIONAL),
    }[kind]
    return check_columns(table, required=(*REQUIRED, *required), allowed=(*OPTIONAL, *optional))


def _from_landmarks(
    directory: Path, table: Table, told: Sequence[ResearchSession], problems: list[Problem]
) -> list[SessionFeatures | None]:
    landmarks = read_table(directory, landmark_table.LANDMARKS)
    header = check_columns(
        landmarks, required=landmark_table.REQUIRED_OF_FRAME, allowed=landmark_table.OPTIONAL_OF_FRAME
    )
    problems += header
    if header:
        return [None] * len(told)
    frames = landmark_table.frames_by_film(landmarks, {row.cells["session_id"] for row in table.rows}, problems)
    return [landmark_table.session_features_of(table, session, landmarks, frames, problems) for session in told]


def _from_videos(
    table: Table,
    told: Sequence[ResearchSession],
    videos: Path,
    pose_backend: str,
    problems: list[Problem],
    left_out: Counter[str],
) -> list[SessionFeatures | None]:
    films = video_table.films_of(table, videos, problems)
    if problems:
        return [None] * len(told)
    features: list[SessionFeatures | None] = []
    estimator = load_pose_estimator(pose_backend)
    for session in tqdm(told, unit=" sessions", disable=None, leave=False):
        found = video_table.session_features_of(session, films[session.session_id], estimator)
        if isinstance(found, str):
            left_out[found] += 1
        features.append(None if isinstance(found, str) else found)
    return features


def write_problems(path: Path, problems: Iterable[Problem]) -> None:
    """Write every fault as CSV: file, line, column, code, message."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["file", "line", "column", "code", "message"])
        writer.writerows([one.file, one.line, one.column, one.code, one.message] for one in problems)


def main(arguments: Sequence[str] | None = None) -> int:
    """Import from the command line; returns the exit code: 0 written, 1 faulty rows, 2 refused as a whole."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--in", dest="source", type=Path, required=True, metavar="DIR", help="the research data set")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="new folder for the training set")
    parser.add_argument("--videos", type=Path, metavar="DIR", help="folder of the films (default: videos/ in DIR)")
    parser.add_argument("--pose-backend", default=MEDIAPIPE, help="pose model for films (default: %(default)s)")
    parser.add_argument("--leave-out-faulty", action="store_true", help="import the faultless rows")
    parser.add_argument("--errors", type=Path, metavar="FILE", help="write every fault here, as CSV")
    given = parser.parse_args(arguments)
    try:
        dataset = read_dataset(given.source)
        imported = import_sessions(
            given.source,
            kind=dataset["kind"],
            videos=given.videos or given.source / video_table.VIDEOS,
            pose_backend=given.pose_backend,
            told_backend=dataset.get("pose_backend"),
        )
        _tell_problems(imported.problems, given.errors)
        if imported.problems and not (given.leave_out_faulty and imported.sessions):
            sys.stderr.write("Nothing was written. Mend the rows, or import without them: --leave-out-faulty.\n")
            return FAULTY
        manifest = write_imported(given.source, given.out, dataset, imported)
    except ResearchDataError as error:
        sys.stderr.write(f"{error} [{error.code}]\n")
        return REFUSED
    left_out = ", ".join(f"{reason} {count}" for reason, count in manifest["left_out"].items()) or "none"
    rows, children = manifest["rows"], manifest["children"]
    sys.stdout.write(f"{rows} sessions of {children} children written to {given.out}. Left out: {left_out}.\n")
    return 0


def _tell_problems(problems: Sequence[Problem], errors: Path | None) -> None:
    if errors is not None:
        write_problems(errors, problems)
    for problem in problems[:MOST_PROBLEMS_SHOWN]:
        sys.stderr.write(f"{problem}\n")
    if len(problems) > MOST_PROBLEMS_SHOWN:
        sys.stderr.write(f"... and {len(problems) - MOST_PROBLEMS_SHOWN} more (--errors FILE writes them all).\n")


if __name__ == "__main__":
    sys.exit(main())

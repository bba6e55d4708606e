"""The files of a training set: written whole, read back exactly, refused when altered."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ml_models.research.errors import ResearchDataError
from ml_models.research.training_set import (
    MANIFEST,
    SESSIONS,
    PairedSession,
    read_training_set,
    write_training_set,
)
from ml_models.types import ScaleCue, SessionFeatures, Subject

FACTS = {"name": "first", "ethics_reference": "EC 2026/7"}


def paired(number: int, *, names: tuple[str, ...] = ("a", "b"), inputs: bool = True) -> PairedSession:
    return PairedSession(
        session=f"s{number}",
        child=f"c{number // 2}",
        features=SessionFeatures(
            names=names,
            values=np.array([0.1 + number, np.nan], dtype=np.float32),
            subject=Subject(sex="F", age_days=300 + number),
            is_lying=bool(number % 2),
            cue=ScaleCue.MARKER,
            scale_relative_sd=0.0213,
            pose_backend="mediapipe/1, full",
            reference_inputs=np.linspace(0, 1 / 3, 75, dtype=np.float32) if inputs else None,
        ),
        truth={"height_cm": 68.35, "muac_mm": 141.0},
        hours_apart=0.25,
    )


def test_a_set_reads_back_exactly(tmp_path: Path) -> None:
    written = [paired(1), paired(2, inputs=False)]

    write_training_set(tmp_path / "set", written, FACTS)
    read = read_training_set(tmp_path / "set")

    assert (len(read.sessions), read.children) == (2, 2)
    for given, got in zip(written, read.sessions, strict=True):
        assert (got.session, got.child, got.truth, got.hours_apart) == (
            given.session,
            given.child,
            given.truth,
            given.hours_apart,
        )
        np.testing.assert_array_equal(got.features.values, given.features.values)
        assert got.features.subject == given.features.subject
        assert got.features.is_lying == given.features.is_lying
        assert got.features.pose_backend == given.features.pose_backend
    np.testing.assert_array_equal(read.sessions[0].features.reference_inputs, written[0].features.reference_inputs)
    assert read.sessions[1].features.reference_inputs is None


def test_the_manifest_says_what_is_in_the_set(tmp_path: Path) -> None:
    write_training_set(tmp_path / "set", [paired(0), paired(1)], FACTS)

    manifest = json.loads((tmp_path / "set" / MANIFEST).read_text())

    assert manifest["ethics_reference"] == "EC 2026/7"
    assert (manifest["rows"], manifest["children"]) == (2, 1)
    assert set(manifest["files"]) == {SESSIONS}


def test_only_the_owner_can_read_the_files(tmp_path: Path) -> None:
    write_training_set(tmp_path / "set", [paired(0)], FACTS)

    modes = {path.name: path.stat().st_mode & 0o777 for path in [tmp_path / "set", *(tmp_path / "set").iterdir()]}

    assert modes == {"set": 0o700, MANIFEST: 0o600, SESSIONS: 0o600}


def test_an_altered_row_is_refused(tmp_path: Path) -> None:
    write_training_set(tmp_path / "set", [paired(0)], FACTS)
    sessions = tmp_path / "set" / SESSIONS
    sessions.write_text(sessions.read_text().replace("68.35", "69.35"))

    with pytest.raises(ResearchDataError) as refused:
        read_training_set(tmp_path / "set")

    assert refused.value.code == "sha256_mismatch"


@pytest.mark.parametrize(
    ("sessions", "facts", "code"),
    [
        ([], FACTS, "nothing_to_write"),
        ([paired(0)], {"name": "first", "ethics_reference": "  "}, "ethics_reference_missing"),
        ([paired(0), paired(1, names=("a", "c"))], FACTS, "features_differ"),
    ],
)
def test_what_must_not_be_written_leaves_no_folder(
    tmp_path: Path, sessions: list[PairedSession], facts: dict[str, str], code: str
) -> None:
    with pytest.raises(ResearchDataError) as refused:
        write_training_set(tmp_path / "set", sessions, facts)

    assert refused.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_a_set_is_never_written_over_another(tmp_path: Path) -> None:
    write_training_set(tmp_path / "set", [paired(0)], FACTS)

    with pytest.raises(ResearchDataError) as refused:
        write_training_set(tmp_path / "set", [paired(1)], FACTS)

    assert refused.value.code == "folder_not_empty"
    assert read_training_set(tmp_path / "set").sessions[0].session == "s0"


def test_a_folder_without_a_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResearchDataError) as refused:
        read_training_set(tmp_path)

    assert refused.value.code == "not_a_training_set"

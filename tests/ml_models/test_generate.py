"""Generating training films: chunks, the ledger of those that are done, interruption and resumption."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ml_models.synthetic.chunks import Chunk, Kind, Ledger, Part, projected_chunks, rendered_chunks, sha256_of
from ml_models.synthetic.film_table import load_films
from ml_models.synthetic.generate import Make, generate
from ml_models.types import ScanType
from tests.ml_models.fake_chunks import make_fake

SAMPLES, SEED = 1500, 5
KILLED_AFTER = 4
#: Runs the generation with quick chunks and kills itself with SIGKILL after KILLED_AFTER of them.
DYING_RUN = f"""
import os, signal, sys
from pathlib import Path
from ml_models.synthetic.generate import generate
from tests.ml_models.fake_chunks import make_fake

def spread(make, chunks, keep):
    for number, chunk in enumerate(chunks):
        if number == {KILLED_AFTER}:
            os.kill(os.getpid(), signal.SIGKILL)
        keep(chunk, make_fake(chunk))

generate(samples={SAMPLES}, rendered=0.1, seed={SEED}, out=Path(sys.argv[1]), spread=spread)
"""


def run(out: Path) -> list[Chunk]:
    """Generate with quick chunks in place of rendered ones, return those that were made."""
    made = []

    def spread(_make: Make, chunks: list[Chunk], keep: Callable[[Chunk, bytes], None]) -> None:
        for chunk in chunks:
            made.append(chunk)
            keep(chunk, make_fake(chunk))

    generate(samples=SAMPLES, rendered=0.1, seed=SEED, out=out, spread=spread)
    return made


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def test_rendered_chunks_are_split_by_child_and_every_one_is_unique() -> None:
    chunks = rendered_chunks(8_750, seed=1)

    assert len({chunk.name for chunk in chunks}) == len(chunks)
    seeds = [{chunk.seed for chunk in chunks if chunk.part is part} for part in Part]
    assert seeds == [{1}, {2}, {4}]
    assert sum(chunk.films for chunk in chunks) == pytest.approx(8_750, rel=0.01)
    front = {(chunk.seed, chunk.number) for chunk in chunks if chunk.scan_type is ScanType.STANDING_FRONT}
    side = {(chunk.seed, chunk.number) for chunk in chunks if chunk.scan_type is ScanType.STANDING_SIDE}
    assert side < front


def test_projected_chunks_hold_exactly_the_films_asked_for() -> None:
    chunks = projected_chunks(37_875, seed=1)

    assert sum(chunk.films for chunk in chunks) == pytest.approx(37_875, abs=2)
    assert {chunk.part for chunk in chunks} == {Part.TRAIN}


def test_a_chunk_whose_file_was_changed_is_made_again(tmp_path: Path) -> None:
    ledger, chunks = Ledger(tmp_path), rendered_chunks(150, seed=3)[:2]
    for chunk in chunks:
        ledger.store(chunk, b"films")

    ledger.path_of(chunks[1]).write_bytes(b"film")

    assert list(Ledger(tmp_path).missing(chunks)) == [chunks[1]]


def test_chunks_made_elsewhere_are_taken_over(tmp_path: Path) -> None:
    elsewhere, here = Ledger(tmp_path / "elsewhere"), Ledger(tmp_path / "here")
    chunks = rendered_chunks(150, seed=3)[:3]
    for chunk in chunks[:2]:
        elsewhere.store(chunk, chunk.name.encode())

    here.adopt(chunks, elsewhere.folder)

    assert list(here.missing(chunks)) == chunks[2:]


@pytest.mark.slow
def test_a_run_killed_in_the_middle_makes_only_what_is_missing_and_ends_the_same(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    made_at_once = run(whole)

    dead = subprocess.run([sys.executable, "-c", DYING_RUN, str(broken)], capture_output=True, timeout=200, check=False)
    made_afterwards = run(broken)

    assert dead.returncode == -signal.SIGKILL, dead.stderr.decode()[-2000:]
    assert made_afterwards == made_at_once[KILLED_AFTER:]
    assert contents(broken) == contents(whole)


def test_tables_and_manifest_say_what_was_made(tmp_path: Path) -> None:
    run(tmp_path)

    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["samples"] == pytest.approx(SAMPLES, abs=2)
    assert manifest["files_sha256"] == {name: sha256_of(tmp_path / name) for name in manifest["files_sha256"]}
    parts = {part: load_films(tmp_path / f"films_{part.value}.npz") for part in Part}
    rendered = sum(entry["films"] for entry in manifest["films"] if entry["kind"] == Kind.RENDERED)
    assert sum(len(films.age_days) for films in parts.values()) == rendered
    projected = load_films(tmp_path / "films_projected.npz")
    assert len(projected.age_days) + rendered == manifest["samples"]
    assert np.isfinite(projected.true_px).all()


def test_a_share_above_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="0-1"):
        generate(samples=10, rendered=1.5, seed=1, out=tmp_path, spread=lambda *_: None)

"""What a generated training set is made of: seeds, counts, versions, code, hashes."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from ml_models.pose.mediapipe_pose import MODEL_PATH
from ml_models.synthetic.body_table import TABLE_FILE
from ml_models.synthetic.children import LMS_FILE
from ml_models.synthetic.chunks import Chunk, Ledger, replace_file, sha256_of

MANIFEST = "manifest.json"
PACKAGES = ("numpy", "torch", "opencv-python-headless", "mediapipe", "anny", "moderngl")
REPOSITORY = Path(__file__).resolve().parents[2]


def write_manifest(
    out: Path, *, samples: int, seed: int, chunks: Sequence[Chunk], ledger: Ledger, files: Sequence[Path]
) -> Path:
    """Write DIR/manifest.json and return its path. `files`: the joined tables and what was measured on them."""
    counts = Counter((chunk.kind.value, chunk.part.value, chunk.scan_type.value) for chunk in chunks)
    films = Counter[tuple[str, str, str]]()
    for chunk in chunks:
        films[chunk.kind.value, chunk.part.value, chunk.scan_type.value] += chunk.films
    text = {
        "origin": "simulated children only; nobody real",
        "samples_asked": samples,
        "samples": sum(films.values()),
        "seed": seed,
        "seeds": sorted({chunk.seed for chunk in chunks}),
        "films": [
            {
                "kind": kind,
                "part": part,
                "scan_type": scan_type,
                "films": number,
                "chunks": counts[kind, part, scan_type],
            }
            for (kind, part, scan_type), number in sorted(films.items())
        ],
        "versions": {name: version_of(name) for name in PACKAGES},
        "code_commit": code_commit(),
        "inputs_sha256": {path.name: sha256_of(path) for path in (TABLE_FILE, LMS_FILE, MODEL_PATH)},
        "files_sha256": {path.name: sha256_of(path) for path in files},
        "chunks_sha256": {chunk.name: ledger.hashes[chunk.name] for chunk in chunks},
    }
    replace_file(out / MANIFEST, (json.dumps(text, indent=1) + "\n").encode())
    return out / MANIFEST


def version_of(package: str) -> str | None:
    """Of an installed package; None where it is absent."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def code_commit() -> str | None:
    """The repository's commit, with "-changed" where files differ from it; None outside a repository."""
    try:
        commit = _git("rev-parse", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", "ml_models")
    except (OSError, subprocess.CalledProcessError):
        return None
    return f"{commit}-changed" if changed else commit


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return done.stdout.strip()

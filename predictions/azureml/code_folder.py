"""The code that jobs and deployments get: the package `ml_models` without weights and tables, in a folder of its own.

The SDK would take the whole repository; `.amlignore` says the same to whoever uses Azure's command line.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cgm_portal.env import BASE_DIR

PACKAGE = "ml_models"
LEFT_OUT = ("__pycache__", "weights", "films_*.npz", "bodies.npz", "landmark_errors.json")


@contextmanager
def code_folder() -> Iterator[Path]:
    """Give a temporary folder with the code, for as long as the SDK needs it."""
    with tempfile.TemporaryDirectory(prefix="cgm-code-") as parent:
        folder = Path(parent, "code")
        shutil.copytree(BASE_DIR / PACKAGE, folder / PACKAGE, ignore=shutil.ignore_patterns(*LEFT_OUT))
        yield folder

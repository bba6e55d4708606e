"""Pose: 33 landmarks a frame from whichever pose model is configured.

Holds the seam between the pipeline and the pose models. A backend is named in the settings by `mediapipe` (bundled), by
the name of a folder of weights that ONNX Runtime serves (`openpose`, `detectron2` or any other,
`ml_models.pose.onnx_pose`), or by the dotted path of a class. Imports no model itself.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from pathlib import Path
from typing import Protocol

from ml_models.types import PoseSequence, SampledFrames

MEDIAPIPE = "mediapipe"
#: Backends whose weights an operator brings, each in a folder of its own below the weights directory.
BROUGHT_BACKENDS = ("openpose", "detectron2")
#: Where those folders are unless the settings say otherwise. Ignored by git: their licences are not ours to pass on.
WEIGHTS_DIR = Path(__file__).resolve().parent.parent / "weights" / "pose"

_FOLDER_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_DOTTED_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")


class PoseEstimator(Protocol):
    """Finds the one child of a film. Keeps no memory of earlier films."""

    @property
    def name(self) -> str:
        """Name, version and the start of the sha256 of the model, stored with every estimate; at most 64 characters."""
        ...

    def estimate(self, frames: SampledFrames) -> PoseSequence:
        """Return the landmarks of the most conspicuous person; `detected` is False where nobody was found."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...


class PoseBackendError(Exception):
    """A pose model that cannot be used; `code` for programs, the text for people.

    Codes: unknown_backend, not_installed (a package), weights_missing, sha256_mismatch, network_too_large,
    network_unreadable, network_differs (from its description), description_invalid; model_unusable for the rest.
    """

    def __init__(self, message: str, *, code: str = "model_unusable") -> None:
        super().__init__(message)
        self.code = code


def is_same_pose_model(one: str, other: str) -> bool:
    """Tell whether two names (`PoseEstimator.name`) are of the same network with the same weights.

    The version of the software between name and weights does not matter: landmarks are biased as the weights are, and
    an estimator trained with one network's bias is not valid for another's.
    """
    return _without_version(one) == _without_version(other)


def _without_version(name: str) -> tuple[str, str]:
    software, _, weights = name.partition("+")
    return software.partition("/")[0], weights


def is_dotted_path(backend: str) -> bool:
    """Tell whether `backend` names a class rather than one of the short names."""
    return _DOTTED_PATH.fullmatch(backend) is not None


def weights_folder(backend: str, weights_dir: Path = WEIGHTS_DIR) -> Path:
    """Return the folder of a backend whose weights an operator brings.

    Raises PoseBackendError("unknown_backend") for a name that can be none.
    """
    if not _FOLDER_NAME.fullmatch(backend):
        known = ", ".join((MEDIAPIPE, *BROUGHT_BACKENDS))
        raise PoseBackendError(
            f"There is no pose model {backend!r}. Known: {known}, the name of a folder in {weights_dir} (lower-case "
            "letters, digits, - and _), or the dotted path of a class.",
            code="unknown_backend",
        )
    return weights_dir / backend


@cache
def load_pose_estimator(backend: str = MEDIAPIPE, *, weights_dir: Path = WEIGHTS_DIR) -> PoseEstimator:
    """Return the pose estimator `backend`: a short name, or a dotted path to a class without arguments.

    A process loads each model once and keeps it. Raises PoseBackendError with what is missing.
    """
    if backend == MEDIAPIPE:
        estimator: PoseEstimator = _imported(backend, "ml_models.pose.mediapipe_pose.MediapipePoseEstimator")()
    elif is_dotted_path(backend):
        estimator = _imported(backend, backend)()
    else:
        folder = weights_folder(backend, weights_dir)
        estimator = _imported(backend, "ml_models.pose.onnx_pose.OnnxPoseEstimator")(folder)
    return estimator


def _imported(backend: str, path: str) -> type:
    """Return the class at the dotted `path`. Here and not above: web processes import this module without a model."""
    module_name, _, class_name = path.rpartition(".")
    try:
        found: type = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError) as error:
        raise PoseBackendError(
            f"The pose model {backend!r} is not installed: {error}.", code="not_installed"
        ) from error
    return found
